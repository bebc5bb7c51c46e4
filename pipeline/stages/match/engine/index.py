"""The watches in force, and those of them that an article matches."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from pipeline.stages.match.engine.compiled import CompiledEngine
from pipeline.stages.match.engine.confirming import Confirmer
from pipeline.stages.match.engine.finding import Engine, Findings
from pipeline.stages.match.engine.kernel import IS_BUILT
from pipeline.stages.match.engine.plain import PlainEngine
from pipeline.stages.match.exact.reading import folded_names
from pipeline.stages.match.language.parser import parse_query
from pipeline.stages.match.language.query import QueryError
from topics.records import Actor, TaggedArticle, Watch, WatchCost, WatchFault


class WatchIndex:
    """Watches in force. A change costs only the one watch and holds for the next article. For one thread."""

    def __init__(
        self,
        *,
        is_compiled: bool = IS_BUILT,
        clock_ns: Callable[[], int] | None = None,
        puts_slow_aside: bool = True,
    ) -> None:
        """On the compiled kernel where there is one.

        With a clock it is known what watches cost, and what takes too long again and again is put aside, unless not.
        """
        self._confirmer = Confirmer(clock_ns, puts_slow_aside)
        self._engine: Engine = CompiledEngine(self._confirmer) if is_compiled else PlainEngine(self._confirmer)
        self._revisions: dict[str, int] = {}
        self._names: dict[str, tuple[str, ...]] = {}
        self._refused: dict[str, WatchFault] = {}
        self.last_candidates = 0
        """Watches that were tried on the last article."""

    def __len__(self) -> int:
        return len(self._revisions)

    def faults(self) -> tuple[WatchFault, ...]:
        """The watches that were to be in force and do not match, by their ids. Gathered anew at each call."""
        found = self._refused | self._confirmer.aside
        return tuple(found[watch_id] for watch_id in sorted(found))

    def put(self, watch: Watch) -> None:
        """Bring a watch into force in place of its former revision; one that is not enabled is only taken out.

        QueryError when its query cannot be read; then no revision of it is in force.
        """
        self.remove(watch.watch_id)
        if not watch.enabled:
            return
        try:
            query = parse_query(watch.query)
        except QueryError as error:
            self.refuse(watch.watch_id, str(error), revision=watch.revision)
            raise
        self._engine.put(watch, query)
        self._revisions[watch.watch_id] = watch.revision

    def remove(self, watch_id: str) -> None:
        """Take a watch out of force; nothing happens when there is none of that id."""
        self._refused.pop(watch_id, None)
        if self._revisions.pop(watch_id, None) is None:
            return
        self._engine.remove(watch_id)
        self._confirmer.forget(watch_id)

    def refuse(self, watch_id: str, reason: str, *, revision: int | None) -> None:
        """Take a watch out of force that cannot be used, and remember why until it is changed or removed."""
        self.remove(watch_id)
        self._refused[watch_id] = WatchFault(watch_id=watch_id, revision=revision, reason=reason)

    def put_actor(self, actor: Actor) -> None:
        """Learn the names by which watches may ask for an actor."""
        self._names[actor.actor_id] = folded_names(actor)

    def remove_actor(self, actor_id: str) -> None:
        """Forget an actor's names; nothing happens when it is not known."""
        self._names.pop(actor_id, None)

    def names_of(self, actor_id: str) -> tuple[str, ...]:
        """The folded names of an actor; none when it is not known."""
        return self._names.get(actor_id, ())

    def find(self, tagged: TaggedArticle, *, wants_hits: bool = True) -> Findings:
        """The watches the article matches, and where; without hits, where none are wanted."""
        findings = self._engine.find(tagged, self.names_of, wants_hits=wants_hits)
        self.last_candidates = findings.candidates
        if self._refused:
            # What they ask for cannot be read: any article may match them.
            return replace(findings, put_aside=(*findings.put_aside, *self._refused.values()))
        return findings

    def costs(self, most: int = 50) -> tuple[WatchCost, ...]:
        """What the watches that cost most have cost since they came into force, the costliest first."""
        evaluations: dict[str, int] = {}
        nanoseconds: Counter[str] = Counter()
        for watch_id, count, own in self._engine.costs(most):
            evaluations[watch_id] = count
            nanoseconds[watch_id] += own
        for watch_id, timing in self._confirmer.timings.items():
            evaluations[watch_id] = max(evaluations.get(watch_id, 0), timing.evaluations)
            nanoseconds[watch_id] += timing.nanoseconds
        return tuple(
            WatchCost(watch_id=watch_id, evaluations=evaluations[watch_id], seconds=spent / 1e9)
            for watch_id, spent in nanoseconds.most_common(most)
        )
