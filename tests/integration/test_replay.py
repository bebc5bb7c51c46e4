"""Replay on the real broker: the same bytes, nobody told twice, live work untouched, through kills; and it balances."""

import asyncio
import os
import signal
import subprocess
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from pipeline.settings import Settings
from pipeline.stages import identity
from tests.delivering import Receiver
from tests.integration.pipeline import tocsin_running
from tests.integration.replaying import content, live, page, publish, replay, runs, start_replay, watched
from tests.integration.running import Reader
from topics import registry
from topics.records import RawPage

pytestmark = [pytest.mark.broker, pytest.mark.timeout(290)]

REPLAYED = (registry.ARTICLES, registry.TAGGED_ARTICLES, registry.MATCHES)


async def until(claim: Callable[[], object], *, within_s: float = 90) -> None:
    """Wait on the loop that serves the receiver."""
    async with asyncio.timeout(within_s):
        while not await asyncio.to_thread(claim):
            await asyncio.sleep(0.1)


def told(receiver: Receiver) -> Counter[str]:
    return Counter(request.webhook_id for request in receiver.requests)


async def test_a_replay_gives_the_same_bytes_tells_nobody_and_balances(settings: Settings, tmp_path: Path) -> None:
    pages = [page(number, is_marked=number % 2 == 0) for number in range(40)]
    async with watched(settings, tmp_path) as receiver:
        with live(settings):
            await asyncio.to_thread(publish, settings, pages)
            await until(lambda: len(receiver.requests) >= 20)
            run = await asyncio.to_thread(replay, settings, "raw-pages")
            part = await asyncio.to_thread(replay, settings, "articles", "--site", "site2.example", "--into", "tag")
    ends = {one["stage"]: (one["in"], one["emitted"], one["dropped"]) for one in run["report"]["stages"]}
    assert ends == {"clean": (40, 36, 4), "tag": (36, 36, 0), "match": (36, 20, 16), "fold": (20, 0, 20)}
    assert run["report"]["alerts"] == {"new": 0, "joined": 0, "known": 20}
    for spec in REPLAYED:
        assert content(settings, spec) == content(settings, spec, run_id=run["run_id"])
    assert set(told(receiver).values()) == {1}
    assert len(receiver.requests) == 20
    assert [(one["stage"], one["in"], one["emitted"]) for one in part["report"]["stages"]] == [("tag", 8, 8)]
    assert part["counts"]["left_out"] == 28


class Storm:
    """Live traffic, and kills of everything a replay needs."""

    def __init__(self, settings: Settings, seed: int) -> None:
        self.settings = settings
        self.random = Random(seed)
        self.published: list[RawPage] = []
        self.kills: Counter[str] = Counter()
        self._next = 1000

    def publish_one(self) -> None:
        """One more live page; every fourth is a later version of the page before it."""
        if self._next % 4 == 0 and self.published:
            before = self.published[-1]
            body = page(self._next).body
            origin = replace(before.origin, version_id=identity.version_id(before.origin.page_id, body))
            given = replace(before, body=body, origin=origin)
        else:
            given = page(self._next)
        self._next += 1
        publish(self.settings, [given])
        self.published.append(given)

    async def traffic(self, stop: asyncio.Event) -> None:
        """Until told to stop."""
        while not stop.is_set():
            await asyncio.to_thread(self.publish_one)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), 0.5)

    def replay_through_kills(self) -> dict[str, Any]:
        """Replay the log as it is now; kill command and lane workers at random moments, and resume until it ends."""
        process = start_replay(self.settings, "raw-pages", "--rate", "25/s", "--new")
        self._wait(process, 4 + 4 * self.random.random())
        self._kill_workers(process.pid)
        self._wait(process, 2 + 4 * self.random.random())
        if process.poll() is None:
            process.kill()
            self.kills["replay"] += 1
        process.wait()
        (newest, *_) = runs(self.settings)
        if newest["status"] in ("done", "failed"):
            return newest
        return replay(self.settings, "--resume", newest["run_id"])

    def _wait(self, process: "subprocess.Popen[bytes]", seconds: float) -> None:
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)

    def _kill_workers(self, pid: int) -> None:
        for child in _children(pid):
            os.kill(child, signal.SIGKILL)
            self.kills["worker"] += 1


def _children(pid: int) -> list[int]:
    """Children of any of its threads."""
    found: list[int] = []
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            found += map(int, file.read_text().split())
    return found


async def test_the_whole_log_replayed_three_times_through_kills_tells_nothing_and_balances(
    settings: Settings, tmp_path: Path
) -> None:
    storm = Storm(settings, seed=4)
    pages = [page(number) for number in range(60)]
    ended = []
    async with watched(settings, tmp_path) as receiver:
        with live(settings, "work"):
            await asyncio.to_thread(publish, settings, pages)
            stop = asyncio.Event()
            traffic = asyncio.create_task(storm.traffic(stop))
            for number in range(3):
                with tocsin_running(settings, "deliver") as deliverer:
                    await until(lambda: len(told(receiver)) >= 54)
                    running = asyncio.create_task(asyncio.to_thread(storm.replay_through_kills))
                    if number < 2:
                        await asyncio.sleep(6 + 3 * storm.random.random())
                        deliverer.kill()
                        deliverer.wait()
                    else:
                        ended.append(await running)
                if number < 2:
                    with tocsin_running(settings, "deliver"):
                        ended.append(await running)
            stop.set()
            await traffic
            stories = {one.origin.page_id for one in (*pages, *storm.published) if b"marked" in one.body}
            with tocsin_running(settings, "deliver"):
                await until(lambda: len(told(receiver)) >= len(stories))
    print(f"{storm.kills}, {len(storm.published)} live pages meanwhile, {sum(told(receiver).values())} webhooks")
    assert storm.kills["worker"] >= 3
    assert [(run["status"], run["report"]["balanced"]) for run in ended] == [("done", True)] * 3
    assert len(told(receiver)) == len(stories), "a story told under two names"
    first = {run["run_id"]: run["counts"]["fed"] for run in ended}
    assert all(count >= 60 for count in first.values())
    for spec in REPLAYED:
        original = set(content(settings, spec))
        assert all(set(content(settings, spec, run_id=run)) <= original for run in first)
    check_live_order(settings, storm.published)


def check_live_order(settings: Settings, published: list[RawPage]) -> None:
    """Live topics hold live records alone, and the versions of a page as they came."""
    reader = Reader(settings, registry.ARTICLES)
    reader.read_to_end()
    reader.close()
    origins = [found.record.origin for found in reader.found]
    assert {origin.run_id for origin in origins} == {"live"}
    came: dict[str, list[str]] = {}
    for one in published:
        came.setdefault(one.origin.page_id, []).append(one.origin.version_id)
    for page_id, versions in came.items():
        stored = list(dict.fromkeys(origin.version_id for origin in origins if origin.page_id == page_id))
        assert stored == [version for version in versions if version in stored]
