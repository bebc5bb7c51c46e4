"""OPML 1 and 2 (opml.org/spec2.opml): outlines with `xmlUrl` are feeds, the outlines round them their folders."""

from typing import Any

from lxml import etree

from pipeline.errors import UsageError
from pipeline.stages.feeds.outlined import OutlinedFeed, feed_address

_DEEPEST = 64
"""Nested outlines; libxml2 itself refuses a depth of 256."""


def read(content: bytes, *, source: str) -> list[OutlinedFeed]:
    """The outline's feeds in its order. UsageError with the line of what is not well-formed or no address."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise UsageError(f"{source}:{error.lineno or 1}: not well-formed XML: {error.msg}") from error
    if str(root.tag).lower() != "opml":
        raise UsageError(f"{source}:{root.sourceline}: not an OPML outline, but <{str(root.tag)[:60]}>")
    outlines = [(element, _attributes(element)) for element in root.iter("outline", "OUTLINE")]
    return [_feed(element, found, source) for element, found in outlines if found.get("xmlurl")]


def _feed(element: Any, attributes: dict[str, str], source: str) -> OutlinedFeed:
    place = f"{source}:{element.sourceline}"
    url = feed_address(attributes["xmlurl"], place=place)
    folders = _folders(element)
    if len(folders) > _DEEPEST:
        raise UsageError(f"{place}: outlines nested more than {_DEEPEST} deep")
    title = _title(attributes)
    return OutlinedFeed(url=url, title=None if title == url else title, folders=folders or _category(attributes))


def _attributes(element: Any) -> dict[str, str]:
    """By lower-case name: programs write xmlURL and xmlurl, too."""
    return {str(name).lower(): str(value).strip() for name, value in element.attrib.items()}


def _title(attributes: dict[str, str]) -> str | None:
    return attributes.get("text") or attributes.get("title") or None


def _folders(element: Any) -> tuple[str, ...]:
    above = [_title(_attributes(ancestor)) for ancestor in element.iterancestors("outline", "OUTLINE")]
    return tuple(name for name in reversed(above) if name is not None)


def _category(attributes: dict[str, str]) -> tuple[str, ...]:
    """The first of the comma-separated, slash-delimited categories."""
    first = attributes.get("category", "").partition(",")[0]
    return tuple(part.strip() for part in first.split("/") if part.strip())
