"""Pollers on a real Kafka: every listed page ends once, whatever is killed, and feeds are followed as they change."""

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from kafka import TopicPartition

from pipeline.adapters import broker
from pipeline.adapters.feed_store import FeedStore, partition_of
from pipeline.adapters.kafka import consumer, headers_of, topic_name
from pipeline.poller import poll
from pipeline.settings import Settings
from pipeline.stages import identity
from pipeline.stages.provenance import STEPS_HEADER, decode_steps
from tests.integration.conftest import PARTITIONS, StartCluster, environment_of
from tests.unit.site_server import Site, serve
from topics import codec, registry
from topics.records import Feed, RawPage, RecordedOutcome
from topics.spec import TopicSpec

pytestmark = pytest.mark.broker

_NOW = datetime.now(UTC)


@pytest.fixture
def quick(settings: Settings) -> Settings:
    """Feeds asked twice a second, and hosts without pauses."""
    fetch = settings.fetch.model_copy(update={"host_spacing": timedelta(0)})
    poll_often = {"interval_floor": timedelta(seconds=0.5), "interval_ceiling": timedelta(seconds=1)}
    return settings.model_copy(update={"fetch": fetch, "poll": settings.poll.model_copy(update=poll_often)})


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with serve() as running:
        yield running


@pytest.fixture
def read(quick: Settings) -> Iterator["Reader"]:
    reader = Reader(quick)
    yield reader
    reader.close()


class Reader:
    """What the poller sent so far."""

    def __init__(self, settings: Settings) -> None:
        self._specs = {topic_name(settings, spec): spec for spec in (registry.RAW_PAGES, registry.OUTCOMES)}
        self._consumer = consumer(settings)
        self._consumer.assign(
            [
                TopicPartition(name, number)
                for name in self._specs
                for number in self._consumer.partitions_for_topic(name)
            ]
        )
        self._consumer.seek_to_beginning()
        self.records: dict[TopicSpec, list[Any]] = {spec: [] for spec in self._specs.values()}
        self.headers: list[dict[str, str]] = []

    def close(self) -> None:
        self._consumer.close()

    @property
    def pages(self) -> list[RawPage]:
        return self.records[registry.RAW_PAGES]

    @property
    def outcomes(self) -> list[RecordedOutcome]:
        return self.records[registry.OUTCOMES]

    async def until(self, claim: Callable[["Reader"], bool], *, within_s: float = 40.0) -> None:
        """Read on until the claim holds."""
        try:
            async with asyncio.timeout(within_s):
                while not claim(self):
                    await asyncio.to_thread(self._poll)
        except TimeoutError:
            raise AssertionError(f"{len(self.pages)} pages, outcomes {self.outcomes}") from None

    def _poll(self) -> None:
        for partition, records in self._consumer.poll(timeout_ms=100).items():
            spec = self._specs[partition.topic]
            for record in records:
                self.records[spec].append(codec.decode(spec, record.value))
                if spec is registry.RAW_PAGES:
                    self.headers.append(headers_of(record.headers))


@asynccontextmanager
async def polling(settings: Settings) -> AsyncIterator[None]:
    """A poller in this process."""
    stopping = asyncio.Event()
    task = asyncio.create_task(poll(settings, stopping))
    try:
        yield
    finally:
        stopping.set()
        await task


def _feed_of(site: Site, path: str, pages: list[str], *, age: timedelta = timedelta(minutes=5), **headers: str) -> Feed:
    """A feed that lists those pages of the site."""
    items = "".join(
        f"<item><title>About {page}</title><link>{site.base}{page}</link><guid>{page}</guid>"
        f"<pubDate>{(_NOW - age).strftime('%a, %d %b %Y %H:%M:%S +0000')}</pubDate></item>"
        for page in pages
    )
    body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>{items}</channel></rss>'
    url = site.page(path, body, Content_Type="application/rss+xml", **headers)
    return Feed(feed_id=identity.feed_id(url), url=url, added_at=_NOW)


def _put(settings: Settings, *feeds: Feed) -> None:
    with FeedStore(settings) as store:
        store.put_all(feeds)


def _serve_pages(site: Site, count: int, *, prefix: str = "/page/") -> list[str]:
    paths = [f"{prefix}{number}" for number in range(count)]
    for path in paths:
        site.page(path, f"<html><body>Words of {path}</body></html>")
    return paths


