"""What a record in Kafka says of how something ended. Pure.

1. A record of `raw-pages`, `articles`, `tagged-articles`, `matches` or `alerts` is the output of the stage that makes
   such records; on a topic of the replay lane, in the run it names.
2. A record of `outcomes` says itself how its page ended; a dead letter says it in its headers.
3. A record that came from the dead letters is nobody's output: it is the retried record once more.
4. What cannot be read is known by its place, and its page by the key where that names it. Its dead letter names the
   same place.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.adapters.database.dead_letters import DeadLetter
from pipeline.adapters.database.feed_volumes import ListedPage
from pipeline.adapters.database.outcomes import PageAddress, StageOutcome
from pipeline.stages import dead_letter, identity, provenance, urls
from pipeline.stages.dead_letter import Refusal
from pipeline.stages.outcome import DropReason
from topics import codec, records, registry
from topics.records import LIVE_RUN, Mode, Origin, RecordedOutcome
from topics.spec import Encoding, TopicSpec

POLL, FOLD = "poll", "fold"
EMITTED, REJECTED = "emitted", "rejected"
STAGE_OF: Mapping[type, str] = {
    records.RawPage: POLL,
    records.Article: "clean",
    records.TaggedArticle: "tag",
    records.Match: "match",
    records.Alert: FOLD,
}
"""The stage that makes such records."""

# A feed that is read for the first time lists what it published within the last days; an older date, or one that lies
# ahead, is no help in learning its habits.
_BELIEVED = timedelta(days=7)
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_LONGEST = 2000
_PAGE_ID = re.compile(rb"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lying:
    """A record where it lies, undecoded."""

    spec: TopicSpec
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Mapping[str, str]
    timestamp_ms: int
    prefix: str = ""
    """What topics' names begin with on the broker."""

    @property
    def place(self) -> str:
        """Topic, partition and offset in one word."""
        return f"{self.spec.name}/{self.partition}/{self.offset}"

    @property
    def arrived_at(self) -> datetime:
        """By Kafka's timestamp, which anyone may have set."""
        try:
            arrived = datetime.fromtimestamp(self.timestamp_ms / 1000, UTC)
        except (ValueError, OverflowError, OSError):
            return _EARLIEST
        return min(max(arrived, _EARLIEST), _LATEST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What one record says."""

    outcome: StageOutcome | None = None
    letter: DeadLetter | None = None
    addresses: tuple[PageAddress, ...] = ()
    listed: ListedPage | None = None
    """A page its feed brought, to be counted when the outcome is new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    origin: Origin
    final_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Article:
    origin: Origin
    url: str
    canonical_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tagged:
    article: _Article


@dataclass(frozen=True, slots=True, kw_only=True)
class _Match:
    origin: Origin
    watch_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Alert:
    match: _Match


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What is read of a record that carries an origin."""

    origin: Origin
    watch_id: str | None = None
    urls: tuple[str, ...] = ()


_PARTS: dict[type, tuple[type, Callable[[Any], _Known]]] = {
    records.RawPage: (_Page, lambda page: _Known(origin=page.origin, urls=(page.final_url,))),
    records.Article: (_Article, lambda one: _Known(origin=one.origin, urls=(one.url, one.canonical_url))),
    records.TaggedArticle: (_Tagged, lambda tagged: _Known(origin=tagged.article.origin)),
    records.Match: (_Match, lambda match: _Known(origin=match.origin, watch_id=match.watch_id)),
    records.Alert: (_Alert, lambda alert: _Known(origin=alert.match.origin, watch_id=alert.match.watch_id)),
}

SOURCES = tuple(spec for spec in registry.ALL if spec.record in _PARTS or spec.record is RecordedOutcome)
"""The topics the ledger reads: everything records end in, the dead letters among them."""


def note(lying: Lying) -> Note:
    """What the record says."""
    if lying.spec.encoding is Encoding.BYTES:
        return _refused(lying)
    if lying.spec.record is RecordedOutcome:
        return _recorded(lying)
    return _output(lying)


def _output(lying: Lying) -> Note:
    if provenance.RETRIED_FROM_HEADER in lying.headers:
        return Note()
    stage = STAGE_OF[lying.spec.record]
    try:
        known = _read(lying.spec, lying.value)
    except codec.UndecodableError:
        return Note(outcome=_unreadable(lying, stage))
    origin = known.origin
    outcome = StageOutcome(
        subject=origin.version_id,
        page_id=origin.page_id,
        stage=stage,
        version=_version(lying, origin),
        outcome=EMITTED,
        watch_id=_text(known.watch_id),
        feed_id=origin.feed_id,
        run_id=origin.run_id,
        mode=origin.mode.value,
        attempt=provenance.attempt_of(lying.headers),
        url=_text(origin.url) if stage == POLL else None,
        source=_source(lying),
        **_place(lying),
    )
    return Note(
        outcome=outcome,
        addresses=_addresses(known, lying.arrived_at),
        listed=_listed(origin) if stage == POLL and origin.run_id == LIVE_RUN else None,
    )


def _unreadable(lying: Lying, stage: str) -> StageOutcome:
    return StageOutcome(
        subject=_subject_of_place(lying.place),
        page_id=_page_of_key(lying.spec, lying.key),
        stage=stage,
        version="",
        outcome=EMITTED,
        run_id=LIVE_RUN,
        mode=Mode.LIVE.value,
        source=_source(lying),
        **_place(lying),
    )


def _recorded(lying: Lying) -> Note:
    try:
        record: RecordedOutcome = codec.decode(lying.spec, lying.value)
    except codec.UndecodableError:
        return Note()
    outcome = StageOutcome(
        subject=record.version_id or record.outcome_id,
        page_id=record.page_id,
        stage=record.stage,
        version=lying.headers.get(provenance.VERSION_HEADER, ""),
        outcome=record.outcome.value,
        reason=record.reason,
        detail=_text(record.detail),
        watch_id=_text(record.watch_id),
        feed_id=record.feed_id,
        run_id=record.run_id,
        mode=record.mode.value,
        attempt=provenance.attempt_of(lying.headers),
        url=_text(record.url) if record.stage == POLL else None,
        source=_source(lying),
        **_place(lying),
    )
    return Note(outcome=outcome, listed=_listed_in_vain(record, lying.arrived_at))


def _refused(lying: Lying) -> Note:
    refusal = dead_letter.read(lying.headers)
    if refusal.version_id is None:
        refusal = _completed(refusal, lying)
    topic = refusal.topic.removeprefix(lying.prefix)
    source = f"{topic}/{refusal.partition}/{refusal.offset}"
    outcome = StageOutcome(
        subject=refusal.version_id or _subject_of_place(source),
        page_id=refusal.page_id,
        stage=refusal.stage,
        version=refusal.version,
        outcome=REJECTED,
        reason=refusal.reason,
        detail=_text(refusal.detail),
        watch_id=_text(refusal.watch_id),
        feed_id=refusal.feed_id,
        run_id=refusal.run_id or LIVE_RUN,
        mode=refusal.mode or Mode.LIVE.value,
        attempt=refusal.attempt,
        source=source,
        **_place(lying),
    )
    return Note(outcome=outcome, letter=_letter(lying, refusal, topic))


def _completed(refusal: Refusal, lying: Lying) -> Refusal:
    """The refusal with what its record says of itself, where that can be read."""
    try:
        known = _read(registry.by_name(refusal.topic.removeprefix(lying.prefix)), lying.value)
    except KeyError:
        return refusal
    except codec.UndecodableError:
        spec = registry.by_name(refusal.topic.removeprefix(lying.prefix))
        return replace(refusal, page_id=refusal.page_id or _page_of_key(spec, lying.key))
    return refusal.about(known.origin, watch_id=known.watch_id)


def _letter(lying: Lying, refusal: Refusal, topic: str) -> DeadLetter:
    return DeadLetter(
        letter_id=lying.headers.get(dead_letter.ID_HEADER) or identity.digest("dead-letter", lying.place),
        topic=topic,
        partition=refusal.partition,
        offset=refusal.offset,
        stage=refusal.stage,
        version=refusal.version,
        reason=refusal.reason,
        detail=_text(refusal.detail),
        attempt=refusal.attempt,
        key=_text((lying.key or b"").decode("utf-8", "replace")) or "",
        page_id=refusal.page_id,
        url=_text(refusal.url),
        run_id=refusal.run_id,
        retried_from=lying.headers.get(provenance.RETRIED_FROM_HEADER),
        letter_topic=lying.spec.name,
        letter_partition=lying.partition,
        letter_offset=lying.offset,
        failed_at=max(refusal.failed_at, _EARLIEST),
    )


def _read(spec: TopicSpec, value: bytes | None) -> _Known:
    """UndecodableError when the record, or what is wanted of it, cannot be read."""
    if spec.record not in _PARTS:
        raise codec.UndecodableError(f"{spec.name} carries no pages")
    part, known = _PARTS[spec.record]
    return known(codec.decode_part(spec, value, part))


def _version(lying: Lying, origin: Origin) -> str:
    said = lying.headers.get(provenance.VERSION_HEADER)
    return said if said is not None else next(reversed(origin.made_by), "")


def _source(lying: Lying) -> str | None:
    said = lying.headers.get(provenance.SOURCE_HEADER)
    return _text(said.removeprefix(lying.prefix)) if said else None


def _place(lying: Lying) -> dict[str, Any]:
    return {
        "topic": lying.spec.name,
        "partition": lying.partition,
        "offset": lying.offset,
        "arrived_at": lying.arrived_at,
    }


def _page_of_key(spec: TopicSpec, key: bytes | None) -> str | None:
    """The page of a record that cannot be read, in topics that are keyed by page."""
    if not spec.key.endswith("page_id") or key is None or _PAGE_ID.fullmatch(key) is None:
        return None
    return key.decode()


def _subject_of_place(source: str) -> str:
    return identity.digest("record", source)


def _addresses(known: _Known, seen_at: datetime) -> tuple[PageAddress, ...]:
    """The addresses that are not the page's own."""
    page_id = known.origin.page_id
    normalised = {urls.normalise(url) for url in known.urls}
    others = {identity.page_id(url) for url in normalised if url is not None} - {page_id}
    return tuple(PageAddress(address=other, page_id=page_id, seen_at=seen_at) for other in sorted(others))


def _listed(origin: Origin) -> ListedPage | None:
    if origin.feed_id is None:
        return None
    published_at = origin.published_at or origin.seen_at
    is_believed = timedelta(0) <= origin.seen_at - published_at <= _BELIEVED
    return ListedPage(
        feed_id=origin.feed_id,
        published_at=published_at if is_believed else origin.seen_at,
        seen_at=origin.seen_at,
    )


def _listed_in_vain(record: RecordedOutcome, arrived_at: datetime) -> ListedPage | None:
    """A page that could not be had was listed all the same; one that is too old to be wanted says nothing of now."""
    is_new = record.stage == POLL and record.run_id == LIVE_RUN and record.reason != DropReason.TOO_OLD.value
    if not is_new or record.feed_id is None:
        return None
    return ListedPage(feed_id=record.feed_id, published_at=arrived_at, seen_at=arrived_at)


def _text(value: str | None) -> str | None:
    """As every database holds it: PostgreSQL knows no NUL."""
    return value[:_LONGEST].replace("\0", "\ufffd") if value is not None else None
