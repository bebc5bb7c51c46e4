"""What is said where system packages are missing: each thing in a line of its own, with what to do about it."""

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "deploy" / "scripts" / "deps.sh"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A folder with what the script itself runs, of a user who may install nothing."""
    for name in ("bash", "grep"):
        found = shutil.which(name)
        assert found is not None
        (tmp_path / name).symlink_to(found)
    program(tmp_path, "id", "echo 1000")
    program(tmp_path, "python3", "exit 1")
    return tmp_path


def program(folder: Path, name: str, script: str) -> None:
    """A program of that name."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def ended(path: Path, **variables: str) -> tuple[int, list[str]]:
    """Exit code and lines of `deps.sh run`."""
    done = subprocess.run(
        [path / "bash", SCRIPT, "run"],
        env={"PATH": str(path), **variables},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.stdout == ""
    return done.returncode, done.stderr.splitlines()


def test_each_missing_thing_is_a_line_that_says_what_to_do(path: Path) -> None:
    code, lines = ended(path)
    assert code == 2
    missing = [line for line in lines if line.startswith("missing: ")]
    assert [line.split()[1] for line in missing] == ["Java", "Maven", "a", "Python's"]
    assert all("Debian: apt-get install " in line and "Elsewhere: " in line for line in missing)
    assert "TOCSIN_KAFKA__BOOTSTRAP" in lines[-1]


def test_an_old_java_is_a_missing_one(path: Path) -> None:
    program(path, "java", "echo 'openjdk version \"11.0.2\"' >&2")
    program(path, "mvn", "")
    code, lines = ended(path)
    assert code == 2
    assert lines[0].startswith("missing: Java 17 or newer")
    assert not any("Maven (mvn)" in line for line in lines)


def test_with_a_broker_of_ones_own_nothing_that_is_missing_stops(path: Path) -> None:
    code, lines = ended(path, TOCSIN_KAFKA__BOOTSTRAP="kafka.example:9092")
    assert code == 0
    assert [line.split(",")[0] for line in lines[:2]] == [
        "missing: a C compiler (cc or gcc)",
        "missing: Python's headers (Python.h)",
    ]


def test_where_all_is_there_nothing_is_said(path: Path) -> None:
    program(path, "java", "echo 'openjdk version \"25-ea\"' >&2")
    for name in ("mvn", "cc", "python3"):
        program(path, name, "")
    assert ended(path) == (0, [])
