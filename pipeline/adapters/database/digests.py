"""The digest of a run: its new alerts in one delivery to each channel, told once and counted as told from then on.

1. The run promotes its alerts some at a time, each time in a transaction of its own: they count as live from then on,
   and for each channel a member says that the channel is still to be told of them.
2. The deliverer makes one delivery of all members of a channel that wait, when their run promotes no more: it has
   ended, was stopped, or gives no sign of life. So what was promoted is told whatever becomes of the run, and what a
   resumed run promotes later goes into another delivery.

Both hold the run's row, so that no member is marked as told by a delivery that does not count it.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from pipeline.adapters.database import folding
from pipeline.adapters.database.folding import Route
from pipeline.adapters.database.runs import RunStatus
from pipeline.adapters.database.schema import alerts, deliveries, digest_alerts, folded_matches, runs
from pipeline.adapters.database.statements import insert_if_new
from pipeline.stages import digest, fold, identity
from pipeline.stages.watchfile import ChannelKind
from topics import codec, registry
from topics.records import Alert, Mode

_LIVE, _BACKFILL = Mode.LIVE.value, Mode.BACKFILL.value
# Live folding waits for the transaction: some 70 ms for so many.
_TOGETHER = 50
# A run that promotes gives a sign of life with every slice.
_SILENT_AFTER = timedelta(minutes=1)


class Slice(NamedTuple):
    """What one transaction came to."""

    last: int
    """The sequence behind which the next one goes on."""
    judged: int
    """How many alerts it looked at; 0 when none was left."""
    told: int
    """Alerts that were promoted."""


class Due(NamedTuple):
    """A delivery that is to be made."""

    run_id: str
    route: Route


def count(connection: Connection, run_id: str) -> int:
    """How many alerts of the run nobody was told of."""
    return connection.execute(select(func.count()).select_from(alerts).where(_is_history(run_id))).scalar_one()


def promote(connection: Connection, run_id: str, *, after: int, story_window: timedelta, now: datetime) -> Slice:
    """Have the run's next alerts, of those behind that sequence, count as live and wait for their digest.

    Left out are alerts that a live one has told meanwhile, and those of watches without a channel.
    """
    last, judged, told = after, 0, 0
    for sequence, alert in _next(connection, run_id, after):
        last, judged = sequence, judged + 1
        routes = folding.routes_of(connection, alert.watch_id)
        if routes and _is_news(connection, alert, story_window, now):
            _promote(connection, sequence, routes)
            told += 1
    return Slice(last, judged, told)


def due(connection: Connection, *, now: datetime) -> tuple[Due, ...]:
    """The deliveries to be made: members wait for them, and their runs promote no more. Cheap where none is."""
    rows = connection.execute(
        select(alerts.c.run_id, digest_alerts.c.channel, digest_alerts.c.kind)
        .join(digest_alerts)
        .join(runs, runs.c.run_id == alerts.c.run_id)
        .where(digest_alerts.c.delivery_id.is_(None), _is_over(now))
        .distinct()
        .order_by(alerts.c.run_id, digest_alerts.c.channel, digest_alerts.c.kind)
    )
    return tuple(Due(row.run_id, Route(row.channel, row.kind)) for row in rows)


def send(connection: Connection, wanted: Due, *, now: datetime) -> bool:
    """Make that delivery, of all that waits for it. False where nothing does any more, or the run promotes again."""
    held = select(runs.c.run_id).where(runs.c.run_id == wanted.run_id, _is_over(now)).with_for_update()
    if connection.execute(held).first() is None:
        return False
    return _send(connection, wanted.run_id, wanted.route, now)


def _is_over(now: datetime) -> ColumnElement[bool]:
    return (runs.c.status != RunStatus.RUNNING.value) | (runs.c.updated_at < now - _SILENT_AFTER)


def _is_history(run_id: str) -> ColumnElement[bool]:
    return (alerts.c.run_id == run_id) & (alerts.c.lane == _BACKFILL)


def _next(connection: Connection, run_id: str, after: int) -> Iterator[tuple[int, Alert]]:
    """Alerts of the run that nobody was told of, oldest first; their watches are held."""
    wanted = _is_history(run_id) & (alerts.c.sequence > after)
    found = select(alerts.c.sequence, alerts.c.watch_id, alerts.c.record).where(wanted).order_by(alerts.c.sequence)
    rows = connection.execute(found.limit(_TOGETHER)).all()
    folding.hold(connection, {row.watch_id for row in rows})
    for row in rows:
        yield row.sequence, codec.decode(registry.ALERTS, row.record)


def _is_news(connection: Connection, alert: Alert, story_window: timedelta, now: datetime) -> bool:
    """Had it come live just now, it would have raised an alert."""
    known = folding.known(connection, alert.match, lanes_compared=(_LIVE,))
    decision = fold.fold(alert.match, known=known, story_window=story_window, steps={}, now=now)
    return isinstance(decision, fold.Raise)


def _promote(connection: Connection, sequence: int, routes: tuple[Route, ...]) -> None:
    """Have the alert, and all that joined it, count as live; the channels are to be told."""
    connection.execute(update(alerts).where(alerts.c.sequence == sequence).values(lane=_LIVE))
    live = folded_matches.alias()
    folded_live = select(live.c.match_id).where(live.c.lane == _LIVE, live.c.match_id == folded_matches.c.match_id)
    connection.execute(
        update(folded_matches)
        .where(
            folded_matches.c.alert_sequence == sequence,
            folded_matches.c.lane == _BACKFILL,
            ~folded_live.exists(),
        )
        .values(lane=_LIVE)
    )
    members = [{"alert_sequence": sequence, "channel": route.channel, "kind": route.kind} for route in routes]
    connection.execute(insert(digest_alerts), members)


def _send(connection: Connection, run_id: str, route: Route, now: datetime) -> bool:
    """One delivery of all that waits for the channel, named by the first of it."""
    of_run = select(alerts.c.sequence).where(alerts.c.run_id == run_id)
    is_waiting = (
        (digest_alerts.c.channel == route.channel)
        & (digest_alerts.c.kind == route.kind)
        & digest_alerts.c.delivery_id.is_(None)
        & digest_alerts.c.alert_sequence.in_(of_run.correlate(None))
    )
    rows = connection.execute(
        select(alerts.c.sequence, alerts.c.record)
        .join(digest_alerts)
        .where(is_waiting)
        .order_by(alerts.c.sequence)
        .limit(digest.MOST_SHOWN)
    ).all()
    if not rows:
        return False
    first = rows[0].sequence
    delivery_id = identity.digest("digest", run_id, route.channel, str(first))
    told = digest.Told(
        run_id=run_id,
        count=connection.execute(select(func.count()).select_from(digest_alerts).where(is_waiting)).scalar_one(),
        first=tuple(codec.decode(registry.ALERTS, row.record) for row in rows),
    )
    insert_if_new(
        connection,
        deliveries,
        delivery_id=delivery_id,
        alert_sequence=first,
        message_id=delivery_id,
        channel=route.channel,
        kind=route.kind,
        status="pending",
        attempts=0,
        created_at=now,
        due_at=now,
        body=_body(told, route, delivery_id, now),
    )
    connection.execute(update(digest_alerts).where(is_waiting).values(delivery_id=delivery_id))
    return True


def _body(told: digest.Told, route: Route, delivery_id: str, now: datetime) -> bytes:
    if route.kind == ChannelKind.STDOUT:
        return digest.line(told).encode()
    return digest.event(told, delivery_id=delivery_id, at=now)
