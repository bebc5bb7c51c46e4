"""Locks between processes that the system lets go when their holder dies: a file's, or PostgreSQL's advisory ones."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

from sqlalchemy import func, select

from pipeline.adapters import file_lock
from pipeline.adapters.database.engine import Database


@contextmanager
def exclusive(database: Database, name: str) -> Iterator[None]:
    """Hold the lock of that name; waits for it. Nothing of the database is locked by it."""
    with _take(database, name, is_waiting=True):
        yield


@contextmanager
def exclusive_if_free(database: Database, name: str) -> Iterator[bool]:
    """Hold the lock of that name if nobody does; gives whether it is held."""
    with _take(database, name, is_waiting=False) as is_held:
        yield is_held


def forget(database: Database, name: str) -> None:
    """Leave no trace of a lock that nobody will ask for again; its holder may call this."""
    if database.is_sqlite:
        _path(database, name).unlink(missing_ok=True)


@contextmanager
def _take(database: Database, name: str, *, is_waiting: bool) -> Iterator[bool]:
    if database.is_sqlite:
        with file_lock.held(_path(database, name), is_waiting=is_waiting) as is_held:
            yield is_held
        return
    number = int.from_bytes(blake2b(f"tocsin {name}".encode(), digest_size=8).digest(), "big", signed=True)
    function = func.pg_advisory_lock if is_waiting else func.pg_try_advisory_lock
    with database.session() as connection:
        is_held = connection.execute(select(function(number))).scalar() is not False
        try:
            yield is_held
        finally:
            if is_held:
                connection.execute(select(func.pg_advisory_unlock(number)))


def _path(database: Database, name: str) -> Path:
    return Path(f"{database.url.database}.{name}.lock")
