"""Replay on the real broker: the same bytes, nobody told twice, live work untouched, through kills; and it balances."""

import asyncio
import os
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from pipeline.adapters import database
from pipeline.adapters.database import Database
from pipeline.adapters.database.runs import Run, RunStatus
from pipeline.adapters.ranges import Bounds
from pipeline.replay.feeding import FED
from pipeline.settings import Settings
from pipeline.stages import identity
from tests import waiting
from tests.delivering import Receiver
from tests.integration.pipeline import tocsin_running
from tests.integration.replaying import (
    content,
    live,
    live_bytes,
    page,
    publish,
    read_all,
    replay,
    start_replay,
    version_of,
    watched,
)
from tests.integration.running import Found
from topics import registry
from topics.records import RawPage
from topics.spec import Lane

pytestmark = [pytest.mark.broker, pytest.mark.timeout(290)]

REPLAYED = (registry.ARTICLES, registry.TAGGED_ARTICLES, registry.MATCHES)
_RATE = "10/s"
"""Slow enough that the log is fed for seconds, in which to kill it."""
_PAGES, _MARKED = 40, 36
"""Of the log before the storm: those that raise an alert are no tenth ones."""


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
        self.cut_off: list[Run] = []
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
                await asyncio.wait_for(stop.wait(), 1)

    def replay_through_kills(self, workers: "subprocess.Popen[bytes] | None" = None) -> Run:
        """Replay the log as it is now; kill lane workers, then the command, while it feeds; resume it to its end.

        With workers of its own, where none are given that stand.
        """
        own = () if workers is None else ("--workers", "0")
        with closing(database.open_database(self.settings)) as opened:
            before = {run.run_id for run in newest(opened)}
            process = start_replay(self.settings, "raw-pages", "--rate", _RATE, "--new", *own)

            def is_at(records: int) -> bool:
                assert process.poll() is None, f"it ended, with {process.returncode}, before it was killed"
                return has_fed(opened, records, but_for=before)

            first, second = self.random.randint(1, 8), self.random.randint(9, 20)
            waiting.until(lambda: is_at(first), within_s=60)
            self._kill_workers((workers or process).pid)
            waiting.until(lambda: is_at(second), within_s=60)
            self._kill_replay(process)
            (cut_off, *_) = newest(opened)
            assert cut_off.status is RunStatus.RUNNING
            assert 0 < fed(cut_off) < cut_off.size, "it was to be killed while it feeds"
            self.cut_off.append(cut_off)
            replay(self.settings, "--resume", cut_off.run_id, *own)
            (ended, *_) = newest(opened)
        assert ended.run_id == cut_off.run_id
        return ended

    async def replay_through_a_kill_of_the_deliverer(
        self, receiver: Receiver, workers: "subprocess.Popen[bytes] | None" = None
    ) -> Run:
        """The same, and the deliverer is killed meanwhile, at some moment; another takes its place."""
        with tocsin_running(self.settings, "deliver") as deliverer:
            await until(lambda: len(told(receiver)) >= _MARKED)
            with closing(database.open_database(self.settings)) as opened:
                before = {run.run_id for run in newest(opened)}
                at = self.random.randint(5, 25)
                running = asyncio.create_task(asyncio.to_thread(self.replay_through_kills, workers))
                await until(lambda: running.done() or has_fed(opened, at, but_for=before))
            assert not running.done(), "it was to be killed during the run"
            deliverer.kill()
            deliverer.wait()
        with tocsin_running(self.settings, "deliver"):
            return await running

    def _kill_replay(self, process: "subprocess.Popen[bytes]") -> None:
        """At some moment of its next second: between two batches, or with one on its way."""
        with suppress(subprocess.TimeoutExpired):
            process.wait(self.random.random())
        process.kill()
        assert process.wait() == -signal.SIGKILL
        self.kills["replay"] += 1

    def _kill_workers(self, pid: int) -> None:
        children = _children(pid)
        assert children, "no worker was there to be killed"
        for child in children:
            os.kill(child, signal.SIGKILL)
            self.kills["worker"] += 1


