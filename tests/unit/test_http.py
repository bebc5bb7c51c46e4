"""Fetching: what is sent, what is followed, what is refused, and how polite it is."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from pipeline.adapters.http import Failure, Fetcher, FetchError, Request, Response, fetch, retry_after_s
from pipeline.adapters.robots import Verdict
from pipeline.settings import FetchSettings
from tests.unit.site_server import CODINGS, Site, serve


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with serve() as running:
        yield running


def _settings(**changes: object) -> FetchSettings:
    calm = {"allow_private_addresses": True, "host_spacing": timedelta(0), "timeout": timedelta(seconds=5)}
    return FetchSettings.model_validate(calm | changes)


async def _get(url: str, **changes: object) -> Response:
    return await fetch(_settings(**changes), Request(url=url))


async def _fail(url: str, **changes: object) -> FetchError:
    with pytest.raises(FetchError) as caught:
        await _get(url, **changes)
    return caught.value


async def test_a_page_comes_with_its_address_headers_and_body(site: Site) -> None:
    response = await _get(site.page("/a", "words", ETag='"1"'))
    assert (response.status, response.body, response.final_url) == (200, b"words", site.base + "/a")
    assert response.headers["etag"] == '"1"'
    assert response.content_type == "text/html"


async def test_we_say_who_we_are_and_what_we_know(site: Site) -> None:
    request = Request(
        url=site.page("/a"), etag='"1"', last_modified="Tue, 03 Mar 2026 00:00:00 GMT", accept="text/html"
    )
    await fetch(_settings(user_agent="Monitor/2 (desk@example.org)"), request)
    sent = site.asked[-1].headers
    assert sent["User-Agent"] == "Monitor/2 (desk@example.org)"
    assert (sent["If-None-Match"], sent["If-Modified-Since"]) == ('"1"', "Tue, 03 Mar 2026 00:00:00 GMT")
    assert "zstd" in sent["Accept-Encoding"]
    assert "Cookie" not in sent


@pytest.mark.parametrize("coding", CODINGS)
async def test_a_compressed_page_is_opened(site: Site, coding: str) -> None:
    response = await _get(site.coded("/a", b"words " * 100, coding))
    assert response.body == b"words " * 100


@pytest.mark.parametrize("coding", CODINGS)
async def test_a_bomb_is_refused(site: Site, coding: str) -> None:
    error = await _fail(site.coded("/a", bytes(20 << 20), coding))
    assert error.failure is Failure.BODY_TOO_LARGE


async def test_a_body_over_the_cap_is_refused_by_its_announcement(site: Site) -> None:
    error = await _fail(site.page("/a", b"a" * 5000), max_body_bytes=4096)
    assert error.failure is Failure.BODY_TOO_LARGE
    assert "announced" in str(error)


async def test_a_body_over_the_cap_is_refused_while_it_comes(site: Site) -> None:
    error = await _fail(site.slow("/a", first=b"a" * 5000), max_body_bytes=4096)
    assert error.failure is Failure.BODY_TOO_LARGE


async def test_a_body_that_does_not_end_is_given_up(site: Site) -> None:
    error = await _fail(site.slow("/a", first=b"a"), timeout=timedelta(seconds=0.3))
    assert error.failure is Failure.TIMEOUT


async def test_a_broken_body_is_told_apart(site: Site) -> None:
    error = await _fail(site.page("/a", b"<html>", Content_Encoding="br"))
    assert error.failure is Failure.UNDECODABLE_BODY


async def test_a_media_type_nobody_wants_is_not_read(site: Site) -> None:
    url = site.page("/a", b"%PDF", Content_Type="application/pdf")
    with pytest.raises(FetchError) as caught:
        await fetch(_settings(), Request(url=url, media_types=frozenset({"text/html"})))
    assert caught.value.failure is Failure.UNWANTED_TYPE


async def test_redirects_are_followed_and_told(site: Site) -> None:
    site.page("/c", "end")
    site.redirect("/b", "c", 302)
    response = await _get(site.redirect("/a", f"{site.base}/b", 301))
    assert (response.url, response.final_url, response.body) == (site.base + "/a", site.base + "/c", b"end")
    assert response.redirects == ((301, site.base + "/b"), (302, site.base + "/c"))


@pytest.mark.parametrize(
    ("statuses", "moved_to"),
    [
        ((301,), "/1"),
        ((301, 308), "/2"),
        ((308, 302), "/1"),
        ((302, 301), None),
        ((307,), None),
        ((), None),
    ],
)
async def test_only_permanent_redirects_from_the_start_move_an_address(
    site: Site, statuses: tuple[int, ...], moved_to: str | None
) -> None:
    for number, status in enumerate(statuses):
        site.redirect(f"/{number}", f"/{number + 1}", status)
    site.page(f"/{len(statuses)}", "end")
    response = await _get(site.base + "/0")
    assert response.moved_to == (None if moved_to is None else site.base + moved_to)


@pytest.mark.parametrize(
    ("target", "failure"),
    [
        ("/a", Failure.REDIRECTS),
        ("/again", Failure.REDIRECTS),
        ("file:///etc/passwd", Failure.REDIRECTS),
        ("javascript:alert(1)", Failure.REDIRECTS),
        ("http://[::1", Failure.REDIRECTS),
    ],
)
async def test_a_redirect_that_leads_nowhere_is_refused(site: Site, target: str, failure: Failure) -> None:
    site.redirect("/again", "/a", 302)
    error = await _fail(site.redirect("/a", target, 302))
    assert error.failure is failure


async def test_redirects_end_at_the_limit(site: Site) -> None:
    for number in range(10):
        site.redirect(f"/{number}", f"/{number + 1}", 302)
    error = await _fail(site.base + "/0", max_redirects=3)
    assert error.failure is Failure.REDIRECTS
    assert site.paths() == ["/0", "/1", "/2", "/3"]


async def test_a_redirect_without_a_target_is_an_answer(site: Site) -> None:
    response = await _get(site.page("/a", status=301))
    assert response.status == 301


async def test_a_private_address_is_refused(site: Site) -> None:
    error = await _fail(site.page("/a"), allow_private_addresses=False)
    assert error.failure is Failure.PRIVATE_ADDRESS
    assert site.asked == []


@pytest.mark.parametrize(
    "url",
    ["ftp://news.example/a", "news.example/a", "http://", "http://[::1/", "http://host:99999/", "http://2130706433/"],
)
async def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(FetchError) as caught:
        await fetch(_settings(), Request(url=url, obey_robots=False))
    assert caught.value.failure is Failure.BAD_URL


async def test_a_server_that_is_not_there_is_no_answer(unused_tcp_port: int) -> None:
    with pytest.raises(FetchError) as caught:
        await fetch(_settings(), Request(url=f"http://127.0.0.1:{unused_tcp_port}/", obey_robots=False))
    assert caught.value.failure is Failure.NO_ANSWER


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("User-agent: *\nDisallow: /private", Verdict.REFUSED),
        ("User-agent: Tocsin\nDisallow: /private\n\nUser-agent: *\nDisallow:", Verdict.REFUSED),
        ("User-agent: Other\nDisallow: /", Verdict.ALLOWED),
        ("User-agent: *\nDisallow: /private\nAllow: /private/a", Verdict.ALLOWED),
        ("\ufeffUser-agent: *\nDisallow: /private", Verdict.REFUSED),
        ("<html>no robots here</html>", Verdict.ALLOWED),
    ],
)
async def test_robots_are_obeyed(site: Site, text: str, expected: Verdict) -> None:
    site.page("/robots.txt", text, Content_Type="text/plain")
    url = site.page("/private/a", "secret")
    async with Fetcher(_settings()) as fetcher:
        assert await fetcher.judge(url) is expected
    if expected is Verdict.REFUSED:
        assert (await _fail(url)).failure is Failure.ROBOTS
        assert site.paths() == []


@pytest.mark.parametrize(("status", "is_fetched"), [(404, True), (403, True), (500, False), (503, False), (429, False)])
async def test_missing_robots_allow_and_unreachable_ones_do_not(site: Site, status: int, is_fetched: bool) -> None:
    site.page("/robots.txt", status=status)
    url = site.page("/a")
    if is_fetched:
        assert (await _get(url)).status == 200
    else:
        assert (await _fail(url)).failure is Failure.ROBOTS_UNREACHABLE


async def test_robots_are_asked_once(site: Site) -> None:
    async with Fetcher(_settings()) as fetcher, asyncio.TaskGroup() as group:
        for number in range(5):
            group.create_task(_read(fetcher, site.page(f"/{number}")))
    assert [asked.path for asked in site.asked].count("/robots.txt") == 1


async def test_robots_hold_for_redirects_too(site: Site) -> None:
    site.page("/robots.txt", "User-agent: *\nDisallow: /private")
    site.page("/private")
    error = await _fail(site.redirect("/a", "/private", 302))
    assert error.failure is Failure.ROBOTS


async def test_one_host_is_asked_with_pauses(site: Site) -> None:
    async with Fetcher(_settings(host_spacing=timedelta(seconds=0.1))) as fetcher, asyncio.TaskGroup() as group:
        for number in range(4):
            group.create_task(_read(fetcher, site.page(f"/{number}")))
    moments = [asked.at for asked in site.asked]
    # Between two of our requests; on the way to the server they may close up a little.
    assert all(later - earlier > 0.08 for earlier, later in itertools.pairwise(moments))


async def test_a_crawl_delay_is_kept(site: Site) -> None:
    site.page("/robots.txt", "User-agent: *\nCrawl-delay: 0.2")
    async with Fetcher(_settings()) as fetcher:
        for number in range(2):
            await _read(fetcher, site.page(f"/{number}"))
    first, second = (asked.at for asked in site.asked if asked.path != "/robots.txt")
    assert second - first > 0.18


async def test_one_host_has_few_requests_at_once(site: Site) -> None:
    pair = asyncio.Barrier(2)

    async def answer(_request: web.Request) -> web.Response:
        await pair.wait()
        return web.Response(text="a")

    async with Fetcher(_settings(host_concurrency=2)) as fetcher, asyncio.TaskGroup() as group:
        for number in range(8):
            group.create_task(_read(fetcher, site.answer(f"/{number}", answer)))
    assert site.most_open == 2


async def test_a_slot_is_held_until_the_body_is_done_with(site: Site) -> None:
    async with Fetcher(_settings(concurrency=1)) as fetcher:
        async with fetcher.get(Request(url=site.page("/a"))):
            waiting = asyncio.create_task(_read(fetcher, site.page("/b")))
            done, _ = await asyncio.wait({waiting}, timeout=0.1)
            assert not done
            assert site.paths() == ["/a"]
        await waiting
    assert site.paths() == ["/a", "/b"]


@pytest.mark.parametrize("status", [429, 503])
async def test_a_host_that_asks_for_a_pause_is_left_alone(site: Site, status: int) -> None:
    url = site.page("/a", status=status, Retry_After="120")
    async with Fetcher(_settings()) as fetcher:
        async with fetcher.get(Request(url=url)) as response:
            assert response.retry_after_s == 120
        with pytest.raises(FetchError) as caught:
            await _read(fetcher, site.page("/b"))
    assert caught.value.failure is Failure.HOST_PAUSED
    assert caught.value.retry_after_s == pytest.approx(120, abs=5)
    assert site.paths() == ["/a"]


async def test_a_header_of_stray_bytes_harms_nobody(site: Site) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.write(
            b'HTTP/1.1 302 Found\r\nLocation: /caf\xe9\r\nETag: "\xff"\r\nContent-Length: 0\r\n\r\n'
        )
        return web.Response()

    site.page("/caf%E9", "found")
    response = await _get(site.answer("/a", answer))
    assert response.final_url == site.base + "/caf%E9"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("120", 120.0),
        ("99999999", 86_400.0),
        ("Wed, 04 Mar 2026 05:08:07 GMT", 120.0),
        ("Wed, 04 Mar 2026 05:00:00 GMT", 0.0),
        ("Wed, 99 Mar 2026 05:00:00 GMT", None),
    ],
)
def test_retry_after_is_read(value: str | None, expected: float | None) -> None:
    assert retry_after_s(value, now=datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)) == expected


async def _read(fetcher: Fetcher, url: str) -> None:
    async with fetcher.get(Request(url=url)) as response:
        assert response.status == 200
