"""A PostgreSQL server for the tests, on a free port of loopback, in a folder of its own, gone afterwards."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.conftest import free_ports
from tests.waiting import until

_INSTALL = "no PostgreSQL server: install it with `apt-get install postgresql` (or run `make deps`)"
_ACCOUNT = "postgres"


@contextmanager
def server() -> Iterator[str]:
    """The SQLAlchemy URL of an empty database; skips the test, with what to install, where there is no server."""
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="tocsin-postgresql-"))
    try:
        _as_owner(folder, [str(programs / "initdb"), "-D", str(folder / "data"), "-A", "trust", "-U", _ACCOUNT, "-N"])
        port = free_ports(1)
        options = ["-D", str(folder / "data"), "-p", str(port), "-h", "127.0.0.1", "-k", str(folder)]
        with _running(folder, [str(programs / "postgres"), *options]):
            until(lambda: _answers(programs, port), within_s=30)
            yield f"postgresql://{_ACCOUNT}@127.0.0.1:{port}/postgres"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not versions:
        pytest.skip(_INSTALL)
    return versions[-1].parent


def _owner(folder: Path) -> dict[str, int]:
    """Who runs the server: it refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    account = pwd.getpwnam(_ACCOUNT)
    os.chown(folder, account.pw_uid, account.pw_gid)
    return {"user": account.pw_uid, "group": account.pw_gid}


def _as_owner(folder: Path, command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, cwd=folder, **_owner(folder))  # type: ignore[call-overload]


@contextmanager
def _running(folder: Path, command: list[str]) -> Iterator[None]:
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, **_owner(folder))  # type: ignore[call-overload]
    try:
        yield
    finally:
        # Fast shutdown: sessions still open are ended.
        process.send_signal(signal.SIGINT)
        process.wait(30)


def _answers(programs: Path, port: int) -> bool:
    asked = subprocess.run(
        [programs / "pg_isready", "-h", "127.0.0.1", "-p", str(port)], check=False, capture_output=True
    )
    return asked.returncode == 0
