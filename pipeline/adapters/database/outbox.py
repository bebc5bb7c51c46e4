"""Records on their way to Kafka, written in the transaction that made them, sent in the order of their rows.

Two changes of one key are in the order they were committed: whoever adds a row of a compacted topic holds the row of
its subject until the end of the transaction.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from pipeline.adapters.database.schema import outbox
from topics import codec
from topics.spec import TopicSpec

Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One record to send."""

    row_id: int
    topic: str
    """Declared name."""
    key: bytes
    value: bytes | None
    headers: Headers


def add(
    connection: Connection, spec: TopicSpec, record: object, *, now: datetime, headers: Headers | None = None
) -> None:
    """Have the record sent."""
    add_bytes(connection, spec, key=spec.key_of(record), value=codec.encode(spec, record), now=now, headers=headers)


def add_bytes(
    connection: Connection,
    spec: TopicSpec,
    *,
    key: bytes,
    value: bytes | None,
    now: datetime,
    headers: Headers | None = None,
) -> None:
    """Have bytes sent as they are; None is a tombstone."""
    row = {"topic": spec.name, "key": key, "value": value, "headers": headers or [], "created_at": now}
    connection.execute(insert(outbox).values(**row))


def oldest(connection: Connection, *, limit: int) -> tuple[Letter, ...]:
    """What waits, in the order to send it."""
    rows = connection.execute(select(outbox).where(outbox.c.refused.is_(None)).order_by(outbox.c.id).limit(limit))
    return tuple(
        Letter(
            row_id=row.id,
            topic=row.topic,
            key=row.key,
            value=row.value,
            headers=[(name, value) for name, value in row.headers],
        )
        for row in rows
    )


def last_id(connection: Connection) -> int:
    """The newest row; 0 when nothing waits."""
    return connection.execute(select(func.max(outbox.c.id))).scalar() or 0


def count_to(connection: Connection, row_id: int) -> int:
    """How much waits of what lay there up to that row."""
    waiting = select(func.count()).where(outbox.c.id <= row_id, outbox.c.refused.is_(None))
    return connection.execute(waiting).scalar_one()


def remove(connection: Connection, row_ids: list[int]) -> None:
    """Forget what Kafka has acknowledged."""
    connection.execute(delete(outbox).where(outbox.c.id.in_(row_ids)))


def refuse(connection: Connection, row_id: int, reason: str) -> None:
    """Set a record aside that the broker will never take; it stays in the table."""
    connection.execute(update(outbox).where(outbox.c.id == row_id).values(refused=reason))
