"""Runs: bounded work over history (a replay, a backfill of watches), asked for once, resumable until it has ended.

A run's positions are stored after what they passed was acknowledged, so that a run that was killed goes on without
losing anything. One process works on a run at a time: it holds a lock, which the system frees when that process dies.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from pipeline.adapters.database.engine import Database
from pipeline.adapters.database.locks import exclusive_if_free, forget
from pipeline.adapters.database.schema import runs
from pipeline.adapters.ranges import Bounds, Positions
from pipeline.errors import UsageError
from pipeline.stages.identity import digest
from topics.records import LIVE_RUN, Mode, Origin

_ID_DIGITS = 16
# A run under way gives a sign of life every two seconds.
_INTERRUPTED_AFTER = timedelta(seconds=15)


class RunStatus(StrEnum):
    """Where a run stands."""

    RUNNING = "running"
    """Under way, or cut off: see `Run.updated_at`."""
    PAUSED = "paused"
    """Stopped by its operator, to be resumed."""
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"
    """Ended, and what it made does not add up, or it could not go on."""

    @property
    def is_final(self) -> bool:
        """Nothing follows."""
        return self in (RunStatus.DONE, RunStatus.CANCELLED, RunStatus.FAILED)


class Notify(StrEnum):
    """Who is told of the new alerts of a run; shadow runs tell nobody."""

    NONE = "none"
    DIGEST = "digest"
    LIVE = "live"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an operator asked for, in words that make it recognisable when it is asked again."""

    kind: str
    """`replay`, `watch-backfill`, …"""
    mode: Mode
    words: Mapping[str, Any]
    """Everything that makes it this and no other, as JSON."""
    notify: Notify = Notify.NONE

    @property
    def digest(self) -> str:
        """The same for the same words."""
        return digest("asked", self.kind, self.mode, self.notify, json.dumps(dict(self.words), sort_keys=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run as it is stored."""

    run_id: str
    asked: Asked
    bounds: Mapping[str, Mapping[int, Bounds]]
    """What it reads, and the ends of what it writes to as they were at its start: by declared topic and partition."""
    size: int
    """Records that lay ahead at its start, at most."""
    positions: Positions
    """Where it goes on."""
    counts: Mapping[str, int]
    status: RunStatus
    note: str | None
    """Why it waits or failed, in words."""
    started_at: datetime
    updated_at: datetime
    """The last sign of life, renewed every few seconds while it runs."""
    ended_at: datetime | None = None
    cancel_asked_at: datetime | None = None
    report: Mapping[str, Any] | None = None

    def state(self, *, now: datetime) -> str:
        """Where it stands, in one word: `running`, `waiting`, `interrupted`, or its status."""
        if self.status is not RunStatus.RUNNING:
            return self.status.value
        if now - self.updated_at > _INTERRUPTED_AFTER:
            return "interrupted"
        return "running" if self.note is None else "waiting"

    @property
    def ahead(self) -> int:
        """Records and gaps that lie ahead."""
        return max(0, self.size - self.passed)

    @property
    def passed(self) -> int:
        """Records and gaps that lie behind."""
        return self.counts.get(PASSED, 0)


PASSED = "passed"
"""The count of what lies behind, of `Run.size`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What has happened since it was last stored."""

    positions: Positions = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    """To be added."""
    note: str | None = None
    report: Mapping[str, Any] | None = None
    """What is to be said of the run, as far as it is known by now; None leaves what was stored."""


def start(
    connection: Connection, asked: Asked, *, bounds: Mapping[str, Mapping[int, Bounds]], size: int, now: datetime
) -> Run:
    """Store a new run. Its id is a digest of what was asked, when, of its bounds, and of how often it was asked before.

    By the last alone names would be given again, since runs of long ago are removed.
    """
    same = select(func.count()).where(runs.c.asked_digest == asked.digest)
    number = connection.execute(same).scalar_one()
    written = _write_bounds(bounds)
    named_by = (asked.digest, json.dumps(written, sort_keys=True), str(number), now.isoformat())
    run_id = digest("run", *named_by)[:_ID_DIGITS]
    connection.execute(
        insert(runs).values(
            run_id=run_id,
            asked_digest=asked.digest,
            kind=asked.kind,
            mode=asked.mode.value,
            notify=asked.notify.value,
            asked=dict(asked.words),
            bounds=written,
            size=size,
            positions={},
            counts={},
            status=RunStatus.RUNNING.value,
            started_at=now,
            updated_at=now,
        )
    )
    return _of(connection, run_id)


def advance(connection: Connection, run_id: str, progress: Progress, *, now: datetime) -> Run:
    """Store progress that was acknowledged, and be alive. The run as it stands: look whether to cancel it."""
    run = _of(connection, run_id, is_held=True)
    counts = {
        name: run.counts.get(name, 0) + progress.counts.get(name, 0) for name in {**run.counts, **progress.counts}
    }
    values: dict[str, Any] = {"positions": run.positions | progress.positions, "counts": counts, "note": progress.note}
    if progress.report is not None:
        values["report"] = progress.report
    connection.execute(update(runs).where(runs.c.run_id == run_id).values(**values, updated_at=now))
    return _of(connection, run_id)


def resume(connection: Connection, run_id: str, *, now: datetime) -> Run:
    """Have it running again. UsageError when it has ended."""
    run = _of(connection, run_id, is_held=True)
    if run.status.is_final:
        raise UsageError(f"run {run_id} is {run.status.value}: there is nothing to resume")
    values = {"status": RunStatus.RUNNING.value, "note": None, "updated_at": now}
    connection.execute(update(runs).where(runs.c.run_id == run_id).values(**values))
    return _of(connection, run_id)


def pause(connection: Connection, run_id: str, *, note: str, now: datetime) -> None:
    """Stop it for now."""
    values = {"status": RunStatus.PAUSED.value, "note": note, "updated_at": now}
    connection.execute(update(runs).where(runs.c.run_id == run_id).values(**values))


def end(
    connection: Connection,
    run_id: str,
    status: RunStatus,
    *,
    now: datetime,
    note: str | None = None,
    report: Mapping[str, Any] | None = None,
) -> None:
    """Store how it ended."""
    values = {"status": status.value, "note": note, "ended_at": now, "updated_at": now, "report": report}
    connection.execute(update(runs).where(runs.c.run_id == run_id).values(**values))


def ask_to_cancel(connection: Connection, run_id: str, *, now: datetime) -> Run:
    """Have whoever works on it end it. UsageError when it has ended."""
    run = _of(connection, run_id, is_held=True)
    if run.status.is_final:
        raise UsageError(f"run {run_id} is {run.status.value}: there is nothing to cancel")
    connection.execute(update(runs).where(runs.c.run_id == run_id).values(cancel_asked_at=now))
    return _of(connection, run_id)


def find(connection: Connection, beginning: str) -> Run:
    """The run whose id begins so. UsageError for none or several."""
    is_fitting = runs.c.run_id.startswith(beginning, autoescape=True)
    rows = connection.execute(select(runs).where(is_fitting).limit(2)).all()
    if len(rows) != 1:
        raise UsageError(f"{beginning}: {'no run has' if not rows else 'several runs have'} an id that begins so")
    return _read(rows[0])


def newest(connection: Connection, *, limit: int = 50, kind: str | None = None) -> tuple[Run, ...]:
    """The newest runs, newest first."""
    wanted = select(runs).order_by(runs.c.started_at.desc(), runs.c.run_id).limit(limit)
    return tuple(map(_read, connection.execute(wanted if kind is None else wanted.where(runs.c.kind == kind))))


def unfinished(connection: Connection, asked: Asked) -> Run | None:
    """The newest run of the same words that has not ended."""
    final = [status.value for status in RunStatus if status.is_final]
    row = connection.execute(
        select(runs)
        .where(runs.c.asked_digest == asked.digest, runs.c.status.not_in(final))
        .order_by(runs.c.started_at.desc())
    ).first()
    return None if row is None else _read(row)


def active(connection: Connection) -> tuple[Run, ...]:
    """Every run that has not ended."""
    final = [status.value for status in RunStatus if status.is_final]
    wanted = select(runs).where(runs.c.status.not_in(final)).order_by(runs.c.started_at)
    return tuple(map(_read, connection.execute(wanted)))


def is_told(connection: Connection, origin: Origin) -> bool:
    """Somebody is told of a new alert as it is raised: of live ones, and of those whose run is to notify like live.

    What belongs to a run is told as that run was asked to, whatever mode its records claim; a shadow is never told.
    """
    if origin.run_id == LIVE_RUN:
        return origin.mode is Mode.LIVE
    return origin.mode is not Mode.SHADOW and notify_of(connection, origin.run_id) is Notify.LIVE


def notify_of(connection: Connection, run_id: str) -> Notify:
    """Who is told of the run's new alerts: nobody, for a run that is not known."""
    found = connection.execute(select(runs.c.notify).where(runs.c.run_id == run_id)).scalar()
    return Notify.NONE if found is None else Notify(found)


@contextmanager
def held(database: Database, run_id: str) -> Iterator[None]:
    """Be the one process that works on the run. UsageError when another does."""
    name = f"run-{run_id}"
    with exclusive_if_free(database, name) as is_held:
        if not is_held:
            raise UsageError(f"run {run_id}: another process works on it")
        yield
        with database.read() as connection:
            if _of(connection, run_id).status.is_final:
                forget(database, name)


def _of(connection: Connection, run_id: str, *, is_held: bool = False) -> Run:
    wanted = select(runs).where(runs.c.run_id == run_id)
    return _read(connection.execute(wanted.with_for_update() if is_held else wanted).one())


def _write_bounds(bounds: Mapping[str, Mapping[int, Bounds]]) -> dict[str, dict[str, list[int]]]:
    return {topic: {str(part): list(each) for part, each in parts.items()} for topic, parts in bounds.items()}


def _read(row: Row[Any]) -> Run:
    return Run(
        run_id=row.run_id,
        asked=Asked(kind=row.kind, mode=Mode(row.mode), notify=Notify(row.notify), words=row.asked),
        bounds={
            topic: {int(part): Bounds(*each) for part, each in parts.items()} for topic, parts in row.bounds.items()
        },
        size=row.size,
        positions=row.positions,
        counts=row.counts,
        status=RunStatus(row.status),
        note=row.note,
        started_at=row.started_at,
        updated_at=row.updated_at,
        ended_at=row.ended_at,
        cancel_asked_at=row.cancel_asked_at,
        report=row.report,
    )
