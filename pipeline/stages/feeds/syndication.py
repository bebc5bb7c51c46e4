"""RSS 0.9x to 2.0, RDF and Atom 0.3 and 1.0, read from the recovered tree by local names, as feeds mix them.

An item's link, first that holds: the text of `link` (RSS); the `href` of a `link` of the relation `alternate` or none,
HTML before other types (Atom), so neither an enclosure nor the entry's own address; its own id where that is an address
and not said to be no permalink (RSS 2.0 `guid`, RDF `about`).
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any
from urllib.parse import urljoin

from lxml import etree

from pipeline.stages.feeds.entry import MAX_ITEMS, FeedKind, Item, Listing, permalink
from pipeline.stages.feeds.nodes import first_of, local_name, text_of, texts_of

_KINDS = {"rss": FeedKind.RSS, "channel": FeedKind.RSS, "feed": FeedKind.ATOM, "RDF": FeedKind.RDF}
_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_ITEMS = frozenset({"item", "entry"})
_PAGES = frozenset({None, "", "text/html", "application/xhtml+xml"})

# By local name, most telling first: RSS 2.0, Atom 1.0, Atom 0.3, Dublin Core.
_OWN_IDS = ("id", "guid")
_PUBLISHED = ("pubDate", "published", "issued", "date", "created")
_UPDATED = ("updated", "modified")
_TEXTS = frozenset(("title", *_OWN_IDS, *_PUBLISHED, *_UPDATED))
_OF_FEED = frozenset({"title", "ttl"})
_DEEPEST_BASE = 8
"""An entry stands two deep; what stands deeper is hostile, and every level would be looked through for every item."""


def read(root: Any) -> Listing | None:
    """The feed of that tree; None when its root is none of a feed's."""
    kind = _KINDS.get(local_name(root))
    if kind is None:
        return None
    channel = next((child for child in root if local_name(child) == "channel"), root)
    texts = texts_of(channel, _OF_FEED)
    return Listing(
        kind=kind,
        title=texts.get("title"),
        site_url=_link(channel),
        items=tuple(_item(element) for element in islice(_items(root), MAX_ITEMS)),
        ttl_s=_ttl_s(texts.get("ttl")),
    )


def _items(root: Any) -> Iterator[Any]:
    """The items at any depth, but none within another."""
    walk = etree.iterwalk(root, events=("start",))
    for _event, element in walk:
        if local_name(element) in _ITEMS:
            walk.skip_subtree()
            yield element


def _item(element: Any) -> Item:
    texts = texts_of(element, _TEXTS)
    own_id = first_of(texts, _OWN_IDS) or element.get(_ABOUT)
    updated = first_of(texts, _UPDATED)
    return Item(
        own_id=own_id,
        link=_link(element) or (permalink(own_id) if _is_permalink(element) else None),
        title=texts.get("title"),
        published=first_of(texts, _PUBLISHED) or updated,
        updated=updated,
        base=_base(element),
    )


def _link(element: Any) -> str | None:
    links = [child for child in element if local_name(child) == "link"]
    pages = [link for link in links if link.get("rel", "alternate") in ("alternate", "")]
    written = next((text for link in pages if (text := text_of(link)) is not None), None)
    if written is not None:
        return written
    pages.sort(key=lambda link: link.get("type") not in _PAGES)
    return next((str(link.get("href")) for link in pages if link.get("href")), None)


def _is_permalink(element: Any) -> bool:
    """RSS 2.0: true unless the guid says otherwise."""
    guids = (child.get("isPermaLink", "") for child in element if local_name(child) == "guid")
    return next(guids, "").strip().lower() != "false"


def _base(item: Any) -> str | None:
    """The item's `xml:base`, resolved against those of its ancestors, RFC 3986 §5.1.1; None where none is set."""
    above = (item, *islice(item.iterancestors(), _DEEPEST_BASE))
    written = [value for element in above if (value := element.get(_BASE))]
    base = None
    for value in reversed(written):
        try:
            base = urljoin(base or "", value.strip())
        except ValueError:
            return None
    return base


def _ttl_s(minutes: str | None) -> float | None:
    """RSS 2.0 `ttl` counts minutes."""
    is_number = minutes is not None and minutes.isascii() and minutes.isdigit() and len(minutes) < 8
    return float(minutes) * 60 if minutes is not None and is_number else None
