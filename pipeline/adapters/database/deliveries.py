"""Deliveries as they are read, and the log of their attempts. `sending` is what the deliverer does with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, func, select

from pipeline.adapters.database.schema import attempts, deliveries
from pipeline.stages.watchfile import ChannelKind


class Status(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    """Waits for its time: the first, or the next after a failure."""
    SENDING = "sending"
    DELIVERED = "delivered"
    FAILED = "failed"
    """Given up."""
    UNKNOWN = "unknown"
    """Was interrupted, may have arrived, and is not sent again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDelivery:
    """One alert to one channel."""

    delivery_id: str
    channel: str
    kind: ChannelKind
    status: Status
    attempts: int
    """Begun so far."""
    created_at: datetime
    due_at: datetime
    """Of the next attempt, while pending."""
    ended_at: datetime | None
    detail: str | None
    """What happened last, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAttempt:
    """One attempt of a delivery."""

    attempt: int
    started_at: datetime
    ended_at: datetime | None
    outcome: str | None
    """None while it runs."""
    status_code: int | None
    detail: str | None


def of_alerts(connection: Connection, sequences: Sequence[int]) -> dict[int, tuple[StoredDelivery, ...]]:
    """Deliveries by the sequence of their alert, channels in alphabetical order."""
    rows = connection.execute(
        select(deliveries).where(deliveries.c.alert_sequence.in_(sequences)).order_by(deliveries.c.channel)
    )
    found: dict[int, tuple[StoredDelivery, ...]] = {}
    for row in rows:
        stored = StoredDelivery(
            delivery_id=row.delivery_id,
            channel=row.channel,
            kind=ChannelKind(row.kind),
            status=Status(row.status),
            attempts=row.attempts,
            created_at=row.created_at,
            due_at=row.due_at,
            ended_at=row.ended_at,
            detail=row.detail,
        )
        found[row.alert_sequence] = (*found.get(row.alert_sequence, ()), stored)
    return found


def attempts_of(connection: Connection, delivery_id: str) -> tuple[StoredAttempt, ...]:
    """The log of one delivery, oldest first."""
    rows = connection.execute(
        select(attempts).where(attempts.c.delivery_id == delivery_id).order_by(attempts.c.attempt)
    )
    return tuple(
        StoredAttempt(
            attempt=row.attempt,
            started_at=row.started_at,
            ended_at=row.ended_at,
            outcome=row.outcome,
            status_code=row.status_code,
            detail=row.detail,
        )
        for row in rows
    )


def queue(connection: Connection) -> tuple[int, datetime | None]:
    """How many deliveries have not ended, and when the oldest of them was made."""
    row = connection.execute(
        select(func.count(), func.min(deliveries.c.created_at)).where(
            deliveries.c.status.in_((Status.PENDING, Status.SENDING))
        )
    ).one()
    return row[0], row[1]
