"""Ends a worker that stands still while records wait.

Silent stalls are the oldest open complaint about Faust, and its client gives no sign of health; so a thread with a
client of its own compares what the group has committed with where the topic ends.
"""

import faulthandler
import sys
from collections.abc import Callable
from threading import Event, Thread
from time import monotonic

from pipeline import log, metrics
from pipeline.adapters.offsets import GroupOffsets, PartitionOffsets
from pipeline.agents.ending import end_at_once
from pipeline.agents.shell import Agent, Shell
from pipeline.errors import TocsinError
from pipeline.settings import Settings

_LOOK_EVERY_S = 5.0
_logger = log.get(__name__)


class StallDetector:
    """Decides from what it is shown; reads no clock and no broker.

    Each partition is judged by itself: that others go on does not excuse one that stands. A stage may rightly keep a
    record for `longest_s`, and whatever waits for a free place behind it, so while records are in hand that much more
    is allowed.
    """

    def __init__(self, *, stall_after_s: float, longest_s: float = 0.0) -> None:
        self._stall_after_s = stall_after_s
        self._longest_s = longest_s
        self._moved: dict[int, tuple[int, float]] = {}
        self._considered: set[int] = set()
        self._busy_at = float("-inf")

    def look(self, offsets: dict[int, PartitionOffsets], *, assigned: set[int], is_busy: bool, at_s: float) -> bool:
        """True when an assigned partition has records waiting and was not committed for too long.

        A worker with no partition looks at all of them: a group that stands still as a whole, because its rebalance
        never ends, is a stall, too; but others may rightly be busy.
        """
        considered = (assigned or set(offsets)) & set(offsets)
        self._note(offsets, considered - self._considered, at_s)
        self._considered = considered
        if is_busy or self._busy_at == float("-inf"):
            self._busy_at = at_s
        waited_s = [at_s - self._moved[number][1] for number in considered if offsets[number].lag]
        if not waited_s:
            return False
        if not assigned:
            return min(waited_s) >= self._stall_after_s + self._longest_s
        # A commit follows what was finished by a second or more, so having nothing in hand must have lasted, too.
        idle_s = at_s - self._busy_at
        return max(waited_s) >= self._stall_after_s + (0 if idle_s >= self._stall_after_s else self._longest_s)

    def forget(self) -> None:
        """Start anew: nothing could be seen, or what was seen is explained."""
        self._moved.clear()
        self._busy_at = float("-inf")

    def _note(self, offsets: dict[int, PartitionOffsets], new: set[int], at_s: float) -> None:
        """A partition's time begins when it is committed, has nothing waiting, or has just come from another worker."""
        for number, partition in offsets.items():
            known = self._moved.get(number)
            if partition.lag == 0 or number in new or known is None or known[0] != partition.committed:
                self._moved[number] = (partition.committed, at_s)


class Watchdog:
    """Looks every few seconds, on its own thread."""

    def __init__(
        self,
        settings: Settings,
        agent: Agent,
        *,
        shell: Shell,
        assigned: Callable[[], set[int]],
    ) -> None:
        self._settings = settings
        self._agent, self._shell = agent, shell
        self._assigned = assigned
        self._detector = StallDetector(
            stall_after_s=settings.work.stall_after.total_seconds(), longest_s=agent.longest.total_seconds()
        )
        self._stopped = Event()
        self._thread = Thread(target=self._watch, name="watchdog", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stopped.set()

    def _watch(self) -> None:
        group: GroupOffsets | None = None
        while not self._stopped.wait(_LOOK_EVERY_S):
            try:
                group = group or GroupOffsets(self._settings, stage=self._agent.label, source=self._agent.source)
                offsets = group.read()
            except TocsinError:
                # A broker that is away is no stall: the worker waits for it.
                self._detector.forget()
                continue
            if self._shell.retrying:
                # Neither is one that refuses what is sent: the records tried again may take every place there is.
                self._detector.forget()
                continue
            is_busy = self._shell.in_hand > 0
            if self._detector.look(offsets, assigned=self._assigned(), is_busy=is_busy, at_s=monotonic()):
                self._end(offsets)

    def _end(self, offsets: dict[int, PartitionOffsets]) -> None:
        metrics.STALLS.labels(stage=self._agent.label).inc()
        waiting = {number: partition.lag for number, partition in offsets.items() if partition.lag}
        _logger.critical(
            "no progress while records wait: ending, nothing is committed", stage=self._agent.label, lag=waiting
        )
        faulthandler.dump_traceback(file=sys.stderr)
        end_at_once()
