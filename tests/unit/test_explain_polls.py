"""What a poller can meet, met by a real one on a real site: each is explained in words its reader understands."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import escape
from typing import cast

import pytest

from pipeline.adapters import clock
from pipeline.adapters.database import open_database, upgrade
from pipeline.adapters.http import Fetcher, Request, Response
from pipeline.ledger import wording
from pipeline.poller.keeper import Keeper, Tools
from pipeline.poller.ledger import PollOutcome
from pipeline.poller.publisher import Publisher
from pipeline.poller.reading import FeedReader
from pipeline.settings import FetchSettings, PollSettings, Settings, WorkSettings
from pipeline.stages import identity
from tests.explaining import Topics, reasons_in
from tests.unit.site_server import Site, serve
from topics.records import Feed

pytestmark = pytest.mark.timeout(120)

_FETCH = FetchSettings(
    allow_private_addresses=True,
    host_spacing=timedelta(0),
    host_concurrency=1,
    timeout=timedelta(seconds=1),
    max_body_bytes=4096,
    max_redirects=2,
)
_GUARDED = _FETCH.model_copy(update={"allow_private_addresses": False})


class Fetchers:
    """Feeds are read from loopback, pages as the operator lets them be."""

    def __init__(self, feeds: Fetcher, pages: Fetcher) -> None:
        self._feeds, self._pages = feeds, pages

    @asynccontextmanager
    async def get(self, request: Request) -> AsyncIterator[Response]:
        """The response, by the fetcher for its kind."""
        fetcher = self._feeds if request.kind == "feed" else self._pages
        async with fetcher.get(request) as response:
            yield response


def _redirects_round(site: Site, path: str) -> None:
    site.redirect(path, site.base + path + "/on", 302)
    site.redirect(path + "/on", site.base + path, 302)


def _redirects_on_and_on(site: Site, path: str) -> None:
    for number in range(4):
        step = path + "/on" * number
        site.redirect(step, site.base + step + "/on", 302)


def _asks_to_wait(site: Site, path: str) -> None:
    site.page(path, status=429, Retry_After="600")


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page, how its site serves it, and what is said of it."""

    serve: Callable[[Site, str], object] = lambda _site, _path: None
    says: tuple[str, ...]
    published: timedelta = timedelta(minutes=5)
    path: str = ""
    is_last_try: bool = False
    is_guarded: bool = False
    with_robots: tuple[str, int] = ("", 404)
    is_behind_a_busy_one: bool = False
    """Another page of its site is asked for first, and its server says then to come back later."""


