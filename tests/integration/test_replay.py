"""Replay on the real broker: the same bytes, nobody told twice, live work untouched, through kills; and it balances."""

import asyncio
from pathlib import Path

import pytest

from pipeline.settings import Settings
from tests.integration.replaying import content, live, page, publish, replay, watched
from topics import registry

pytestmark = [pytest.mark.broker, pytest.mark.timeout(240)]


async def until(claim, *, within_s: float = 60) -> None:  # type: ignore[no-untyped-def]
    async with asyncio.timeout(within_s):
        while not claim():
            await asyncio.sleep(0.1)


async def test_a_replay_gives_the_same_bytes_and_balances(settings: Settings, tmp_path: Path) -> None:
    pages = [page(number, is_marked=number % 2 == 0) for number in range(40)]
    marked = [one for number, one in enumerate(pages) if number % 2 == 0]
    async with watched(settings, tmp_path) as receiver:
        with live(settings):
            await asyncio.to_thread(publish, settings, pages)
            await until(lambda: len(receiver.requests) >= len(marked))
            run = await asyncio.to_thread(replay, settings, "raw-pages")
    print(run)
    assert run["status"] == "done"
    for spec in (registry.ARTICLES, registry.TAGGED_ARTICLES, registry.MATCHES):
        assert content(settings, spec) == content(settings, spec, run_id=run["run_id"])
    assert len(receiver.requests) == len(marked)
