"""A real feed over HTTP in, exactly the expected alerts out, each once and signed."""

import asyncio
from contextlib import ExitStack
from pathlib import Path

import pytest

from examples.newsroom.newsroom import Newsroom
from examples.newsroom.script import Behaviour, expected_alerts, load
from pipeline.settings import Settings
from tests.integration.pipeline import (
    Accountant,
    alerts_received,
    introduce,
    stories_of,
    tocsin,
    tocsin_running,
)

pytestmark = [pytest.mark.broker, pytest.mark.timeout(240)]


async def until(claim, *, within_s: float, what: str) -> None:  # type: ignore[no-untyped-def]
    """Wait on the loop that serves the newsroom."""
    async with asyncio.timeout(within_s):
        while not claim():
            await asyncio.sleep(0.1)
    assert claim(), what


async def test_every_expected_alert_arrives_once_and_no_other(settings: Settings, tmp_path: Path) -> None:
    articles = [article for article in load() if article.behaviour is not Behaviour.SLOW]
    expected = expected_alerts(articles)
    accountant = Accountant(settings)
    async with Newsroom(articles=articles) as newsroom:
        with ExitStack() as stack:
            await asyncio.to_thread(introduce, settings, newsroom, tmp_path)
            for command in ("deliver", "work", "poll"):
                stack.enter_context(tocsin_running(settings, command))
            try:
                await until(lambda: len(newsroom.receiver.deliveries) >= len(expected), within_s=120, what="alerts")
            except TimeoutError:
                got = stories_of(alerts_received(newsroom), newsroom, articles)
                pytest.fail(f"missing {sorted(expected - set(got))}, unexpected {sorted(set(got) - expected)}")
            await until(lambda: not accountant.balance().missing, within_s=60, what="an end for every page")
        got = stories_of(alerts_received(newsroom), newsroom, articles)
        assert set(got) == expected
        assert set(got.values()) == {1}
        assert newsroom.receiver.counts() == {"received": len(expected), "repeated": 0, "refused": 0}
    account = accountant.balance()
    assert not account.contradicted
    print(f"{len(account.pages)} pages in, {len(account.ended)} ended, {len(expected)} alerts, 0 notified twice")
    listed = await asyncio.to_thread(tocsin, settings, "alerts", "list")
    assert len(listed.splitlines()) >= len(expected)


async def test_an_alert_says_why_where_and_how_long(settings: Settings, tmp_path: Path) -> None:
    article = next(one for one in load() if "vetrinskaya" in one.expect and one.behaviour is Behaviour.NORMAL)
    async with Newsroom(articles=[article]) as newsroom:
        with ExitStack() as stack:
            await asyncio.to_thread(introduce, settings, newsroom, tmp_path)
            for command in ("deliver", "work", "poll"):
                stack.enter_context(tocsin_running(settings, command))
            await until(lambda: len(newsroom.receiver.deliveries) >= len(article.expect), within_s=90, what="alert")
        data = next(
            one.payload["data"]
            for one in newsroom.receiver.deliveries
            if one.payload["data"]["watch_id"] == "vetrinskaya"
        )
    assert data["url"] == newsroom.url_of(article)
    assert data["title"] == article.title
    hit = data["hits"][0]
    assert hit["clause"] == "actor:alena-vetrinskaya"
    assert hit["alias"]
    assert hit["end"] - hit["start"] == len(hit["words"])
    assert any(hit["words"] in snippet["text"] for snippet in data["snippets"])
    assert [step["step"] for step in data["steps"]] == ["poll", "clean", "tag", "match", "fold"]