def newest(opened: Database) -> tuple[Run, ...]:
    """The newest runs, newest first."""
    with opened.read() as connection:
        return database.runs.newest(connection)


def has_fed(opened: Database, records: int, *, but_for: set[str]) -> bool:
    """Whether the newest run, if none of those, has fed so many records."""
    return any(run.run_id not in but_for and fed(run) >= records for run in newest(opened)[:1])


def fed(run: Run) -> int:
    """How many records it has fed."""
    return run.counts.get(FED, 0)


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
    pages = [page(number) for number in range(_PAGES)]
    ended: list[Run] = []
    async with watched(settings, tmp_path) as receiver:
        with live(settings, "work"):
            await asyncio.to_thread(publish, settings, pages)
            stop = asyncio.Event()
            traffic = asyncio.create_task(storm.traffic(stop))
            ended.append(await storm.replay_through_a_kill_of_the_deliverer(receiver))
            with tocsin_running(settings, "work", "--lane", "replay") as workers:
                ended.append(await storm.replay_through_a_kill_of_the_deliverer(receiver, workers))
                with tocsin_running(settings, "deliver"):
                    ended.append(await asyncio.to_thread(storm.replay_through_kills, workers))
                    stop.set()
                    await traffic
                    stories = {one.origin.page_id for one in (*pages, *storm.published) if b"marked" in one.body}
                    await until(lambda: len(told(receiver)) >= len(stories))
    cuts = [f"{fed(run)} of {run.size}" for run in storm.cut_off]
    print(f"{storm.kills} at {cuts}; {len(storm.published)} live pages, {sum(told(receiver).values())} webhooks")
    assert storm.kills["replay"] == 3
    assert storm.kills["worker"] >= 3
    assert [(run.status, run.report and run.report["balanced"]) for run in ended] == [(RunStatus.DONE, True)] * 3
    assert len(told(receiver)) == len(stories), "a story told under two names"
    assert len({run.run_id for run in ended}) == 3
    check_same_as_live(settings, ended)
    check_live_order(settings, storm.published)


def check_same_as_live(settings: Settings, ended: list[Run]) -> None:
    """Each range was fed, and has become what live work made of its pages: no record less, none more, none other."""
    pages = read_all(settings, registry.RAW_PAGES)
    ranges = {run.run_id: versions_within(pages, run.bounds[registry.RAW_PAGES.name]) for run in ended}
    assert all(fed(run) == run.size == len(ranges[run.run_id]) >= _PAGES for run in ended)
    for spec in REPLAYED:
        original, replayed = read_all(settings, spec), read_all(settings, spec.in_lane(Lane.REPLAY))
        for run_id, versions in ranges.items():
            expected = {live_bytes(one) for one in original if version_of(one) in versions}
            assert len(expected) >= _MARKED
            made = {live_bytes(one) for one in replayed if one.headers.get("run") == run_id}
            assert made == expected, f"{spec.name} of run {run_id}"


def versions_within(pages: list[Found], bounds: Mapping[int, Bounds]) -> set[str]:
    """The versions of the pages that lie there."""
    return {version_of(one) for one in pages if one.offset in range(*bounds[one.partition])}


def check_live_order(settings: Settings, published: list[RawPage]) -> None:
    """Live topics hold live records alone, and the versions of a page as they came."""
    origins = [found.record.origin for found in read_all(settings, registry.ARTICLES)]
    assert {origin.run_id for origin in origins} == {"live"}
    came: dict[str, list[str]] = {}
    for one in published:
        came.setdefault(one.origin.page_id, []).append(one.origin.version_id)
    for page_id, versions in came.items():
        stored = list(dict.fromkeys(origin.version_id for origin in origins if origin.page_id == page_id))
        assert stored == [version for version in versions if version in stored]
