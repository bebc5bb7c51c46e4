"""The ledger's process: indexing and upkeep, on a thread each, stopped together."""

import signal
from collections.abc import Callable
from contextvars import copy_context
from threading import Event, Thread

from pipeline import log, metrics
from pipeline.adapters import topics
from pipeline.adapters.database import open_database, upgrade
from pipeline.errors import TocsinError
from pipeline.ledger.indexing import IndexLoop
from pipeline.ledger.upkeep import FeedBook, UpkeepLoop
from pipeline.settings import Settings

_LOOK_EVERY_S = 0.5
_JOIN_TIMEOUT_S = 10.0
_logger = log.get(__name__)


def run(settings: Settings) -> None:
    """Keep the ledger until SIGTERM or ctrl-C. UnavailableError without a broker or database."""
    topics.require(settings)
    upgrade(settings)
    metrics.serve("ledger", settings.metrics)
    stopping = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopping.set())
    database = open_database(settings)
    feeds = FeedBook(settings)
    feeds.start()
    try:
        works = {
            "index": IndexLoop(settings, database, stopping=stopping).run,
            "upkeep": UpkeepLoop(settings, database, feeds, stopping=stopping).run,
        }
        _logger.info("keeping the ledger", database=database.url.render_as_string(hide_password=True))
        _keep(works, stopping)
    finally:
        feeds.stop()
        database.close()


def _keep(works: dict[str, Callable[[], None]], stopping: Event) -> None:
    """Run all until one is told to stop, or fails."""
    threads = [Thread(target=copy_context().run, args=(work,), name=name, daemon=True) for name, work in works.items()]
    for thread in threads:
        thread.start()
    while not stopping.wait(_LOOK_EVERY_S) and all(thread.is_alive() for thread in threads):
        pass
    failed = [thread.name for thread in threads if not thread.is_alive() and not stopping.is_set()]
    stopping.set()
    for thread in threads:
        thread.join(_JOIN_TIMEOUT_S)
    if failed:
        raise TocsinError(f"the thread {failed[0]!r} failed; its traceback is above")
