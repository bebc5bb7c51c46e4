"""JSON Feed 1 and 1.1 (jsonfeed.org), item by item: one that is broken does not take its neighbours with it."""

import json
from typing import Any

from pipeline.stages.feeds.entry import MAX_ITEMS, FeedKind, Item, Listing, permalink


def read(content: bytes) -> Listing | None:
    """The feed in those bytes (UTF-8). None when they are no JSON object with `items`."""
    try:
        feed = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        return None
    return Listing(
        kind=FeedKind.JSON,
        title=_text(feed.get("title")),
        site_url=_text(feed.get("home_page_url")),
        items=tuple(_item(item) for item in feed["items"][:MAX_ITEMS] if isinstance(item, dict)),
    )


def _item(item: dict[str, Any]) -> Item:
    own_id = _text(item.get("id"))
    return Item(
        own_id=own_id,
        link=_text(item.get("url")) or permalink(own_id),
        title=_text(item.get("title")),
        published=_text(item.get("date_published")),
        updated=_text(item.get("date_modified")),
    )


def _text(value: object) -> str | None:
    """Version 1.1 asks readers to take a number as an id."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return (value.strip() or None) if isinstance(value, str) else None
