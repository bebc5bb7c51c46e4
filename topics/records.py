"""The records that travel between stages, one frozen dataclass per phase, standard library only.

Every datetime is aware; writers use UTC. Identifiers are hexadecimal digests of content, never random. Offsets count
code points of the field they name, end exclusive. A record may gain optional fields; anything else is a new topic.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum


class Mode(StrEnum):
    """How a record came to be processed: only live records notify by themselves."""

    LIVE = "live"
    BACKFILL = "backfill"
    SHADOW = "shadow"


LIVE_RUN = "live"
"""The run of everything that no run over history made."""


class ActorKind(StrEnum):
    """What an actor is."""

    PERSON = "person"
    ORGANISATION = "organisation"


class TextField(StrEnum):
    """The field of an article that offsets refer to."""

    TITLE = "title"
    TEXT = "text"


class OutcomeKind(StrEnum):
    """How a record ended at a stage when it ended without an output and without a dead letter."""

    DROPPED = "dropped"
    DUPLICATE = "duplicate"
    UNMATCHED = "unmatched"


class SpeakerEvidence(StrEnum):
    """How it is known who speaks."""

    CUE = "cue"
    """The speaker stands beside the verb, or where `according to` or a colon puts them."""
    CARRIED = "carried"
    """Taken over from the quotation before, or behind a pronoun: uncertain."""


class Qualifier(StrEnum):
    """What the words round a number say of it."""

    EXACT = "exact"
    AT_LEAST = "at-least"
    MORE_THAN = "more-than"
    """The bound itself is not meant: `more than 50` has `low` 50 all the same."""
    AT_MOST = "at-most"
    LESS_THAN = "less-than"
    """The bound itself is not meant: `under 50` has `high` 50 all the same."""
    ABOUT = "about"


class Event(StrEnum):
    """What befell those a figure counts."""

    KILLED = "killed"
    WOUNDED = "wounded"
    ARRESTED = "arrested"
    MISSING = "missing"
    DISPLACED = "displaced"
    INFECTED = "infected"


class _Aware:
    """Refuses naive datetimes when a record is made or decoded."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for field in fields(self):  # type: ignore[arg-type]  # subclasses are dataclasses
            value = getattr(self, field.name)
            if isinstance(value, datetime) and value.tzinfo is None:
                raise ValueError(f"{field.name} has no time zone: {value.isoformat()}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed(_Aware):
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
class PendingEntry(_Aware):
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
class FeedState(_Aware):
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin(_Aware):
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Article(_Aware):
    """A page's main text and what is known about it."""

    origin: Origin
    url: str
    """The address that answered."""
    canonical_url: str
    title: str
    text: str
    """NFC, one paragraph a line. Captions, credits and teasers are not in it."""
    text_digest: str
    """Digest of the text's words, case and punctuation ignored: equal for exact copies."""
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    published_from: str | None = None
    """What gave `published_at`: `feed`, `json-ld`, `meta`, `time`, `htmldate` or `text`."""
    language: str | None = None
    """ISO 639-1."""
    site_name: str | None = None
    section: str | None = None
    captions: tuple[str, ...] = ()
    """Picture captions found in the body; neither tagged nor matched."""
    dropped_sections: dict[str, int] | None = None
    """What was cut from the body, by kind and count: `breadcrumb`, `teaser`, …"""
    is_degraded: bool = False
    """The page was too large or too deep for the full extractor; the text is a plain reading of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """An actor at offsets in an article."""

    name: str
    """The listed actor's name, or the words found."""
    kind: ActorKind
    field: TextField
    start: int
    end: int
    surface: str
    """The words as they stand in the article."""
    actor_id: str | None = None
    """None for an actor that is not listed."""
    alias: str | None = None
    """The listed alias that matched."""
    evidence: str = "alias"
    """Why it was tagged: `alias`, or the rule that found an unlisted actor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyword:
    """A word or phrase an article is about."""

    term: str
    count: int
    weight: float
    """Between 0 and 1, relative to the article's strongest keyword."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotation:
    """Words an article puts between quotation marks, and who said them."""

    speaker: str
    """The listed actor's name, or the name found."""
    field: TextField
    start: int
    end: int
    """The quoted words without their marks. Words that go on over several paragraphs are several quotations."""
    text: str
    """The words as they stand in the article."""
    confidence: SpeakerEvidence
    speaker_actor_id: str | None = None
    """None for a speaker that is not listed."""
    verb: str | None = None
    """The word or words of saying as they stand there; None where only a sign or nothing tells the speaker."""
    speaker_start: int | None = None
    speaker_end: int | None = None
    """Where, in the same field, the name, surname or pronoun stands that tells the speaker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number an article gives, with its unit and what it counts."""

    low: float | None
    high: float | None
    """Both bounds inclusive, None where open: `at least 12` is 12 and None, `thousands` 2,000 and 9,999."""
    qualifier: Qualifier
    field: TextField
    start: int
    end: int
    """The number with its multiplier and its unit or currency."""
    text: str
    """The words as they stand in the article."""
    unit: str | None = None
    """`percent`, a currency's ISO 4217 code, `people`, or a unit's symbol: `km`, `MW`."""
    counted: str | None = None
    """The noun counted, folded, as it stands there: `soldiers`, `houses`."""
    event: Event | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaggedArticle:
    """An article with its actors and keywords, what is quoted and which figures it gives."""

    article: Article
    page_id: str
    mentions: tuple[Mention, ...] = ()
    keywords: tuple[Keyword, ...] = ()
    quotations: tuple[Quotation, ...] = ()
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor(_Aware):
    """A person or organisation to recognise. A deleted actor is a tombstone."""

    actor_id: str
    name: str
    kind: ActorKind
    aliases: tuple[str, ...] = ()
    """Other spellings, in any script. `=WHO` asks for exact case."""
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch(_Aware):
    """A standing query. A deleted watch is a tombstone."""

    watch_id: str
    name: str
    query: str
    revision: int
    subscriber: str = "default"
    enabled: bool = True
    updated_at: datetime | None = None


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
class Match(_Aware):
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
class Alert(_Aware):
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


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedOutcome:
    """How a page or record ended at a stage without an output."""

    outcome_id: str
    """Digest of stage, page, version, run (and watch, where there is one)."""
    stage: str
    outcome: OutcomeKind
    reason: str
    page_id: str
    url: str
    version_id: str | None = None
    """None where no body was had."""
    feed_id: str | None = None
    watch_id: str | None = None
    detail: str | None = None
    mode: Mode = Mode.LIVE
    run_id: str = LIVE_RUN


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchCost:
    """What a watch has cost a match agent since it came into force there."""

    watch_id: str
    evaluations: int
    """Articles it was tried on."""
    seconds: float
    """Of the processor's; those of the compiled engine are estimated from every sixteenth article."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchFault:
    """A watch that was to be in force and does not match."""

    watch_id: str
    reason: str
    """For its owner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchReport(_Aware):
    """How the watches fare in one match agent."""

    worker: str
    """Host and process of the agent."""
    at: datetime
    started_at: datetime
    is_compiled: bool
    """Whether it matches with the compiled kernel."""
    articles: int
    """Matched since it started."""
    watches: int
    """In force."""
    costs: tuple[WatchCost, ...] = ()
    """Of the watches that cost most, the costliest first."""
    faults: tuple[WatchFault, ...] = ()
