"""How deliveries are claimed and ended, so that each is sent by one process at a time and none is forgotten.

A claim is committed before anything is sent: it counts the attempt and names the incarnation of the process that makes
it. A result is taken only for the attempt that was claimed. What a process without a lease was sending has been
interrupted: it may or may not have arrived.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, select, update

from pipeline.adapters.database import channels
from pipeline.adapters.database.channels import OnInterrupted, StoredChannel
from pipeline.adapters.database.deliveries import Status
from pipeline.adapters.database.schema import alerts, attempts, deliverers, deliveries
from pipeline.adapters.database.schema import channels as channel_rows
from pipeline.stages.watchfile import ChannelKind
from topics import codec, registry
from topics.records import Alert

_INTERRUPTED = "interrupted"
_NOT_SENT = "not-sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a body is made of."""

    delivery_id: str
    kind: ChannelKind
    alert: Alert
    copies: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One attempt that this process is to make now."""

    delivery_id: str
    message_id: str
    """The key by which a receiver knows a message it has."""
    attempt: int
    """From 1."""
    incarnation: str
    channel: StoredChannel
    body: bytes
    created_at: datetime
    raised_at: datetime
    mode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What an attempt came to, and where that leaves the delivery."""

    status: Status
    outcome: str
    due_at: datetime | None = None
    """Of the next attempt; with PENDING."""
    status_code: int | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How much may be claimed now."""

    total: int
    of_channel: Callable[[ChannelKind], int]
    """How many deliveries of one channel may be under way at once."""
    under_way: dict[str, int]
    """How many are, by channel."""


def claim(
    connection: Connection, *, incarnation: str, room: Room, render: Callable[[Draft], bytes], now: datetime
) -> tuple[Claim, ...]:
    """Claim what is due, the longest due first in each channel; the first attempt renders the body for all."""
    claimed: list[Claim] = []
    for name, kind in _due_channels(connection, now):
        free = min(room.total - len(claimed), room.of_channel(ChannelKind(kind)) - room.under_way.get(name, 0))
        if free > 0:
            rows = connection.execute(_due(name, now).limit(free)).all()
            claimed += [_claim(connection, row, incarnation, render, now) for row in rows]
    return tuple(claimed)


def finish(connection: Connection, claimed: Claim, ending: Ending, *, now: datetime) -> bool:
    """Store what the attempt came to. False when another process has taken the delivery over meanwhile."""
    is_ours = (
        (deliveries.c.delivery_id == claimed.delivery_id)
        & (deliveries.c.attempts == claimed.attempt)
        & (deliveries.c.claimed_by == claimed.incarnation)
        # Also what was taken for interrupted, if nothing has been sent since.
        & deliveries.c.status.in_((Status.SENDING, Status.PENDING, Status.UNKNOWN))
    )
    has_ended = ending.status is not Status.PENDING
    values: dict[str, Any] = {"status": ending.status.value, "detail": ending.detail}
    values |= {"ended_at": now if has_ended else None} | ({} if ending.due_at is None else {"due_at": ending.due_at})
    if connection.execute(update(deliveries).where(is_ours).values(**values)).rowcount == 0:
        return False
    _end_attempt(connection, claimed.delivery_id, claimed.attempt, ending, now)
    return True


def give_up(connection: Connection, *, after: timedelta, now: datetime) -> int:
    """End what has waited for longer than that, on channels that are disabled too. How many."""
    return connection.execute(
        update(deliveries)
        .where(deliveries.c.status == Status.PENDING, deliveries.c.created_at < now - after)
        .values(status=Status.FAILED.value, ended_at=now)
    ).rowcount


def end_interrupted(connection: Connection, *, now: datetime) -> tuple[int, int]:
    """Send again, or hold, what processes were sending that are no longer alive. How many of each."""
    alive = select(deliverers.c.incarnation).where(deliverers.c.alive_until > now)
    return _interrupt(connection, deliveries.c.claimed_by.not_in(alive), now)


def take_back(connection: Connection, *, incarnation: str, under_way: Collection[str], now: datetime) -> int:
    """Free claims of this process that it does not know of: the commit's answer was lost and nothing was sent."""
    ours = (deliveries.c.status == Status.SENDING) & (deliveries.c.claimed_by == incarnation)
    rows = connection.execute(select(deliveries.c.delivery_id, deliveries.c.attempts).where(ours)).all()
    lost = [row for row in rows if row.delivery_id not in under_way]
    for row in lost:
        of_row = deliveries.c.delivery_id == row.delivery_id
        connection.execute(update(deliveries).where(of_row).values(status=Status.PENDING.value, due_at=now))
        _end_attempt(connection, row.delivery_id, row.attempts, Ending(status=Status.PENDING, outcome=_NOT_SENT), now)
    return len(lost)


