"""A bounded range of records, read once: bounds fixed at the start, partitions in parallel, each exactly to its end.

A partition has ended when the reader's *position* reaches its bound, not when the last record was seen: compaction and
transaction markers leave offsets without a record. `Source` is what such a range looks like wherever it lies, so that
an archive can be read as if it were a topic.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any, NamedTuple, Protocol

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import KafkaError

from pipeline.adapters.kafka import admin, consumer, topic_name
from pipeline.errors import TransientError, UsageError
from pipeline.settings import Settings
from topics.spec import TopicSpec

Positions = dict[str, int]
"""Where to read on, by the source's own names for its parts: a topic's are its partition numbers."""

_POLL_MS = 500
_GIVE_UP_AFTER_S = 60.0


class RangeRecord(NamedTuple):
    """A record as it lies there: bytes, undecoded."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]
    arrived_ms: int
    """Kafka's timestamp: milliseconds since 1970 at which the record arrived."""


@dataclass(frozen=True, slots=True)
class RangeBatch:
    """Some records, in order within each partition, and where the source stands after them."""

    records: list[RangeRecord]
    positions: Positions
    """Of every part that moved."""
    passed: int
    """Offsets that lie behind now and did not before, those without a record included."""


class Source(Protocol):
    """A range of records with a beginning and an end. Used from one thread."""

    @property
    def size(self) -> int:
        """Offsets ahead when the source was opened; an upper bound of its records, for progress."""

    def batches(self) -> Iterator[RangeBatch]:
        """All that lies ahead, once; blocks while it is fetched. TransientError when nothing comes for a minute."""

    def close(self) -> None:
        """Let go of what it holds."""


class Bounds(NamedTuple):
    """Part of a partition: `start` is the first offset of it, `end` the first behind it."""

    start: int
    end: int


def bounds_of(
    settings: Settings, spec: TopicSpec, *, since: datetime | None = None, until: datetime | None = None
) -> dict[int, Bounds]:
    """By partition, what arrived from `since` on and before `until`, as the topic stands now.

    None means from the topic's beginning, to its present end. UsageError when the broker lacks the topic,
    TransientError when it does not answer.
    """
    client = admin(settings)
    name = topic_name(settings, spec)
    try:
        described = [topic for topic in client.describe_topics([name]) if not topic["error_code"]]
        if not described:
            raise UsageError(f"topic {name} does not exist: create the topics with `tocsin topics apply`")
        partitions = [TopicPartition(name, each["partition_index"]) for each in described[0]["partitions"]]
        ends = _offsets(client, partitions, OffsetSpec.LATEST)
        starts = _offsets(client, partitions, OffsetSpec.EARLIEST if since is None else _milliseconds(since))
        stops = ends if until is None else _offsets(client, partitions, _milliseconds(until))
    except KafkaError as error:
        raise TransientError(f"offsets of {name}: {error!r}") from error
    finally:
        client.close()
    return {each.partition: _bounds(starts[each], stops[each], ends[each]) for each in sorted(partitions)}


def _bounds(start: int, stop: int, end: int) -> Bounds:
    """A time behind the last record has no offset (-1): the range ends, or begins, where the partition ends."""
    first = start if start >= 0 else end
    behind = min(stop, end) if stop >= 0 else end
    return Bounds(first, max(first, behind))


def _offsets(client: Any, partitions: Sequence[TopicPartition], which: int) -> dict[TopicPartition, int]:
    # A consumer's own end_offsets raises KeyError while a partition has no leader; this asks again.
    found = client.list_partition_offsets(dict.fromkeys(partitions, which))
    return {partition: int(each.offset) for partition, each in found.items()}


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


class TopicRange:
    """A range of a topic as a `Source`. UnavailableError without a broker."""

    def __init__(
        self,
        settings: Settings,
        spec: TopicSpec,
        bounds: Mapping[int, Bounds],
        *,
        positions: Positions | None = None,
        max_records: int = 2000,
    ) -> None:
        """Read `bounds`, going on at `positions` where there are some; at most `max_records` a batch."""
        self._topic = topic_name(settings, spec)
        reached = positions or {}
        self._open = {
            TopicPartition(self._topic, number): Bounds(start, each.end)
            for number, each in bounds.items()
            if (start := max(each.start, reached.get(str(number), 0))) < each.end
        }
        self._at = {partition: each.start for partition, each in self._open.items()}
        self.size = sum(each.end - each.start for each in self._open.values())
        self._consumer: KafkaConsumer = consumer(settings, max_poll_records=max_records)

    def batches(self) -> Iterator[RangeBatch]:
        """All that lies ahead, in the order it is fetched."""
        self._place()
        deadline = monotonic() + _GIVE_UP_AFTER_S
        while self._open:
            batch = self._poll()
            if batch.passed:
                yield batch
                deadline = monotonic() + _GIVE_UP_AFTER_S
            elif monotonic() > deadline:
                raise TransientError(f"{self._topic}: nothing came within {_GIVE_UP_AFTER_S:g} s")

    def close(self) -> None:
        """Close the client."""
        self._consumer.close()

    def _place(self) -> None:
        self._consumer.assign(list(self._open))
        for partition, bounds in self._open.items():
            self._consumer.seek(partition, bounds.start)

    def _poll(self) -> RangeBatch:
        try:
            fetched = self._consumer.poll(timeout_ms=_POLL_MS)
            records = [
                RangeRecord(one.partition, one.offset, one.key, one.value, one.headers or (), one.timestamp)
                for partition, found in fetched.items()
                if partition in self._open
                for one in found
                if one.offset < self._open[partition].end
            ]
            return RangeBatch(records, *self._advance())
        except KafkaError as error:
            raise TransientError(f"{self._topic}: {error!r}") from error

    def _advance(self) -> tuple[Positions, int]:
        """Note how far every partition is; one that has reached its end is fetched from no more."""
        positions: Positions = {}
        passed = 0
        for partition, bounds in list(self._open.items()):
            position = min(self._consumer.position(partition), bounds.end)
            if position > self._at[partition]:
                passed += position - self._at[partition]
                self._at[partition] = positions[str(partition.partition)] = position
            if position >= bounds.end:
                self._consumer.pause(partition)
                del self._open[partition]
        return positions, passed
