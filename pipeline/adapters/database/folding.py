"""What folding reads and writes: what is known of a match, and the marks it leaves."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, insert, select, update

from pipeline.adapters.database import outbox
from pipeline.adapters.database.schema import alerts, deliveries, folded_matches, watch_channels
from pipeline.adapters.database.schema import channels as channel_rows
from pipeline.adapters.database.statements import next_value
from pipeline.stages import identity
from pipeline.stages.fold import Join, Known, KnownAlert, Part, lane_of, lanes_seen
from pipeline.stages.outcome import DropReason
from topics import codec, registry
from topics.records import Alert, Match, Mode, RecordedOutcome

_REASONS = {Part.SAME_PAGE: DropReason.SAME_PAGE, Part.COPY: DropReason.COPY}


def known(connection: Connection, match: Match) -> Known:
    """What the match is compared with."""
    lanes = folded_matches.c.lane.in_(lanes_seen(match.origin))
    before = select(folded_matches.c.match_id).where(lanes, folded_matches.c.match_id == match.match_id)
    if connection.execute(before).first() is not None:
        return Known(is_folded=True)
    of_watch = lanes & (folded_matches.c.watch_id == match.watch_id)
    return Known(
        of_page=_alerts_of(connection, of_watch & (folded_matches.c.page_id == match.origin.page_id)),
        of_text=_alerts_of(connection, of_watch & (folded_matches.c.text_digest == match.text_digest)),
    )


def store_alert(connection: Connection, alert: Alert, *, headers: outbox.Headers | None = None) -> int:
    """Store a new alert, with a delivery to each channel of its watch when it is live. Its sequence."""
    sequence = next_value(connection, "alerts")
    connection.execute(
        insert(alerts).values(
            sequence=sequence,
            alert_id=alert.alert_id,
            lane=lane_of(alert.match.origin),
            watch_id=alert.watch_id,
            story_id=alert.story_id,
            mode=alert.mode.value,
            raised_at=alert.raised_at,
            fetched_at=alert.match.origin.fetched_at,
            copies=0,
            repeats=0,
            record=codec.encode(registry.ALERTS, alert),
        )
    )
    _mark(connection, alert.match, sequence, Part.RAISED)
    outbox.add(connection, registry.ALERTS, alert, now=alert.raised_at, headers=headers)
    if alert.mode is Mode.LIVE:
        _address(connection, alert, sequence)
    return sequence


def store_join(
    connection: Connection, match: Match, join: Join, *, now: datetime, headers: outbox.Headers | None = None
) -> DropReason:
    """Count the match to its alert and record how it ended. The reason recorded."""
    counted = alerts.c.copies if join.part is Part.COPY else alerts.c.repeats
    connection.execute(update(alerts).where(alerts.c.sequence == join.sequence).values({counted: counted + 1}))
    _mark(connection, match, join.sequence, join.part)
    reason = _REASONS[join.part]
    outbox.add(connection, registry.OUTCOMES, _outcome(match, reason), now=now, headers=headers)
    return reason


def _alerts_of(connection: Connection, condition: ColumnElement[bool]) -> tuple[KnownAlert, ...]:
    rows = connection.execute(
        select(alerts.c.sequence, alerts.c.fetched_at)
        .join(folded_matches, folded_matches.c.alert_sequence == alerts.c.sequence)
        .where(condition)
        .distinct()
    )
    return tuple(KnownAlert(sequence=row.sequence, fetched_at=row.fetched_at) for row in rows)


def _mark(connection: Connection, match: Match, sequence: int, part: Part) -> None:
    connection.execute(
        insert(folded_matches).values(
            lane=lane_of(match.origin),
            match_id=match.match_id,
            alert_sequence=sequence,
            part=part.value,
            watch_id=match.watch_id,
            page_id=match.origin.page_id,
            text_digest=match.text_digest,
            url=match.url,
            site_name=match.site_name,
            fetched_at=match.origin.fetched_at,
        )
    )


def _address(connection: Connection, alert: Alert, sequence: int) -> None:
    routes = connection.execute(
        select(channel_rows.c.name, channel_rows.c.kind)
        .join(watch_channels, watch_channels.c.channel == channel_rows.c.name)
        .where(watch_channels.c.watch_id == alert.watch_id)
    ).all()
    for route in routes:
        connection.execute(
            insert(deliveries).values(
                delivery_id=identity.digest("delivery", alert.alert_id, route.name),
                alert_sequence=sequence,
                channel=route.name,
                kind=route.kind,
                status="pending",
                attempts=0,
                created_at=alert.raised_at,
                due_at=alert.raised_at,
            )
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
