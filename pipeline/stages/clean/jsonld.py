"""A page's JSON-LD (https://schema.org): the article it describes, and what kinds of thing it is about."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import cast

from lxml.html import HtmlElement

Node = dict[str, object]

_DEEPEST = 6
_LARGEST_SCRIPT = 512 << 10
_WITHIN = ("@graph", "mainEntity", "mainEntityOfPage", "hasPart")


@dataclass(frozen=True, slots=True)
class Linked:
    """What the page's JSON-LD says."""

    article: Node
    """The article's node, {} where there is none."""
    types: frozenset[str]
    """Types of every node found outside of lists of items."""
    nodes: dict[str, Node]
    """Nodes by their `@id`."""

    def resolve(self, value: object) -> object:
        """The node a reference means; anything else as it is."""
        if isinstance(value, dict) and set(value) == {"@id"}:
            return self.nodes.get(str(value["@id"]), value)
        return value


def read(tree: HtmlElement, *, url: str) -> Linked:
    """What the page's JSON-LD says; blocks that cannot be read are left out. Of several articles, the one at `url`."""
    nodes = [node for script in tree.iter("script") if _is_linked(script) for node in _walk(_load(script.text or ""))]
    articles = [node for node in nodes if any(map(is_article_type, types_of(node)))]
    path = url.partition("?")[0].rstrip("/")
    own = [node for node in articles if path in _addresses(node)] or articles
    return Linked(
        article=own[0] if len(own) == 1 or (own and len(articles) <= 3) else {},
        types=frozenset(name for node in nodes for name in types_of(node)),
        nodes={str(node["@id"]): node for node in nodes if "@id" in node},
    )


def types_of(node: Node) -> Iterator[str]:
    """The node's types, without their namespace."""
    for name in as_list(node.get("@type")):
        if isinstance(name, str):
            yield name.rpartition("/")[2].rpartition(":")[2]


def is_article_type(name: str) -> bool:
    """The type is schema.org's Article or one below it."""
    return name.endswith(("Article", "BlogPosting")) or name in ("Report", "Review", "SocialMediaPosting")


def as_list(value: object) -> list[object]:
    """The value's items; JSON-LD lets a single value stand for a list of one."""
    if value is None:
        return []
    return cast(list[object], value) if isinstance(value, list) else [value]


def _is_linked(script: HtmlElement) -> bool:
    return "ld+json" in (script.get("type") or "").lower()


def _load(text: str) -> object:
    if len(text) > _LARGEST_SCRIPT:
        return None
    inner = text.strip().removeprefix("<!--").removesuffix("-->").strip()
    inner = inner.removeprefix("//<![CDATA[").removeprefix("<![CDATA[").removesuffix("//]]>").removesuffix("]]>")
    try:
        return json.loads(inner.strip().rstrip(";"), strict=False)
    except (ValueError, RecursionError):
        return None


def _walk(value: object, depth: int = 0) -> Iterator[Node]:
    if depth > _DEEPEST:
        return
    for item in as_list(value):
        if isinstance(item, dict):
            yield item
            for name in _WITHIN:
                yield from _walk(item.get(name), depth + 1)


def _addresses(node: Node) -> Iterable[str]:
    for name in ("url", "mainEntityOfPage", "@id"):
        for value in as_list(node.get(name)):
            found = value.get("@id") or value.get("url") if isinstance(value, dict) else value
            if isinstance(found, str):
                yield found.partition("?")[0].partition("#")[0].rstrip("/")