async def test_each_listed_page_is_published_once_and_remembered(site: Site, quick: Settings, read: Reader) -> None:
    paths = _serve_pages(site, 20)
    feed = _feed_of(site, "/feed", paths, ETag='"1"')
    await asyncio.to_thread(_put, quick, feed)
    async with polling(quick):
        await read.until(lambda now: len(now.pages) >= 20)
    async with polling(quick):
        await read.until(lambda _: site.paths().count("/feed") >= 3)
    assert Counter(page.origin.url for page in read.pages) == Counter(site.base + path for path in paths)
    state = (await asyncio.to_thread(FeedStore(quick).states))[feed.feed_id]
    assert (len(state.seen), state.pending, state.error_streak, state.etag) == (20, (), 0, '"1"')
    page = read.pages[0]
    assert page.origin.made_by == ("poll/1",)
    assert (page.origin.feed_id, page.host, page.entry_title) == (
        feed.feed_id,
        "127.0.0.1",
        "About " + page.origin.url.removeprefix(site.base),
    )
    assert page.origin.published_at is not None
    assert set(decode_steps(read.headers[0][STEPS_HEADER])) == {"poll"}


async def test_an_entry_without_a_page_ends_in_one_outcome(site: Site, quick: Settings, read: Reader) -> None:
    settings = quick.model_copy(update={"poll": quick.poll.model_copy(update={"max_page_attempts": 1})})
    site.page("/robots.txt", "User-agent: *\nDisallow: /secret")
    site.page("/gone", status=410)
    site.page("/paid", status=402)
    site.page("/broken", status=500)
    site.page("/film", b"....", Content_Type="video/mp4")
    site.page("/bomb", b"a" * (6 << 20))
    site.redirect("/round", "/round", 302)
    expected = {
        "/missing": "gone",
        "/gone": "gone",
        "/paid": "forbidden",
        "/broken": "fetch-failed",
        "/film": "not-html",
        "/bomb": "body-too-large",
        "/round": "fetch-failed",
        "/secret": "robots",
    }
    old = _feed_of(site, "/old", ["/ancient"], age=timedelta(days=30))
    await asyncio.to_thread(_put, settings, _feed_of(site, "/feed", list(expected)), old)
    async with polling(settings):
        await read.until(lambda now: len(now.outcomes) >= 9)
        await read.until(lambda _: site.paths().count("/feed") >= 3)
    found = {outcome.url.removeprefix(site.base): outcome.reason for outcome in read.outcomes}
    assert found == expected | {"/ancient": "too-old"}
    assert len({outcome.outcome_id for outcome in read.outcomes}) == len(read.outcomes) == 9
    assert read.pages == []
    assert "/ancient" not in site.paths()


async def test_a_feed_is_followed_as_it_is_added_changed_and_removed(site: Site, quick: Settings, read: Reader) -> None:
    first = _feed_of(site, "/first", _serve_pages(site, 1, prefix="/a/"))
    second = _feed_of(site, "/second", _serve_pages(site, 1, prefix="/b/"))
    await asyncio.to_thread(_put, quick, first)
    async with polling(quick):
        await read.until(lambda now: len(now.pages) == 1)
        await asyncio.to_thread(_put, quick, second)
        await read.until(lambda now: len(now.pages) == 2)
        _feed_of(site, "/second", _serve_pages(site, 3, prefix="/b/"))
        await read.until(lambda now: len(now.pages) == 4)
        with FeedStore(quick) as store:
            await asyncio.to_thread(store.remove, first.feed_id)
        _feed_of(site, "/first", _serve_pages(site, 2, prefix="/a/"))
        asked = site.paths().count("/first")
        seconds = site.paths().count("/second")
        await read.until(lambda _: site.paths().count("/second") >= seconds + 4)
        assert site.paths().count("/first") <= asked + 1
    assert len(read.pages) == 4


async def test_a_feed_that_fails_keeps_its_history_and_comes_back(site: Site, quick: Settings, read: Reader) -> None:
    paths = _serve_pages(site, 3)
    feed = _feed_of(site, "/feed", paths)
    await asyncio.to_thread(_put, quick, feed)
    async with polling(quick):
        await read.until(lambda now: len(now.pages) == 3)
        asked = len(site.paths())
        site.page("/feed", status=500)
        await read.until(lambda _: len(site.paths()) >= asked + 2)
        _feed_of(site, "/feed", [*paths, "/page/new"])
        site.page("/page/new", "<html>new</html>")
        await read.until(lambda now: len(now.pages) == 4)
    state = (await asyncio.to_thread(FeedStore(quick).states))[feed.feed_id]
    assert (len(state.seen), state.error_streak) == (4, 0)


async def test_a_permanent_redirect_of_a_feed_is_remembered(site: Site, quick: Settings, read: Reader) -> None:
    _feed_of(site, "/new", _serve_pages(site, 1))
    url = site.redirect("/old", "/new", 301)
    feed = Feed(feed_id=identity.feed_id(url), url=url, added_at=_NOW)
    await asyncio.to_thread(_put, quick, feed)
    async with polling(quick):
        await read.until(lambda _: site.paths().count("/new") >= 3)
    assert site.paths().count("/old") == 1
    assert (await asyncio.to_thread(FeedStore(quick).states))[feed.feed_id].url == site.base + "/new"


