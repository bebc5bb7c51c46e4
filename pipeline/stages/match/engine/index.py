"""The watches in force, and which of them an article could match at all."""

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.stages.match.engine.required import actor_key, required
from pipeline.stages.match.exact.reading import Reading, folded_name
from pipeline.stages.match.language.parser import parse_query
from pipeline.stages.match.language.query import Query
from topics.records import Actor, Watch


@dataclass(frozen=True, slots=True)
class Standing:
    """A watch in force, understood."""

    watch: Watch
    query: Query
    keys: frozenset[str] | None
    """What an article must have one of; None when it has to be looked at in any case."""


class WatchIndex:
    """Watches by what an article must have for them. A change costs only the one watch. For one thread."""

    def __init__(self) -> None:
        self._standing: dict[str, Standing] = {}
        self._by_key: dict[str, dict[str, Standing]] = {}
        self._unkeyed: dict[str, Standing] = {}
        self._names: dict[str, tuple[str, ...]] = {}

    def __len__(self) -> int:
        return len(self._standing)

    def put(self, watch: Watch) -> None:
        """Bring a watch into force in place of its former revision; one that is not enabled is only taken out.

        QueryError when its query cannot be read; then no revision of it is in force.
        """
        self.remove(watch.watch_id)
        if not watch.enabled:
            return
        query = parse_query(watch.query)
        requirement = required(query.tree)
        standing = Standing(watch, query, requirement.keys if requirement is not None else None)
        self._standing[watch.watch_id] = standing
        for shelf in self._shelves(standing):
            shelf[watch.watch_id] = standing

    def remove(self, watch_id: str) -> None:
        """Take a watch out of force; nothing happens when there is none of that id."""
        standing = self._standing.pop(watch_id, None)
        if standing is None:
            return
        for shelf in self._shelves(standing):
            del shelf[watch_id]
        for key in standing.keys or ():
            if not self._by_key[key]:
                del self._by_key[key]

    def put_actor(self, actor: Actor) -> None:
        """Learn the names by which watches may ask for an actor."""
        names = (actor.name, *(alias.removeprefix("=") for alias in actor.aliases))
        self._names[actor.actor_id] = tuple(dict.fromkeys(folded_name(name) for name in names))

    def remove_actor(self, actor_id: str) -> None:
        """Forget an actor's names; nothing happens when it is not known."""
        self._names.pop(actor_id, None)

    def names_of(self, actor_id: str) -> tuple[str, ...]:
        """The folded names of an actor; none when it is not known."""
        return self._names.get(actor_id, ())

    def candidates(self, reading: Reading) -> list[Standing]:
        """The watches the article could match, in the order of their ids; every watch it does match is among them."""
        found = dict(self._unkeyed)
        for words in reading.fields.values():
            for key in words.places.keys() & self._by_key.keys():
                found.update(self._by_key[key])
        for name in reading.named:
            found.update(self._by_key.get(actor_key(name), {}))
        return [found[watch_id] for watch_id in sorted(found)]

    def _shelves(self, standing: Standing) -> Iterator[dict[str, Standing]]:
        if standing.keys is None:
            yield self._unkeyed
        for key in standing.keys or ():
            yield self._by_key.setdefault(key, {})
