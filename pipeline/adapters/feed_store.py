"""The feeds and what is remembered of them, as they stand in their two compacted topics."""

from collections.abc import Iterable
from typing import Any, Self

from kafka.errors import KafkaError

from pipeline.adapters.compacted import Change, CompactedView
from pipeline.adapters.kafka import Producer, topic_name
from pipeline.errors import UnavailableError
from pipeline.settings import Settings
from pipeline.stages import urls
from pipeline.stages.identity import digest
from topics import registry
from topics.records import Feed, FeedState
from topics.spec import TopicSpec


def partition_of(url: str, partitions: int) -> int:
    """The partition of a feed at that address, and of its state: by host, so that one poller has all of a site."""
    return int(digest("host", urls.host_of(url))[:8], 16) % partitions


class FeedStore:
    """Reads and writes `feeds`; reads `feed-states`, which the pollers write. A context manager: it may hold a client.

    Every call is done when it returns: what was put is acknowledged, and what is read is all that stood there when the
    call began. UnavailableError without a broker or topic, TransientError when it does not take a record.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._producer: Producer | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        if self._producer is not None:
            self._producer.close()

    def put(self, feed: Feed) -> None:
        """Add the feed, or replace the one of its id."""
        self.put_all((feed,))

    def put_all(self, feeds: Iterable[Feed]) -> None:
        """Add or replace many; sent together, so much faster than one by one."""
        producer, partitions = self._open()
        sent = [producer.send(registry.FEEDS, feed, partition=partition_of(feed.url, partitions)) for feed in feeds]
        for acknowledgement in sent:
            acknowledgement.result()

    def remove(self, feed_id: str) -> bool:
        """Forget the feed; False when there is none of that id. Its state stays: added again, it goes on from there."""
        feed = self.all().get(feed_id)
        if feed is None:
            return False
        producer, partitions = self._open()
        partition = partition_of(feed.url, partitions)
        tombstone = producer.send_bytes(registry.FEEDS, key=feed_id.encode(), value=None, partition=partition)
        tombstone.result()
        return True

    def all(self) -> dict[str, Feed]:
        """Every feed by its id."""
        return _read_whole(self._settings, registry.FEEDS)

    def states(self) -> dict[str, FeedState]:
        """What the pollers remember, by the feed's id; feeds that were removed may still be among them."""
        return _read_whole(self._settings, registry.FEED_STATES)

    def _open(self) -> tuple[Producer, int]:
        """The client, and how many partitions the feeds have."""
        if self._producer is None:
            self._producer = Producer(self._settings)
        try:
            return self._producer, self._producer.partitions_of(registry.FEEDS)
        except KafkaError as error:
            raise UnavailableError(
                f"topic {topic_name(self._settings, registry.FEEDS)} cannot be written: "
                f"create the topics with `tocsin topics apply` ({type(error).__name__})"
            ) from error


def _read_whole(settings: Settings, spec: TopicSpec) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def fold(changes: list[Change]) -> None:
        for key, record in changes:
            found.pop(key, None)
            if record is not None:
                found[key] = record

    view = CompactedView(settings, spec, fold)
    try:
        view.start()
    finally:
        view.stop()
    return found
