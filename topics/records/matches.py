"""What is found, and what a subscriber is told."""

from dataclasses import dataclass
from datetime import datetime

from topics.records.aware import Aware
from topics.records.kinds import Mode, TextField
from topics.records.pages import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One place where a clause of a watch was found."""

    clause: str
    """The clause as its owner wrote it."""
    field: TextField
    start: int
    end: int
    words: str
    """The article's words at those offsets."""
    actor_id: str | None = None
    alias: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """A stretch of an article round its hits."""

    field: TextField
    start: int
    text: str
    highlights: tuple[tuple[int, int], ...]
    """Offsets within `text`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match(Aware):
    """A watch found in an article."""

    match_id: str
    """Digest of watch, page and version."""
    watch_id: str
    watch_name: str
    watch_revision: int
    subscriber: str
    origin: Origin
    url: str
    canonical_url: str
    title: str
    text_digest: str
    hits: tuple[Hit, ...]
    snippets: tuple[Snippet, ...] = ()
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    language: str | None = None
    site_name: str | None = None
    score: float | None = None
    """Between 0 and 1: how much the article is about what the watch asks for, beside its other matches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert(Aware):
    """A watch found in a story: what a subscriber gets, once."""

    alert_id: str
    """Digest of watch and story."""
    watch_id: str
    story_id: str
    match: Match
    """The match that raised it."""
    raised_at: datetime
    steps: dict[str, datetime]
    """When each step finished: `poll`, `clean`, `tag`, `match`, `fold`."""
    mode: Mode = Mode.LIVE
