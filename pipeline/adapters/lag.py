"""How far each stage, the ledger and the archiver are behind, in records and in seconds, measured from outside them.

A worker that is stuck or dead cannot say so itself. Behind is what lies between a group's committed offset and the end
of its topic; its age is that of the oldest such record, by Kafka's timestamp, which is when it arrived.
"""

import signal
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain

from kafka import TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import KafkaError

from pipeline import log, metrics
from pipeline.adapters import clock, kafka, topics
from pipeline.adapters.kafka import group_name, topic_name
from pipeline.errors import UnavailableError
from pipeline.settings import Settings
from topics import registry
from topics.spec import TopicSpec

Readers = Mapping[str, Sequence[TopicSpec]]
"""Names of consumer groups, each with the topics it reads."""

STAGES: Readers = {spec.consumers[0]: (spec,) for spec in registry.DECLARED if spec.has_dead_letters}
"""The stages: each reads one topic."""

_ARCHIVE = "archive"
_EVERY_S = 5.0
_OLDEST_WITHIN_S = 2.0

_log = log.get(__name__)


@dataclass(frozen=True)
class Lag:
    """How far a stage is behind."""

    records: int
    seconds: float | None
    """Age of the oldest record not committed: 0 when there is none, None when it could not be read in time."""


@dataclass(frozen=True)
class Reading:
    """One look at the broker."""

    stages: dict[str, Lag]
    ends: dict[str, int]
    """Sum of end offsets by declared topic name, without the operator's prefix."""


def run(settings: Settings, *, readers: Readers) -> None:
    """Export the lag of these and of the archiver, where there is one, until SIGTERM or SIGINT.

    Without a broker none is exported, and it is tried on. UsageError when the broker's topics are not as declared.
    """
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopped.set())
    metrics.serve("lag", settings.metrics)
    _log.info("lag exporter started", bootstrap=settings.bootstrap)
    while not stopped.is_set():
        try:
            _export_until(settings, readers, stopped)
        except (UnavailableError, KafkaError) as error:
            _forget()
            _log.warning("lag not measured", error=str(error))
            stopped.wait(_EVERY_S)


class LagReader:
    """Reads commits, ends and oldest records. Not thread-safe. UnavailableError without a broker."""

    def __init__(self, settings: Settings, *, readers: Readers = STAGES) -> None:
        self._settings = settings
        # What no archiver has kept yet is lost when retention takes it: an archiver that is down must be seen.
        archiver = {_ARCHIVE: (registry.RAW_PAGES,)} if settings.archive.url else {}
        self._readers = {**readers, **archiver}
        self._specs = dict.fromkeys((*registry.DECLARED, *chain.from_iterable(self._readers.values())))
        self._admin = kafka.admin(settings)
        # One batch of a partition is enough: only its first record's time is wanted.
        self._consumer = kafka.consumer(settings, max_partition_fetch_bytes=1 << 16, fetch_max_wait_ms=100)
        self._arrivals: dict[TopicPartition, tuple[int, datetime]] = {}

    def read(self, now: datetime) -> Reading:
        """Lag and ends at this moment. KafkaError when the broker goes away or lacks a topic."""
        partitions = {spec: self._partitions(topic_name(self._settings, spec)) for spec in self._specs}
        everything = [partition for group in partitions.values() for partition in group]
        ends = self._offsets(everything, OffsetSpec.LATEST)
        beginnings = self._offsets(everything, OffsetSpec.EARLIEST)
        commits = self._admin.list_group_offsets([group_name(self._settings, name) for name in self._readers])
        stages = {}
        for name, specs in self._readers.items():
            committed = commits.get(group_name(self._settings, name), {})
            read = [partition for spec in specs for partition in partitions[spec]]
            stages[name] = self._lag({each: _next(each, committed, beginnings[each]) for each in read}, ends, now)
        of_topics = {spec.name: sum(ends[each] for each in partitions[spec]) for spec in registry.DECLARED}
        return Reading(stages, of_topics)

    def close(self) -> None:
        """Close both clients."""
        self._consumer.close()
        self._admin.close()

    def _partitions(self, topic: str) -> list[TopicPartition]:
        return [TopicPartition(topic, number) for number in sorted(self._consumer.partitions_for_topic(topic) or ())]

    def _offsets(self, partitions: list[TopicPartition], which: OffsetSpec) -> dict[TopicPartition, int]:
        # The consumer's own end_offsets raises KeyError while a partition has no leader; this asks again.
        found = self._admin.list_partition_offsets(dict.fromkeys(partitions, which))
        return {partition: each.offset for partition, each in found.items()}

    def _lag(self, nexts: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int], now: datetime) -> Lag:
        behind = {each: ends[each] - following for each, following in nexts.items() if ends[each] > following}
        if not behind:
            return Lag(0, 0.0)
        self._find_arrivals({each: nexts[each] for each in behind})
        known = [self._arrivals[each][1] for each in behind if self._is_known(each, nexts[each])]
        age = max(0.0, (now - min(known)).total_seconds()) if known else None
        return Lag(sum(behind.values()), age)

    def _is_known(self, partition: TopicPartition, offset: int) -> bool:
        return partition in self._arrivals and self._arrivals[partition][0] == offset

    def _find_arrivals(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Learn when the record at each offset arrived; what the broker does not give in time stays unknown."""
        wanted = {each: offset for each, offset in offsets.items() if not self._is_known(each, offset)}
        if not wanted:
            return
        self._consumer.assign(list(wanted))
        for partition, offset in wanted.items():
            self._consumer.seek(partition, offset)
        deadline = time.monotonic() + _OLDEST_WITHIN_S
        while wanted and time.monotonic() < deadline:
            for partition, records in self._consumer.poll(timeout_ms=100).items():
                if partition in wanted and records:
                    arrived = datetime.fromtimestamp(records[0].timestamp / 1000, UTC)
                    self._arrivals[partition] = (wanted.pop(partition), arrived)
                    self._consumer.pause(partition)
        self._consumer.unsubscribe()


def _next(partition: TopicPartition, committed: Mapping[TopicPartition, object], beginning: int) -> int:
    """The next record of a group: where it committed, or the first that is still there."""
    offset: int = getattr(committed.get(partition), "offset", -1)
    return max(offset, beginning)


def _export_until(settings: Settings, readers: Readers, stopped: threading.Event) -> None:
    topics.require(settings)
    reader = LagReader(settings, readers=readers)
    try:
        while not stopped.is_set():
            _export(reader.read(clock.now()))
            stopped.wait(_EVERY_S)
    finally:
        reader.close()


def _export(reading: Reading) -> None:
    for stage, lag in reading.stages.items():
        metrics.LAG_RECORDS.labels(stage).set(lag.records)
        if lag.seconds is not None:
            metrics.LAG_SECONDS.labels(stage).set(lag.seconds)
    for topic, end in reading.ends.items():
        metrics.TOPIC_END.labels(topic).set(end)


def _forget() -> None:
    """Export nothing rather than what was true before."""
    for gauge in (metrics.LAG_RECORDS, metrics.LAG_SECONDS, metrics.TOPIC_END):
        gauge.clear()
