"""Child processes kept running."""

import os
import signal
import sys
from pathlib import Path
from threading import Timer
from time import monotonic

from pipeline.adapters.supervisor import Program, Supervisor


def program(name: str, code: str, **options: object) -> Program:
    return Program(name=name, arguments=(sys.executable, "-c", code), **options)  # type: ignore[arg-type]


def test_a_program_that_crashes_is_started_again(tmp_path: Path) -> None:
    starts = tmp_path / "starts"
    code = f"""
import pathlib, sys
path = pathlib.Path({str(starts)!r})
seen = path.read_text() if path.exists() else ""
path.write_text(seen + "x")
sys.exit(0 if len(seen) == 2 else 1)
"""
    assert Supervisor([program("flaky", code)]).run() == 0
    assert starts.read_text() == "xxx"


def test_a_program_that_cannot_start_ends_everything_with_its_code() -> None:
    forever = program("forever", "import signal; signal.pause()")
    assert Supervisor([forever, program("unusable", "raise SystemExit(2)")]).run() == 2


def test_a_fatal_code_is_not_started_again() -> None:
    assert Supervisor([program("rejecting", "raise SystemExit(3)", fatal_codes=frozenset({3}))]).run() == 3


def test_stopping_ends_the_children_and_kills_the_deaf(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    deaf = f"""
import os, pathlib, signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path({str(pid_file)!r}).write_text(str(os.getpid()))
while True: signal.pause()
"""
    supervisor = Supervisor([program("deaf", deaf)], stop_timeout_s=0.5)

    def stop_once_running() -> None:
        if pid_file.exists() and pid_file.read_text():
            supervisor.stop()

    assert supervisor.run(meanwhile=stop_once_running) == 0
    pid = int(pid_file.read_text())
    assert not Path(f"/proc/{pid}").exists()


def test_a_program_that_begins_later_leaves_the_others_the_start(tmp_path: Path) -> None:
    log_file = tmp_path / "out.log"
    before = monotonic()
    late = program("late", "import time; print(time.monotonic())", log_file=log_file, begins_after_s=0.7)
    assert Supervisor([program("early", ""), late]).run() == 0
    assert float(log_file.read_text()) - before >= 0.7


def test_output_goes_to_the_log_file(tmp_path: Path) -> None:
    log_file = tmp_path / "out.log"
    assert Supervisor([program("speaker", "print('said')", log_file=log_file)]).run() == 0
    assert log_file.read_text() == "said\n"


def test_children_do_not_outlive_a_killed_supervisor(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    child = f"import os, pathlib, signal; pathlib.Path({str(pid_file)!r}).write_text(str(os.getpid())); signal.pause()"
    parent_code = f"""
import sys
from pipeline.adapters.supervisor import Program, Supervisor
Supervisor([Program(name="child", arguments=(sys.executable, "-c", {child!r}))]).run()
"""
    supervisor = Supervisor([program("parent", parent_code)], stop_timeout_s=5)

    def kill_parent_once_child_runs() -> None:
        if not (pid_file.exists() and pid_file.read_text()):
            return
        parent = int(Path(f"/proc/{int(pid_file.read_text())}/stat").read_text().split(")")[1].split()[1])
        os.kill(parent, signal.SIGKILL)
        supervisor.stop()

    watch = Timer(60, supervisor.stop)
    watch.start()
    supervisor.run(meanwhile=kill_parent_once_child_runs)
    watch.cancel()
    pid = int(pid_file.read_text())
    deadline_passed = [False]
    limit = Timer(20, lambda: deadline_passed.__setitem__(0, True))
    limit.start()
    while Path(f"/proc/{pid}").exists() and not deadline_passed[0]:
        os.sched_yield()
    limit.cancel()
    assert not Path(f"/proc/{pid}").exists()
