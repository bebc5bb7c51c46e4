"""Alerts as they are read: newest first for people, by sequence for streams that resume."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from pipeline.adapters.database.deliveries import StoredDelivery, of_alerts
from pipeline.adapters.database.schema import alerts, folded_matches
from pipeline.stages.fold import Part
from topics import codec, registry
from topics.records import Alert, Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAlert:
    """An alert and what came of it."""

    sequence: int
    """Counts up with every alert, in the order in which they became visible, without gaps."""
    alert: Alert
    copies: int
    """The same text at other addresses, so far."""
    repeats: int
    """Later versions of its pages, so far."""
    deliveries: tuple[StoredDelivery, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryPage:
    """A page that belongs to an alert."""

    part: Part
    url: str
    site_name: str | None
    fetched_at: datetime


def newest(
    connection: Connection,
    *,
    limit: int = 50,
    before: int | None = None,
    watch_id: str | None = None,
    mode: Mode | None = None,
) -> tuple[StoredAlert, ...]:
    """The newest alerts, newest first; `before` is the sequence at which the page before ended."""
    wanted = select(alerts).order_by(alerts.c.sequence.desc()).limit(limit)
    if before is not None:
        wanted = wanted.where(alerts.c.sequence < before)
    if watch_id is not None:
        wanted = wanted.where(alerts.c.watch_id == watch_id)
    if mode is not None:
        wanted = wanted.where(alerts.c.mode == mode.value)
    return _read(connection, wanted)


def after(connection: Connection, sequence: int, *, limit: int = 100) -> tuple[StoredAlert, ...]:
    """Alerts that became visible after that one, oldest first. None is ever added behind what this has given."""
    return _read(
        connection, select(alerts).where(alerts.c.sequence > sequence).order_by(alerts.c.sequence).limit(limit)
    )


def last_sequence(connection: Connection) -> int:
    """The newest alert's sequence; 0 when there is none."""
    return connection.execute(select(func.max(alerts.c.sequence))).scalar() or 0


def get(connection: Connection, alert_id: str) -> StoredAlert | None:
    """The alert of that id; the live one where a replay has raised it too."""
    found = _read(connection, select(alerts).where(alerts.c.alert_id == alert_id).order_by(alerts.c.sequence))
    live = [stored for stored in found if stored.alert.mode is Mode.LIVE]
    return next(iter(live or found), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldedPage:
    """What a page is to an alert."""

    part: Part
    stored: StoredAlert


def of_pages(connection: Connection, page_ids: Sequence[str]) -> tuple[FoldedPage, ...]:
    """The alerts the pages belong to, oldest first; each once, `raised` where one of the pages did."""
    parts: dict[int, Part] = {}
    rows = connection.execute(
        select(folded_matches.c.alert_sequence, folded_matches.c.part)
        .where(folded_matches.c.page_id.in_(page_ids))
        .order_by(folded_matches.c.fetched_at, folded_matches.c.match_id)
    )
    for row in rows:
        if parts.get(row.alert_sequence) is not Part.RAISED:
            parts[row.alert_sequence] = Part(row.part)
    stored = _read(connection, select(alerts).where(alerts.c.sequence.in_(parts)).order_by(alerts.c.sequence))
    return tuple(FoldedPage(part=parts[one.sequence], stored=one) for one in stored)


def pages_of(connection: Connection, sequence: int) -> tuple[StoryPage, ...]:
    """The pages of the alert's story, in the order in which they were fetched."""
    rows = connection.execute(
        select(folded_matches)
        .where(folded_matches.c.alert_sequence == sequence)
        .order_by(folded_matches.c.fetched_at, folded_matches.c.match_id)
    )
    return tuple(
        StoryPage(part=Part(row.part), url=row.url, site_name=row.site_name, fetched_at=row.fetched_at) for row in rows
    )


def _read(connection: Connection, wanted: Select[Any]) -> tuple[StoredAlert, ...]:
    rows: Sequence[Row[Any]] = connection.execute(wanted).all()
    sent = of_alerts(connection, [row.sequence for row in rows])
    return tuple(
        StoredAlert(
            sequence=row.sequence,
            alert=codec.decode(registry.ALERTS, row.record),
            copies=row.copies,
            repeats=row.repeats,
            deliveries=sent.get(row.sequence, ()),
        )
        for row in rows
    )
