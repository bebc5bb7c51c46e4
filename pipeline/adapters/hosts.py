"""Manners towards each host: few requests at once, a pause between them, and none while it asks to be left alone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from pipeline.errors import TransientError

# Hosts without a request running are forgotten beyond this many, so that a long run over many sites stays small.
_KEPT_IDLE = 10_000


class HostPausedError(TransientError):
    """The host asked not to be called for a while (Retry-After)."""

    def __init__(self, host: str, remaining_s: float) -> None:
        super().__init__(f"{host} asked to be left alone for {remaining_s:.0f} s more")
        self.remaining_s = remaining_s


@dataclass
class _Host:
    free: asyncio.Semaphore
    users: int = 0
    next_start: float = 0.0
    paused_until: float = 0.0


@dataclass
class Hosts:
    """The manners of one process. Times are those of the event loop; not thread-safe."""

    spacing_s: float
    concurrency: int
    _known: dict[str, _Host] = field(default_factory=dict)

    @asynccontextmanager
    async def turn(self, host: str, *, spacing_s: float = 0.0) -> AsyncIterator[None]:
        """Wait for a turn at the host and hold it; `spacing_s` widens the pause. HostPausedError while it is paused."""
        state = self._take(host)
        try:
            _refuse_paused(host, state)
            async with state.free:
                await self._wait(state, max(spacing_s, self.spacing_s))
                _refuse_paused(host, state)
                yield
        finally:
            state.users -= 1

    def pause(self, host: str, duration_s: float) -> None:
        """Let no new turn at the host begin for so long."""
        state = self._take(host)
        state.paused_until = max(state.paused_until, _time() + duration_s)
        state.users -= 1

    def _take(self, host: str) -> _Host:
        if host not in self._known:
            self._forget_idle()
            self._known[host] = _Host(asyncio.Semaphore(self.concurrency))
        state = self._known[host]
        state.users += 1
        return state

    def _forget_idle(self) -> None:
        if len(self._known) < _KEPT_IDLE:
            return
        now = _time()
        busy = {host: state for host, state in self._known.items() if not _is_idle(state, now)}
        self._known.clear()
        self._known.update(busy)

    async def _wait(self, state: _Host, spacing_s: float) -> None:
        start = max(_time(), state.next_start)
        state.next_start = start + spacing_s
        await asyncio.sleep(start - _time())


def _is_idle(state: _Host, now: float) -> bool:
    return state.users == 0 and max(state.next_start, state.paused_until) <= now


def _refuse_paused(host: str, state: _Host) -> None:
    remaining_s = state.paused_until - _time()
    if remaining_s > 0:
        raise HostPausedError(host, remaining_s)


def _time() -> float:
    return asyncio.get_running_loop().time()