PAGES = {
    "not there": Page(says=("server says there is no such page", "poll: gone; HTTP 404")),
    "gone for good": Page(serve=lambda site, path: site.page(path, status=410), says=("no such page", "HTTP 410")),
    "behind a login": Page(
        serve=lambda site, path: site.page(path, status=401), says=("a login, a paywall", "HTTP 401")
    ),
    "forbidden": Page(serve=lambda site, path: site.page(path, status=403), says=("a login, a paywall", "HTTP 403")),
    "kept back by law": Page(serve=lambda site, path: site.page(path, status=451), says=("or a block", "HTTP 451")),
    "an odd status": Page(serve=lambda site, path: site.page(path, status=418), says=("not be fetched", "HTTP 418")),
    "disallowed by robots.txt": Page(
        with_robots=("User-agent: *\nDisallow: /p/", 200), says=("robots.txt asks not to fetch it", "poll: robots")
    ),
    "too large": Page(
        serve=lambda site, path: site.page(path, "x" * 5000), says=("larger than TOCSIN_FETCH__MAX_BODY_BYTES allows",)
    ),
    "a document": Page(
        serve=lambda site, path: site.page(path, "%PDF", Content_Type="application/pdf"),
        says=("no HTML page", "application/pdf"),
    ),
    "redirected in a circle": Page(serve=_redirects_round, says=("could not be fetched", "go round in a circle")),
    "redirected for ever": Page(serve=_redirects_on_and_on, says=("could not be fetched", "more than 2 redirects")),
    "redirected to nowhere": Page(
        serve=lambda site, path: site.redirect(path, "mailto:desk@news.example", 302),
        says=("could not be fetched", "mailto:desk@news.example"),
    ),
    "at a private address": Page(
        is_guarded=True, says=("at a private address", "TOCSIN_FETCH__ALLOW_PRIVATE_ADDRESSES")
    ),
    "old": Page(published=timedelta(days=30), says=("further back than TOCSIN_POLL__MAX_ENTRY_AGE allows",)),
    "of an endless address": Page(path="/p/" + "x" * 3000, says=("could not be fetched", "the address is too long")),
    "of a server in trouble": Page(
        serve=lambda site, path: site.page(path, status=503),
        says=("Listed by", "not fetched yet; tried once, last: HTTP 503, next at"),
    ),
    "that takes for ever": Page(
        serve=lambda site, path: site.slow(path),
        says=("not fetched yet; tried once, last: timeout: not done after 1 s",),
    ),
    "of a site whose robots.txt cannot be had": Page(
        with_robots=("", 503), says=("not fetched yet; tried once, last: robots-unreachable",)
    ),
    "in a coding nobody reads": Page(
        serve=lambda site, path: site.page(path, gzip.compress(b"words")[:-9], Content_Encoding="gzip"),
        says=("not fetched yet; tried once, last: undecodable-body",),
    ),
    "of a server that asks to wait": Page(serve=_asks_to_wait, says=("not fetched yet; tried once, last: HTTP 429",)),
    "of a server that has asked to wait": Page(
        is_behind_a_busy_one=True, says=("not fetched yet; not asked yet: host-paused", "asked to be left alone")
    ),
    "of a server in trouble at the last try": Page(
        serve=lambda site, path: site.page(path, status=500),
        is_last_try=True,
        says=("could not be fetched", "HTTP 500, tried once"),
    ),
    "that takes for ever at the last try": Page(
        serve=lambda site, path: site.slow(path), is_last_try=True, says=("could not be fetched", "tried once")
    ),
    "as it should be": Page(
        serve=lambda site, path: site.page(path, "<p>Words</p>"),
        says=("Under way: it was fetched at", "has not been cleaned yet"),
    ),
}


@dataclass(frozen=True, kw_only=True)
class Source:
    """A feed, how it is served, and what is said of a page it has not listed."""

    says: tuple[str, ...]
    body: str = ""
    status: int = 200
    robots: tuple[str, int] = ("", 404)
    is_guarded: bool = False
    is_enabled: bool = True
    is_polled: bool = True


def _rss(*items: str) -> str:
    return f"<rss version='2.0'><channel><title>News</title>{''.join(items)}</channel></rss>"


def _item(url: str, published_at: datetime) -> str:
    stamp = published_at.strftime("%a, %d %b %Y %H:%M:%S +0000")
    return f"<item><title>About</title><link>{escape(url)}</link><pubDate>{stamp}</pubDate></item>"


