"""Workers of the replay lane that a run brings with it: supervised children, gone when the run is."""

from threading import Thread
from types import TracebackType
from typing import Self

from pipeline.adapters.supervisor import EXIT_REJECTS, Supervisor, agent_program
from pipeline.errors import TocsinError
from pipeline.replay.route import Step
from pipeline.settings import Settings
from topics.spec import Lane


class LaneWorkers:
    """So many of each agent on the route, while the context lasts; none when `count` is 0."""

    def __init__(self, settings: Settings, steps: tuple[Step, ...], count: int) -> None:
        logs = settings.data_folder / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        programs = [
            agent_program(step.stage, Lane.REPLAY, log_file=logs / f"replay-{step.stage}.log")
            for step in steps
            if step.is_agent
            for _ in range(count)
        ]
        self._supervisor = Supervisor(programs) if programs else None
        self._code = 0
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
        """TocsinError when they have ended and are not started again."""
        if self._code == EXIT_REJECTS:
            raise TocsinError("a worker of the replay lane rejected too much: see its dead letters, then resume")
        if self._code:
            raise TocsinError(f"a worker of the replay lane ended with exit code {self._code}")

    def _run(self) -> None:
        assert self._supervisor is not None
        self._code = self._supervisor.run()
