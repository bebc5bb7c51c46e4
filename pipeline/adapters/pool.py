"""The process pool that cleans pages: a deadline for each page, and a stuck or dead child ends alone.

Why a process: extraction can spend minutes in C code on a page built for it, where no signal and no thread reaches it.
"""

import asyncio
import ctypes
import multiprocessing
import resource
import signal
import sys
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from threading import Thread
from typing import Generic, TypeVar

from pebble import ProcessExpired, ProcessPool

from pipeline import log, metrics
from pipeline.settings import WorkSettings
from pipeline.stages.outcome import Outcome, Reject, RejectReason

A = TypeVar("A")
B = TypeVar("B")

_PR_SET_PDEATHSIG = 1
_TRIED_ONCE_MORE = (RejectReason.CHILD_DIED, RejectReason.DEADLINE)
_GRACE_S = 15.0
"""What a pool is given beyond the deadlines of all that is in hand: children start, messages go to and fro."""

_logger = log.get(__name__)


class StagePool(Generic[A, B]):
    """Runs one pure stage in child processes."""

    def __init__(
        self, stage: Callable[[A], Outcome[B]], settings: WorkSettings, *, load: Callable[[], None] | None = None
    ) -> None:
        """`load` is called in each new child, for what the stage would otherwise load amid its first records."""
        self._stage = stage
        self._load = load
        self._settings = settings
        self._deadline_s = settings.page_deadline.total_seconds()
        waves = 2 * settings.in_flight / settings.pool_processes + 1
        # pebble has hung when a child died holding its lock (its issues 147, 163): beyond this the pool is built anew.
        self._outer_deadline_s = waves * self._deadline_s + _GRACE_S
        self._pool = self._build()
        self._answers: set[asyncio.Future[Outcome[B]]] = set()
        self._is_closed = False

    @property
    def longest_s(self) -> float:
        """How long a record may rightly take, with all that is run beside it."""
        return 2 * self._outer_deadline_s

    async def run(self, record: A) -> Outcome[B]:
        """The stage's outcome, or a Reject when the record outlived its deadline, its memory or two children."""
        outcome = await self._attempt(record)
        if isinstance(outcome, Reject) and outcome.reason in _TRIED_ONCE_MORE:
            # A child may be killed from outside, or start slowly on a busy machine; only a record that fails a second
            # child is to blame.
            outcome = await self._attempt(record)
        return outcome

    async def warm_up(self) -> None:
        """Start every child and let it import the stage, so that the first page does not wait for it."""
        waiting = [self._pool.schedule(_is_ready) for _ in range(self._settings.pool_processes)]
        await asyncio.gather(*(asyncio.wrap_future(future) for future in waiting))

    def close(self) -> None:
        """End the children, whatever they do."""
        self._is_closed = True
        self._pool.stop()
        self._pool.join()

    async def _attempt(self, record: A) -> Outcome[B]:
        while True:
            pool = self._usable_pool()
            answer = asyncio.wrap_future(pool.schedule(self._stage, args=[record], timeout=self._deadline_s))
            if not await self._is_answered(answer):
                self._replace(pool)
                return self._end(TimeoutError())
            # Cancelled when a neighbour found the pool lost: that is no fault of this record, which begins again.
            if not answer.cancelled():
                return self._outcome(answer, pool)

    async def _is_answered(self, answer: "asyncio.Future[Outcome[B]]") -> bool:
        self._answers.add(answer)
        try:
            done, _ = await asyncio.wait({answer}, timeout=self._outer_deadline_s)
            return bool(done)
        finally:
            self._answers.discard(answer)
            answer.cancel()

    def _outcome(self, answer: "asyncio.Future[Outcome[B]]", pool: ProcessPool) -> Outcome[B]:
        try:
            return answer.result()
        except BrokenProcessPool as error:
            self._replace(pool)
            return self._end(error)
        except (TimeoutError, ProcessExpired, MemoryError) as error:
            return self._end(error)

    def _end(self, error: Exception) -> Reject:
        if isinstance(error, MemoryError):
            reason, detail = RejectReason.OUT_OF_MEMORY, f"over {self._settings.child_memory_megabytes} MiB"
        elif isinstance(error, ProcessExpired | BrokenProcessPool):
            reason, detail = RejectReason.CHILD_DIED, str(error)
        else:
            reason, detail = RejectReason.DEADLINE, f"not done after {self._deadline_s:g} s"
        metrics.CHILD_ENDS.labels(reason=reason).inc()
        return Reject(reason, detail)

    def _usable_pool(self) -> ProcessPool:
        """The pool; another where one has broken since a record was last given to it."""
        if not self._pool.active and not self._is_closed:
            self._replace(self._pool)
        return self._pool

    def _replace(self, lost: ProcessPool) -> None:
        """Build another pool and have everything in hand begin again there; nothing if that was done already."""
        if lost is not self._pool:
            return
        _logger.error("process pool does not answer, building a new one", in_hand=len(self._answers))
        self._pool = self._build()
        for answer in tuple(self._answers):
            answer.cancel()
        lost.stop()
        # Its children are ended as it is joined, which may take as long as it likes.
        Thread(target=lost.join, name="bury-pool", daemon=True).start()

    def _build(self) -> ProcessPool:
        return ProcessPool(
            max_workers=self._settings.pool_processes,
            max_tasks=self._settings.pages_per_child,
            context=multiprocessing.get_context("spawn"),
            initializer=_prepare,
            # Handing over the stage makes a new child import it before a record's deadline begins to run.
            initargs=(self._settings.child_memory_megabytes << 20, self._stage, self._load),
        )


def _prepare(memory_bytes: int, _stage: object, load: Callable[[], None] | None) -> None:
    """In the child: a memory limit, no share in the terminal's ctrl-C, and no life after the parent's; then `load`."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if load is not None:
        load()


def _is_ready() -> bool:
    return True
