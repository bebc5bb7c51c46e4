"""Pages made to hurt: each ends with its reason, and its neighbours go on."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest
from aiohttp import web

from pipeline.adapters.feed_store import FeedStore
from pipeline.adapters.kafka import Producer
from pipeline.settings import Settings
from pipeline.stages import identity
from tests.integration.pipeline import tocsin_running
from tests.integration.running import Reader
from tests.samples import AT, raw_page
from topics import registry
from topics.records import Feed

pytestmark = pytest.mark.broker

PARAGRAPH = (
    "<p>The harbour council met on Tuesday to discuss the new lock, and its members heard from the engineers who are "
    "to build it before the winter. They asked about its cost, its gates and when ships may pass it again.</p>"
)
HEADLINE = "The lock is to be rebuilt"
GOOD = (
    f"<html><head><title>{HEADLINE}</title></head>"
    f"<body><article><h1>{HEADLINE}</h1>{PARAGRAPH * 4}</article></body></html>"
)
HANGS = "<html><body>" + "<p>a</p>" * 250_000 + "</body></html>"
DEEP = "<html><body>" + "<div>" * 30_000 + "deep" + "</div>" * 30_000 + "</body></html>"


@pytest.fixture
def ends(settings: Settings) -> Iterator[Reader]:
    reader = Reader(settings, registry.ARTICLES, registry.OUTCOMES, registry.RAW_PAGES.dead_letter)
    yield reader
    reader.close()


def test_poison_pages_end_with_a_reason_and_disturb_nobody(settings: Settings, ends: Reader) -> None:
    bodies = {
        "hangs": HANGS.encode(),
        "deep": DEEP.encode(),
        "binary": bytes(range(256)) * 400,
        "empty": b"",
        "nul": b"\0" * 5000,
        "utf16": GOOD.encode("utf-16"),
    }
    good = {f"good-{number}": GOOD.replace("Tuesday", f"day {number}").encode() for number in range(20)}
    producer = Producer(settings)
    for name, body in {**bodies, **good}.items():
        producer.send(registry.RAW_PAGES, replace(raw_page(f"https://{name}.example/page", body=body), host=name))
    producer.send_bytes(registry.RAW_PAGES, key=b"x", value=b"not a record")
    producer.flush()
    producer.close()
    with tocsin_running(settings, "work", "--agents", "clean", TOCSIN_WORK__PAGE_DEADLINE="4"):
        ends.read_until(lambda found: len({one.source for one in found}) == 27, timeout_s=120, what="27 ends")
    articles = {
        one.record.origin.url.split("/")[2].split(".")[0] for one in ends.found if one.spec == registry.ARTICLES
    }
    assert set(good) <= articles
    assert "utf16" in articles
    dead = {one.headers["reason"] for one in ends.found if one.spec == registry.RAW_PAGES.dead_letter}
    assert "undecodable" in dead
    dropped = {one.record.url: one.record.reason for one in ends.found if one.spec == registry.OUTCOMES}
    assert dropped["https://binary.example/page"] == dropped["https://nul.example/page"] == "not-html"
    by_source: dict[str, set[str]] = {}
    for one in ends.found:
        by_source.setdefault(one.source, set()).add(one.spec.name)
    assert all(len(kinds) == 1 for kinds in by_source.values())


async def test_a_page_of_50_megabytes_is_recorded_and_not_read(settings: Settings, ends: Reader) -> None:
    chunk = b"<p>" + b"x" * 65_533

    async def feed(request: web.Request) -> web.Response:
        links = "".join(f"<item><link>http://{request.host}/{name}</link></item>" for name in ("huge", "fine"))
        return web.Response(text=f"<rss version='2.0'><channel>{links}</channel></rss>", content_type="text/xml")

    async def huge(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/html"})
        await response.prepare(request)
        for _ in range(50 * 16):
            await response.write(chunk)
        return response

    async def fine(_request: web.Request) -> web.Response:
        return web.Response(text=GOOD, content_type="text/html")

    site = web.Application()
    site.add_routes([web.get("/feed", feed), web.get("/huge", huge), web.get("/fine", fine)])
    runner = web.AppRunner(site, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/feed"
    with ExitStack() as stack:
        store = stack.enter_context(FeedStore(settings))
        await asyncio.to_thread(store.put, Feed(feed_id=identity.feed_id(url), url=url, added_at=AT))
        for command in ("work", "poll"):
            stack.enter_context(tocsin_running(settings, command))
        await asyncio.to_thread(
            ends.read_until, lambda found: len(found) >= 2, timeout_s=90, what="an article and an outcome"
        )
    await runner.cleanup()
    outcome = next(one.record for one in ends.found if one.spec == registry.OUTCOMES)
    assert (outcome.stage, outcome.reason, outcome.url.endswith("/huge")) == ("poll", "body-too-large", True)
    assert [one.spec for one in ends.found].count(registry.ARTICLES) == 1
