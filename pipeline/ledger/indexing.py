"""Keeps the index of everything records end in: what is read and the offsets that moves stand or fall together."""

from collections.abc import Sequence
from threading import Event

from pipeline import log, metrics
from pipeline.adapters.database import Connection, Database, dead_letters, feed_volumes, offsets, outcomes
from pipeline.adapters.database.offsets import StaleOffsetError, StoredPositions
from pipeline.adapters.group_reader import Batch, GroupReader, Received
from pipeline.adapters.kafka import topic_name
from pipeline.adapters.trouble import Trouble
from pipeline.errors import TransientError
from pipeline.ledger.noting import SOURCES, Lying, Note, note
from pipeline.settings import Settings

READER = "ledger"
_POLL_S = 0.5
_RECORDS_AT_ONCE = 2000
_logger = log.get(__name__)


class IndexLoop:
    """Keeps the index until told to stop, on one thread; any number of them share the topics' partitions.

    UnavailableError without a broker.
    """

    def __init__(self, settings: Settings, database: Database, *, stopping: Event) -> None:
        self._database = database
        self._stopping = stopping
        self._trouble = Trouble("the ledger")
        self._specs = {topic_name(settings, spec): spec for spec in SOURCES}
        self._prefix = settings.kafka.prefix
        self._reader = GroupReader(
            settings,
            stage=READER,
            sources=SOURCES,
            positions=StoredPositions(database, reader=READER),
            records_at_once=_RECORDS_AT_ONCE,
        )

    def run(self) -> None:
        """Read until `stopping` is set; a broker or database that is away is waited for."""
        try:
            while not self._stopping.is_set():
                self._turn()
        finally:
            self._reader.close()

    def _turn(self) -> None:
        try:
            batches = self._reader.poll(_POLL_S)
            if batches:
                self._index(batches)
            self._trouble.worked()
        except StaleOffsetError as error:
            _logger.info("partition indexed by another process meanwhile", error=str(error))
            self._reader.reset()
        except TransientError as error:
            self._reader.reset()
            self._stopping.wait(self._trouble.failed(error))

    def _index(self, batches: Sequence[Batch]) -> None:
        notes = [note(self._lying(batch, record)) for batch in batches for record in batch.records]
        with self._database.write() as connection:
            # In one order: two processes must not wait for each other.
            for batch in sorted(batches, key=lambda each: (each.partition.topic, each.partition.number)):
                moved = _end(batch)
                offsets.move(connection, batch.partition, reader=READER, expected=batch.position, to=moved)
            keep(connection, notes)
        for batch in batches:
            self._reader.done(batch, _end(batch))
            metrics.LEDGER_RECORDS.labels(topic=self._specs[batch.partition.topic].name).inc(len(batch.records))

    def _lying(self, batch: Batch, record: Received) -> Lying:
        return Lying(
            spec=self._specs[batch.partition.topic],
            partition=batch.partition.number,
            offset=record.offset,
            key=record.key,
            value=record.value,
            headers=record.headers,
            timestamp_ms=record.timestamp_ms,
            prefix=self._prefix,
        )


def keep(connection: Connection, notes: Sequence[Note]) -> None:
    """Store what the records say; what was said before changes nothing."""
    told = [(one.outcome, one.listed) for one in notes if one.outcome is not None]
    listed = {outcome.name: page for outcome, page in told if page is not None}
    for name in outcomes.known(connection, listed):
        del listed[name]
    outcomes.store(connection, [outcome for outcome, _ in told])
    outcomes.store_addresses(connection, [address for one in notes for address in one.addresses])
    feed_volumes.count(connection, listed.values())
    dead_letters.store(connection, [one.letter for one in notes if one.letter is not None])


def _end(batch: Batch) -> int:
    return batch.records[-1].offset + 1
