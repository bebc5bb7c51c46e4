"""What folding reads and writes: what is known of a match, and the marks it leaves."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, insert, select, update

from pipeline.adapters.database import outbox
from pipeline.adapters.database.schema import alerts, deliveries, folded_matches, watch_channels, watches
from pipeline.adapters.database.schema import channels as channel_rows
from pipeline.adapters.database.statements import insert_if_new, next_value
from pipeline.stages import identity
from pipeline.stages.fold import Join, Known, KnownAlert, Part, lane_of, lanes_seen
from pipeline.stages.outcome import DropReason
from topics import codec, registry
from topics.records import Alert, Match, Mode, RecordedOutcome


class Route(NamedTuple):
    """A channel that a watch's alerts go to."""

    channel: str
    kind: str


_REASONS = {Part.SAME_PAGE: DropReason.SAME_PAGE, Part.COPY: DropReason.COPY}


def hold(connection: Connection, watch_ids: Iterable[str]) -> None:
    """Keep others from folding for these watches until the transaction ends: live and replayed matches of one watch
    come by two topics. A watch that has no row has nobody to be told."""
    if connection.dialect.name != "sqlite":  # which has one writer anyway
        rows = select(watches.c.watch_id).where(watches.c.watch_id.in_(sorted(watch_ids)))
        connection.execute(rows.order_by(watches.c.watch_id).with_for_update()).all()


def known(connection: Connection, match: Match, *, lanes_compared: Sequence[str] | None = None) -> Known:
    """What the match is compared with: what lies in the lanes it sees, or in those given."""
    lanes = folded_matches.c.lane.in_(lanes_compared or lanes_seen(match.origin))
    before = select(folded_matches.c.run_id).where(lanes, folded_matches.c.match_id == match.match_id)
    folded_by = frozenset(connection.execute(before).scalars())
    if folded_by:
        return Known(folded_by=folded_by)
    of_watch = lanes & (folded_matches.c.watch_id == match.watch_id)
    return Known(
        of_page=_alerts_of(connection, of_watch & (folded_matches.c.page_id == match.origin.page_id)),
        of_text=_alerts_of(connection, of_watch & (folded_matches.c.text_digest == match.text_digest)),
    )


def store_alert(
    connection: Connection, alert: Alert, *, is_told: bool | None = None, headers: outbox.Headers | None = None
) -> int:
    """Store a new alert, with a delivery to each channel of its watch when somebody is to be told. Its sequence.

    Who is told is left to the alert's mode where it is not given. What is told stands among the live ones.
    """
    sequence = next_value(connection, "alerts")
    routes = routes_of(connection, alert.watch_id) if _is_told(alert, is_told) else ()
    lane = Mode.LIVE.value if routes else lane_of(alert.match.origin)
    connection.execute(
        insert(alerts).values(
            sequence=sequence,
            alert_id=alert.alert_id,
            lane=lane,
            watch_id=alert.watch_id,
            story_id=alert.story_id,
            mode=alert.mode.value,
            run_id=alert.match.origin.run_id,
            raised_at=alert.raised_at,
            fetched_at=alert.match.origin.fetched_at,
            copies=0,
            repeats=0,
            record=codec.encode(registry.ALERTS, alert),
        )
    )
    _mark(connection, alert.match, sequence, Part.RAISED, lane)
    outbox.add(connection, registry.ALERTS, alert, now=alert.raised_at, headers=headers)
    for route in routes:
        _address(connection, alert, sequence, route)
    return sequence


def store_join(
    connection: Connection, match: Match, join: Join, *, now: datetime, headers: outbox.Headers | None = None
) -> DropReason:
    """Count the match to its alert and record how it ended. The reason recorded."""
    counted = alerts.c.copies if join.part is Part.COPY else alerts.c.repeats
    connection.execute(update(alerts).where(alerts.c.sequence == join.sequence).values({counted: counted + 1}))
    _mark(connection, match, join.sequence, join.part, _lane_of_join(connection, match, join.sequence))
    reason = _REASONS[join.part]
    outbox.add(connection, registry.OUTCOMES, _outcome(match, reason), now=now, headers=headers)
    return reason


def store_recall(
    connection: Connection, match: Match, *, now: datetime, headers: outbox.Headers | None = None
) -> DropReason:
    """Record that a run has brought what was folded before. The reason recorded."""
    outbox.add(connection, registry.OUTCOMES, _outcome(match, DropReason.KNOWN), now=now, headers=headers)
    return DropReason.KNOWN


def routes_of(connection: Connection, watch_id: str) -> tuple[Route, ...]:
    """Where the watch's alerts go."""
    rows = connection.execute(
        select(channel_rows.c.name, channel_rows.c.kind)
        .join(watch_channels, watch_channels.c.channel == channel_rows.c.name)
        .where(watch_channels.c.watch_id == watch_id)
    )
    return tuple(Route(row.name, row.kind) for row in rows)


def _is_told(alert: Alert, wanted: bool | None) -> bool:
    return alert.mode is Mode.LIVE if wanted is None else wanted


def _lane_of_join(connection: Connection, match: Match, sequence: int) -> str:
    """A replayed match that joins a replayed alert of which somebody was told stands where that alert stands."""
    own = lane_of(match.origin)
    if match.origin.mode is not Mode.BACKFILL:
        return own
    alert = connection.execute(select(alerts.c.lane, alerts.c.mode).where(alerts.c.sequence == sequence)).one()
    return alert.lane if alert.mode == Mode.BACKFILL else own


def _alerts_of(connection: Connection, condition: ColumnElement[bool]) -> tuple[KnownAlert, ...]:
    rows = connection.execute(
        select(alerts.c.sequence, alerts.c.fetched_at)
        .join(folded_matches, folded_matches.c.alert_sequence == alerts.c.sequence)
        .where(condition)
        .distinct()
    )
    return tuple(KnownAlert(sequence=row.sequence, fetched_at=row.fetched_at) for row in rows)


def _mark(connection: Connection, match: Match, sequence: int, part: Part, lane: str) -> None:
    connection.execute(
        insert(folded_matches).values(
            lane=lane,
            match_id=match.match_id,
            alert_sequence=sequence,
            run_id=match.origin.run_id,
            part=part.value,
            watch_id=match.watch_id,
            page_id=match.origin.page_id,
            text_digest=match.text_digest,
            url=match.url,
            site_name=match.site_name,
            fetched_at=match.origin.fetched_at,
        )
    )


def _address(connection: Connection, alert: Alert, sequence: int, route: Route) -> None:
    """One delivery, unless one of the same alert to the same channel was ever made."""
    insert_if_new(
        connection,
        deliveries,
        delivery_id=identity.digest("delivery", alert.alert_id, route.channel),
        alert_sequence=sequence,
        message_id=alert.alert_id,
        channel=route.channel,
        kind=route.kind,
        status="pending",
        attempts=0,
        created_at=alert.raised_at,
        due_at=alert.raised_at,
    )


def _outcome(match: Match, reason: DropReason) -> RecordedOutcome:
    origin = match.origin
    return RecordedOutcome(
        outcome_id=identity.outcome_id("fold", origin.page_id, origin.version_id, origin.run_id, match.watch_id),
        stage="fold",
        outcome=reason.kind,
        reason=reason.value,
        page_id=origin.page_id,
        url=origin.url,
        version_id=origin.version_id,
        feed_id=origin.feed_id,
        watch_id=match.watch_id,
        mode=origin.mode,
        run_id=origin.run_id,
    )
