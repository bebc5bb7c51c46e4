"""The pollers' consumer group: which feeds are this process's, with what is remembered of each, followed live.

The group shares out the partitions of `feeds`; nothing is ever committed, because a new owner needs its partitions
whole. They are read to their end, with the partitions of `feed-states` of the same numbers, by a second client before
any of their feeds is handed over; the group's own client then only tells of changes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from threading import Event, Lock, Thread
from time import monotonic
from typing import Any, Protocol

from kafka import ConsumerRebalanceListener, TopicPartition
from kafka.errors import KafkaError

from pipeline import log
from pipeline.adapters.kafka import consumer, group_name, topic_name
from pipeline.settings import Settings
from topics import codec, registry
from topics.records import Feed, FeedState
from topics.spec import TopicSpec

_logger = log.get(__name__)

_POLL_MS = 500
_LOAD_WITHIN_S = 60.0
_WAIT_AFTER_ERROR_S = 1.0
# A killed poller's feeds wait this long for the next owner; the default would be 45 s.
_SESSION_MS = 10_000


@dataclass(frozen=True, slots=True)
class LoadedPartition:
    """One partition as it stood when it was taken over."""

    number: int
    feeds: dict[str, Feed]
    states: dict[str, FeedState]


class Owner(Protocol):
    """Who the feeds are handed to. Called on the group's threads, one call at a time; must return soon."""

    def take(self, loaded: LoadedPartition) -> None:
        """These feeds are ours from now on."""

    def change(self, partition: int, feed_id: str, feed: Feed | None) -> None:
        """A feed of ours was added, changed, or (None) removed."""

    def give_up(self, partitions: set[int], *, is_lost: bool) -> None:
        """Stop these feeds before returning: another poller takes them next. Lost ones may already be taken."""

    def fail(self) -> None:
        """The group's thread ended without being asked to: nothing tells any more whose the feeds are."""


class FeedGroup:
    """One member of the group, on a thread of its own."""

    def __init__(self, settings: Settings, owner: Owner) -> None:
        self._owner = owner
        self._topics = {spec: topic_name(settings, spec) for spec in (registry.FEEDS, registry.FEED_STATES)}
        self._loader = consumer(settings)
        self._member = consumer(settings, group=group_name(settings, "poll"), session_timeout_ms=_SESSION_MS)
        self._turn = Lock()
        self._owned: dict[int, int | None] = {}
        """Partition to the first offset of `feeds` not loaded; None while it is not handed over."""
        self._revocations = 0
        self._stopped = Event()
        self._is_away = False
        self._thread = Thread(target=self._follow, name="feed-group", daemon=True)

    def start(self) -> None:
        """Join the group; feeds are handed over as partitions come."""
        self._member.subscribe([self._topics[registry.FEEDS]], listener=_Listener(self))
        self._thread.start()

    def stop(self) -> None:
        """Leave the group, giving up what is still owned, and close the clients."""
        self._stopped.set()
        self._thread.join()

    def assign(self, partitions: Iterable[int]) -> None:
        """For the listener: these partitions are ours, to be loaded on the group's thread."""
        with self._turn:
            self._owned.update({number: None for number in partitions if number not in self._owned})

    def revoke(self, partitions: Iterable[int], *, is_lost: bool) -> None:
        """For the listener: these partitions are no longer ours."""
        with self._turn:
            self._revocations += 1
            gone = {number for number in partitions if self._owned.pop(number, None) is not None}
            if gone:
                self._owner.give_up(gone, is_lost=is_lost)

    def _follow(self) -> None:
        try:
            while not self._stopped.is_set():
                self._step()
        finally:
            if not self._stopped.is_set():
                self._owner.fail()
            self._member.close()
            self._loader.close()

    def _step(self) -> None:
        try:
            batches = self._member.poll(timeout_ms=_POLL_MS)
            self._load_new()
        except KafkaError as error:
            self._say_away(error)
            self._stopped.wait(_WAIT_AFTER_ERROR_S)
            return
        if self._is_away:
            self._is_away = False
            _logger.info("group of feeds answers again")
        for record in (record for records in batches.values() for record in records):
            self._hand_over(record)

    def _hand_over(self, record: Any) -> None:
        with self._turn:
            loaded_to = self._owned.get(record.partition)
            if loaded_to is not None and record.offset >= loaded_to:
                feed_id, feed, is_readable = _read(registry.FEEDS, record)
                if is_readable:
                    self._owner.change(record.partition, feed_id, feed)

    def _load_new(self) -> None:
        with self._turn:
            revocations = self._revocations
            wanted = [number for number, loaded_to in self._owned.items() if loaded_to is None]
        for number in wanted:
            found = self._load(number)
            if found is None:
                return
            loaded, end = found
            with self._turn:
                # What was read before a revocation may be old by now, even where the partition came back.
                if revocations == self._revocations:
                    self._owned[number] = end
                    self._owner.take(loaded)

    def _load(self, number: int) -> tuple[LoadedPartition, int] | None:
        """What stands in the partition, and the first offset of `feeds` after it; None when it took too long."""
        specs = {TopicPartition(name, number): spec for spec, name in self._topics.items()}
        found: dict[TopicSpec, dict[str, Any]] = {spec: {} for spec in self._topics}
        self._loader.assign(list(specs))
        self._loader.seek_to_beginning(*specs)
        ends = self._loader.end_offsets(list(specs))
        give_up_at = monotonic() + _LOAD_WITHIN_S
        while any(self._loader.position(partition) < end for partition, end in ends.items()):
            if self._stopped.is_set() or monotonic() > give_up_at:
                return None
            for partition, records in self._loader.poll(timeout_ms=_POLL_MS).items():
                _fold(specs[partition], records, found[specs[partition]])
        end = self._loader.position(TopicPartition(self._topics[registry.FEEDS], number))
        return LoadedPartition(number, found[registry.FEEDS], found[registry.FEED_STATES]), end

    def _say_away(self, error: KafkaError) -> None:
        if not self._is_away:
            self._is_away = True
            _logger.warning("group of feeds does not answer, trying on", error=repr(error))


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]  # kafka-python is untyped
    def __init__(self, group: FeedGroup) -> None:
        self._group = group

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        self._group.assign(partition.partition for partition in assigned)

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        self._group.revoke([partition.partition for partition in revoked], is_lost=False)

    def on_partitions_lost(self, lost: Iterable[TopicPartition]) -> None:
        self._group.revoke([partition.partition for partition in lost], is_lost=True)


def _fold(spec: TopicSpec, records: list[Any], into: dict[str, Any]) -> None:
    for record in records:
        key, value, is_readable = _read(spec, record)
        if not is_readable:
            continue
        into.pop(key, None)
        if value is not None:
            into[key] = value


def _read(spec: TopicSpec, record: Any) -> tuple[str, Any, bool]:
    """Key, record (None for a tombstone), and whether it could be read."""
    key = (record.key or b"").decode("utf-8", "replace")
    if record.value is None:
        return key, None, True
    try:
        return key, codec.decode(spec, record.value), True
    except codec.UndecodableError as error:
        place = {"topic": spec.name, "partition": record.partition, "offset": record.offset, "key": key}
        _logger.error("record left out: undecodable", error=str(error), **place)
        return key, None, False
