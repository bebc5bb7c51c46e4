"""The process pool: bad pages end alone."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from pipeline.adapters.pool import StagePool
from pipeline.settings import WorkSettings
from pipeline.stages.outcome import Emit, Outcome, Reject, RejectReason


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
