"""What a match agent says of its watches, on `match-reports`: which cost most, and which it has put aside.

A report is told and forgotten: one that is lost is followed by the next, and matching waits for none.
"""

import asyncio
import os
import socket

from pipeline import log, metrics
from pipeline.adapters import clock
from pipeline.adapters.kafka import Producer
from pipeline.errors import TocsinError
from pipeline.settings import Settings
from pipeline.stages.match import IS_BUILT, WatchIndex
from topics import registry
from topics.records import MatchReport, WatchFault

INTERVAL_S = 30.0
_MOST_FAULTS = 500

_logger = log.get(__name__)


class Reporter:
    """Counts what is matched, and reports for as long as the loop runs."""

    def __init__(self, settings: Settings, index: WatchIndex, *, interval_s: float = INTERVAL_S) -> None:
        self._producer = Producer(settings)
        self._index = index
        self._interval_s = interval_s
        self._worker = f"{socket.gethostname()}-{os.getpid()}"
        self._started_at = clock.now()
        self._articles = 0
        self._told: set[str] = set()
        self._task: asyncio.Task[None] | None = None

    def note(self, matches: int) -> None:
        """An article was matched."""
        self._articles += 1
        metrics.MATCHES.inc(matches)
        metrics.MATCH_CANDIDATES.inc(self._index.last_candidates)
        if self._index.faults.keys() != self._told:
            self._log_faults()

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Report from now on; on the loop that matches."""
        if self._task is None:
            self._task = loop.create_task(self._report_on())

    def stop(self) -> None:
        """Let go of the client."""
        self._producer.close(timeout_s=1.0)

    def report(self) -> MatchReport:
        """How the watches fare now."""
        faults = sorted(self._index.faults.items())[:_MOST_FAULTS]
        return MatchReport(
            worker=self._worker,
            at=clock.now(),
            started_at=self._started_at,
            is_compiled=IS_BUILT,
            articles=self._articles,
            watches=len(self._index),
            costs=self._index.costs(),
            faults=tuple(WatchFault(watch_id=watch_id, reason=reason) for watch_id, reason in faults),
        )

    async def _report_on(self) -> None:
        while True:
            sent = await asyncio.to_thread(self._producer.send, registry.MATCH_REPORTS, self.report())
            try:
                await asyncio.wrap_future(sent)
            except TocsinError as error:
                _logger.warning("report not sent, the next one will be tried", error=str(error))
            await asyncio.sleep(self._interval_s)

    def _log_faults(self) -> None:
        """Each once: a watch that was put aside stays so until its owner changes it."""
        faults = self._index.faults
        for watch_id in faults.keys() - self._told:
            _logger.error("watch put aside", watch_id=watch_id, reason=faults[watch_id])
        self._told = set(faults)
        metrics.WATCHES_ASIDE.set(len(faults))
