"""The archiving process: raw pages from their topic into files of the archive.

Where to read on is what the archive itself says: an offset counts as archived when the file that holds it is there
under its name, whole. So SIGKILL at any moment loses nothing and repeats nothing; what was being filled is read again.
"""

import signal
from dataclasses import replace
from pathlib import Path
from threading import Event
from time import monotonic

from pipeline import log, metrics
from pipeline.adapters import clock, topics
from pipeline.adapters.archive import ArchiveStore, Part
from pipeline.adapters.archive.contents import anew_of, incarnation_of, of_part, parts
from pipeline.adapters.group_reader import Batch, GroupReader, Received
from pipeline.adapters.partition import Partition
from pipeline.adapters.trouble import Trouble
from pipeline.adapters.warc import Lying
from pipeline.archive.filling import Filling
from pipeline.errors import TransientError
from pipeline.settings import Settings
from topics import registry

STAGE = "archive"
_POLL_S = 0.5
_logger = log.get(__name__)


def run(settings: Settings) -> None:
    """Archive until SIGTERM or ctrl-C, then complete the files in hand.

    UsageError for an archive that cannot be used or for wrong topics, UnavailableError without a broker.
    """
    store = ArchiveStore(settings)
    store.introduce()
    topics.require(settings)
    metrics.serve(STAGE, settings.metrics)
    stopping = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopping.set())
    _logger.info("archiving", topic=registry.RAW_PAGES.name, url=store.url)
    Archiver(settings, store, stopping=stopping).run()


class ArchivePositions:
    """Where partitions are read from: as the archive has it."""

    def __init__(self, store: ArchiveStore) -> None:
        self._store = store
        self._parts: dict[Partition, Part] = {}

    def part(self, partition: Partition) -> Part:
        """Where the partition's records go; known once its position was loaded."""
        return self._parts[partition]

    def load(self, partition: Partition) -> int:
        """The next offset to archive."""
        kept = of_part(
            parts(self._store.segments(partition.topic)),
            topic=partition.topic,
            incarnation=partition.topic_uuid,
            partition=partition.number,
        )
        fresh = Part(partition.topic, incarnation_of(partition.topic_uuid, 0), partition.number)
        known = self._parts.get(partition)
        if known is not None and (kept is None or anew_of(known) > anew_of(kept.part)):
            return 0
        self._parts[partition] = fresh if kept is None else kept.part
        self._store.tidy(self._parts[partition].folder, now=clock.now())
        return 0 if kept is None else kept.behind

    def rewind(self, partition: Partition, position: int, to: int) -> None:
        """Other records may lie at those offsets now: what comes goes into a folder of its own."""
        before = self._parts[partition]
        incarnation = incarnation_of(partition.topic_uuid, anew_of(before) + 1)
        self._parts[partition] = replace(before, incarnation=incarnation)


class Archiver:
    """Reads and files. For one thread."""

    def __init__(self, settings: Settings, store: ArchiveStore, *, stopping: Event) -> None:
        self._settings = settings.archive
        self._spool: Path = settings.data_folder
        self._spool.mkdir(parents=True, exist_ok=True)
        self._store = store
        self._stopping = stopping
        self._trouble = Trouble("archiving")
        self._positions = ArchivePositions(store)
        self._filling: dict[Partition, Filling] = {}
        self._reader = GroupReader(settings, stage=STAGE, sources=[registry.RAW_PAGES], positions=self._positions)

    def run(self) -> None:
        """Archive until `stopping` is set; a broker or store that is away is waited for."""
        try:
            while not self._stopping.is_set():
                self._turn()
            self._complete_all()
        finally:
            self._reader.close()

    def _turn(self) -> None:
        try:
            self._complete_due()
            batches = self._reader.poll(_POLL_S)
            self._let_go()
            for batch in batches:
                self._take(batch)
            self._trouble.worked()
        except TransientError as error:
            # What is being filled stays; records that come again are known by their offsets.
            self._reader.reset()
            self._stopping.wait(self._trouble.failed(error))
        self._report()

    def _take(self, batch: Batch) -> None:
        filling = self._filling.get(batch.partition)
        records = [one for one in batch.records if filling is None or one.offset >= filling.behind]
        if not records:
            return
        if filling is not None and records[0].offset > filling.behind:
            self._close_off(batch.partition, filling)
            filling = None
        if filling is None:
            filling = Filling(self._positions.part(batch.partition), first=records[0].offset, folder=self._spool)
            self._filling[batch.partition] = filling
        for record in records:
            filling.add(_lying(batch.partition, record))

    def _close_off(self, partition: Partition, filling: Filling) -> None:
        """What follows does not join on: retention took what lies between, or another process has archived it."""
        if self._store.position(filling.part) > filling.first:
            self._drop(partition)
        else:
            self._complete(partition, filling)

    def _complete_due(self) -> None:
        age_s = self._settings.segment_age.total_seconds()
        for partition, filling in list(self._filling.items()):
            if filling.size >= self._settings.segment_bytes or monotonic() - filling.opened_at >= age_s:
                self._complete(partition, filling)

    def _complete_all(self) -> None:
        try:
            for partition, filling in list(self._filling.items()):
                self._complete(partition, filling)
        except TransientError as error:
            _logger.warning("files not completed, to be read again", files=len(self._filling), error=str(error))

    def _complete(self, partition: Partition, filling: Filling) -> None:
        """Make it visible: the index first, since a file without one could not be read by place."""
        segment = filling.segment()
        self._store.put(segment.index_name, filling.index())
        self._store.put(segment.name, filling.content())
        if self._reader.holds(partition):
            self._reader.done(Batch(partition=partition, position=filling.first, records=()), filling.behind)
        metrics.ARCHIVED_RECORDS.inc(filling.count)
        metrics.ARCHIVED_BYTES.inc(filling.size)
        _logger.info("file archived", name=segment.name, records=filling.count, bytes=filling.size)
        self._drop(partition)

    def _let_go(self) -> None:
        """What partitions that went to another process had begun is that process's to archive."""
        for partition in list(self._filling):
            if not self._reader.holds(partition):
                self._drop(partition)

    def _drop(self, partition: Partition) -> None:
        self._filling.pop(partition).close()

    def _report(self) -> None:
        waiting = self._filling.values()
        metrics.ARCHIVE_WAITING.set(sum(one.count for one in waiting))
        metrics.ARCHIVE_OLDEST_WAITING.set(min((one.earliest_ms for one in waiting), default=0) / 1000)


def _lying(partition: Partition, record: Received) -> Lying:
    return Lying(
        topic=partition.topic,
        partition=partition.number,
        offset=record.offset,
        arrived_ms=record.timestamp_ms,
        key=record.key,
        value=record.value,
        headers=record.raw_headers,
    )
