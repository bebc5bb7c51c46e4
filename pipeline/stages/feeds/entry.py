"""What a feed says, whatever its format."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

MAX_ITEMS = 50_000
"""What the sitemap protocol allows one file; feeds have a few hundred. What comes after is not read."""


class FeedKind(StrEnum):
    """The format a feed is written in."""

    RSS = "rss"
    RDF = "rdf"
    ATOM = "atom"
    JSON = "json"
    SITEMAP = "sitemap"


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a feed that has a page."""

    entry_id: str
    """Digest of the entry's own id (or link) and its `updated` stamp as read: a changed entry is a new one."""
    url: str
    """Absolute address of the page."""
    title: str | None = None
    """Plain text."""
    published_at: datetime | None = None
    """UTC; None for none, an unreadable and an absurd one."""
    updated_at: datetime | None = None

    @property
    def dated_at(self) -> datetime | None:
        """The later of both dates: the age of an entry goes by it."""
        return max((date for date in (self.published_at, self.updated_at) if date is not None), default=None)


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A feed as it was read; it may well list nothing."""

    kind: FeedKind
    title: str | None
    site_url: str | None
    entries: tuple[Entry, ...]
    """In the feed's order, each page and version once."""
    ttl_s: float | None
    """How long the feed itself says its body is good for (RSS `ttl`); None when it does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An item as a format's reader found it: text as written, nothing resolved or judged yet."""

    own_id: str | None = None
    link: str | None = None
    """As written; None where the format's rules leave the item without one."""
    base: str | None = None
    """What a relative link is relative to (`xml:base`), itself as written; None takes the feed's."""
    title: str | None = None
    published: str | None = None
    updated: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A feed as a format's reader found it."""

    kind: FeedKind
    items: tuple[Item, ...]
    title: str | None = None
    site_url: str | None = None
    ttl_s: float | None = None


def permalink(own_id: str | None) -> str | None:
    """The item's own id where it is an address in itself; a mere name must not be taken for a relative link."""
    return own_id if own_id is not None and own_id.lower().startswith(("http://", "https://")) else None
