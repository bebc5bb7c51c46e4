"""The control database on SQLite, and how it is opened."""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from pipeline.adapters.database import Database, UnfitError, leases, open_database, upgrade
from pipeline.errors import TransientError, UnavailableError, UsageError
from pipeline.settings import Settings
from tests.alerts_suite import AlertsSuite
from tests.database_suite import DatabaseSuite
from tests.delivering import NOW
from tests.digest_suite import DigestSuite
from tests.ledger_suite import LedgerSuite
from tests.runs_suite import RunsSuite
from tests.sending_suite import SendingSuite
from tests.waiting import until
from tests.watches_suite import WatchesSuite


def settings_of(folder: Path, url: str = "") -> Settings:
    return Settings.model_validate({"data_folder": folder, "database_url": url})


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    settings = settings_of(tmp_path)
    upgrade(settings)
    opened = open_database(settings)
    yield opened
    opened.close()


class TestSqlite(DatabaseSuite):
    """Every behaviour of tables, offsets and locks, on SQLite."""


class TestSqliteWatches(WatchesSuite):
    """Every behaviour of watches, actors and channels, on SQLite."""


class TestSqliteAlerts(AlertsSuite):
    """Every behaviour of alerts, on SQLite."""


class TestSqliteSending(SendingSuite):
    """Every behaviour of sending, on SQLite."""


class TestSqliteLedger(LedgerSuite):
    """Every behaviour of the ledger, on SQLite."""


class TestSqliteRuns(RunsSuite):
    """Every behaviour of runs, on SQLite."""


class TestSqliteDigests(DigestSuite):
    """Every behaviour of digests, on SQLite."""


def test_a_start_that_finds_its_tables_loads_no_migrations(tmp_path: Path) -> None:
    program = (
        "import sys; from pipeline import settings; from pipeline.adapters.database import upgrade; "
        "upgrade(settings.load()); print('alembic' in sys.modules)"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"TOCSIN_DATA_FOLDER": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for _start in range(2)
    ]
    assert said == ["True", "False"]


def test_who_writes_seldom_has_a_turn_beside_others_who_write_without_a_pause(
    tmp_path: Path, database: Database
) -> None:
    context = multiprocessing.get_context("spawn")
    written, is_over = context.Value("i", 0), context.Event()
    busy = [context.Process(target=write_without_a_pause, args=(tmp_path, written, is_over)) for _ in range(2)]
    for one in busy:
        one.start()
    until(lambda: written.value > 0)
    turns = []
    for _ in range(20):
        before = written.value
        with database.write() as connection:
            leases.renew(connection, "seldom", now=NOW)
            turns.append(written.value - before)
    is_over.set()
    for one in busy:
        one.join()
        assert one.exitcode == 0
    # By SQLite's own waiting, fifty and more.
    assert max(turns) <= 15, turns


def write_without_a_pause(folder: Path, written: Any, is_over: Any) -> None:
    database = open_database(settings_of(folder))
    while not is_over.is_set():
        with database.write() as connection:
            leases.renew(connection, "often", now=NOW)
            Event().wait(0.02)
            written.value += 1
    database.close()


@pytest.mark.parametrize(
    ("url", "error", "said"),
    [
        pytest.param("nonsense", UsageError, "not a database address", id="no address"),
        pytest.param("postgresql://host:port/x", UsageError, "not a database address", id="no port"),
        pytest.param("mysql://host/x", UsageError, "mysql is not supported", id="another database"),
        pytest.param("sqlite://", UsageError, "name a file", id="in memory"),
        pytest.param("sqlite:////dev/null/x.sqlite3", UnavailableError, "/dev/null", id="no folder"),
        pytest.param(
            "postgresql://me:hush@127.0.0.1:1/tocsin", UnavailableError, r"me:\*\*\*@127\.0\.0\.1:1", id="no server"
        ),
    ],
)
def test_an_address_that_cannot_be_used_is_said_in_one_line_without_its_password(
    tmp_path: Path, url: str, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said) as raised:
        open_database(settings_of(tmp_path, url))
    assert "hush" not in str(raised.value)
    assert "TOCSIN_DATABASE_URL" in str(raised.value) or "folder" in str(raised.value)


def test_a_file_that_is_no_database_is_said_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite3"
    path.write_text("this is a letter to my mother, and no database at all" * 100)
    with pytest.raises(UnavailableError, match="not a database"):
        open_database(settings_of(tmp_path, f"sqlite:///{path}"))


def test_a_database_that_is_away_while_working_is_transient(database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("DROP TABLE deliverers")
    with pytest.raises(TransientError), database.write() as connection:
        leases.renew(connection, "p1", now=NOW)


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(UnfitError), database.write() as connection:
        leases.renew(connection, "p1", now=NOW.replace(tzinfo=None))
