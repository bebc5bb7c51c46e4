"""Watches and the channels their alerts go to. Every change goes out to the topic `watches`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from pipeline.adapters.database import outbox
from pipeline.adapters.database.schema import channels as channel_rows
from pipeline.adapters.database.schema import watch_channels, watches
from pipeline.adapters.database.statements import Change, insert_if_new
from pipeline.errors import UsageError
from topics import registry
from topics.records import Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredWatch:
    """A watch and where its alerts go."""

    watch: Watch
    channels: tuple[str, ...]
    """Names, in the order their owner gave."""


def put(connection: Connection, watch: Watch, *, channels: Sequence[str], now: datetime) -> Change:
    """Store the watch. Its revision is counted here: one more than before when what it says has changed.

    UsageError for a channel that does not exist.
    """
    stored = _hold(connection, watch, now)
    wanted = replace(watch, revision=stored.revision + 1, updated_at=now)
    is_gone = stored.removed_at is not None
    is_same_watch = not is_gone and wanted == replace(_read(stored), revision=wanted.revision, updated_at=now)
    if not is_same_watch:
        values = {name: getattr(wanted, name) for name in ("name", "query", "subscriber", "enabled", "revision")}
        connection.execute(
            update(watches)
            .where(watches.c.watch_id == watch.watch_id)
            .values(**values, updated_at=now, removed_at=None)
        )
        outbox.add(connection, registry.WATCHES, wanted, now=now)
    has_same_channels = _route(connection, watch.watch_id, tuple(dict.fromkeys(channels)))
    if is_gone:
        return Change.ADDED
    return Change.UNCHANGED if is_same_watch and has_same_channels else Change.CHANGED


def remove(connection: Connection, watch_id: str, *, now: datetime) -> bool:
    """Take the watch out of force; its alerts stay. False when there is no such watch."""
    found = connection.execute(
        update(watches)
        .where(watches.c.watch_id == watch_id, watches.c.removed_at.is_(None))
        .values(removed_at=now, updated_at=now, revision=watches.c.revision + 1)
    )
    if found.rowcount == 0:
        return False
    connection.execute(delete(watch_channels).where(watch_channels.c.watch_id == watch_id))
    outbox.add_bytes(connection, registry.WATCHES, key=watch_id.encode(), value=None, now=now)
    return True


def get(connection: Connection, watch_id: str) -> StoredWatch | None:
    """The watch in force of that id."""
    found = [stored for stored in list_all(connection) if stored.watch.watch_id == watch_id]
    return found[0] if found else None


def list_all(connection: Connection) -> tuple[StoredWatch, ...]:
    """Every watch in force, by id."""
    rows = connection.execute(select(watches).where(watches.c.removed_at.is_(None)).order_by(watches.c.watch_id)).all()
    routes: dict[str, list[str]] = {}
    for route in connection.execute(select(watch_channels).order_by(watch_channels.c.position)):
        routes.setdefault(route.watch_id, []).append(route.channel)
    return tuple(StoredWatch(watch=_read(row), channels=tuple(routes.get(row.watch_id, ()))) for row in rows)


def _hold(connection: Connection, watch: Watch, now: datetime) -> Row[Any]:
    """The watch's row, held until the transaction ends; made as a removed one where there is none."""
    insert_if_new(
        connection,
        watches,
        watch_id=watch.watch_id,
        name=watch.name,
        query=watch.query,
        subscriber=watch.subscriber,
        enabled=watch.enabled,
        revision=0,
        updated_at=now,
        removed_at=now,
    )
    return connection.execute(select(watches).where(watches.c.watch_id == watch.watch_id).with_for_update()).one()


def _route(connection: Connection, watch_id: str, names: tuple[str, ...]) -> bool:
    """Send the watch's alerts to those channels. True when they went there already."""
    known = set(connection.execute(select(channel_rows.c.name).where(channel_rows.c.name.in_(names))).scalars())
    for name in names:
        if name not in known:
            raise UsageError(f"watch {watch_id}: there is no channel {name}")
    of_watch = watch_channels.c.watch_id == watch_id
    before = connection.execute(
        select(watch_channels.c.channel).where(of_watch).order_by(watch_channels.c.position)
    ).scalars()
    if tuple(before) == names:
        return True
    connection.execute(delete(watch_channels).where(of_watch))
    for position, name in enumerate(names):
        connection.execute(insert(watch_channels).values(watch_id=watch_id, channel=name, position=position))
    return False


def _read(row: Row[Any]) -> Watch:
    return Watch(
        watch_id=row.watch_id,
        name=row.name,
        query=row.query,
        revision=row.revision,
        subscriber=row.subscriber,
        enabled=row.enabled,
        updated_at=row.updated_at,
    )
