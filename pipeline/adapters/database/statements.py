"""Statements both databases understand."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Table, case, select, update
from sqlalchemy.dialects import postgresql, sqlite

from pipeline.adapters.database.schema import counters


class Change(StrEnum):
    """What putting something came to."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


def insert_if_new(connection: Connection, table: Table, **values: Any) -> bool:
    """Insert the row unless one of the same key is there. True when it was inserted."""
    inserted = _insert(connection, table).values(**values).on_conflict_do_nothing().returning(*table.primary_key)
    return connection.execute(inserted).first() is not None


def insert_all_if_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows, those left out whose key is there. In the order of their keys, so that writers cannot block each
    other for ever."""
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    ordered = sorted(rows, key=lambda row: tuple(row[key] for key in keys))
    connection.execute(_insert(connection, table).on_conflict_do_nothing(), ordered)


def add_to(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], *, added: str, newest: str) -> None:
    """Insert the rows; where one of the same key is, add to the one column and keep the later of the other."""
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    made = _insert(connection, table)
    new, old = made.excluded, table.c
    made = made.on_conflict_do_update(
        index_elements=keys,
        set_={
            added: old[added] + new[added],
            newest: case((new[newest] > old[newest], new[newest]), else_=old[newest]),
        },
    )
    connection.execute(made, sorted(rows, key=lambda row: tuple(row[key] for key in keys)))


def next_value(connection: Connection, name: str) -> int:
    """The counter's next value, from 1. It is held until the transaction ends: values become visible in order."""
    insert_if_new(connection, counters, name=name, value=0)
    connection.execute(update(counters).where(counters.c.name == name).values(value=counters.c.value + 1))
    value: int = connection.execute(select(counters.c.value).where(counters.c.name == name)).scalar_one()
    return value


def _insert(connection: Connection, table: Table) -> Any:
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)
