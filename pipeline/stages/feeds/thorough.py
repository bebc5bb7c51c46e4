"""The thorough parser, for feeds in which ours finds nothing: dialects and damage it was taught over twenty years."""

from io import BytesIO
from typing import Any

import feedparser

from pipeline.stages.feeds.entry import FeedKind, Item, Listing, permalink

_FAULTS = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, AssertionError, RecursionError)
"""What a parser that expects better input ends with."""

_MAX_BYTES = 256 << 10
"""It took 8 s a megabyte on a body made of empty tags."""
_KINDS = {"rss090": FeedKind.RDF, "rss10": FeedKind.RDF}
_HEADERS = {"content-type": "application/xml; charset=utf-8"}


def read(content: bytes) -> Listing | None:
    """The feed in those bytes (UTF-8, mended). None when it finds no entries either, or they are too many bytes."""
    if len(content) > _MAX_BYTES:
        return None
    try:
        # From a stream: a string could be taken for an address or the name of a file.
        parsed = feedparser.parse(
            BytesIO(content), response_headers=_HEADERS, sanitize_html=False, resolve_relative_uris=False
        )
    except _FAULTS:
        return None
    if not parsed.entries:
        return None
    version = str(parsed.get("version") or "")
    return Listing(
        kind=FeedKind.ATOM if version.startswith("atom") else _KINDS.get(version, FeedKind.RSS),
        title=_text(parsed.feed.get("title")),
        site_url=_text(parsed.feed.get("link")),
        items=tuple(_item(entry) for entry in parsed.entries),
    )


def _item(entry: Any) -> Item:
    own_id, updated = _text(entry.get("id")), _text(entry.get("updated"))
    own_link = permalink(own_id) if entry.get("guidislink", True) else None
    return Item(
        own_id=own_id,
        link=_text(entry.get("link")) or own_link,
        title=_text(entry.get("title")),
        published=_text(entry.get("published")) or updated,
        updated=updated,
    )


def _text(value: object) -> str | None:
    return (value.strip() or None) if isinstance(value, str) else None
