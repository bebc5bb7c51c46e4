"""The balance: what went into each stage against how it ended, and by name what is missing or contradicts itself."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from pipeline.adapters.database import Connection, auditing
from pipeline.adapters.database.auditing import Cohort, Contradiction, EndCount
from pipeline.adapters.database.outcomes import StageOutcome
from pipeline.stages.provenance import STAGES
from topics.records import LIVE_RUN

_NAMED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A record that was given on to a stage and has not ended there."""

    stage: str
    """Where it has not ended."""
    url: str | None
    page_id: str | None
    watch_id: str | None
    topic: str
    """Declared name of the topic in which it waits."""
    partition: int
    offset: int
    arrived_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StageAccount:
    """One stage: `given` = the ends together + `missing` + `under_way`."""

    stage: str
    given: int
    """Records the stage before gave on: pages, and matches at the fold."""
    ends: tuple[EndCount, ...]
    missing: int
    """Without an end, and older than the grace time."""
    under_way: int
    """Without an end, but not for so long."""

    @property
    def is_balanced(self) -> bool:
        """The ends and what has none add up to what was given."""
        return self.given == sum(end.records for end in self.ends) + self.missing + self.under_way


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The balance of a cohort."""

    run_id: str
    since: datetime | None
    until: datetime | None
    listed: tuple[EndCount, ...]
    """Entries of feeds: `emitted` are the pages that were acknowledged, the others had none."""
    stages: tuple[StageAccount, ...]
    deliveries: dict[str, int]
    """Of the alerts raised, by where they stand."""
    missing: tuple[Missing, ...]
    """The first of them by name."""
    contradicted: tuple[Contradiction, ...]
    unended_retries: tuple[str, ...]
    """Letters that were retried and whose pages have not ended again."""

    @property
    def is_whole(self) -> bool:
        """Nothing is missing."""
        counted = all(stage.missing == 0 and stage.is_balanced for stage in self.stages)
        return counted and not self.unended_retries


def audit(
    connection: Connection, cohort: Cohort, *, now: datetime, grace: timedelta, last_stage: str | None = None
) -> Account:
    """The balance of the cohort as the ledger has it; what has not been indexed yet looks as if it were missing.

    `last_stage` is where the cohort's run was to end; None for the last there is.
    """
    missing: list[Missing] = []
    stages: list[StageAccount] = []
    for given_by, stage in _steps(connection, cohort, last_stage):
        given = auditing.emitted(connection, cohort, given_by)
        overdue, first = auditing.unended(connection, cohort, stage, before=now - grace, limit=_NAMED)
        unended, _ = auditing.unended(connection, cohort, stage, before=None, limit=0)
        ends = auditing.ends(connection, cohort, stage)
        stages.append(StageAccount(stage=stage, given=given, ends=ends, missing=overdue, under_way=unended - overdue))
        missing += _named(connection, stage, first)
    return Account(
        run_id=cohort.run_id,
        since=cohort.since,
        until=cohort.until,
        listed=auditing.ends(connection, cohort, STAGES[0]),
        stages=tuple(stages),
        deliveries=auditing.delivered(connection, cohort),
        missing=tuple(missing),
        contradicted=auditing.contradictions(connection, cohort, limit=_NAMED),
        unended_retries=auditing.unended_retries(connection, since=cohort.since, before=now - grace),
    )


def _steps(connection: Connection, cohort: Cohort, last_stage: str | None) -> Iterable[tuple[str, str]]:
    """Each stage with the one before it. A replay may have begun at any: what was put in there was given by nobody."""
    first = 0
    if cohort.run_id != LIVE_RUN:
        first = next((at for at, stage in enumerate(STAGES) if auditing.emitted(connection, cohort, stage)), 0)
    last = STAGES.index(last_stage) if last_stage in STAGES else len(STAGES) - 1
    return pairwise(STAGES[first : last + 1])


def _named(connection: Connection, stage: str, first: Sequence[StageOutcome]) -> list[Missing]:
    urls = auditing.urls_of(connection, [one.page_id for one in first if one.page_id is not None])
    return [
        Missing(
            stage=stage,
            url=urls.get(one.page_id) if one.page_id is not None else None,
            page_id=one.page_id,
            watch_id=one.watch_id,
            topic=one.topic,
            partition=one.partition,
            offset=one.offset,
            arrived_at=one.arrived_at,
        )
        for one in first
    ]
