"""Locks between processes: real files, threads and processes."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.adapters import file_lock
from pipeline.adapters.file_lock import Turns
from tests.waiting import until

HOLDER = """
import sys
from pathlib import Path
from pipeline.adapters import file_lock
with file_lock.held(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "one.lock"


@pytest.fixture
def holder(path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that holds the lock until it is written to."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_what_another_process_holds_is_had_when_that_dies(path: Path, holder: "subprocess.Popen[str]") -> None:
    with file_lock.held(path, is_waiting=False) as is_held:
        assert not is_held
    holder.kill()
    with file_lock.held(path) as is_held:
        assert is_held


def test_a_turn_is_not_waited_for_longer_than_the_limit_and_comes_later(
    path: Path, holder: "subprocess.Popen[str]"
) -> None:
    turns = Turns(path, longest_wait_s=0.05)
    holder.send_signal(signal.SIGSTOP)
    for _ in range(3):
        with pytest.raises(TimeoutError, match=r"held by another .*one\.lock"), turns.turn():
            pass
    assert _waiting() <= 1
    holder.send_signal(signal.SIGCONT)
    holder.communicate("go\n")
    # Nobody asked when it was let go: whoever waited in our place has not kept it.
    until(lambda: _waiting() == 0)
    with turns.turn(), file_lock.held(path, is_waiting=False) as is_held:
        assert not is_held
    with file_lock.held(path, is_waiting=False) as is_held:
        assert is_held


def test_a_turn_comes_as_soon_as_the_other_lets_go(path: Path, holder: "subprocess.Popen[str]") -> None:
    turns, had = Turns(path, longest_wait_s=60), []

    def work() -> None:
        with turns.turn():
            had.append(holder.poll())

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    until(lambda: _waiting() == 1)
    assert not had
    holder.communicate("go\n")
    for thread in threads:
        thread.join(60)
    assert len(had) == 3


def test_what_a_forked_child_inherited_does_not_hold_the_lock(path: Path) -> None:
    turns = Turns(path, longest_wait_s=1)
    reads, writes = os.pipe()
    with turns.turn():
        child = os.fork()
        if child == 0:
            os.close(writes)
            os.read(reads, 1)
            os._exit(0)
    with file_lock.held(path, is_waiting=False) as is_held:
        assert is_held
    os.close(writes)
    os.waitpid(child, 0)
    os.close(reads)


@pytest.mark.skipif(os.geteuid() != 0, reason="another user is needed")
@pytest.mark.may_skip("only root can make another's file")
def test_a_file_that_another_user_made_is_locked_too(path: Path) -> None:
    with file_lock.held(path):
        pass
    path.chmod(0o444)
    path.parent.chmod(0o755)
    # Its folder's parents are closed to others.
    as_another = f"import os; os.chdir({str(path.parent)!r}); os.setuid(65534)"
    script = HOLDER.replace("with file_lock", f"{as_another}\nwith file_lock", 1)
    done = subprocess.run(
        [sys.executable, "-c", script, path.name], input="go\n", capture_output=True, text=True, check=False
    )
    assert done.stdout == "held\n", done.stderr


def test_a_file_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), Turns(tmp_path / "none" / "x", longest_wait_s=1).turn():
        pass


def _waiting() -> int:
    return sum(thread.name == "file-lock" for thread in threading.enumerate())
