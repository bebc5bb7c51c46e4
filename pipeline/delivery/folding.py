"""Folds matches into alerts: each batch in one transaction with the offset it moves, so that both stand or neither."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event
from time import monotonic

from pipeline import log, metrics
from pipeline.adapters import clock
from pipeline.adapters.database import Connection, Database, UnfitError, folding, offsets, outbox, runs
from pipeline.adapters.database.offsets import StaleOffsetError, StoredPositions
from pipeline.adapters.group_reader import Batch, GroupReader, Received
from pipeline.adapters.kafka import stage_in
from pipeline.adapters.partition import Partition
from pipeline.adapters.trouble import Trouble
from pipeline.errors import TransientError
from pipeline.settings import Settings
from pipeline.stages import dead_letter, fold, provenance
from pipeline.stages.outcome import RejectReason
from topics import codec, registry
from topics.records import Alert, Match, Mode
from topics.spec import Lane

STAGE = "fold"
READER = "deliver"
_POLL_S = 0.25
# Replayed ones in smaller bites: a live batch may have to wait for one.
_TOGETHER = {Lane.LIVE: 50, Lane.REPLAY: 10}
_YIELD_S = 1.0
_DETAIL_CHARACTERS = 200
_logger = log.get(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """How one record ended, for counting after the commit."""

    outcome: str
    reason: str = ""
    mode: str = "unknown"
    alert: Alert | None = None


class Precedence:
    """Lets the live lane go first: the other waits while live matches are in hand. Shared by both loops."""

    def __init__(self) -> None:
        self._is_free = Event()
        self._is_free.set()

    @contextmanager
    def taken(self, lane: Lane) -> Iterator[None]:
        """While in here, the live lane is busy."""
        if lane is Lane.LIVE:
            self._is_free.clear()
        try:
            yield
        finally:
            if lane is Lane.LIVE:
                self._is_free.set()

    def give_way(self, lane: Lane) -> None:
        """Wait for the live lane, though not for ever."""
        if lane is Lane.REPLAY:
            self._is_free.wait(_YIELD_S)


class FoldLoop:
    """Folds one lane's matches until told to stop, on one thread. UnavailableError without a broker."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        *,
        lane: Lane,
        precedence: Precedence,
        on_folded: Callable[[], None],
        stopping: Event,
    ) -> None:
        self._lane, self._precedence = lane, precedence
        self._reader_name, self._stage = stage_in(READER, lane), stage_in(STAGE, lane)
        self._story_window = settings.deliver.story_window
        self._database = database
        self._on_folded = on_folded
        self._stopping = stopping
        self._trouble = Trouble("folding")
        self._reader = GroupReader(
            settings,
            stage=self._reader_name,
            sources=(registry.MATCHES.in_lane(lane),),
            positions=StoredPositions(database, reader=self._reader_name),
        )

    def run(self) -> None:
        """Fold until `stopping` is set; a broker or database that is away is waited for."""
        try:
            while not self._stopping.is_set():
                self._turn()
        finally:
            self._reader.close()

    def _turn(self) -> None:
        try:
            batches = self._reader.poll(_POLL_S)
            with self._precedence.taken(self._lane) if batches else nullcontext():
                for batch in batches:
                    self._fold_batch(batch)
            self._trouble.worked()
        except StaleOffsetError as error:
            _logger.info("partition folded by another process meanwhile", error=str(error))
            self._reader.reset()
        except TransientError as error:
            self._reader.reset()
            self._stopping.wait(self._trouble.failed(error))

    def _fold_batch(self, batch: Batch) -> None:
        position = batch.position
        together = _TOGETHER[self._lane]
        for first in range(0, len(batch.records), together):
            if self._stopping.is_set():
                # The rest is not lost: its offsets have not moved.
                return
            self._precedence.give_way(self._lane)
            records = batch.records[first : first + together]
            self._fold_together(batch.partition, position, records)
            position = records[-1].offset + 1
            self._reader.done(batch, position)

    def _fold_together(self, partition: Partition, position: int, records: Sequence[Received]) -> None:
        started = monotonic()
        try:
            folded = self._commit(partition, position, records)
        except UnfitError as error:
            folded = self._fold_singly(partition, position, records, error)
        if any(one.alert is not None for one in folded):
            self._on_folded()
        _count(self._stage, folded, (monotonic() - started) / len(records))

    def _fold_singly(
        self, partition: Partition, position: int, records: Sequence[Received], error: UnfitError
    ) -> list[Folded]:
        """One of them cannot be stored: it alone becomes a dead letter."""
        if len(records) == 1:
            return self._commit(partition, position, records, refused=str(error))
        for record in records:
            self._fold_together(partition, position, (record,))
            position = record.offset + 1
        return []

    def _commit(
        self, partition: Partition, position: int, records: Sequence[Received], *, refused: str | None = None
    ) -> list[Folded]:
        with self._database.write() as connection:
            to = records[-1].offset + 1
            offsets.move(connection, partition, reader=self._reader_name, expected=position, to=to)
            if refused is not None:
                return [refuse(connection, partition, records[0], reason=RejectReason.UNSENDABLE, detail=refused)]
            folding.hold(connection, {(record.key or b"").decode("utf-8", "replace") for record in records})
            return [fold_record(connection, partition, one, story_window=self._story_window) for one in records]


