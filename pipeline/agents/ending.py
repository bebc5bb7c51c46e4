"""Ends an agent's process at once, with nothing committed, for its supervisor to start it again."""

import os
import sys

from pipeline import log

EXIT_STALLED = 4
"""The exit code of an agent that cannot go on; its supervisor starts it again."""

_logger = log.get(__name__)


def end_at_once() -> None:
    """Leave without committing: raising would make Faust commit what it holds, and a thread cannot raise into it."""
    sys.stderr.flush()
    os._exit(EXIT_STALLED)


def end_on_failure(error: BaseException) -> None:
    """What the agent needs has died of something nobody foresaw: say what, and end."""
    _logger.critical("something failed that must not: ending, nothing is committed", exc_info=error)
    end_at_once()
