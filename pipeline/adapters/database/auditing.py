"""What the ledger says of a cohort: how its records ended at a stage, and which have not ended.

A cohort is the pages of one run, those whose record arrived within a time where one is given. A record that was tried
several times ended as its last try did.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, distinct, func, select
from sqlalchemy.sql.selectable import FromClause

from pipeline.adapters.database.dead_letters import LetterStatus
from pipeline.adapters.database.outcomes import StageOutcome, read
from pipeline.adapters.database.schema import dead_letters, deliveries, folded_matches, stage_outcomes
from pipeline.stages import identity
from pipeline.stages.fold import Part
from pipeline.stages.provenance import STAGES

_EMITTED = "emitted"
_LIVE = "live"
_ASKED_TOGETHER = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """Which pages are meant."""

    run_id: str = _LIVE
    since: datetime | None = None
    """The first moment of arrival; None for all of the run."""
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndCount:
    """So many records ended so."""

    outcome: str
    reason: str | None
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """A record that ended at a stage in more than one way."""

    subject: str
    page_id: str | None
    stage: str
    version: str
    watch_id: str | None
    outcomes: tuple[str, ...]


def ends(connection: Connection, cohort: Cohort, stage: str) -> tuple[EndCount, ...]:
    """How the cohort's records ended at the stage: pages, and at the fold matches."""
    rows = stage_outcomes
    by = (rows.c.subject, rows.c.watch_id) if stage == STAGES[-1] else (rows.c.subject,)
    rank = func.row_number().over(partition_by=by, order_by=(rows.c.attempt.desc(), rows.c.arrived_at.desc()))
    last = select(rows.c.outcome, rows.c.reason, rank.label("rank")).where(_of(cohort, rows, stage)).subquery()
    counted = (
        select(last.c.outcome, last.c.reason, func.count().label("records"))
        .where(last.c.rank == 1)
        .group_by(last.c.outcome, last.c.reason)
        .order_by(last.c.outcome, func.count().desc())
    )
    return tuple(
        EndCount(outcome=row.outcome, reason=row.reason, records=row.records) for row in connection.execute(counted)
    )


def emitted(connection: Connection, cohort: Cohort, stage: str) -> int:
    """How many records the stage gave on to the next: pages, and from the matching on matches."""
    rows = stage_outcomes
    return _count(connection, select(rows).where(_of(cohort, rows, stage), rows.c.outcome == _EMITTED), rows, stage)


def unended(
    connection: Connection, cohort: Cohort, stage: str, *, before: datetime | None, limit: int
) -> tuple[int, tuple[StageOutcome, ...]]:
    """Of what the stage before gave on earlier than that moment, what has no end here: how many, and the first."""
    missing, rows = _unended(cohort, stage)
    if before is not None:
        missing = missing.where(rows.c.arrived_at < before)
    given_by = STAGES[STAGES.index(stage) - 1]
    count = _count(connection, missing, rows, given_by)
    first = connection.execute(missing.order_by(rows.c.arrived_at).limit(limit)) if count and limit else ()
    return count, tuple(map(read, first))


def contradictions(connection: Connection, cohort: Cohort, *, limit: int) -> tuple[Contradiction, ...]:
    """Records that ended at a stage in two ways at one try."""
    rows = stage_outcomes
    watch = case((rows.c.stage == STAGES[-1], rows.c.watch_id), else_=None)
    by = (rows.c.subject, rows.c.stage, rows.c.version, rows.c.attempt, watch)
    twice = (
        select(*by[:4], watch.label("watch_id"))
        .where(_of(cohort, rows))
        .group_by(*by)
        .having(func.count(distinct(rows.c.outcome)) > 1)
        .limit(limit)
    )
    return tuple(_contradiction(connection, cohort, row) for row in connection.execute(twice).all())


def unended_retries(connection: Connection, *, since: datetime | None, before: datetime) -> tuple[str, ...]:
    """Ids of letters put back into their topic within that time, whose pages have not ended again."""
    rows, letters = stage_outcomes.c, dead_letters.c
    again = select(rows.name).where(
        rows.page_id == letters.page_id, rows.stage == letters.stage, rows.attempt > letters.attempt
    )
    conditions = [
        letters.status == LetterStatus.RETRIED.value,
        letters.page_id.is_not(None),
        letters.changed_at < before,
        ~again.exists(),
    ]
    if since is not None:
        conditions.append(letters.changed_at >= since)
    return tuple(connection.execute(select(letters.letter_id).where(*conditions)).scalars())


