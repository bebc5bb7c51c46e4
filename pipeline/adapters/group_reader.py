"""Reads topics as one of a consumer group whose offsets are kept elsewhere than in Kafka, with what they count.

Kafka shares out the partitions; where to read them is asked of `Positions`. It is asked again whenever something does
not fit, so that a partition which went to another process and came back is read from where that process left it. Kafka
is told the offsets too, for those who measure lag or wait for the group: as a partition is taken up, since a process
that was killed may not have said how far it came, and after each batch, until the broker has them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Protocol

from kafka import OffsetAndMetadata, TopicPartition
from kafka.errors import KafkaError

from pipeline import log
from pipeline.adapters.kafka import admin, consumer, group_name, headers_of, topic_name
from pipeline.adapters.offsets import beginnings_of, ends_of
from pipeline.adapters.partition import Partition
from pipeline.errors import TransientError
from pipeline.settings import Settings
from topics.spec import TopicSpec

_TELL_EVERY_S = 1.0
_CLOSE_TIMEOUT_MS = 3000
# How long the partitions of a process that was killed lie still; the least a broker allows by itself is 6 s
# (group.min.session.timeout.ms). A process taken for dead too soon writes nothing: its offsets have moved.
_MEMBERSHIP = {"session_timeout_ms": 6000, "heartbeat_interval_ms": 1500}
_logger = log.get(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A record as it came."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: dict[str, str]
    timestamp_ms: int
    """When it arrived, by the broker or its sender."""
    raw_headers: tuple[tuple[str, bytes | None], ...] = ()
    """The headers as they are, repeated names and bytes that are no text included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Records of one partition, in order, beginning at its position."""

    partition: Partition
    position: int
    """The position before the batch."""
    records: tuple[Received, ...]


class Positions(Protocol):
    """Where partitions are read from. Called on the reader's thread; TransientError makes `poll` fail."""

    def load(self, partition: Partition) -> int:
        """The next offset to read; 0 for a partition never read."""

    def rewind(self, partition: Partition, position: int, to: int) -> None:
        """The position lies behind the partition's end, whose records were lost: read it again from there."""


class Untold:
    """Positions that the broker has yet to learn. Not thread-safe."""

    def __init__(self) -> None:
        self._positions: dict[TopicPartition, int] = {}

    def note(self, partition: TopicPartition, position: int) -> None:
        """The partition is at that position; an earlier one need not be told any more."""
        self._positions[partition] = position

    def keep(self, partitions: Iterable[TopicPartition]) -> None:
        """Leave the other partitions to whoever has them now."""
        self._positions = {each: self._positions[each] for each in partitions if each in self._positions}

    def of(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, OffsetAndMetadata]:
        """What to tell of these partitions."""
        known = (each for each in partitions if each in self._positions)
        return {each: OffsetAndMetadata(self._positions[each], "", -1) for each in known}

    def answered(self, told: Mapping[TopicPartition, OffsetAndMetadata], answer: object) -> None:
        """The broker's answer to a commit: an exception, or it has them. What moved meanwhile stays."""
        if isinstance(answer, BaseException):
            _logger.info("offsets not told, trying again", error=repr(answer))
            return
        for partition, offset in told.items():
            if self._positions.get(partition) == offset.offset:
                del self._positions[partition]