def _due_channels(connection: Connection, now: datetime) -> list[tuple[str, str]]:
    rows = connection.execute(
        select(channel_rows.c.name, channel_rows.c.kind)
        .where(
            channel_rows.c.disabled_at.is_(None),
            select(deliveries.c.delivery_id)
            .where(
                deliveries.c.channel == channel_rows.c.name,
                deliveries.c.status == Status.PENDING,
                deliveries.c.due_at <= now,
            )
            .exists(),
        )
        .order_by(channel_rows.c.name)
    )
    return [(row.name, row.kind) for row in rows]


def _due(channel: str, now: datetime) -> Any:
    return (
        select(
            deliveries,
            alerts.c.record,
            alerts.c.copies,
            *(column.label(f"channel_{column.name}") for column in channel_rows.c),
        )
        .join(alerts, alerts.c.sequence == deliveries.c.alert_sequence)
        .join(channel_rows, channel_rows.c.name == deliveries.c.channel)
        .where(deliveries.c.channel == channel, deliveries.c.status == Status.PENDING, deliveries.c.due_at <= now)
        .order_by(deliveries.c.due_at, deliveries.c.alert_sequence)
        .with_for_update(of=deliveries, skip_locked=True)
    )


def _claim(
    connection: Connection, row: Row[Any], incarnation: str, render: Callable[[Draft], bytes], now: datetime
) -> Claim:
    alert: Alert = codec.decode(registry.ALERTS, row.record)
    body = row.body
    if body is None:
        draft = Draft(delivery_id=row.delivery_id, kind=ChannelKind(row.kind), alert=alert, copies=row.copies)
        body = render(draft)
    attempt = row.attempts + 1
    of_row = deliveries.c.delivery_id == row.delivery_id
    values = {"status": Status.SENDING.value, "attempts": attempt, "claimed_at": now, "claimed_by": incarnation}
    connection.execute(update(deliveries).where(of_row).values(**values, body=body))
    connection.execute(insert(attempts).values(delivery_id=row.delivery_id, attempt=attempt, started_at=now))
    return Claim(
        delivery_id=row.delivery_id,
        message_id=row.message_id,
        attempt=attempt,
        incarnation=incarnation,
        channel=channels.from_row(row, prefix="channel_"),
        body=body,
        created_at=row.created_at,
        raised_at=alert.raised_at,
        mode=alert.mode.value,
    )


def _interrupt(connection: Connection, condition: ColumnElement[bool], now: datetime) -> tuple[int, int]:
    rows = connection.execute(
        select(deliveries.c.delivery_id, deliveries.c.attempts, deliveries.c.kind, channel_rows.c.on_interrupted)
        .outerjoin(channel_rows, channel_rows.c.name == deliveries.c.channel)
        .where(deliveries.c.status == Status.SENDING, condition)
        .with_for_update(of=deliveries, skip_locked=True)
    ).all()
    held = 0
    for row in rows:
        is_held = _is_held(ChannelKind(row.kind), row.on_interrupted)
        held += is_held
        status, ended_at = (Status.UNKNOWN, now) if is_held else (Status.PENDING, None)
        detail = "interrupted while sending" + ("; it may have arrived" if is_held else "; sent again")
        connection.execute(
            update(deliveries)
            .where(deliveries.c.delivery_id == row.delivery_id)
            .values(status=status.value, due_at=now, ended_at=ended_at, detail=detail)
        )
        _end_attempt(connection, row.delivery_id, row.attempts, Ending(status=status, outcome=_INTERRUPTED), now)
    return len(rows) - held, held


def _is_held(kind: ChannelKind, on_interrupted: str | None) -> bool:
    match kind:
        case ChannelKind.FILE:
            return False
        case ChannelKind.WEBHOOK:
            return on_interrupted == OnInterrupted.HOLD
        case ChannelKind.STDOUT:
            return True


def _end_attempt(connection: Connection, delivery_id: str, attempt: int, ending: Ending, now: datetime) -> None:
    connection.execute(
        update(attempts)
        .where(attempts.c.delivery_id == delivery_id, attempts.c.attempt == attempt)
        .values(ended_at=now, outcome=ending.outcome, status_code=ending.status_code, detail=ending.detail)
    )
