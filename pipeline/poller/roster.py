"""The feeds this poller keeps: a keeper for each, started and stopped as partitions and feeds come and go."""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterable
from datetime import timedelta
from typing import Any

from pipeline import log, metrics
from pipeline.adapters import clock
from pipeline.adapters.feed_group import LoadedPartition
from pipeline.poller.keeper import Keeper, Tools
from pipeline.poller.ledger import PollOutcome
from topics.records import Feed, FeedState

_logger = log.get(__name__)

# A keeper ends by itself only by a mistake of ours; its feed is not left alone for good, nor asked in a tight circle.
_RESTART_AFTER_S = 300.0
# How long a feed that is given up may take to store what its last pages changed; a broker that is away must not hold
# up the group or the end of the process. What is not stored is done again.
_LAST_STORE_WITHIN_S = 5.0
_STATES = ("new", "healthy", "failing", "disabled")


class Roster:
    """Lives in the event loop; not thread-safe."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._keepers: dict[str, Keeper] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._restarts: dict[str, asyncio.TimerHandle] = {}
        self._resting: dict[str, tuple[int, FeedState]] = {}
        """Partition and state of feeds that were removed: added again, they go on from there."""
        self._is_stopped = False

    def __len__(self) -> int:
        return len(self._keepers)

    async def take(self, loaded: LoadedPartition) -> None:
        """Keep the feeds of a partition, unless everything is stopping."""
        if self._is_stopped:
            return
        self._resting.update({feed_id: (loaded.number, state) for feed_id, state in loaded.states.items()})
        for feed in loaded.feeds.values():
            self._add(feed, loaded.number)
        _logger.info("partition taken", partition=loaded.number, feeds=len(loaded.feeds))

    async def change(self, partition: int, feed_id: str, feed: Feed | None) -> None:
        """Follow a change of one feed; what is known of a removed one stays stored."""
        if self._is_stopped:
            return
        keeper = self._keepers.get(feed_id)
        if keeper is None:
            if feed is not None:
                self._add(feed, partition)
        elif feed is None:
            await self._stop([keeper])
            self._resting[feed_id] = (partition, keeper.state)
            await _within_reason([keeper.finish()])
        else:
            await self._replace(keeper, feed)

    async def give_up(self, partitions: set[int], *, is_lost: bool) -> None:
        """Stop the feeds of these partitions; unless they are lost already, what they know is stored first."""
        ours = [keeper for keeper in self._keepers.values() if keeper.partition in partitions]
        await self._stop(ours)
        self._resting = {name: rest for name, rest in self._resting.items() if rest[0] not in partitions}
        if is_lost:
            for keeper in ours:
                keeper.abandon()
        else:
            await _within_reason(keeper.finish() for keeper in ours)
        _logger.info("partitions given up", partitions=sorted(partitions), feeds=len(ours), is_lost=is_lost)

    async def stop(self) -> None:
        """Stop every feed, store what is known of it, and take no more."""
        self._is_stopped = True
        await self.give_up({keeper.partition for keeper in self._keepers.values()}, is_lost=False)

    def observe(self) -> None:
        """Set the gauges."""
        now = clock.now()
        states = Counter(_state_of(keeper) for keeper in self._keepers.values())
        for name in _STATES:
            metrics.FEEDS.labels(state=name).set(states[name])
        enabled = [keeper.state for keeper in self._keepers.values() if keeper.feed.enabled]
        overdue = [now - state.next_poll_at for state in enabled if state.next_poll_at is not None]
        metrics.OLDEST_OVERDUE.set(max([*overdue, timedelta(0)]).total_seconds())
        metrics.PENDING_ENTRIES.set(sum(len(keeper.state.pending) for keeper in self._keepers.values()))

    def _add(self, feed: Feed, partition: int) -> None:
        _, state = self._resting.pop(feed.feed_id, (partition, None))
        keeper = self._keepers[feed.feed_id] = Keeper(feed, partition, state, self._tools)
        if feed.enabled:
            self._start(keeper)

    def _start(self, keeper: Keeper) -> None:
        feed_id = keeper.feed.feed_id
        self._restarts.pop(feed_id, None)
        task = asyncio.get_running_loop().create_task(keeper.run(), name=f"keep-{feed_id}")
        self._tasks[feed_id] = task
        task.add_done_callback(lambda ended: self._restart_failed(keeper, ended))

    def _restart_failed(self, keeper: Keeper, ended: asyncio.Task[None]) -> None:
        if ended.cancelled():
            return
        feed_id = keeper.feed.feed_id
        _logger.error("keeper of a feed failed", feed_id=feed_id, exc_info=ended.exception())
        metrics.POLLS.labels(outcome=PollOutcome.CRASHED.value).inc()
        loop = asyncio.get_running_loop()
        self._restarts[feed_id] = loop.call_later(_RESTART_AFTER_S, self._start, keeper)

    async def _replace(self, keeper: Keeper, feed: Feed) -> None:
        was_enabled, keeper.feed = keeper.feed.enabled, feed
        if feed.enabled and not was_enabled:
            self._start(keeper)
        elif was_enabled and not feed.enabled:
            await self._stop([keeper])
            self._keepers[feed.feed_id] = keeper
            await _within_reason([keeper.finish()])

    async def _stop(self, keepers: list[Keeper]) -> None:
        tasks = []
        for keeper in keepers:
            feed_id = keeper.feed.feed_id
            self._keepers.pop(feed_id, None)
            if (restart := self._restarts.pop(feed_id, None)) is not None:
                restart.cancel()
            if (task := self._tasks.pop(feed_id, None)) is not None:
                task.cancel()
                tasks.append(task)
        await asyncio.gather(*tasks, return_exceptions=True)


def _state_of(keeper: Keeper) -> str:
    state: FeedState = keeper.state
    if not keeper.feed.enabled:
        return "disabled"
    if state.error_streak:
        return "failing"
    return "new" if state.succeeded_at is None else "healthy"


async def _within_reason(stores: Iterable[Coroutine[Any, Any, None]]) -> None:
    try:
        async with asyncio.timeout(_LAST_STORE_WITHIN_S):
            await asyncio.gather(*stores)
    except TimeoutError:
        _logger.warning("feed states not stored in time; their last pages are done again")
