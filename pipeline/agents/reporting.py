"""What a match agent says of its watches: which cost most, on `match-reports`, and which it has put aside, in its log,
too, and as a metric.

A report is told and forgotten: one that is lost is followed by the next, and matching waits for none. An agent that
stops takes its last report back with a tombstone.
"""

import asyncio
import os
import socket
from contextlib import suppress

from pipeline import log, metrics
from pipeline.adapters import clock
from pipeline.adapters.kafka import Producer
from pipeline.adapters.trouble import Trouble
from pipeline.errors import TocsinError
from pipeline.stages.match import IS_BUILT, WatchIndex
from topics import registry
from topics.records import MatchReport, WatchFault

INTERVAL_S = 30.0
_MOST_FAULTS = 500
_LAST_WORD_S = 1.0

_logger = log.get(__name__)


class Reporter:
    """Counts what is matched, and reports for as long as the loop runs."""

    def __init__(self, producer: Producer, index: WatchIndex, *, interval_s: float = INTERVAL_S) -> None:
        """The producer is the reporter's to close."""
        self._producer = producer
        self._index = index
        self._interval_s = interval_s
        self._worker = f"{socket.gethostname()}-{os.getpid()}"
        self._started_at = clock.now()
        self._articles = 0
        self._has_reported = False
        self._told: frozenset[WatchFault] = frozenset()
        self._trouble = Trouble("reports of a match agent")
        self._task: asyncio.Task[None] | None = None

    def note(self, matches: int) -> None:
        """An article was matched."""
        self._articles += 1
        metrics.MATCHES.inc(matches)
        metrics.MATCH_CANDIDATES.inc(self._index.last_candidates)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Report from now on; on the loop that matches."""
        if self._task is None:
            self._task = loop.create_task(self._report_on())

    def stop(self) -> None:
        """Report no more, and let go of the client. Not on the loop: it waits for the broker, a second at most."""
        if self._task is not None and not self._task.get_loop().is_closed():
            self._task.get_loop().call_soon_threadsafe(self._task.cancel)
        if self._has_reported:
            self._producer.send_bytes(registry.MATCH_REPORTS, key=self._worker.encode(), value=None)
        # Should the broker be away, readers leave this agent out after a while in any case.
        with suppress(TocsinError):
            self._producer.close(timeout_s=_LAST_WORD_S)

    def report(self) -> MatchReport:
        """How the watches fare now."""
        return MatchReport(
            worker=self._worker,
            at=clock.now(),
            started_at=self._started_at,
            is_compiled=IS_BUILT,
            articles=self._articles,
            watches=len(self._index),
            costs=self._index.costs(),
            faults=self._index.faults()[:_MOST_FAULTS],
        )

    async def _report_on(self) -> None:
        while True:
            self._say_put_aside()
            try:
                sent = await asyncio.to_thread(self._producer.send, registry.MATCH_REPORTS, self.report())
                await asyncio.wrap_future(sent)
                self._has_reported = True
                self._trouble.worked()
            except Exception as error:  # noqa: BLE001  # nobody else would see this task end: the next report is tried
                self._trouble.failed(error)
            await asyncio.sleep(self._interval_s)

    def _say_put_aside(self) -> None:
        """Each once: a watch that was put aside stays so until its owner changes it."""
        faults = frozenset(self._index.faults())
        for fault in faults - self._told:
            _logger.error("watch put aside", watch_id=fault.watch_id, revision=fault.revision, reason=fault.reason)
        self._told = faults
        metrics.WATCHES_ASIDE.set(len(faults))
