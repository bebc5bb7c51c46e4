"""Concurrent handling, acknowledgement in order."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.agents.inorder import run_in_order


def no_failure(error: Exception) -> None:
    raise AssertionError("nothing was to fail") from error


async def run(events: list[tuple[str, int]], delays: dict[int, int], *, in_flight: int = 4) -> list[tuple[str, int]]:
    acknowledged: list[tuple[str, int]] = []
    done = asyncio.Event()

    async def source() -> AsyncIterator[tuple[str, int]]:
        for event in events:
            yield event
        await done.wait()

    async def handle(event: tuple[str, int]) -> None:
        for _ in range(delays.get(event[1], 0)):
            await asyncio.sleep(0)

    async def acknowledge(event: tuple[str, int]) -> None:
        acknowledged.append(event)
        if len(acknowledged) == len(events):
            done.set()

    if not events:
        done.set()
    await run_in_order(
        source(),
        lane_of=lambda event: event[0],
        handle=handle,
        acknowledge=acknowledge,
        in_flight=in_flight,
        on_failure=no_failure,
    )
    return acknowledged


@given(
    lanes=st.lists(st.sampled_from("abc"), max_size=30),
    delays=st.dictionaries(st.integers(0, 29), st.integers(0, 9)),
    in_flight=st.integers(1, 8),
)
def test_every_lane_is_acknowledged_whole_and_in_order(
    lanes: list[str], delays: dict[int, int], in_flight: int
) -> None:
    events = [(lane, number) for number, lane in enumerate(lanes)]
    acknowledged = asyncio.run(run(events, delays, in_flight=in_flight))
    for lane in "abc":
        assert [event for event in acknowledged if event[0] == lane] == [event for event in events if event[0] == lane]


async def test_a_slow_head_holds_back_its_own_lane_only() -> None:
    acknowledged = await run([("a", 0), ("a", 1), ("b", 2)], {0: 50})
    assert acknowledged == [("b", 2), ("a", 0), ("a", 1)]


async def test_nothing_behind_a_cancelled_event_is_acknowledged() -> None:
    acknowledged: list[int] = []
    handled: list[int] = []
    all_tried = asyncio.Event()

    async def source() -> AsyncIterator[int]:
        for number in range(3):
            yield number
        await all_tried.wait()

    async def handle(number: int) -> None:
        handled.append(number)
        if len(handled) == 3:
            all_tried.set()
        if number == 1:
            raise asyncio.CancelledError

    async def acknowledge(number: int) -> None:
        acknowledged.append(number)

    await run_in_order(
        source(),
        lane_of=lambda _: "a",
        handle=handle,
        acknowledge=acknowledge,
        in_flight=3,
        on_failure=no_failure,
    )
    assert acknowledged == [0]


@pytest.mark.parametrize("failing", ["handle", "acknowledge"])
async def test_a_failure_nobody_foresaw_is_told_and_nothing_behind_it_acknowledged(failing: str) -> None:
    acknowledged: list[int] = []
    failures: list[Exception] = []
    has_failed = asyncio.Event()

    async def source() -> AsyncIterator[int]:
        for number in range(3):
            yield number
        await has_failed.wait()

    async def handle(number: int) -> None:
        if (failing, number) == ("handle", 1):
            raise ValueError("handled")

    async def acknowledge(number: int) -> None:
        if (failing, number) == ("acknowledge", 1):
            raise ValueError("acknowledged")
        acknowledged.append(number)

    def on_failure(error: Exception) -> None:
        failures.append(error)
        has_failed.set()

    await run_in_order(
        source(),
        lane_of=lambda _: "a",
        handle=handle,
        acknowledge=acknowledge,
        in_flight=1,
        on_failure=on_failure,
    )
    assert [str(failure) for failure in failures] == [f"{failing}d"]
    assert acknowledged == [0]


@pytest.mark.parametrize("in_flight", [1, 3])
async def test_no_more_than_the_limit_is_handled_at_once(in_flight: int) -> None:
    running, most = 0, 0

    async def source() -> AsyncIterator[int]:
        for number in range(10):
            yield number

    async def handle(_number: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1

    async def acknowledge(_number: int) -> None:
        return

    await run_in_order(
        source(),
        lane_of=lambda _: 0,
        handle=handle,
        acknowledge=acknowledge,
        in_flight=in_flight,
        on_failure=no_failure,
    )
    assert most == in_flight
