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
from pipeline.errors import TocsinError
from pipeline.settings import Settings
from topics.spec import TopicSpec

_LOOK_EVERY_S = 5.0
_logger = log.get(__name__)


class StallDetector:
    """Decides from what it is shown; reads no clock and no broker."""

    def __init__(self, *, stall_after_s: float) -> None:
        self._stall_after_s = stall_after_s
        self._finished = -1
        self._moved_at: dict[int, tuple[int, float]] = {}
        self._finished_at = float("-inf")

    def look(self, offsets: dict[int, PartitionOffsets], *, assigned: set[int], finished: int, at_s: float) -> bool:
        """True when no record was finished and a waiting partition was not committed for the whole time.

        A worker with no partition looks at all of them: a group whose rebalance never ends is a stall, too.
        """
        if finished != self._finished:
            self._finished, self._finished_at = finished, at_s
        for number, partition in offsets.items():
            known = self._moved_at.get(number)
            if partition.lag == 0 or known is None or known[0] != partition.committed:
                self._moved_at[number] = (partition.committed, at_s)
        considered = assigned or set(offsets)
        waited_s = max((at_s - self._moved_at[number][1] for number in considered & set(offsets)), default=0.0)
        return min(waited_s, at_s - self._finished_at) >= self._stall_after_s

    def forget(self, *, at_s: float) -> None:
        """Start anew: nothing could be seen."""
        self._moved_at.clear()
        self._finished_at = at_s


class Watchdog:
    """Looks every few seconds, on its own thread."""

    def __init__(
        self,
        settings: Settings,
        *,
        stage: str,
        source: TopicSpec,
        finished: Callable[[], int],
        assigned: Callable[[], set[int]],
    ) -> None:
        self._settings = settings
        self._stage, self._source = stage, source
        self._finished, self._assigned = finished, assigned
        self._detector = StallDetector(stall_after_s=settings.work.stall_after.total_seconds())
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
                group = group or GroupOffsets(self._settings, stage=self._stage, source=self._source)
                offsets = group.read()
            except TocsinError:
                # A broker that is away is no stall: the worker waits for it.
                self._detector.forget(at_s=monotonic())
                continue
            if self._detector.look(offsets, assigned=self._assigned(), finished=self._finished(), at_s=monotonic()):
                self._end(offsets)

    def _end(self, offsets: dict[int, PartitionOffsets]) -> None:
        metrics.STALLS.labels(stage=self._stage).inc()
        waiting = {number: partition.lag for number, partition in offsets.items() if partition.lag}
        _logger.critical("no progress while records wait: ending, nothing is committed", stage=self._stage, lag=waiting)
        faulthandler.dump_traceback(file=sys.stderr)
        end_at_once()
