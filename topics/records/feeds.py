"""What is polled, and what a poller remembers of it."""

from dataclasses import dataclass
from datetime import datetime

from topics.records.aware import Aware


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed(Aware):
    """A source to poll. A deleted feed is a tombstone."""

    feed_id: str
    """Digest of `url`."""
    url: str
    added_at: datetime
    title: str | None = None
    folders: tuple[str, ...] = ()
    """Where the feed stood in the imported outline, outermost first."""
    interval_floor_s: float | None = None
    """Never poll more often than this; None takes the operator's setting."""
    interval_ceiling_s: float | None = None
    """Never poll less often than this while it answers; None takes the operator's setting."""
    obey_robots: bool = True
    enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingEntry(Aware):
    """An entry the feed has listed and whose page is not yet acknowledged by Kafka."""

    entry_id: str
    """Digest of the entry's own id (or link) and its `updated` stamp: a changed entry is a new one."""
    url: str
    first_seen_at: datetime
    title: str | None = None
    published_at: datetime | None = None
    attempts: int = 0
    next_attempt_at: datetime | None = None
    last_error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState(Aware):
    """What a poller must remember of a feed; lies in the partition of the same number as the feed."""

    feed_id: str
    url: str
    """Where to ask now: the feed's own address, or the one it moved to for good."""
    etag: str | None = None
    last_modified: str | None = None
    body_digest: str | None = None
    """Digest of the last body parsed; catches servers that repeat a body under a new validator."""
    polled_at: datetime | None = None
    succeeded_at: datetime | None = None
    next_poll_at: datetime | None = None
    interval_s: float = 0.0
    error_streak: int = 0
    last_outcome: str | None = None
    last_error: str | None = None
    title: str | None = None
    seen: tuple[str, ...] = ()
    """Entry ids that ended (page acknowledged or given up), oldest first, bounded."""
    pending: tuple[PendingEntry, ...] = ()
