"""Workers that a run brings with it: a run does not wait for what nobody works on."""

import sys
from pathlib import Path

import pytest

from pipeline.adapters.supervisor import EXIT_REJECTS, Program
from pipeline.errors import TocsinError
from pipeline.replay.workers import LaneWorkers
from tests.waiting import until


def program(name: str, code: str, *, log_file: Path | None = None) -> Program:
    arguments = (sys.executable, "-c", code)
    return Program(name=name, arguments=arguments, log_file=log_file, fatal_codes=frozenset({EXIT_REJECTS}))


def lane(code: str, *, log_file: Path | None = None) -> LaneWorkers:
    return LaneWorkers([program("tag-replay", code, log_file=log_file)])


def complaint(workers: LaneWorkers) -> str:
    try:
        workers.check()
    except TocsinError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("code", "said"),
    [("", "have ended"), ("raise SystemExit(2)", "exit code 2"), ("raise SystemExit(3)", "rejected too much")],
    ids=["of their own accord", "unable to start", "rejecting too much"],
)
def test_workers_that_have_ended_end_the_run(code: str, said: str) -> None:
    with lane(code) as workers:
        assert said in until(lambda: complaint(workers))


def test_workers_that_cannot_be_looked_after_end_the_run(tmp_path: Path) -> None:
    with lane("", log_file=tmp_path / "no such folder" / "log") as workers:
        assert "cannot be run" in until(lambda: complaint(workers))


def test_one_worker_that_has_ended_is_enough_though_others_are_at_work() -> None:
    programs = [program("tag-replay", "import signal; signal.pause()"), program("match-replay", "")]
    with LaneWorkers(programs) as workers:
        assert "match-replay" in until(lambda: complaint(workers))


def test_workers_at_work_and_workers_of_others_are_no_complaint() -> None:
    with lane("import signal; signal.pause()") as workers:
        assert complaint(workers) == ""
    with LaneWorkers([]) as others:
        assert complaint(others) == ""
