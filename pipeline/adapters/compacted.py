"""A compacted topic as a live mapping: read whole at start, followed for ever on a thread of its own."""

from collections.abc import Callable
from threading import Event, Thread
from typing import Any, NamedTuple

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from pipeline import log
from pipeline.adapters.kafka import follower, topic_name
from pipeline.errors import UnavailableError
from pipeline.settings import Settings
from topics import codec
from topics.spec import TopicSpec


class Unreadable(NamedTuple):
    """A record that this version cannot read."""

    value: bytes
    error: codec.UndecodableError


Change = tuple[str, Any]
"""Key, and the record, or None where it was deleted; `Unreadable` where it cannot be read, for who asked."""

OnFailure = Callable[[Exception], None]
"""Called once, on the thread that can follow no longer, when what was loaded has begun to grow stale."""

Connect = Callable[[Settings], KafkaConsumer]
"""Makes the client that follows."""

# A change ends the wait, `stop` waits for its end: long waits are for views that have long been quiet, which cost less.
_POLL_MS, _QUIET_MS = 200, 1_000
_QUIET_AFTER = 10

_logger = log.get(__name__)


def say_it_is_stale(error: Exception) -> None:
    """Enough for whoever can live with what was loaded."""
    _logger.critical("a compacted topic is followed no longer", exc_info=error)


class CompactedView:
    """Hands every change of a compacted topic to `on_changes`, on the view's own thread, in batches and in order."""

    def __init__(
        self,
        settings: Settings,
        spec: TopicSpec,
        on_changes: Callable[[list[Change]], None],
        *,
        on_failure: OnFailure = say_it_is_stale,
        connect: Connect = follower,
        tells_unreadable: bool = False,
    ) -> None:
        """A record that cannot be read is logged and left out; with `tells_unreadable`, it is handed over instead."""
        self._spec, self._tells_unreadable = spec, tells_unreadable
        self._on_changes, self._on_failure = on_changes, on_failure
        self._consumer = connect(settings)
        self._partitions = _assign_whole(self._consumer, topic_name(settings, spec))
        self._empty_polls = 0
        self._loaded = Event()
        self._stopped = Event()
        self._failure: Exception | None = None
        self._thread = Thread(target=self._follow, name=f"follow-{spec.name}", daemon=True)

    def start(self, *, timeout_s: float = 60.0) -> None:
        """Begin; return when all that stood in the topic was handed over. UnavailableError when the time is up."""
        self._thread.start()
        if not self._loaded.wait(timeout_s) or self._failure is not None:
            raise UnavailableError(
                f"topic {self._spec.name} could not be read within {timeout_s:g} s"
            ) from self._failure

    def stop(self) -> None:
        """End the thread and close the client."""
        self._stopped.set()
        self._thread.join()

    def _follow(self) -> None:
        try:
            ends = self._consumer.end_offsets(self._partitions)
            while not self._stopped.is_set():
                self._hand_over()
                if not self._loaded.is_set() and self._has_reached(ends):
                    self._loaded.set()
        except Exception as error:  # noqa: BLE001  # whatever it is, this thread has nobody else to tell
            self._fail(error)
        finally:
            self._consumer.close()

    def _fail(self, error: Exception) -> None:
        """Before all is loaded `start` raises; after, only `on_failure` can tell."""
        is_following = self._loaded.is_set() and not self._stopped.is_set()
        self._failure = error
        self._loaded.set()
        if is_following:
            self._on_failure(error)

    def _hand_over(self) -> None:
        try:
            batches = self._consumer.poll(timeout_ms=_QUIET_MS if self._empty_polls > _QUIET_AFTER else _POLL_MS)
        except KafkaError as error:
            _logger.warning("compacted topic not readable, trying again", topic=self._spec.name, error=repr(error))
            self._stopped.wait(1.0)
            return
        self._empty_polls = 0 if batches else self._empty_polls + 1
        changes = [change for records in batches.values() for record in records if (change := self._read(record))]
        if changes:
            self._on_changes(changes)

    def _read(self, record: Any) -> Change | None:
        key = (record.key or b"").decode("utf-8", "replace")
        if record.value is None:
            return key, None
        try:
            return key, codec.decode(self._spec, record.value)
        except codec.UndecodableError as error:
            if self._tells_unreadable:
                return key, Unreadable(record.value, error)
            _logger.error(
                "record left out: undecodable",
                topic=self._spec.name,
                partition=record.partition,
                offset=record.offset,
                key=key,
                error=str(error),
            )
            return None

    def _has_reached(self, ends: dict[TopicPartition, int]) -> bool:
        return all(self._consumer.position(partition) >= end for partition, end in ends.items())


def _assign_whole(client: KafkaConsumer, topic: str) -> list[TopicPartition]:
    partitions = [TopicPartition(topic, number) for number in sorted(client.partitions_for_topic(topic) or ())]
    if not partitions:
        raise UnavailableError(f"topic {topic} does not exist: create the topics with `tocsin topics apply`")
    client.assign(partitions)
    client.seek_to_beginning(*partitions)
    return partitions