def fold_record(connection: Connection, partition: Partition, record: Received, *, story_window: timedelta) -> Folded:
    """Fold one match, as it lay at that partition, in the transaction; what cannot be read becomes a dead letter."""
    if provenance.is_beyond_last(STAGE, record.headers):
        return Folded(outcome="beyond")
    try:
        match: Match = codec.decode(registry.MATCHES, record.value)
    except codec.UndecodableError as error:
        return refuse(connection, partition, record, reason=RejectReason.UNDECODABLE, detail=str(error))
    now = clock.now()
    decision = fold.fold(
        match,
        known=folding.known(connection, match),
        story_window=story_window,
        steps=provenance.decode_steps(record.headers.get(provenance.STEPS_HEADER)),
        now=now,
    )
    return _store(connection, match, decision, now, _headers(partition, record))


def refuse(
    connection: Connection, partition: Partition, record: Received, *, reason: RejectReason, detail: str
) -> Folded:
    """Make the record a dead letter, in the transaction."""
    match, now = _readable(record), clock.now()
    refusal = dead_letter.Refusal(
        stage=STAGE,
        version=fold.VERSION,
        reason=reason.value,
        detail=detail,
        topic=partition.topic,
        partition=partition.number,
        offset=record.offset,
        failed_at=now,
        attempt=provenance.attempt_of(record.headers),
    )
    if match is not None:
        refusal = refusal.about(match.origin, watch_id=match.watch_id)
    outbox.add_bytes(
        connection,
        registry.MATCHES.dead_letter,
        key=record.key or b"",
        value=record.value or b"",
        headers=list(dead_letter.write(record.headers, refusal).items()),
        now=now,
    )
    _logger.error("match refused", source=refusal.source, reason=reason.value, detail=detail[-_DETAIL_CHARACTERS:])
    return Folded(outcome="rejected", reason=reason.value)


def _store(
    connection: Connection, match: Match, decision: fold.Decision, now: datetime, headers: list[tuple[str, str]]
) -> Folded:
    mode = match.origin.mode.value
    match decision:
        case fold.Raise(alert=alert):
            folding.store_alert(
                connection, alert, is_told=runs.is_told(connection, alert.match.origin), headers=headers
            )
            return Folded(outcome="emitted", mode=mode, alert=alert)
        case fold.Join() as join:
            reason = folding.store_join(connection, match, join, now=now, headers=headers)
        case fold.Recall():
            reason = folding.store_recall(connection, match, now=now, headers=headers)
        case fold.Ignore():
            return Folded(outcome="known", mode=mode)
    return Folded(outcome=reason.kind.value, reason=reason.value, mode=mode)


def _readable(record: Received) -> Match | None:
    try:
        match: Match = codec.decode(registry.MATCHES, record.value)
    except codec.UndecodableError:
        return None
    return match


def _source(partition: Partition, record: Received) -> str:
    return f"{partition.topic}/{partition.number}/{record.offset}"


def _headers(partition: Partition, record: Received) -> list[tuple[str, str]]:
    return list(provenance.outcome_headers(_source(partition, record), fold.VERSION, record.headers).items())


def _count(stage: str, folded: Sequence[Folded], seconds_each: float) -> None:
    for one in folded:
        metrics.RECORDS.labels(stage=stage, outcome=one.outcome, reason=one.reason, mode=one.mode).inc()
        metrics.STAGE_SECONDS.labels(stage=stage).observe(seconds_each)
        metrics.LAST_RECORD.labels(stage=stage).set_to_current_time()
        if one.outcome == "rejected":
            metrics.DEAD_LETTERS.labels(stage=stage, reason=one.reason).inc()
        if one.alert is not None:
            metrics.ALERTS.labels(mode=one.mode).inc()
            if one.alert.mode is Mode.LIVE:
                delay = one.alert.raised_at - one.alert.match.origin.seen_at
                metrics.SEEN_TO_ALERTED.labels(mode=one.mode).observe(max(0.0, delay.total_seconds()))
