"""An article, and what is tagged in it."""

from dataclasses import dataclass
from datetime import datetime

from topics.records.aware import Aware
from topics.records.kinds import ActorKind, Event, Qualifier, SpeakerEvidence, TextField
from topics.records.pages import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Article(Aware):
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
