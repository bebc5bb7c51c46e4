"""The demo newsroom serves what it says: feeds, pages, robots, and a hook that counts."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape

import aiohttp
import pytest
from standardwebhooks import Webhook
from yarl import URL

from examples.newsroom import OUTLETS, Behaviour, Newsroom, Outlet, load
from examples.newsroom.hook import demo_secret

SCRIPT = load()
NOON = datetime(2026, 5, 6, 12, 0, 0, 250_000, tzinfo=UTC)


class Clock:
    """Stands still until moved."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def newsroom(clock: Clock) -> AsyncIterator[Newsroom]:
    async with Newsroom(articles=SCRIPT, clock=clock, slow_s=0.01) as room:
        yield room


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.mark.parametrize("outlet", OUTLETS, ids=lambda outlet: outlet.outlet_id)
async def test_a_feed_lists_what_its_outlet_released(
    newsroom: Newsroom, http: aiohttp.ClientSession, outlet: Outlet
) -> None:
    url = next(url for one, url in newsroom.feed_urls.items() if one is outlet)
    async with http.get(url) as response:
        body = await response.text()
    own = [article for article in SCRIPT if article.outlet_id == outlet.outlet_id]
    assert own
    assert all(newsroom.url_of(article) in body for article in own)


async def test_an_unchanged_feed_answers_304_to_its_tag_and_to_its_date(
    newsroom: Newsroom, http: aiohttp.ClientSession, clock: Clock
) -> None:
    clock.now += timedelta(seconds=2)
    url = next(iter(newsroom.feed_urls.values()))
    async with http.get(url) as response:
        tag, date = response.headers["ETag"], response.headers["Last-Modified"]
    for headers, status in [
        ({"If-None-Match": tag}, 304),
        ({"If-Modified-Since": date}, 304),
        ({"If-None-Match": '"other"', "If-Modified-Since": date}, 200),
    ]:
        async with http.get(url, headers=headers) as response:
            assert response.status == status, headers


async def test_a_changed_feed_is_served_again(newsroom: Newsroom, http: aiohttp.ClientSession, clock: Clock) -> None:
    clock.now += timedelta(seconds=2)
    article = SCRIPT[1]
    url = next(url for outlet, url in newsroom.feed_urls.items() if outlet.outlet_id == article.outlet_id)
    async with http.get(url) as response:
        headers = {"If-None-Match": response.headers["ETag"], "If-Modified-Since": response.headers["Last-Modified"]}
    page = newsroom.publish(replace(article, slug="breaking"))
    async with http.get(url, headers=headers) as response:
        assert response.status == 200
        assert page in await response.text()


async def test_a_feed_has_no_date_within_the_second_it_changed(newsroom: Newsroom, http: aiohttp.ClientSession) -> None:
    async with http.get(next(iter(newsroom.feed_urls.values()))) as response:
        assert "Last-Modified" not in response.headers


async def test_every_page_answers_as_its_article_says(newsroom: Newsroom, http: aiohttp.ClientSession) -> None:
    for article in SCRIPT:
        async with http.get(newsroom.url_of(article)) as response:
            body = unescape(await response.text())
        assert response.status == (404 if article.behaviour is Behaviour.GONE else 200), article
        if article.behaviour is Behaviour.CONSENT:
            assert response.url.path == "/consent"
        elif article.behaviour is not Behaviour.GONE:
            assert all(part in body for part in (article.title, *article.paragraphs, *article.captions)), article


async def test_robots_disallow_the_subscribers_pages(newsroom: Newsroom, http: aiohttp.ClientSession) -> None:
    article = next(one for one in SCRIPT if one.behaviour is Behaviour.SUBSCRIBERS)
    url = URL(newsroom.url_of(article))
    async with http.get(url.with_path("/robots.txt")) as response:
        assert "Disallow: /subscribers/" in await response.text()
    assert url.path.startswith("/subscribers/")


async def test_an_aggregator_page_has_the_shape_of_a_republished_article(
    newsroom: Newsroom, http: aiohttp.ClientSession
) -> None:
    article = next(one for one in SCRIPT if one.article_id == "digest/vetrinskaya-visit")
    async with http.get(newsroom.url_of(article)) as response:
        body = unescape(await response.text())
    assert f"/ English News / {article.title}" in body
    assert f"<p><strong>{article.title}</strong></p>" in body
    assert all(f"<p>{caption}</p>" in body for caption in article.captions)
    places = [body.index(part) for part in ("News source link", "Check Also", "Dorian Felk", "Maud Averill")]
    assert min(places) > body.index(article.paragraphs[-1][:40])


async def test_home_and_section_pages_list_headlines(newsroom: Newsroom, http: aiohttp.ClientSession) -> None:
    article = next(one for one in SCRIPT if one.article_id == "courier/opera-roof")
    home = URL(newsroom.url_of(article)).with_path("/")
    for path, status in [("/", 200), ("/section/culture", 200), ("/section/none", 404)]:
        async with http.get(home.with_path(path)) as response:
            assert response.status == status
            assert (article.title in await response.text()) == (status == 200)


async def test_the_hook_counts_signed_deliveries_repeats_and_refusals(
    newsroom: Newsroom, http: aiohttp.ClientSession
) -> None:
    body = json.dumps({"id": "one"})
    headers = signed("message-1", body)
    forged = headers | {"webhook-signature": "v1,Zm9yZ2Vk"}
    statuses = []
    for given in (headers, headers, forged, {}, headers | {"webhook-signature": "nonsense"}):
        async with http.post(newsroom.hook_url, data=body, headers=given) as response:
            statuses.append(response.status)
    assert statuses == [204, 204, 401, 401, 401]
    async with http.get(newsroom.hook_url + "/received") as response:
        told = await response.json()
    assert {name: told[name] for name in ("received", "repeated", "refused")} == newsroom.receiver.counts()
    assert newsroom.receiver.counts() == {"received": 2, "repeated": 1, "refused": 3}
    assert [delivery.payload for delivery in newsroom.receiver.deliveries] == [{"id": "one"}] * 2


async def test_a_taken_port_leaves_nothing_open(http: aiohttp.ClientSession) -> None:
    async with Newsroom() as first:
        port = URL(first.desk_url).port
        assert port is not None
        with pytest.raises(OSError, match="address already in use"):
            await Newsroom(port=port).__aenter__()
    async with Newsroom(port=port) as again, http.get(again.desk_url) as response:
        assert response.status == 200


def signed(webhook_id: str, body: str) -> dict[str, str]:
    """Headers of a delivery signed now: the receiver's library compares with the system's clock."""
    now = datetime.now(UTC)
    signature = Webhook(demo_secret()).sign(webhook_id, now, body)
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
    }
