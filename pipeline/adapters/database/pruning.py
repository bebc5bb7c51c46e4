"""Removes what is too old to be asked for, some rows at a time, so that nobody waits long for the database.

What "nobody is told twice" needs goes last and together: an alert is removed, with its matches and deliveries, when
neither it nor any match of its story is younger than the time asked for and all its deliveries have ended. A run goes
when it ended as long ago and none of its alerts is left; one that has not ended stays. Watches keep their rows, removed
ones too: their revisions count on.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, delete, select, tuple_

from pipeline.adapters.database.dead_letters import LetterStatus
from pipeline.adapters.database.deliveries import Status
from pipeline.adapters.database.engine import Database
from pipeline.adapters.database.feed_volumes import hour_of
from pipeline.adapters.database.runs import RunStatus
from pipeline.adapters.database.schema import (
    alerts,
    attempts,
    dead_letters,
    deliveries,
    digest_alerts,
    feed_hours,
    folded_matches,
    outbox,
    page_addresses,
    runs,
    stage_outcomes,
)

_TOGETHER = 2000


def prune(database: Database, *, outcomes_before: datetime, alerts_before: datetime) -> Iterator[tuple[str, int]]:
    """Remove what is older, in short transactions; after each, the table and how many rows went."""
    simple = (
        (stage_outcomes, stage_outcomes.c.arrived_at < outcomes_before),
        (page_addresses, page_addresses.c.seen_at < outcomes_before),
        (
            dead_letters,
            (dead_letters.c.failed_at < outcomes_before) & (dead_letters.c.status != LetterStatus.OPEN.value),
        ),
        # A letter still open after so long has left Kafka, too.
        (dead_letters, dead_letters.c.failed_at < alerts_before),
        (feed_hours, feed_hours.c.hour < hour_of(alerts_before)),
        (outbox, outbox.c.refused.is_not(None) & (outbox.c.created_at < outcomes_before)),
    )
    for table, is_old in simple:
        yield from _remove(database, table, is_old)
    while removed := _remove_alerts(database, alerts_before):
        yield alerts.name, removed
    # After the alerts, which name the run that raised them.
    yield from _remove(database, runs, _are_over(alerts_before))


def _are_over(before: datetime) -> ColumnElement[bool]:
    raised = select(alerts.c.sequence).where(alerts.c.run_id == runs.c.run_id)
    final = [status.value for status in RunStatus if status.is_final]
    return runs.c.status.in_(final) & (runs.c.ended_at < before) & ~raised.exists()


def _remove(database: Database, table: Table, is_old: Any) -> Iterator[tuple[str, int]]:
    keys = list(table.primary_key)
    old = select(*keys).where(is_old).limit(_TOGETHER)
    while True:
        with database.write() as connection:
            found = [tuple(row) for row in connection.execute(old)]
            if found:
                is_found = keys[0].in_([row[0] for row in found]) if len(keys) == 1 else tuple_(*keys).in_(found)
                connection.execute(delete(table).where(is_found))
        if found:
            yield table.name, len(found)
        if len(found) < _TOGETHER:
            return


def _remove_alerts(database: Database, before: datetime) -> int:
    young = select(folded_matches.c.match_id).where(
        folded_matches.c.alert_sequence == alerts.c.sequence, folded_matches.c.fetched_at >= before
    )
    waiting = select(deliveries.c.delivery_id).where(
        deliveries.c.alert_sequence == alerts.c.sequence,
        deliveries.c.status.in_((Status.PENDING.value, Status.SENDING.value)),
    )
    to_be_told = select(digest_alerts.c.channel).where(
        digest_alerts.c.alert_sequence == alerts.c.sequence, digest_alerts.c.delivery_id.is_(None)
    )
    old = (
        select(alerts.c.sequence)
        .where(alerts.c.raised_at < before, ~young.exists(), ~waiting.exists(), ~to_be_told.exists())
        .order_by(alerts.c.sequence)
        .limit(_TOGETHER // 10)
    )
    with database.write() as connection:
        sequences = list(connection.execute(old).scalars())
        if sequences:
            _remove_whole(connection, sequences)
    return len(sequences)


def _remove_whole(connection: Connection, sequences: list[int]) -> None:
    sent = select(deliveries.c.delivery_id).where(deliveries.c.alert_sequence.in_(sequences))
    is_told = digest_alerts.c.alert_sequence.in_(sequences) | digest_alerts.c.delivery_id.in_(sent)
    connection.execute(delete(digest_alerts).where(is_told))
    connection.execute(delete(attempts).where(attempts.c.delivery_id.in_(sent)))
    connection.execute(delete(deliveries).where(deliveries.c.alert_sequence.in_(sequences)))
    connection.execute(delete(folded_matches).where(folded_matches.c.alert_sequence.in_(sequences)))
    connection.execute(delete(alerts).where(alerts.c.sequence.in_(sequences)))
