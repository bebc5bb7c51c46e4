"""Folds matches into alerts: each batch in one transaction with the offset it moves, so that both stand or neither."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event
from time import monotonic

from pipeline import log, metrics
from pipeline.adapters import clock
from pipeline.adapters.database import Connection, Database, UnfitError, folding, offsets, outbox
from pipeline.adapters.database.offsets import StaleOffsetError, StoredPositions
from pipeline.adapters.group_reader import Batch, GroupReader, Partition, Received
from pipeline.adapters.trouble import Trouble
from pipeline.errors import TransientError
from pipeline.settings import Settings
from pipeline.stages import fold, identity, provenance
from pipeline.stages.outcome import RejectReason
from topics import codec, registry
from topics.records import Alert, Match, Mode

STAGE = "fold"
READER = "deliver"
_POLL_S = 0.25
_TOGETHER = 50
_DETAIL_CHARACTERS = 200
_logger = log.get(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """How one record ended, for counting after the commit."""

    outcome: str
    reason: str = ""
    mode: str = "unknown"
    alert: Alert | None = None


class FoldLoop:
    """Reads `matches` and folds them until told to stop, on one thread. UnavailableError without a broker."""

    def __init__(
        self, settings: Settings, database: Database, *, on_folded: Callable[[], None], stopping: Event
    ) -> None:
        self._story_window = settings.deliver.story_window
        self._database = database
        self._on_folded = on_folded
        self._stopping = stopping
        self._trouble = Trouble("folding")
        self._reader = GroupReader(
            settings, stage=READER, sources=(registry.MATCHES,), positions=StoredPositions(database, reader=READER)
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
            for batch in self._reader.poll(_POLL_S):
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
        for first in range(0, len(batch.records), _TOGETHER):
            if self._stopping.is_set():
                # The rest is not lost: its offsets have not moved.
                return
            records = batch.records[first : first + _TOGETHER]
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
        _count(folded, (monotonic() - started) / len(records))

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
            offsets.move(connection, partition, reader=READER, expected=position, to=records[-1].offset + 1)
            if refused is not None:
                return [self._refuse(connection, partition, records[0], RejectReason.UNSENDABLE, refused)]
            return [self._fold(connection, partition, record) for record in records]

    def _fold(self, connection: Connection, partition: Partition, record: Received) -> Folded:
        try:
            match: Match = codec.decode(registry.MATCHES, record.value)
        except codec.UndecodableError as error:
            return self._refuse(connection, partition, record, RejectReason.UNDECODABLE, str(error))
        now, mode = clock.now(), match.origin.mode.value
        decision = fold.fold(
            match,
            known=folding.known(connection, match),
            story_window=self._story_window,
            steps=provenance.decode_steps(record.headers.get(provenance.STEPS_HEADER)),
            now=now,
        )
        match decision:
            case fold.Raise(alert=alert):
                folding.store_alert(connection, alert, headers=_headers(partition, record))
                return Folded(outcome="emitted", mode=mode, alert=alert)
            case fold.Join() as join:
                reason = folding.store_join(connection, match, join, now=now, headers=_headers(partition, record))
                return Folded(outcome=reason.kind.value, reason=reason.value, mode=mode)
            case fold.Ignore():
                return Folded(outcome="known", mode=mode)

    def _refuse(
        self, connection: Connection, partition: Partition, record: Received, reason: RejectReason, detail: str
    ) -> Folded:
        source = _source(partition, record)
        now = clock.now()
        headers = record.headers | {
            "stage": STAGE,
            "reason": reason.value,
            "detail": detail[-_DETAIL_CHARACTERS:],
            "topic": partition.topic,
            "partition": str(partition.number),
            "offset": str(record.offset),
            "attempt": str(provenance.attempt_of(record.headers)),
            "version": fold.VERSION,
            "failed_at": now.isoformat(),
            "id": identity.digest("dead-letter", source),
        }
        outbox.add_bytes(
            connection,
            registry.MATCHES.dead_letter,
            key=record.key or b"",
            value=record.value or b"",
            headers=list(headers.items()),
            now=now,
        )
        _logger.error("match refused", source=source, reason=reason.value, detail=detail[-_DETAIL_CHARACTERS:])
        return Folded(outcome="rejected", reason=reason.value)


def _source(partition: Partition, record: Received) -> str:
    return f"{partition.topic}/{partition.number}/{record.offset}"


def _headers(partition: Partition, record: Received) -> list[tuple[str, str]]:
    return list(provenance.outcome_headers(_source(partition, record), fold.VERSION, record.headers).items())


def _count(folded: Sequence[Folded], seconds_each: float) -> None:
    for one in folded:
        metrics.RECORDS.labels(stage=STAGE, outcome=one.outcome, reason=one.reason, mode=one.mode).inc()
        metrics.STAGE_SECONDS.labels(stage=STAGE).observe(seconds_each)
        metrics.LAST_RECORD.labels(stage=STAGE).set_to_current_time()
        if one.outcome == "rejected":
            metrics.DEAD_LETTERS.labels(stage=STAGE, reason=one.reason).inc()
        if one.alert is not None:
            metrics.ALERTS.labels(mode=one.mode).inc()
            if one.alert.mode is Mode.LIVE:
                delay = one.alert.raised_at - one.alert.match.origin.seen_at
                metrics.SEEN_TO_ALERTED.labels(mode=one.mode).observe(max(0.0, delay.total_seconds()))
