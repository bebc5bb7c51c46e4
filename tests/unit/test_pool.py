"""The process pool: bad pages end alone."""

import asyncio
import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY

from pipeline.adapters import pool as pool_module
from pipeline.adapters.pool import StagePool
from pipeline.settings import WorkSettings
from pipeline.stages.outcome import Emit, Outcome, Reject, RejectReason
from tests.waiting import until


def behave(command: str) -> Outcome[str]:
    """What a child does for each command."""
    match command.partition(":")[0]:
        case "hang":
            time.sleep(60)
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "swell":
            return Emit((str(len(bytearray(3 << 30))),))
        case "raise":
            raise ValueError(command)
    return Emit((command,))


@pytest.fixture(scope="module")
def settings() -> WorkSettings:
    return WorkSettings(
        pool_processes=2, page_deadline=timedelta(seconds=1.5), child_memory_megabytes=1024, in_flight=16
    )


@pytest.fixture
def pool(settings: WorkSettings) -> Iterator[StagePool[str, str]]:
    pool: StagePool[str, str] = StagePool(behave, settings)
    yield pool
    pool.close()


def load() -> None:
    """What a child loads before its first record."""
    os.environ["LOADED_IN_CHILD"] = "yes"


def tell_what_is_loaded(_: str) -> Outcome[str]:
    """Whether the child has loaded."""
    return Emit((os.environ.get("LOADED_IN_CHILD", "no"),))


async def test_a_child_loads_before_its_first_record(settings: WorkSettings) -> None:
    pool: StagePool[str, str] = StagePool(tell_what_is_loaded, settings, load=load)
    try:
        assert await pool.run("page") == Emit(("yes",))
    finally:
        pool.close()


async def test_stuck_dead_and_swelling_children_end_alone_and_every_page_has_an_outcome(
    pool: StagePool[str, str],
) -> None:
    commands = [f"page:{number}" for number in range(40)]
    commands[7:7] = ["hang"]
    commands[15:15] = ["die"]
    commands[25:25] = ["swell"]
    outcomes = dict(zip(commands, await asyncio.gather(*map(pool.run, commands)), strict=True))
    rejected = {name: outcome.reason for name, outcome in outcomes.items() if isinstance(outcome, Reject)}
    assert rejected == {
        "hang": RejectReason.DEADLINE,
        "die": RejectReason.CHILD_DIED,
        "swell": RejectReason.OUT_OF_MEMORY,
    }
    assert all(outcome == Emit((name,)) for name, outcome in outcomes.items() if name not in rejected)


async def test_what_a_stage_raises_reaches_the_caller(pool: StagePool[str, str]) -> None:
    with pytest.raises(ValueError, match="raise:this"):
        await pool.run("raise:this")


def children() -> list[int]:
    """The children there are."""
    return [child.pid for child in multiprocessing.active_children() if child.pid is not None]


def ended_at_deadline() -> float:
    """Pages so far of which it was counted that they were not done in time."""
    return REGISTRY.get_sample_value("tocsin_child_ends_total", {"reason": "deadline"}) or 0.0


async def test_a_pool_that_answers_no_more_is_replaced_and_every_page_in_hand_has_its_outcome(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pool_module, "_GRACE_S", 5.0)
    settings = WorkSettings(pool_processes=2, page_deadline=timedelta(seconds=1.5), in_flight=1)
    pool: StagePool[str, str] = StagePool(behave, settings)
    before = ended_at_deadline()
    try:
        await pool.warm_up()
        stopped = children()
        for pid in stopped:
            # Held so, the one that waits for work keeps the lock by which all of them take it.
            os.kill(pid, signal.SIGSTOP)
        commands = [f"page:{number}" for number in range(4)]
        assert await asyncio.gather(*map(pool.run, commands)) == [Emit((command,)) for command in commands]
        assert ended_at_deadline() - before == 1, "neighbours of the page that was waited for begin anew, unharmed"
        await asyncio.to_thread(until, lambda: not set(stopped) & set(children()))
    finally:
        pool.close()


async def test_children_killed_while_they_wait_for_work_cost_no_page(pool: StagePool[str, str]) -> None:
    await pool.warm_up()
    killed = children()
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    await asyncio.to_thread(until, lambda: not set(killed) & set(children()))
    for number in range(3):
        assert await pool.run(f"page:{number}") == Emit((f"page:{number}",))