async def test_pollers_share_the_feeds_and_take_over_from_each_other(quick: Settings, read: Reader) -> None:
    async with AsyncExitStack() as stack:
        sites = [await stack.enter_async_context(serve(host)) for host in _hosts_in_every_partition()]
        pages = {site.base: _serve_pages(site, 10) for site in sites}
        await asyncio.to_thread(_put, quick, *(_feed_of(site, "/feed", pages[site.base][:5]) for site in sites))
        async with polling(quick):
            await read.until(lambda now: len(now.pages) >= 15)
            async with polling(quick):
                for site in sites:
                    _feed_of(site, "/feed", pages[site.base])
                await read.until(lambda now: len({page.origin.url for page in now.pages}) == 30)
            asked = [site.paths().count("/feed") for site in sites]
            await read.until(
                lambda _: all(
                    site.paths().count("/feed") >= before + 2 for site, before in zip(sites, asked, strict=True)
                )
            )
        expected = {site.base + path for site in sites for path in pages[site.base]}
    assert {page.origin.url for page in read.pages} == expected
    # Nothing but what was under way when a partition changed hands is repeated.
    assert len(read.pages) <= 30 + 4 * 3 * 2


@pytest.mark.parametrize("kills", [2])
async def test_a_poller_killed_again_and_again_loses_nothing(
    site: Site, quick: Settings, read: Reader, kills: int
) -> None:
    paths = _serve_pages(site, 120)
    feed = _feed_of(site, "/feed", paths)
    await asyncio.to_thread(_put, quick, feed)
    spaced = quick.fetch.model_copy(update={"host_spacing": timedelta(seconds=0.02)})
    environment = environment_of(quick.model_copy(update={"fetch": spaced}))
    for kill in range(kills):
        poller = subprocess.Popen([sys.executable, "-m", "pipeline", "poll"], env=environment)
        known = 20 + kill * 40
        try:
            await read.until(lambda now, known=known: len({page.origin.url for page in now.pages}) >= known)
        finally:
            poller.kill()
            poller.wait()
    async with polling(quick):
        await read.until(lambda now: len({page.origin.url for page in now.pages}) == 120, within_s=60)
    assert {page.origin.version_id for page in read.pages} == {
        identity.version_id(page.origin.page_id, page.body) for page in read.pages
    }
    state = (await asyncio.to_thread(FeedStore(quick).states))[feed.feed_id]
    assert (len(state.seen), state.pending) == (120, ())


async def test_a_poller_ends_cleanly_on_sigterm(site: Site, quick: Settings, environment: dict[str, str]) -> None:
    feed = _feed_of(site, "/feed", [])
    await asyncio.to_thread(_put, quick, feed)
    poller = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "pipeline", "poll", env=environment, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(30):
        await site.wait_until(lambda: "/feed" in site.paths())
    os.kill(poller.pid, signal.SIGTERM)
    async with asyncio.timeout(20):
        _, said = await poller.communicate()
    assert poller.returncode == 0
    assert b"Traceback" not in said


@pytest.fixture
async def cluster(start_cluster: StartCluster) -> Settings:
    """A Kafka of this test's own, to be stopped."""
    return await asyncio.to_thread(start_cluster, 1)


async def test_a_broker_that_goes_away_for_a_while_loses_nothing(site: Site, cluster: Settings) -> None:
    spaced = cluster.fetch.model_copy(update={"host_spacing": timedelta(seconds=0.1)})
    settings = cluster.model_copy(update={"fetch": spaced})
    paths = _serve_pages(site, 60)
    feed = _feed_of(site, "/feed", paths)
    await asyncio.to_thread(_put, settings, feed)
    async with polling(settings):
        async with asyncio.timeout(30):
            await site.wait_until(lambda: len(site.paths()) >= 15)
        await asyncio.to_thread(broker.stop, settings)
        await asyncio.to_thread(partial(broker.start, settings, say=print))
        reader = await asyncio.to_thread(Reader, settings)
        await reader.until(lambda now: len({page.origin.url for page in now.pages}) == 60, within_s=90)
        reader.close()
    state = (await asyncio.to_thread(FeedStore(settings).states))[feed.feed_id]
    assert (len(state.seen), state.pending) == (60, ())


def _hosts_in_every_partition() -> list[str]:
    """Loopback addresses, one whose feeds lie in each of the three partitions."""
    found: dict[int, str] = {}
    for number in range(1, 60):
        host = f"127.0.0.{number}"
        found.setdefault(partition_of(f"http://{host}/", PARTITIONS), host)
    return list(found.values())
