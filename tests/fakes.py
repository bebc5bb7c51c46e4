"""Stand-ins for the outside, as strict as the real thing: what they are given must decode."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from queue import Empty, Queue

from kafka import TopicPartition

from pipeline.agents.shell import Headers
from pipeline.errors import TocsinError
from topics import codec
from topics.spec import Encoding, TopicSpec


@dataclass(frozen=True)
class Sent:
    """One record as it was sent."""

    spec: TopicSpec
    key: bytes
    value: bytes
    headers: dict[str, str]

    @property
    def record(self) -> object:
        """The value, decoded."""
        return codec.decode(self.spec, self.value)


@dataclass
class MemorySink:
    """Keeps what is sent; raises what it was told to raise, in turn, before it accepts."""

    failures: list[TocsinError | Exception] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)

    async def send(self, spec: TopicSpec, *, key: bytes, value: bytes, headers: Headers) -> None:
        """Accept, or raise the next failure."""
        if self.failures:
            raise self.failures.pop(0)
        if spec.encoding is not Encoding.BYTES:
            assert spec.key_of(codec.decode(spec, value)) == key
        self.sent.append(Sent(spec, key, value, {name: text.decode() for name, text in headers.items()}))

    def of(self, spec: TopicSpec) -> list[Sent]:
        """What went to that topic."""
        return [sent for sent in self.sent if sent.spec == spec]


@dataclass(frozen=True)
class Consumed:
    """One record as a consumer hands it over."""

    key: bytes | None
    value: bytes | None
    partition: int
    offset: int


@dataclass
class MemoryConsumer:
    """Follows a topic of one partition; hands over what is put into it, or raises it, in turn."""

    waiting: Queue[Consumed | Exception] = field(default_factory=Queue)
    end: int = 0
    handed_over: int = 0
    is_closed: bool = False
    failure_of_ends: Exception | None = None
    longest_wait_ms: int = 0
    """That it was polled with."""
    _assigned: tuple[TopicPartition, ...] = ()

    def put(self, spec: TopicSpec, record: object) -> None:
        """Append that record."""
        self.put_bytes(spec.key_of(record), codec.encode(spec, record))

    def put_bytes(self, key: bytes, value: bytes) -> None:
        """Append a record of those bytes."""
        self.waiting.put(Consumed(key, value, 0, self.end))
        self.end += 1

    def fail(self, error: Exception) -> None:
        """Raise that when all before it was handed over."""
        self.waiting.put(error)

    def partitions_for_topic(self, _topic: str) -> set[int]:
        """The one."""
        return {0}

    def assign(self, partitions: Sequence[TopicPartition]) -> None:
        """Follow these."""
        self._assigned = tuple(partitions)

    def seek_to_beginning(self, *_partitions: TopicPartition) -> None:
        """It stands there."""

    def end_offsets(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """As of now."""
        if self.failure_of_ends is not None:
            raise self.failure_of_ends
        return dict.fromkeys(partitions, self.end)

    def poll(self, timeout_ms: int) -> dict[TopicPartition, list[Consumed]]:
        """The next record or failure, or nothing when the time is up."""
        self.longest_wait_ms = max(self.longest_wait_ms, timeout_ms)
        try:
            found = self.waiting.get(timeout=timeout_ms / 1000)
        except Empty:
            return {}
        if isinstance(found, Exception):
            raise found
        self.handed_over += 1
        return {self._assigned[0]: [found]}

    def position(self, _partition: TopicPartition) -> int:
        """The next offset."""
        return self.handed_over

    def close(self) -> None:
        """Note it."""
        self.is_closed = True
