"""Elements of documents whose namespaces are often wrong: names without them, texts whole."""

from typing import Any


def local_name(element: Any) -> str:
    """The tag without its namespace or undeclared prefix; "" for comments and instructions."""
    return element.tag.rpartition("}")[2].rpartition(":")[2] if isinstance(element.tag, str) else ""


def text_of(element: Any) -> str | None:
    """The element's whole text without markup, stripped; None for none."""
    return "".join(element.itertext()).strip() or None


def texts_of(element: Any, names: frozenset[str]) -> dict[str, str]:
    """The texts of the children so called, the first of a name; those in the element's own namespace go before others
    (`title` before `media:title`)."""
    own: dict[str, str] = {}
    foreign: dict[str, str] = {}
    namespace = _namespace(element)
    for child in element:
        name = local_name(child)
        text = text_of(child) if name in names else None
        if text is not None:
            (own if _namespace(child) == namespace else foreign).setdefault(name, text)
    return foreign | own


def first_of(texts: dict[str, str], names: tuple[str, ...]) -> str | None:
    """The text of the first name that has one."""
    return next((texts[name] for name in names if name in texts), None)


def _namespace(element: Any) -> str:
    """What stands before the local name: a namespace in braces, an undeclared prefix, or nothing."""
    return str(element.tag).removesuffix(local_name(element))
