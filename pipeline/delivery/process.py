"""The delivering process: folding and publishing on threads, sending on the event loop, all stopped together."""

import asyncio
import os
import signal
import socket
from collections.abc import Callable
from contextvars import copy_context
from threading import Event, Thread

from pipeline import log, metrics
from pipeline.adapters import clock, topics
from pipeline.adapters.channels import Outlets
from pipeline.adapters.database import Database, open_database, upgrade
from pipeline.adapters.kafka import stage_in
from pipeline.delivery.folding import FoldLoop, Precedence
from pipeline.delivery.publishing import PublishLoop
from pipeline.delivery.sender import Sender
from pipeline.errors import TocsinError
from pipeline.settings import Settings
from topics.spec import Lane

_JOIN_TIMEOUT_S = 10.0
_logger = log.get(__name__)


def run(settings: Settings) -> None:
    """Deliver until SIGTERM or ctrl-C. UnavailableError without a broker or database; UsageError for wrong topics."""
    topics.require(settings)
    upgrade(settings)
    metrics.serve("deliver", settings.metrics)
    database = open_database(settings)
    try:
        asyncio.run(_Process(settings, database).run())
    finally:
        database.close()


class _Process:
    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._stopping = Event()
        self._failed: str | None = None

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        outlets = Outlets(self._settings)
        sender = Sender(self._settings, self._database, outlets, incarnation=_incarnation())
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop, sender)
        publishing = PublishLoop(self._settings, self._database, stopping=self._stopping)

        def on_folded() -> None:
            publishing.wake()
            loop.call_soon_threadsafe(sender.wake)

        precedence = Precedence()
        folding = {
            lane: FoldLoop(
                self._settings,
                self._database,
                lane=lane,
                precedence=precedence,
                on_folded=on_folded,
                stopping=self._stopping,
            )
            for lane in Lane
        }

        def on_failure() -> None:
            loop.call_soon_threadsafe(self._stop, sender)

        threads = [
            *(self._start(stage_in("fold", lane), loop.run, on_failure) for lane, loop in folding.items()),
            self._start("publish", publishing.run, on_failure),
        ]
        _logger.info("delivering", database=self._database.url.render_as_string(hide_password=True))
        try:
            await sender.run()
        finally:
            self._stopping.set()
            await outlets.close()
            for thread in threads:
                await asyncio.to_thread(thread.join, _JOIN_TIMEOUT_S)
        if self._failed is not None:
            raise TocsinError(f"the thread {self._failed!r} failed; its traceback is above")

    def _stop(self, sender: Sender) -> None:
        self._stopping.set()
        sender.stop()

    def _start(self, name: str, work: Callable[[], None], on_failure: Callable[[], None]) -> Thread:
        """A thread that ends the process when it fails; a client it waits in cannot keep the process from ending."""

        def guarded() -> None:
            try:
                work()
            finally:
                if not self._stopping.is_set():
                    self._failed = name
                    on_failure()

        thread = Thread(target=copy_context().run, args=(guarded,), name=name, daemon=True)
        thread.start()
        return thread


def _incarnation() -> str:
    """This process and no other, at any time on any machine."""
    return f"{socket.gethostname()}/{os.getpid()}/{clock.now().isoformat()}"
