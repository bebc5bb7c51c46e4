"""The digest of a run: its new alerts in one delivery to each channel, told once and counted as told from then on."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from pipeline.adapters.database import folding
from pipeline.adapters.database.folding import Route
from pipeline.adapters.database.schema import alerts, deliveries, folded_matches
from pipeline.adapters.database.statements import insert_if_new
from pipeline.stages import digest, fold, identity
from pipeline.stages.watchfile import ChannelKind
from topics import codec, registry
from topics.records import Alert, Mode

_LIVE, _BACKFILL = Mode.LIVE.value, Mode.BACKFILL.value


def store(connection: Connection, run_id: str, *, story_window: timedelta, now: datetime) -> int:
    """Make the deliveries of the run's digest; how many alerts somebody is told of.

    Left out are alerts that a live one has told meanwhile, and those of watches without a channel. A second call finds
    nothing left to tell.
    """
    told: dict[int, Alert] = {}
    by_route: dict[Route, dict[int, Alert]] = {}
    for sequence, alert in _history(connection, run_id):
        routes = folding.routes_of(connection, alert.watch_id)
        if routes and _is_news(connection, alert, story_window, now):
            _promote(connection, sequence)
            told[sequence] = alert
            for route in routes:
                by_route.setdefault(route, {})[sequence] = alert
    for route, chosen in by_route.items():
        _address(connection, run_id, route, chosen, now)
    return len(told)


def _history(connection: Connection, run_id: str) -> Iterator[tuple[int, Alert]]:
    """The run's alerts that nobody was told of, oldest first; their watches are held."""
    is_history = (alerts.c.run_id == run_id) & (alerts.c.lane == _BACKFILL)
    folding.hold(connection, connection.execute(select(alerts.c.watch_id).where(is_history).distinct()).scalars())
    rows = connection.execute(select(alerts.c.sequence, alerts.c.record).where(is_history).order_by(alerts.c.sequence))
    for row in rows.all():
        yield row.sequence, codec.decode(registry.ALERTS, row.record)


def _is_news(connection: Connection, alert: Alert, story_window: timedelta, now: datetime) -> bool:
    """Had it come live just now, it would have raised an alert."""
    known = folding.known(connection, alert.match, lanes_compared=(_LIVE,))
    decision = fold.fold(alert.match, known=known, story_window=story_window, steps={}, now=now)
    return isinstance(decision, fold.Raise)


def _promote(connection: Connection, sequence: int) -> None:
    """Have the alert, and all that joined it, count as live."""
    connection.execute(update(alerts).where(alerts.c.sequence == sequence).values(lane=_LIVE))
    folded_live = select(folded_matches.c.match_id).where(folded_matches.c.lane == _LIVE).scalar_subquery()
    connection.execute(
        update(folded_matches)
        .where(
            folded_matches.c.alert_sequence == sequence,
            folded_matches.c.lane == _BACKFILL,
            folded_matches.c.match_id.not_in(folded_live),
        )
        .values(lane=_LIVE)
    )


def _address(connection: Connection, run_id: str, route: Route, chosen: dict[int, Alert], now: datetime) -> None:
    delivery_id = identity.digest("digest", run_id, route.channel)
    told = list(chosen.values())
    if route.kind == ChannelKind.STDOUT:
        body = digest.line(told, run_id=run_id).encode()
    else:
        body = digest.event(told, run_id=run_id, delivery_id=delivery_id, at=now)
    insert_if_new(
        connection,
        deliveries,
        delivery_id=delivery_id,
        alert_sequence=min(chosen),
        message_id=delivery_id,
        channel=route.channel,
        kind=route.kind,
        status="pending",
        attempts=0,
        created_at=now,
        due_at=now,
        body=body,
    )
