"""Statements both databases understand."""

from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Table, select, update
from sqlalchemy.dialects import postgresql, sqlite

from pipeline.adapters.database.schema import counters


class Change(StrEnum):
    """What putting something came to."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


def insert_if_new(connection: Connection, table: Table, **values: Any) -> bool:
    """Insert the row unless one of the same key is there. True when it was inserted."""
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    inserted = make(table).values(**values).on_conflict_do_nothing().returning(*table.primary_key)
    return connection.execute(inserted).first() is not None


def next_value(connection: Connection, name: str) -> int:
    """The counter's next value, from 1. It is held until the transaction ends: values become visible in order."""
    insert_if_new(connection, counters, name=name, value=0)
    connection.execute(update(counters).where(counters.c.name == name).values(value=counters.c.value + 1))
    value: int = connection.execute(select(counters.c.value).where(counters.c.name == name)).scalar_one()
    return value
