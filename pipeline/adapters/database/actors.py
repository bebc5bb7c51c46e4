"""Actors to recognise. Every change goes out to the topic `actors`."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from pipeline.adapters.database import outbox
from pipeline.adapters.database.schema import actors
from pipeline.adapters.database.statements import Change, insert_if_new
from topics import registry
from topics.records import Actor, ActorKind


def put(connection: Connection, actor: Actor, *, now: datetime) -> Change:
    """Store the actor."""
    wanted = replace(actor, updated_at=now)
    values = {"name": actor.name, "kind": actor.kind.value, "aliases": list(actor.aliases), "updated_at": now}
    of_actor = actors.c.actor_id == actor.actor_id
    change = Change.ADDED
    if not insert_if_new(connection, actors, actor_id=actor.actor_id, **values):
        stored = _read(connection.execute(select(actors).where(of_actor).with_for_update()).one())
        if replace(stored, updated_at=now) == wanted:
            return Change.UNCHANGED
        connection.execute(update(actors).where(of_actor).values(**values))
        change = Change.CHANGED
    outbox.add(connection, registry.ACTORS, wanted, now=now)
    return change


def remove(connection: Connection, actor_id: str, *, now: datetime) -> bool:
    """Recognise the actor no longer. False when there is none of that id."""
    if connection.execute(delete(actors).where(actors.c.actor_id == actor_id)).rowcount == 0:
        return False
    outbox.add_bytes(connection, registry.ACTORS, key=actor_id.encode(), value=None, now=now)
    return True


def list_all(connection: Connection) -> tuple[Actor, ...]:
    """Every actor, by id."""
    return tuple(map(_read, connection.execute(select(actors).order_by(actors.c.actor_id))))


def _read(row: Row[Any]) -> Actor:
    return Actor(
        actor_id=row.actor_id,
        name=row.name,
        kind=ActorKind(row.kind),
        aliases=tuple(row.aliases),
        updated_at=row.updated_at,
    )
