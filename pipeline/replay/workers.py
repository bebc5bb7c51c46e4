"""Workers of the replay lane that a run brings with it: supervised children, gone when the run is."""

from collections.abc import Sequence
from threading import Thread
from types import TracebackType
from typing import Self

from pipeline.adapters.supervisor import EXIT_REJECTS, Program, Supervisor, agent_program
from pipeline.errors import TocsinError
from pipeline.replay.route import Step
from pipeline.settings import Settings
from topics.spec import Lane


def lane_programs(settings: Settings, steps: tuple[Step, ...], count: int) -> list[Program]:
    """So many of each agent on the route, each with a log of its own."""
    logs = settings.data_folder / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    return [
        agent_program(step.stage, Lane.REPLAY, log_file=logs / f"replay-{step.stage}.log")
        for step in steps
        if step.is_agent
        for _ in range(count)
    ]


class LaneWorkers:
    """Keeps these programs running while the context lasts; none when there are none."""

    def __init__(self, programs: Sequence[Program]) -> None:
        self._supervisor = Supervisor(programs) if programs else None
        self._code = 0
        self._error: OSError | None = None
        self._thread = Thread(target=self._run, name="lane-workers", daemon=True)

    def __enter__(self) -> Self:
        if self._supervisor is not None:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._supervisor is not None:
            self._supervisor.stop()
            self._thread.join()

    def check(self) -> None:
        """TocsinError when one has ended for good or nobody looks after them: what is fed would wait for ever."""
        if self._supervisor is None:
            return
        is_over = not self._thread.is_alive()
        if self._code == EXIT_REJECTS:
            raise TocsinError("a worker of the replay lane rejected too much: see its dead letters, then resume")
        if self._code:
            raise TocsinError(f"a worker of the replay lane ended with exit code {self._code}")
        if self._error is not None:
            raise TocsinError(f"the workers of the replay lane cannot be run: {self._error}") from self._error
        if is_over or self._supervisor.ended:
            names = ", ".join(self._supervisor.ended) or "all"
            raise TocsinError(f"workers of the replay lane have ended ({names}): see their logs, then resume")

    def _run(self) -> None:
        assert self._supervisor is not None
        try:
            self._code = self._supervisor.run()
        except OSError as error:
            self._error = error