FEEDS = {
    "read and not due yet": Source(body=_rss(), says=("was last read", "it listed nothing new; next at")),
    "gone": Source(status=410, says=("its server says it is gone for good; failed once: HTTP 410",)),
    "of a server in trouble": Source(status=500, says=("no usable answer; failed once: HTTP 500",)),
    "not there": Source(status=404, says=("no usable answer; failed once: HTTP 404",)),
    "disallowed by robots.txt": Source(
        robots=("User-agent: *\nDisallow: /", 200), says=("robots.txt asks not to read it; failed once",)
    ),
    "that is none": Source(body="<p>Welcome", says=("what it answered is no feed; failed once", "not a feed")),
    "too large": Source(body="x" * 5000, says=("no usable answer", "body-too-large")),
    "at a private address": Source(is_guarded=True, says=("no usable answer", "private-address")),
    "switched off": Source(is_enabled=False, is_polled=False, says=("is switched off",)),
    "never read": Source(is_polled=False, says=("has never been read: is `tocsin poll` running?",)),
}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The verdict on each page and feed, once a poller has met them all."""
    settings = Settings.model_validate({"data_folder": tmp_path_factory.mktemp("polls")})
    upgrade(settings)
    database = open_database(settings)
    yield asyncio.run(_meet(Topics(database)))
    database.close()


def test_a_poller_gives_no_reason_that_is_not_met_here(said: dict[str, str]) -> None:
    verdicts = [said[f"page {name}"] for name in PAGES]
    given = reasons_in("poller/*.py")
    assert {reason for reason in given if any(f"(poll: {reason}" in verdict for verdict in verdicts)} == given


@pytest.mark.parametrize("name", PAGES)
def test_a_page_that_is_met_so_is_explained(said: dict[str, str], name: str) -> None:
    missing = [words for words in PAGES[name].says if words not in said["page " + name]]
    assert not missing, said["page " + name]


@pytest.mark.parametrize("name", FEEDS)
def test_a_page_that_is_not_listed_is_explained_by_its_feed(said: dict[str, str], name: str) -> None:
    missing = [words for words in ("Never seen", *FEEDS[name].says) if words not in said["feed " + name]]
    assert not missing, said["feed " + name]


def test_every_outcome_of_a_poll_that_is_remembered_has_its_words() -> None:
    crashed = PollOutcome.CRASHED  # is counted, and leaves a feed's state as it was
    assert set(wording.SAID_OF_POLLS) == {outcome.value for outcome in PollOutcome} - {crashed.value}


async def _meet(topics: Topics) -> dict[str, str]:
    reader = FeedReader(WorkSettings(page_deadline=timedelta(seconds=20)))
    async with Fetcher(_FETCH) as fetcher, Fetcher(_GUARDED) as strict:
        tools = Tools(
            settings=PollSettings(),
            fetcher=cast("Fetcher", Fetchers(fetcher, fetcher)),
            reader=reader,
            publisher=cast("Publisher", topics),
        )
        pages = [_of_page(topics, name, page, tools=tools, strict=strict) for name, page in PAGES.items()]
        feeds = [_of_feed(topics, name, feed, tools=tools, strict=strict) for name, feed in FEEDS.items()]
        found = dict(await asyncio.gather(*pages, *feeds))
    reader.close()
    return found


async def _of_page(topics: Topics, name: str, page: Page, *, tools: Tools, strict: Fetcher) -> tuple[str, str]:
    """Have a keeper read a feed that lists the page, on a site of its own, until the page has ended or waits."""
    if page.is_last_try:
        tools = replace(tools, settings=PollSettings(max_page_attempts=1))
    if page.is_guarded:
        tools = replace(tools, fetcher=cast("Fetcher", Fetchers(tools.fetcher, strict)))
    async with serve() as site, serve() as feeds:
        path = page.path or "/p/story"
        page.serve(site, path)
        if page.with_robots[1] != 404:
            site.page("/robots.txt", page.with_robots[0], status=page.with_robots[1])
        url = site.base + path
        items = [_item(url, datetime.now(UTC) - page.published)]
        if page.is_behind_a_busy_one:
            _asks_to_wait(site, "/busy")
            items.insert(0, _item(site.base + "/busy", datetime.now(UTC)))
        keeper = _keeper(topics, feeds.page("/feed", _rss(*items)), tools)
        await _run_until(keeper, lambda: bool(keeper.state.seen) or _waits(keeper, url))
        topics.states[keeper.feed.feed_id] = keeper.state
        return "page " + name, topics.explain(url).verdict


async def _of_feed(topics: Topics, name: str, source: Source, *, tools: Tools, strict: Fetcher) -> tuple[str, str]:
    if source.is_guarded:
        tools = replace(tools, fetcher=strict)
    async with serve() as site:
        if source.robots[1] != 404:
            site.page("/robots.txt", source.robots[0], status=source.robots[1])
        feed_url = site.page("/feed", source.body, status=source.status)
        alone = Topics(topics.database)
        keeper = _keeper(alone, feed_url, tools, is_enabled=source.is_enabled)
        if source.is_polled:
            await _run_until(keeper, lambda: keeper.state.polled_at is not None)
            alone.states[keeper.feed.feed_id] = keeper.state
        return "feed " + name, alone.explain(f"{site.base}/never-listed").verdict


def _keeper(topics: Topics, url: str, tools: Tools, *, is_enabled: bool = True) -> Keeper:
    feed = Feed(feed_id=identity.feed_id(url), url=url, added_at=clock.now(), enabled=is_enabled)
    topics.feeds[feed.feed_id] = feed
    return Keeper(feed, 0, None, tools)


def _waits(keeper: Keeper, url: str) -> bool:
    return any(entry.next_attempt_at is not None for entry in keeper.state.pending if entry.url == url)


async def _run_until(keeper: Keeper, claim: Callable[[], bool]) -> None:
    running = asyncio.create_task(keeper.run())
    async with asyncio.timeout(60):
        while not claim():
            await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.wait([running])
    await keeper.finish()
