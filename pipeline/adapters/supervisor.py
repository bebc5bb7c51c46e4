"""Child processes kept running: restarted with a growing pause, stopped together, never left behind."""

import ctypes
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from time import monotonic

from pipeline import log
from pipeline.adapters.kafka import stage_in
from topics.spec import Lane

EXIT_REJECTS = 3
"""The exit code of an agent that rejected too much; starting it again would reject the same."""

_PR_SET_PDEATHSIG = 1
_LOOK_EVERY_S = 0.2
_SETTLED_AFTER_S = 20.0
_FORGIVEN_AFTER_S = 60.0
_LONGEST_PAUSE_S = 30.0
_START_FAILED = 2
_logger = log.get(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One process to keep running."""

    name: str
    arguments: tuple[str, ...]
    log_file: Path | None = None
    """Where its output goes; None leaves it on the parent's."""
    fatal_codes: frozenset[int] = frozenset()
    """Exit codes after which starting it again would not help; `2` counts until the program has once settled."""
    begins_after_s: float = 0.0
    """How much later than the others it is started: what is not needed at once leaves them the processor."""


def agent_program(name: str, lane: Lane, *, log_file: Path | None = None) -> Program:
    """One agent of one lane in a process of its own."""
    lanes = () if lane is Lane.LIVE else (lane.value,)
    return Program(
        name=stage_in(name, lane),
        arguments=(sys.executable, "-m", "pipeline.agents", name, *lanes),
        log_file=log_file,
        fatal_codes=frozenset({EXIT_REJECTS}),
    )


@dataclass(slots=True)
class _Child:
    program: Program
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    restart_at: float = 0.0
    failures: int = 0
    has_settled: bool = False
    ended_well: bool = field(default=False)


class Supervisor:
    """Keeps programs running until told to stop. Use from one thread; `stop` may come from a signal handler."""

    def __init__(self, programs: Sequence[Program], *, stop_timeout_s: float = 30.0) -> None:
        self._children = [_Child(program, restart_at=monotonic() + program.begins_after_s) for program in programs]
        self._stop_timeout_s = stop_timeout_s
        self._stopped = Event()

    def stop(self) -> None:
        """Let `run` return once everything has ended."""
        self._stopped.set()

    @property
    def ended(self) -> list[str]:
        """The programs that have ended in good order and are not started again."""
        return [child.program.name for child in self._children if child.ended_well]

    def run(self, *, meanwhile: Callable[[], None] | None = None) -> int:
        """Start everything and watch over it; `meanwhile` is called a few times a second. The exit code to end with."""
        code = 0
        try:
            while not self._stopped.is_set() and code == 0:
                for child in self._children:
                    code = code or self._look_after(child)
                if all(child.ended_well for child in self._children):
                    break
                if meanwhile is not None:
                    meanwhile()
                self._stopped.wait(_LOOK_EVERY_S)
        finally:
            self._end_all()
        return code

    def _look_after(self, child: _Child) -> int:
        """Start, restart or leave alone. A code other than 0 means that everything has to end."""
        if child.ended_well:
            return 0
        if child.process is None:
            if monotonic() >= child.restart_at:
                self._start(child)
            return 0
        code = child.process.poll()
        if code is None:
            child.has_settled = child.has_settled or monotonic() - child.started_at > _SETTLED_AFTER_S
            return 0
        child.process = None
        return self._after_end(child, code)

    def _after_end(self, child: _Child, code: int) -> int:
        if code == 0:
            child.ended_well = True
            return 0
        if code in child.program.fatal_codes or (code == _START_FAILED and not child.has_settled):
            where = f"; see {child.program.log_file}" if child.program.log_file is not None else ""
            print(
                f"tocsin: {child.program.name} ended with exit code {code} and is not started again{where}",
                file=sys.stderr,
            )
            return code
        lasted_s = monotonic() - child.started_at
        child.failures = 1 if lasted_s > _FORGIVEN_AFTER_S else child.failures + 1
        pause_s = min(_LONGEST_PAUSE_S, 0.5 * 2.0 ** (child.failures - 1))
        child.restart_at = monotonic() + pause_s
        _logger.error("process ended, starting it again", program=child.program.name, code=code, pause_s=pause_s)
        return 0

    def _start(self, child: _Child) -> None:
        log_file = child.program.log_file
        output = log_file.open("ab") if log_file is not None else None
        try:
            child.process = subprocess.Popen(
                child.program.arguments,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output is not None else None,
                # Of its own group: ctrl-C in a terminal reaches the supervisor alone, which ends the rest in order.
                process_group=0,
                preexec_fn=_end_with_parent,  # noqa: PLW1509  # it makes one system call and takes no lock
            )
        finally:
            if output is not None:
                output.close()
        child.started_at = monotonic()

    def _end_all(self) -> None:
        """SIGTERM in the order given, so that sources stop before sinks; SIGKILL for what does not end in time."""
        running = [child.process for child in self._children if child.process is not None]
        for process in running:
            process.send_signal(signal.SIGTERM)
        until = monotonic() + self._stop_timeout_s
        for process in running:
            try:
                process.wait(max(0.1, until - monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _end_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
