"""What is looked for: listed actors, and standing queries."""

from dataclasses import dataclass
from datetime import datetime

from topics.records.aware import Aware
from topics.records.kinds import ActorKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor(Aware):
    """A person or organisation to recognise. A deleted actor is a tombstone."""

    actor_id: str
    name: str
    kind: ActorKind
    aliases: tuple[str, ...] = ()
    """Other spellings, in any script. `=WHO` asks for exact case."""
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch(Aware):
    """A standing query. A deleted watch is a tombstone."""

    watch_id: str
    name: str
    query: str
    revision: int
    subscriber: str = "default"
    enabled: bool = True
    updated_at: datetime | None = None