class GroupReader:
    """Hands over batches. Not thread-safe. UnavailableError without a broker."""

    def __init__(
        self,
        settings: Settings,
        *,
        stage: str,
        sources: Sequence[TopicSpec],
        positions: Positions,
        records_at_once: int = 200,
    ) -> None:
        self._topics = [topic_name(settings, source) for source in sources]
        self._positions = positions
        self._admin = admin(settings)
        self._consumer = consumer(
            settings, group=group_name(settings, stage), max_poll_records=records_at_once, **_MEMBERSHIP
        )
        self._consumer.subscribe(self._topics)
        self._placed: dict[TopicPartition, tuple[Partition, int]] = {}
        self._untold = Untold()
        self._told_at = 0.0

    def poll(self, timeout_s: float) -> list[Batch]:
        """What has come, after waiting for it for at most that time. TransientError when the broker does not answer."""
        try:
            return self._poll(timeout_s)
        except KafkaError as error:
            self.reset()
            raise TransientError(f"{type(error).__name__}: {error}") from error
        except TransientError:
            self.reset()
            raise

    def done(self, batch: Batch, position: int) -> None:
        """The partition was dealt with up to that position, the next offset to read."""
        partition = TopicPartition(batch.partition.topic, batch.partition.number)
        self._placed[partition] = (batch.partition, position)
        self._untold.note(partition, position)

    def holds(self, partition: Partition) -> bool:
        """The partition was this process's own at the last poll, and its position is known."""
        return TopicPartition(partition.topic, partition.number) in self._placed

    def reset(self) -> None:
        """Ask for every position again and read on from there; call it when a batch was not dealt with."""
        self._placed.clear()

    def close(self) -> None:
        """Leave the group."""
        try:
            self._tell()
            self._consumer.close(autocommit=False, timeout_ms=_CLOSE_TIMEOUT_MS)
            self._admin.close()
        except KafkaError as error:
            _logger.warning("group not left in order", topics=self._topics, error=repr(error))

    def _poll(self, timeout_s: float) -> list[Batch]:
        self._place()
        found = self._consumer.poll(timeout_ms=int(timeout_s * 1000))
        new = self._place()
        if monotonic() - self._told_at >= _TELL_EVERY_S:
            self._tell()
        return [
            batch
            for partition, records in found.items()
            if partition not in new and (batch := self._batch(partition, records)) is not None
        ]

    def _place(self) -> set[TopicPartition]:
        """Seek in the partitions that were assigned since; what was read of them before does not count."""
        assigned = set(self._consumer.assignment())
        self._placed = {partition: place for partition, place in self._placed.items() if partition in assigned}
        self._untold.keep(assigned)
        new = assigned - self._placed.keys()
        if new:
            ends = ends_of(self._admin, new)
            uuids = self._topic_uuids({partition.topic for partition in new})
            for partition in new:
                place = Partition(partition.topic, uuids.get(partition.topic, ""), partition.partition)
                position = self._position(partition, place, ends[partition])
                self._consumer.seek(partition, position)
                self._placed[partition] = (place, position)
                self._untold.note(partition, position)
        return new

    def _position(self, partition: TopicPartition, place: Partition, end: int) -> int:
        position = self._positions.load(place)
        if position <= end:
            return position
        # What has been written since may lie at offsets that were read before: only the whole leaves nothing out.
        beginning = beginnings_of(self._admin, [partition])[partition]
        _logger.error(
            "the broker has lost records: reading the partition again",
            topic=place.topic,
            partition=place.number,
            position=position,
            end=end,
        )
        self._positions.rewind(place, position, beginning)
        return beginning

    def _batch(self, partition: TopicPartition, records: Sequence[Any]) -> Batch | None:
        if partition not in self._placed:
            return None
        place, position = self._placed[partition]
        if records[0].offset < position:
            # Given away and given back within one poll, or the topic was made anew.
            del self._placed[partition]
            return None
        return Batch(partition=place, position=position, records=tuple(map(_read, records)))

    def _topic_uuids(self, names: set[str]) -> dict[str, str]:
        return {topic["name"]: str(topic.get("topic_id") or "") for topic in self._admin.describe_topics(sorted(names))}

    def _tell(self) -> None:
        offsets = self._untold.of(self._placed)
        self._told_at = monotonic()
        if offsets:
            self._consumer.commit_async(offsets, self._untold.answered)


def _read(record: Any) -> Received:
    return Received(
        offset=record.offset,
        key=record.key,
        value=record.value,
        headers=headers_of(record.headers),
        timestamp_ms=record.timestamp,
        raw_headers=tuple(record.headers or ()),
    )
