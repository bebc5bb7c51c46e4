"""Connections to the control database: transactions that read, transactions that write, and what fails in them.

On SQLite a transaction that writes takes the write lock when it begins: one that began by reading could be refused the
lock at its first write, whatever time it waits. Writers queue for turns of ours, which wake the next at once: SQLite's
own waiting looks for the lock only every 100 ms, and one who writes seldom misses it for a second and more beside one
who writes much.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, event, make_url, text
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DataError,
    DBAPIError,
    InterfaceError,
    OperationalError,
    StatementError,
)

from pipeline.adapters.file_lock import Turns
from pipeline.errors import TocsinError, TransientError, UnavailableError, UsageError
from pipeline.settings import Settings

__all__ = ["Connection", "Database", "UnfitError", "open_database"]

_WRITES = "tocsin_writes"
_BUSY_TIMEOUT_MS = 20_000
_CONNECT_TIMEOUT_S = 10


class UnfitError(TocsinError):
    """A value the database cannot hold, such as a text with the character NUL in PostgreSQL."""


class Database:
    """The control database. Safe for threads; one for each process."""

    def __init__(self, url: URL) -> None:
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self.url = url
        self._engine = create_engine(url, **_options(self.is_sqlite))
        self._turns = Turns(Path(f"{url.database}.writers.lock"), longest_wait_s=_BUSY_TIMEOUT_MS / 1000)
        if self.is_sqlite:
            event.listen(self._engine, "connect", _prepare_sqlite)
            event.listen(self._engine, "begin", _begin_sqlite)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database. TransientError when the database does not answer."""
        with _translated(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that is committed at the end and rolled back by any exception.

        TransientError when the database does not answer; whether the commit took place is then not known.
        """
        with _translated(), self._turn(), self._engine.connect() as connection:
            writing = connection.execution_options(**{_WRITES: True})
            with writing.begin():
                yield writing

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self.is_sqlite:
            yield
            return
        with ExitStack() as stack:
            try:
                stack.enter_context(self._turns.turn())
            except OSError as error:
                raise TransientError(f"{error.filename}: {error.strerror}") from error
            yield

    @contextmanager
    def session(self) -> Iterator[Connection]:
        """A connection outside any transaction, for what lives as long as a connection does."""
        with _translated(), self._engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def open_database(settings: Settings) -> Database:
    """The control database, answering. UsageError for an address that is none, UnavailableError without an answer."""
    url = _read_url(settings.database)
    shown = url.render_as_string(hide_password=True)
    if url.get_backend_name() == "sqlite":
        _make_folder(url)
    database = Database(url)
    try:
        with database.read() as connection:
            connection.execute(text("SELECT 1"))
    except (TransientError, DatabaseError) as error:
        database.close()
        raise UnavailableError(f"the database {shown} cannot be used (TOCSIN_DATABASE_URL): {error}") from error
    return database


def _read_url(address: str) -> URL:
    try:
        url = make_url(address)
    except (ArgumentError, ValueError) as error:
        raise UsageError("TOCSIN_DATABASE_URL: not a database address such as postgresql://user@host/name") from error
    if url.drivername in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    if url.drivername not in ("sqlite", "sqlite+pysqlite", "postgresql+psycopg"):
        raise UsageError(f"TOCSIN_DATABASE_URL: {url.drivername} is not supported; use sqlite or postgresql")
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise UsageError("TOCSIN_DATABASE_URL: a database in memory is not shared by processes; name a file")
    return url


def _make_folder(url: URL) -> None:
    folder = Path(str(url.database)).absolute().parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnavailableError(f"the database's folder {folder} cannot be made: {error.strerror}") from error


def _options(is_sqlite: bool) -> dict[str, Any]:
    if is_sqlite:
        return {"connect_args": {"timeout": _BUSY_TIMEOUT_MS / 1000}}
    # Without a limit a server that was cut off is waited for by TCP, some 15 minutes.
    keepalive = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 20_000}
    return {"pool_pre_ping": True, "connect_args": {"connect_timeout": _CONNECT_TIMEOUT_S, **keepalive}}


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # Otherwise the driver begins transactions by itself, late and without the lock.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA journal_mode = WAL")
    # A commit is on the disk when it returns: what is sent afterwards was committed before.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: Connection) -> None:
    if connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT":
        return
    is_writing = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise TransientError(_explain(error)) from error
    except DataError as error:
        raise UnfitError(_explain(error)) from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise TransientError(_explain(error)) from error
        raise
    except StatementError as error:
        # Refused before it reached the database, such as a time before the year 1.
        raise UnfitError(str(error.orig)) from error


def _explain(error: DBAPIError) -> str:
    return " ".join(str(error.orig).split())
