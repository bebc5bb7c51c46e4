"""The engine in Python alone, where the kernel could not be built: candidates by their keys, each evaluated exactly."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipeline.stages.match.engine.confirming import Confirmer
from pipeline.stages.match.engine.finding import Findings, Found, NamesOf, Spelled
from pipeline.stages.match.engine.required import actor_key, required
from pipeline.stages.match.exact.reading import Reading, read
from pipeline.stages.match.language.query import Query
from pipeline.stages.match.words import Words
from topics.records import TaggedArticle, Watch, WatchFault


@dataclass(frozen=True, slots=True)
class _Standing:
    """A watch in force, understood."""

    watch: Watch
    query: Query
    keys: frozenset[str] | None
    """What an article must have one of; None when it has to be looked at in any case."""


class PlainEngine:
    """Watches by what an article must have for them. A change costs only the one watch. For one thread."""

    def __init__(self, confirmer: Confirmer) -> None:
        self._standing: dict[str, _Standing] = {}
        self._by_key: dict[str, dict[str, _Standing]] = {}
        self._unkeyed: dict[str, _Standing] = {}
        self._tried: Counter[str] = Counter()
        self._confirmer = confirmer

    def put(self, watch: Watch, query: Query) -> None:
        """Bring a watch into force that is not in force."""
        requirement = required(query.tree)
        standing = _Standing(watch, query, requirement.keys if requirement is not None else None)
        self._standing[watch.watch_id] = standing
        for shelf in self._shelves(standing):
            shelf[watch.watch_id] = standing

    def remove(self, watch_id: str) -> None:
        """Take a watch out of force that is in force."""
        standing = self._standing.pop(watch_id)
        self._tried.pop(watch_id, None)
        for shelf in self._shelves(standing):
            del shelf[watch_id]
        for key in standing.keys or ():
            if not self._by_key[key]:
                del self._by_key[key]

    def find(self, tagged: TaggedArticle, names_of: NamesOf, *, wants_hits: bool) -> Findings:
        """The watches the article matches; without hits, where none are wanted, those may be left out."""
        reading = read(tagged, names_of=names_of)
        candidates = self._candidates(reading)
        self._tried.update(one.watch.watch_id for one in candidates)
        found: list[Found] = []
        aside: list[WatchFault] = []
        for one in candidates:
            hits = self._confirmer.hits(one.watch, one.query, reading)
            if isinstance(hits, WatchFault):
                aside.append(hits)
            elif hits is not None:
                found.append(Found(one.watch, hits))
        fields = {field: _spelled(words) for field, words in reading.fields.items()}
        return Findings(tuple(found), fields, len(candidates), tuple(aside))

    def costs(self, most: int) -> Iterable[tuple[str, int, int]]:
        """The watches that were tried most often; the time is the confirmer's to tell."""
        return ((watch_id, count, 0) for watch_id, count in self._tried.most_common(most))

    def _candidates(self, reading: Reading) -> list[_Standing]:
        """The watches the article could match, in the order of their ids; every watch it does match is among them."""
        found = dict(self._unkeyed)
        for words in reading.fields.values():
            for key in words.places.keys() & self._by_key.keys():
                found.update(self._by_key[key])
        for name in reading.named:
            found.update(self._by_key.get(actor_key(name), {}))
        return [found[watch_id] for watch_id in sorted(found)]

    def _shelves(self, standing: _Standing) -> Iterator[dict[str, _Standing]]:
        if standing.keys is None:
            yield self._unkeyed
        for key in standing.keys or ():
            yield self._by_key.setdefault(key, {})


def _spelled(words: Words) -> Spelled:
    return Spelled(words.text, [start for start, _ in words.spans], [end for _, end in words.spans])