def delivered(connection: Connection, cohort: Cohort) -> dict[str, int]:
    """Deliveries of the cohort's alerts by where they stand."""
    rows = stage_outcomes
    raised = select(rows.c.subject, rows.c.page_id, rows.c.watch_id).where(
        _of(cohort, rows, STAGES[-1]), rows.c.outcome == _EMITTED
    )
    matches = [
        identity.match_id(row.watch_id, row.page_id, row.subject) for row in connection.execute(raised) if row.watch_id
    ]
    counts: dict[str, int] = {}
    for first in range(0, len(matches), _ASKED_TOGETHER):
        for status, number in _deliveries(connection, matches[first : first + _ASKED_TOGETHER]):
            counts[status] = counts.get(status, 0) + number
    return counts


def urls_of(connection: Connection, page_ids: Sequence[str]) -> dict[str, str]:
    """An address of each page, where one is known."""
    rows = stage_outcomes.c
    found: dict[str, str] = {}
    for first in range(0, len(page_ids), _ASKED_TOGETHER):
        some = rows.page_id.in_(page_ids[first : first + _ASKED_TOGETHER])
        found.update(
            {row.page_id: row.url for row in connection.execute(select(rows.page_id, rows.url).where(some)) if row.url}
        )
    return found


def _of(cohort: Cohort, rows: FromClause, stage: str | None = None) -> ColumnElement[bool]:
    """The cohort's rows, of one stage or of all."""
    conditions = [rows.c.run_id == cohort.run_id]
    if stage is not None:
        conditions.append(rows.c.stage == stage)
    if cohort.since is None and cohort.until is None:
        return and_(*conditions)
    if stage == STAGES[0]:
        return and_(*conditions, *_arrived(cohort, rows))
    first = stage_outcomes.alias("first")
    pages = select(first.c.subject).where(
        first.c.run_id == cohort.run_id, first.c.stage == STAGES[0], *_arrived(cohort, first)
    )
    return and_(*conditions, rows.c.subject.in_(pages))


def _arrived(cohort: Cohort, rows: FromClause) -> list[ColumnElement[bool]]:
    conditions = []
    if cohort.since is not None:
        conditions.append(rows.c.arrived_at >= cohort.since)
    if cohort.until is not None:
        conditions.append(rows.c.arrived_at < cohort.until)
    return conditions


def _count(connection: Connection, wanted: Select[Any], rows: FromClause, stage: str) -> int:
    """How many outputs of the stage these are: pages, and from the matching on matches."""
    by = (rows.c.subject, rows.c.watch_id) if stage in STAGES[-2:] else (rows.c.subject,)
    different = wanted.with_only_columns(*by).distinct().subquery()
    count: int = connection.execute(select(func.count()).select_from(different)).scalar_one()
    return count


def _unended(cohort: Cohort, stage: str) -> tuple[Select[Any], FromClause]:
    given_by = STAGES[STAGES.index(stage) - 1]
    given, end = stage_outcomes.alias("given"), stage_outcomes.alias("end")
    is_same = [end.c.run_id == given.c.run_id, end.c.subject == given.c.subject, end.c.stage == stage]
    if stage == STAGES[-1]:
        is_same.append(end.c.watch_id == given.c.watch_id)
    missing = select(given).where(
        _of(cohort, given, given_by),
        given.c.outcome == _EMITTED,
        ~select(end.c.name).where(*is_same).exists(),
    )
    return missing, given


def _contradiction(connection: Connection, cohort: Cohort, row: Any) -> Contradiction:
    columns = stage_outcomes.c
    wanted = select(columns.page_id, columns.outcome).where(
        columns.run_id == cohort.run_id,
        columns.subject == row.subject,
        columns.stage == row.stage,
        columns.version == row.version,
        columns.attempt == row.attempt,
    )
    found = connection.execute(wanted).all()
    return Contradiction(
        subject=row.subject,
        page_id=found[0].page_id,
        stage=row.stage,
        version=row.version,
        watch_id=row.watch_id,
        outcomes=tuple(sorted({one.outcome for one in found})),
    )


def _deliveries(connection: Connection, match_ids: Sequence[str]) -> list[tuple[str, int]]:
    rows = connection.execute(
        select(deliveries.c.status, func.count().label("number"))
        .join(folded_matches, folded_matches.c.alert_sequence == deliveries.c.alert_sequence)
        .where(
            folded_matches.c.lane == _LIVE,
            folded_matches.c.match_id.in_(match_ids),
            folded_matches.c.part == Part.RAISED.value,
        )
        .group_by(deliveries.c.status)
    )
    return [(row.status, row.number) for row in rows]
