"""Records handled concurrently, acknowledged strictly in order for each partition.

Faust commits past an unacknowledged record when a later one of its partition is acknowledged first. So here they are
acknowledged as they came: a slow record holds back the commit of its own partition, and nothing else.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterable, Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

E = TypeVar("E")


@dataclass(slots=True)
class _Ticket(Generic[E]):
    event: E
    is_done: bool = False


async def run_in_order(
    events: AsyncIterable[E],
    *,
    lane_of: Callable[[E], Hashable],
    handle: Callable[[E], Awaitable[None]],
    acknowledge: Callable[[E], Awaitable[None]],
    in_flight: int,
    on_failure: Callable[[Exception], None],
) -> None:
    """Handle at most `in_flight` events at once; acknowledge each lane's events in their order.

    An event whose handler is cancelled is never acknowledged, nor is anything behind it in its lane. The same where it
    raises, but then the lane would stand for ever and nobody know: `on_failure` is called, and has to end the process.
    """
    slots = asyncio.Semaphore(in_flight)
    lanes: dict[Hashable, deque[_Ticket[E]]] = {}
    tasks: set[asyncio.Task[None]] = set()

    async def carry(ticket: _Ticket[E], lane: Hashable) -> None:
        try:
            await handle(ticket.event)
            ticket.is_done = True
            await _acknowledge_head(lanes, lane, acknowledge)
        except Exception as error:
            on_failure(error)
            raise
        finally:
            slots.release()

    async for event in events:
        await slots.acquire()
        lane, ticket = lane_of(event), _Ticket(event)
        lanes.setdefault(lane, deque()).append(ticket)
        task = asyncio.create_task(carry(ticket, lane))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


async def _acknowledge_head(
    lanes: dict[Hashable, deque[_Ticket[E]]], lane: Hashable, acknowledge: Callable[[E], Awaitable[None]]
) -> None:
    queue = lanes.get(lane)
    while queue and queue[0].is_done:
        await acknowledge(queue.popleft().event)
    if not queue:
        lanes.pop(lane, None)
