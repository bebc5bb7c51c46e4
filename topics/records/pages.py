"""A page as it was served, and where it came from."""

from dataclasses import dataclass
from datetime import datetime

from topics.records.aware import Aware
from topics.records.kinds import LIVE_RUN, Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin(Aware):
    """Where a page came from and when; carried unchanged from the raw page to the alert."""

    page_id: str
    """Digest of the page's normalised address."""
    version_id: str
    """Digest of `page_id` and the body's bytes: one version of the page."""
    url: str
    """The address the entry gave."""
    fetched_at: datetime
    seen_at: datetime
    """When a poller first saw the entry."""
    published_at: datetime | None = None
    """The feed's date for the entry."""
    feed_id: str | None = None
    entry_id: str | None = None
    mode: Mode = Mode.LIVE
    run_id: str = LIVE_RUN
    made_by: tuple[str, ...] = ()
    """Stage and version of every stage so far, in order: `poll/1`, `clean/1`, …"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawPage:
    """A page as it was served."""

    origin: Origin
    final_url: str
    """The address that answered, after redirects."""
    host: str
    """Lower-case host of `final_url`; the key."""
    body: bytes
    """Decompressed body, not decoded."""
    content_type: str | None = None
    """The Content-Type header as served, with its charset."""
    entry_title: str | None = None
    """The feed's title for the entry."""
