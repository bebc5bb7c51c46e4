"""`tocsin feeds check` and the finding behind `add`, against a site of the test's own."""

import asyncio

import pytest

from pipeline.cli import feed_probe, feed_report
from pipeline.settings import FetchSettings, PollSettings
from tests.unit.site_server import Site, serve

SETTINGS = FetchSettings(allow_private_addresses=True, host_spacing="PT0S")  # type: ignore[arg-type]  # pydantic reads it
RSS = (
    "<rss version='2.0'><channel><title>Desk</title><item><title>A</title><link>/a</link>"
    "<pubDate>Tue, 24 Nov 2026 03:00:00 GMT</pubDate></item></channel></rss>"
)


async def find(site_url: str, **options: bool) -> tuple[feed_probe.Probe, ...]:
    """On a thread: the commands have their own event loop."""
    return await asyncio.to_thread(feed_probe.find, SETTINGS, site_url, **options)


async def check(url: str) -> feed_report.CheckedFeed:
    """What the command would show."""
    probe = await asyncio.to_thread(feed_probe.probe, SETTINGS, url)
    return feed_report.checked(probe, PollSettings())


def with_feed(site: Site, path: str = "/rss") -> str:
    """A feed on the site."""
    return site.page(path, RSS, **{"Content-Type": "application/rss+xml", "Cache-Control": "max-age=600"})


async def test_a_feed_is_told_with_all_that_bears_on_polling_it() -> None:
    async with serve() as site:
        found = await check(with_feed(site))
    assert (found.is_reachable, found.status, found.robots, found.kind) == (True, 200, "allowed", "rss")
    assert (found.title, found.entries) == ("Desk", 1)
    assert found.newest_at is not None
    assert found.newest_at.isoformat() == "2026-11-24T03:00:00+00:00"
    assert found.interval_s is not None
    assert found.interval_s >= 600
    assert found.error is None


async def test_a_move_for_good_is_told() -> None:
    async with serve() as site:
        feed = with_feed(site)
        found = await check(site.redirect("/old", "/rss", 301))
    assert found.moved_to == feed
    assert found.redirects == ((301, feed),)


async def test_a_page_is_no_feed_but_names_its_own() -> None:
    async with serve() as site:
        feed = with_feed(site)
        found = await check(site.page("/", "<html><link rel=alternate type='application/rss+xml' href='/rss'>"))
    assert found.kind is None
    assert found.error == "not a feed: an HTML page"
    assert found.announced == (feed,)


async def test_robots_are_heeded_unless_told_otherwise() -> None:
    async with serve() as site:
        site.page("/robots.txt", "User-agent: *\nDisallow: /rss\n")
        feed = with_feed(site)
        refused = await find(feed)
        asked_before = site.paths()
        taken = await find(feed, obey_robots=False)
    assert refused[-1].feed is None
    assert refused[-1].robots == "refused"
    assert "/rss" not in asked_before
    assert taken[-1].feed is not None


async def test_a_sites_address_leads_to_its_feed() -> None:
    async with serve() as site:
        feed = with_feed(site)
        links = (f"<link rel=alternate type='application/rss+xml' href='{href}'>" for href in ("/none", "/rss"))
        probes = await find(site.page("/", f"<html>{''.join(links)}"))
    assert [probe.feed is not None for probe in probes] == [False, False, True]
    assert probes[-1].address == feed


async def test_a_site_that_announces_nothing_is_asked_in_the_usual_places() -> None:
    async with serve() as site:
        feed = with_feed(site, "/rss.xml")
        probes = await find(site.page("/", "<html><p>welcome"))
    assert probes[-1].address == feed


async def test_a_site_without_a_feed_has_none() -> None:
    async with serve() as site:
        probes = await find(site.page("/", "<html><p>welcome"))
    assert probes[-1].feed is None
    assert len(probes) <= 8


@pytest.mark.parametrize("path", ["/missing", "/broken"])
async def test_what_does_not_answer_well_is_told_with_its_reason(path: str) -> None:
    async with serve() as site:
        url = site.page("/broken", "x", status=500).replace("/broken", path)
        found = await check(url)
    assert found.kind is None
    assert found.error in ("HTTP 404", "HTTP 500")


async def test_a_private_address_is_told_with_the_setting_that_lets_it_in() -> None:
    strict = SETTINGS.model_copy(update={"allow_private_addresses": False})
    async with serve() as site:
        probe = await asyncio.to_thread(feed_probe.probe, strict, with_feed(site))
    assert probe.error is not None
    assert "TOCSIN_FETCH__ALLOW_PRIVATE_ADDRESSES=true lets it in" in probe.error
