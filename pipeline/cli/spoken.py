"""How far something is, said in lines where no bar can be shown: in a log, down a pipe."""

from time import monotonic

from rich.console import Console
from rich.markup import escape

_EVERY_S = 10.0
_TENTHS = 10


class Spoken:
    """Says it on standard error at every tenth, and every ten seconds; nothing where that is a terminal."""

    def __init__(self, console: Console | None = None, *, every_s: float = _EVERY_S) -> None:
        self._console = console or Console(stderr=True)
        self._every_s = every_s
        self._said_at = monotonic()
        self._tenth = 0

    def say(self, line: str, *, passed: int = 0, size: int = 0) -> None:
        """That line, if it is time for one; how many of how many tells the tenths."""
        tenth = _TENTHS * passed // size if size else self._tenth
        is_due = monotonic() - self._said_at >= self._every_s
        if self._console.is_terminal or not (is_due or tenth > self._tenth):
            return
        self._said_at, self._tenth = monotonic(), max(tenth, self._tenth)
        self._console.print(escape(line), highlight=False, soft_wrap=True)


def percent(passed: int, size: int) -> str:
    """`40 %`."""
    return f"{100 * passed / max(1, size):.0f} %"
