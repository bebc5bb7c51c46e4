"""The control database on a real PostgreSQL server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.adapters.database import Database, UnfitError, open_database, upgrade, watches
from pipeline.settings import Settings
from tests.alerts_suite import AlertsSuite
from tests.database_suite import DatabaseSuite
from tests.delivering import NOW, watch_of
from tests.digest_suite import DigestSuite
from tests.integration.postgresql import server
from tests.ledger_suite import LedgerSuite
from tests.runs_suite import RunsSuite
from tests.sending_suite import SendingSuite
from tests.watches_suite import WatchesSuite

pytestmark = pytest.mark.postgresql


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with server() as url:
        yield url


@pytest.fixture
def database(address: str, tmp_path: Path) -> Iterator[Database]:
    settings = Settings.model_validate({"data_folder": tmp_path, "database_url": address})
    opened = open_database(settings)
    with opened.write() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    upgrade(settings)
    yield opened
    opened.close()


class TestPostgresql(DatabaseSuite):
    """Every behaviour of tables, offsets and locks, on PostgreSQL."""


class TestPostgresqlWatches(WatchesSuite):
    """Every behaviour of watches, actors and channels, on PostgreSQL."""


class TestPostgresqlAlerts(AlertsSuite):
    """Every behaviour of alerts, on PostgreSQL."""


class TestPostgresqlSending(SendingSuite):
    """Every behaviour of sending, on PostgreSQL."""


class TestPostgresqlLedger(LedgerSuite):
    """Every behaviour of the ledger, on PostgreSQL."""


class TestPostgresqlRuns(RunsSuite):
    """Every behaviour of runs, on PostgreSQL."""


class TestPostgresqlDigests(DigestSuite):
    """Every behaviour of digests, on PostgreSQL."""


def test_a_text_postgresql_cannot_hold_is_refused_as_such(database: Database) -> None:
    with pytest.raises(UnfitError, match="NUL"), database.write() as connection:
        watches.put(connection, watch_of(query="a\x00b"), channels=(), now=NOW)
