"""Parsing feeds in a child process: a body built to be slow holds up no other feed, and is given up after a while."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from pipeline.adapters.pool import StagePool
from pipeline.settings import WorkSettings
from pipeline.stages.feeds.entry import ParsedFeed
from pipeline.stages.feeds.parse import parse
from pipeline.stages.outcome import Emit, Outcome, Reject

_CHILDREN = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedBody:
    """A feed as it was served."""

    url: str
    body: bytes
    content_type: str | None
    read_at: datetime


class FeedReader:
    """Parses feeds, few at a time, in the order they come."""

    def __init__(self, settings: WorkSettings) -> None:
        self._pool: StagePool[FeedBody, ParsedFeed] = StagePool(
            read, settings.model_copy(update={"pool_processes": _CHILDREN, "in_flight": _CHILDREN})
        )
        self._free = asyncio.Semaphore(_CHILDREN)

    async def parse(self, feed: FeedBody) -> ParsedFeed | Reject:
        """What the feed lists, or why that cannot be said."""
        async with self._free:
            outcome = await self._pool.run(feed)
        if isinstance(outcome, Emit):
            return outcome.records[0]
        if isinstance(outcome, Reject):
            return outcome
        raise TypeError("reading a feed drops nothing")

    def close(self) -> None:
        """End the child."""
        self._pool.close()


def read(feed: FeedBody) -> Outcome[ParsedFeed]:
    """In the child: parse as a stage, so that the pool can run it."""
    parsed = parse(feed.body, url=feed.url, content_type=feed.content_type, now=feed.read_at)
    return parsed if isinstance(parsed, Reject) else Emit((parsed,))
