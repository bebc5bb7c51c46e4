"""The dead letters as the ledger found them in Kafka, and what operators did about them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, LargeBinary, Row, Select, and_, func, or_, select, type_coerce, update

from pipeline.adapters.database.schema import dead_letters
from pipeline.adapters.database.statements import insert_all_if_new


class LetterStatus(StrEnum):
    """What became of a dead letter."""

    OPEN = "open"
    RETRIED = "retried"
    """Its record was put back into its topic."""
    DROPPED = "dropped"
    """Given up, for a reason an operator gave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A record that a stage refused."""

    letter_id: str
    topic: str
    """Declared name of the topic in which the record lay."""
    partition: int
    offset: int
    stage: str
    version: str
    reason: str
    detail: str | None
    attempt: int
    """Which try of the stage failed, from 1."""
    key: str
    page_id: str | None
    """None, as the next two, where the record cannot be read."""
    url: str | None
    run_id: str | None
    retried_from: str | None
    """The letter whose record this was once more."""
    letter_topic: str
    """Declared name of the topic in which the letter lies."""
    letter_partition: int
    letter_offset: int
    failed_at: datetime
    status: LetterStatus = LetterStatus.OPEN
    changed_at: datetime | None = None
    changed_by: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which letters are meant; what is None does not matter."""

    topic: str | None = None
    stage: str | None = None
    reason: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    status: LetterStatus | None = None
    ids: tuple[str, ...] = ()
    """Ids, or their beginnings; none means any."""


def store(connection: Connection, letters: Sequence[DeadLetter]) -> None:
    """Store what is new of these; what was done about the others stands."""
    insert_all_if_new(connection, dead_letters, [asdict(letter) for letter in letters])


def find(connection: Connection, wanted: Wanted, *, limit: int | None = None) -> tuple[DeadLetter, ...]:
    """The letters meant, the newest first."""
    rows = connection.execute(_select(wanted).limit(limit))
    return tuple(map(_read, rows))


def count(connection: Connection, wanted: Wanted) -> int:
    """How many letters are meant."""
    found: int = connection.execute(select(func.count()).select_from(_select(wanted).subquery())).scalar_one()
    return found


def open_by_stage(connection: Connection) -> dict[str, int]:
    """How many letters are open, by the stage that refused."""
    rows = connection.execute(
        select(dead_letters.c.stage, func.count().label("letters"))
        .where(dead_letters.c.status == LetterStatus.OPEN.value)
        .group_by(dead_letters.c.stage)
    )
    return {row.stage: row.letters for row in rows}


def of_pages(connection: Connection, page_ids: Sequence[str]) -> tuple[DeadLetter, ...]:
    """The letters of these pages, oldest first."""
    rows = connection.execute(
        select(dead_letters).where(dead_letters.c.page_id.in_(page_ids)).order_by(dead_letters.c.failed_at)
    )
    return tuple(map(_read, rows))


def close(
    connection: Connection, letter_id: str, status: LetterStatus, *, by: str, note: str | None, now: datetime
) -> bool:
    """Say what became of an open letter. False when it is not open, because somebody was faster."""
    closed = connection.execute(
        update(dead_letters)
        .where(dead_letters.c.letter_id == letter_id, dead_letters.c.status == LetterStatus.OPEN.value)
        .values(status=status.value, changed_at=now, changed_by=by, note=note)
    )
    return closed.rowcount == 1


def _select(wanted: Wanted) -> Select[Any]:
    columns = dead_letters.c
    conditions: list[ColumnElement[bool]] = []
    for column, value in (
        (columns.topic, wanted.topic),
        (columns.stage, wanted.stage),
        (columns.reason, wanted.reason),
    ):
        if value is not None:
            conditions.append(column == value)
    if wanted.status is not None:
        conditions.append(columns.status == wanted.status.value)
    if wanted.since is not None:
        conditions.append(columns.failed_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(columns.failed_at < wanted.until)
    found = select(dead_letters).where(and_(True, *conditions))
    if wanted.ids:
        found = found.where(_begins(wanted.ids))
    return found.order_by(columns.failed_at.desc(), columns.letter_id)


def _begins(beginnings: Sequence[str]) -> ColumnElement[bool]:
    """The id begins so: it lies between the least and the greatest one that does."""
    raw = type_coerce(dead_letters.c.letter_id, LargeBinary)
    ranges = [(bytes.fromhex(one.ljust(32, "0")), bytes.fromhex(one.ljust(32, "f"))) for one in beginnings]
    return or_(*(raw.between(least, greatest) for least, greatest in ranges))


def _read(row: Row[Any]) -> DeadLetter:
    return DeadLetter(**dict(row._mapping) | {"status": LetterStatus(row.status)})
