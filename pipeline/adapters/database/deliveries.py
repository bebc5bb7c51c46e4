"""Deliveries as they are read, and the log of their attempts. `sending` is what the deliverer does with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, func, select

from pipeline.adapters.database.schema import attempts, deliveries, digest_alerts
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
    """One alert, or the digest of a run, to one channel."""

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
    """Deliveries by the sequence of each alert they tell of, channels in alphabetical order."""
    own = select(deliveries, deliveries.c.alert_sequence.label("told_of"))
    in_digests = select(deliveries, digest_alerts.c.alert_sequence.label("told_of")).join(
        digest_alerts, digest_alerts.c.delivery_id == deliveries.c.delivery_id
    )
    found: dict[int, dict[str, StoredDelivery]] = {}
    for wanted, of in ((own, deliveries.c.alert_sequence), (in_digests, digest_alerts.c.alert_sequence)):
        for row in connection.execute(wanted.where(of.in_(sequences))):
            found.setdefault(row.told_of, {})[row.delivery_id] = _read(row)
    return {
        sequence: tuple(sorted(sent.values(), key=lambda one: (one.channel, one.created_at)))
        for sequence, sent in found.items()
    }


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


def _read(row: Row[Any]) -> StoredDelivery:
    return StoredDelivery(
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
