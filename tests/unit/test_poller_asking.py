"""One poll of a feed: what servers really do with validators, statuses and bodies."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.adapters import clock
from pipeline.adapters.http import Fetcher
from pipeline.poller.asking import ask, must_read_whole
from pipeline.poller.ledger import PollOutcome, Report
from pipeline.poller.reading import FeedReader
from pipeline.settings import FetchSettings, WorkSettings
from pipeline.stages import identity
from tests.unit.site_server import Site, serve
from topics.records import Feed, FeedState

_RSS = '<rss version="2.0"><channel><title>News</title><item><link>http://news.example/{}</link></item></channel></rss>'
_WORK = WorkSettings(page_deadline=timedelta(seconds=20))
_FETCH = FetchSettings(allow_private_addresses=True, host_spacing=timedelta(0))


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with serve() as running:
        yield running


@pytest.fixture(scope="module")
def reader() -> Iterator[FeedReader]:
    shared = FeedReader(_WORK)
    yield shared
    shared.close()


async def _ask(url: str, reader: FeedReader, *, since: Report | None = None) -> Report:
    feed = Feed(feed_id=identity.feed_id(url), url=url, added_at=clock.now())
    state = FeedState(feed_id=feed.feed_id, url=url)
    if since is not None:
        state = replace(
            state,
            etag=since.etag,
            last_modified=since.last_modified,
            body_digest=since.body_digest,
            polled_at=clock.now(),
        )
    async with Fetcher(_FETCH) as fetcher:
        return await ask(feed, state, fetcher=fetcher, reader=reader)


async def test_a_new_body_is_parsed_and_its_validators_kept(site: Site, reader: FeedReader) -> None:
    url = site.page("/feed", _RSS.format(1), ETag='"1"', Last_Modified="m", Cache_Control="max-age=900")
    report = await _ask(url, reader)
    assert report.parsed is not None
    assert [entry.url for entry in report.parsed.entries] == ["http://news.example/1"]
    assert (report.etag, report.last_modified, report.max_age_s, report.error) == ('"1"', "m", 900.0, None)


async def test_not_modified_keeps_what_is_known(site: Site, reader: FeedReader) -> None:
    first = await _ask(site.page("/feed", _RSS.format(1), ETag='"1"', Last_Modified="m"), reader)
    report = await _ask(site.page("/feed", status=304), reader, since=first)
    assert site.asked[-1].headers["If-None-Match"] == '"1"'
    assert report.outcome is PollOutcome.NOT_MODIFIED
    assert (report.etag, report.last_modified, report.body_digest) == ('"1"', "m", first.body_digest)


async def test_the_same_body_under_a_new_validator_is_not_modified(site: Site, reader: FeedReader) -> None:
    first = await _ask(site.page("/feed", _RSS.format(1), ETag='"1"'), reader)
    report = await _ask(site.page("/feed", _RSS.format(1), ETag='"2"'), reader, since=first)
    assert (report.outcome, report.etag) == (PollOutcome.NOT_MODIFIED, '"2"')


async def test_a_new_body_under_a_repeated_validator_is_new(site: Site, reader: FeedReader) -> None:
    first = await _ask(site.page("/feed", _RSS.format(1), ETag='"1"'), reader)
    report = await _ask(site.page("/feed", _RSS.format(2), ETag='"1"'), reader, since=first)
    assert report.parsed is not None
    assert [entry.url for entry in report.parsed.entries] == ["http://news.example/2"]


@pytest.mark.parametrize(
    ("status", "headers", "outcome", "retry_after_s"),
    [
        (410, {}, PollOutcome.GONE, None),
        (404, {}, PollOutcome.FAILED, None),
        (500, {}, PollOutcome.FAILED, None),
        (429, {"Retry_After": "77"}, PollOutcome.FAILED, 77.0),
    ],
)
async def test_a_status_of_failure_is_a_report(
    site: Site,
    reader: FeedReader,
    status: int,
    headers: dict[str, str],
    outcome: PollOutcome,
    retry_after_s: float | None,
) -> None:
    report = await _ask(site.page("/feed", status=status, **headers), reader)
    assert (report.outcome, report.error, report.retry_after_s) == (outcome, f"HTTP {status}", retry_after_s)


async def test_a_page_that_is_no_feed_is_unparsable(site: Site, reader: FeedReader) -> None:
    report = await _ask(site.page("/feed", "<!doctype html><html><body><p>Sign in</p></body></html>"), reader)
    assert report.outcome is PollOutcome.UNPARSABLE
    assert report.error is not None
    assert report.error.startswith("unparsable")


async def test_robots_keep_us_from_a_feed(site: Site, reader: FeedReader) -> None:
    site.page("/robots.txt", "User-agent: *\nDisallow: /")
    report = await _ask(site.page("/feed", _RSS.format(1)), reader)
    assert report.outcome is PollOutcome.ROBOTS


async def test_a_move_for_good_is_told_only_with_a_feed_at_its_end(site: Site, reader: FeedReader) -> None:
    site.page("/new", _RSS.format(1))
    site.page("/login", "<!doctype html><html><body>Sign in</body></html>")
    assert (await _ask(site.redirect("/a", "/new", 301), reader)).moved_to == site.base + "/new"
    assert (await _ask(site.redirect("/b", "/login", 301), reader)).moved_to is None


def test_a_feed_is_read_whole_four_times_a_day() -> None:
    start = datetime(2026, 3, 4, tzinfo=UTC)
    state = FeedState(feed_id="f", url="http://news.example/feed", polled_at=start)
    whole = 0
    for minutes in range(10, 1441, 10):
        now = start + timedelta(minutes=minutes)
        whole += must_read_whole(state, now=now)
        state = replace(state, polled_at=now)
    assert whole == 4
