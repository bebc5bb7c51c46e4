"""The poller's process: its clients, its event loop, and the bridge between the group's threads and the loop."""

import asyncio
import contextlib
import signal
from collections.abc import Coroutine
from concurrent.futures import CancelledError, TimeoutError
from functools import partial
from typing import Any

from pipeline import log, metrics
from pipeline.adapters import topics
from pipeline.adapters.feed_group import FeedGroup, LoadedPartition
from pipeline.adapters.http import Fetcher
from pipeline.adapters.kafka import Producer
from pipeline.errors import TransientError, UnavailableError
from pipeline.poller.keeper import Tools
from pipeline.poller.publisher import Publisher
from pipeline.poller.reading import FeedReader
from pipeline.poller.roster import Roster
from pipeline.settings import Settings
from topics.records import Feed

_logger = log.get(__name__)

_OBSERVE_EVERY_S = 5.0
# A revocation waits for the feeds to stop: their last store has five seconds, and the group's session ten.
_BRIDGE_WITHIN_S = 8.0
# While the broker is away a send gives its thread back after this, and the end of the process waits no longer.
_BLOCK_MS = 10_000
_CLOSE_WITHIN_S = 10.0


def run(settings: Settings) -> None:
    """Poll until SIGTERM or SIGINT, then stop cleanly. UsageError or UnavailableError when it cannot start."""
    topics.require(settings)
    metrics.serve("poll", settings.metrics)
    asyncio.run(_until_signal(settings))


async def poll(settings: Settings, stopping: asyncio.Event) -> None:
    """Poll until the event is set. UnavailableError when the broker does not answer or the group ends."""
    producer = await asyncio.to_thread(partial(Producer, settings, max_block_ms=_BLOCK_MS))
    publisher = Publisher(producer)
    reader = FeedReader(settings.work)
    try:
        async with Fetcher(settings.fetch) as fetcher:
            tools = Tools(settings=settings.poll, fetcher=fetcher, reader=reader, publisher=publisher)
            await _keep(settings, Roster(tools), stopping)
    finally:
        reader.close()
        publisher.close()
        with contextlib.suppress(TransientError):  # nothing is remembered as done that was not acknowledged
            await asyncio.to_thread(producer.close, _CLOSE_WITHIN_S)


async def _until_signal(settings: Settings) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    await poll(settings, stopping)


async def _keep(settings: Settings, roster: Roster, stopping: asyncio.Event) -> None:
    bridge = _Bridge(roster, stopping)
    group = await asyncio.to_thread(FeedGroup, settings, bridge)
    group.start()
    try:
        while not stopping.is_set():
            roster.observe()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_OBSERVE_EVERY_S):
                    await stopping.wait()
    finally:
        await roster.stop()
        await asyncio.to_thread(group.stop)
    if bridge.has_failed:
        raise UnavailableError("the poller's consumer group ended by itself; the log says why")


class _Bridge:
    """Carries what the group says from its threads into the event loop, one call at a time."""

    def __init__(self, roster: Roster, stopping: asyncio.Event) -> None:
        self._roster = roster
        self._stopping = stopping
        self._loop = asyncio.get_running_loop()
        self.has_failed = False

    def take(self, loaded: LoadedPartition) -> None:
        self._carry(self._roster.take(loaded))

    def change(self, partition: int, feed_id: str, feed: Feed | None) -> None:
        self._carry(self._roster.change(partition, feed_id, feed))

    def give_up(self, partitions: set[int], *, is_lost: bool) -> None:
        self._carry(self._roster.give_up(partitions, is_lost=is_lost))

    def fail(self) -> None:
        self.has_failed = True
        self._loop.call_soon_threadsafe(self._stopping.set)

    def _carry(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            asyncio.run_coroutine_threadsafe(work, self._loop).result(_BRIDGE_WITHIN_S)
        except (TimeoutError, CancelledError):
            _logger.warning("feeds did not follow the group in time")
