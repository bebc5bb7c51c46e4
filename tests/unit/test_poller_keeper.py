"""One feed's keeper, when its feed is given up while a page is on its way to Kafka."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import cast

import pytest

from pipeline.adapters import clock
from pipeline.adapters.http import Fetcher
from pipeline.poller.keeper import Keeper, Tools
from pipeline.poller.publisher import Publisher
from pipeline.poller.reading import FeedReader
from pipeline.settings import FetchSettings, PollSettings, WorkSettings
from pipeline.stages import identity
from tests.unit.site_server import Site, serve
from topics import registry
from topics.records import Feed, FeedState
from topics.spec import TopicSpec

_FETCH = FetchSettings(allow_private_addresses=True, host_spacing=timedelta(0))
_FEED = '<rss version="2.0"><channel><title>News</title><item><link>{}</link></item></channel></rss>'


class SlowBroker:
    """Takes everything, but acknowledges a page only when told to."""

    def __init__(self) -> None:
        self.has_page = asyncio.Event()
        self.acknowledges = asyncio.Event()
        self.stored: list[FeedState] = []

    async def send(self, spec: TopicSpec, record: object, **_options: object) -> None:
        """Return when it is acknowledged."""
        if spec is registry.RAW_PAGES:
            self.has_page.set()
            await self.acknowledges.wait()
        if isinstance(record, FeedState):
            self.stored.append(record)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with serve() as running:
        running.page("/feed", _FEED.format(running.page("/page", "<p>Words</p>")))
        yield running


@pytest.fixture
async def broker() -> SlowBroker:
    return SlowBroker()


@pytest.fixture
async def keeper(site: Site, broker: SlowBroker) -> AsyncIterator[Keeper]:
    """A keeper that was stopped while its only page was on its way."""
    url = site.base + "/feed"
    feed = Feed(feed_id=identity.feed_id(url), url=url, added_at=clock.now())
    reader = FeedReader(WorkSettings(page_deadline=timedelta(seconds=20)))
    async with Fetcher(_FETCH) as fetcher:
        tools = Tools(settings=PollSettings(), fetcher=fetcher, reader=reader, publisher=cast("Publisher", broker))
        keeper = Keeper(feed, 0, None, tools)
        running = asyncio.create_task(keeper.run())
        await broker.has_page.wait()
        running.cancel()
        await asyncio.wait([running])
        yield keeper
    reader.close()


async def test_a_page_on_its_way_is_remembered_once_it_is_acknowledged(keeper: Keeper, broker: SlowBroker) -> None:
    finishing = asyncio.create_task(keeper.finish())
    broker.acknowledges.set()
    await finishing
    assert (len(broker.stored[-1].seen), broker.stored[-1].pending) == (1, ())


async def test_a_page_that_is_let_go_stays_pending(keeper: Keeper, broker: SlowBroker) -> None:
    keeper.abandon()
    broker.acknowledges.set()
    await keeper.finish()
    assert (keeper.state.seen, len(keeper.state.pending)) == ((), 1)
