"""The engine on the compiled kernel: what the kernel proves is told from its places, the rest is evaluated exactly."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from pipeline.stages.match.engine.confirming import Confirmer
from pipeline.stages.match.engine.finding import Findings, Found, NamesOf, Spelled
from pipeline.stages.match.engine.handing import FIELDS, hand_over
from pipeline.stages.match.engine.kernel import new_kernel
from pipeline.stages.match.engine.programs import program
from pipeline.stages.match.engine.required import COMMON
from pipeline.stages.match.exact.reading import Reading, read
from pipeline.stages.match.language.parser import parse_query
from pipeline.stages.match.language.query import Query
from topics.records import Hit, Mention, TaggedArticle, TextField, Watch, WatchFault

_PROVEN, _UNFINISHED = 1, 3
"""The watch holds, and its hits are all there; it has used up its steps. 2 where the exact evaluator must look."""
_WORDS_OF_HIT = 5
_IS_MENTION = 0x80000000
# One string for each watch instead of many: they are taken apart when it matches. No query holds the sign.
_BETWEEN = "\0"

parsed = lru_cache(maxsize=10_000)(parse_query)


class _Filed(NamedTuple):
    """A watch in force. A million of them have to fit."""

    watch: Watch
    clauses: str
    aliases: str | None


class _Met(NamedTuple):
    """An article as it was handed over."""

    tagged: TaggedArticle
    mentions: list[Mention]
    hits: dict[tuple[str, int, int, int, str | None], Hit]
    """Those made so far: many watches ask for the same words."""


class CompiledEngine:
    """Watches as programs of the kernel. A change costs only the one watch. For one thread."""

    def __init__(self, confirmer: Confirmer) -> None:
        self._kernel = new_kernel(COMMON)
        self._slots: dict[str, int] = {}
        self._filed: list[_Filed | None] = []
        self._confirmer = confirmer

    def put(self, watch: Watch, query: Query) -> None:
        """Bring a watch into force that is not in force."""
        made = program(query.tree, self._kernel)
        slot = self._kernel.add(made.code)
        self._filed.extend([None] * (slot + 1 - len(self._filed)))
        clauses = _BETWEEN.join(made.clauses)
        aliases = _BETWEEN.join(made.aliases) if made.aliases else None
        self._filed[slot] = _Filed(watch, watch.query if clauses == watch.query else clauses, aliases)
        self._slots[watch.watch_id] = slot

    def remove(self, watch_id: str) -> None:
        """Take a watch out of force that is in force."""
        slot = self._slots.pop(watch_id)
        self._kernel.remove(slot)
        self._filed[slot] = None

    def find(self, tagged: TaggedArticle, names_of: NamesOf, *, wants_hits: bool) -> Findings:
        """The watches the article matches; without hits, where none are wanted, those may be left out."""
        handed, mentions = hand_over(tagged, self._kernel, names_of=names_of)
        told = memoryview(self._kernel.match(handed, wants_hits)).cast("I").tolist()
        article = _Met(tagged, mentions, {})
        reading: Reading | None = None
        found: list[Found] = []
        aside: list[WatchFault] = []
        for filed, truth, places in self._told(told):
            fault = self._confirmer.aside.get(filed.watch.watch_id)
            if fault is None and truth == _UNFINISHED:
                fault = self._put_aside(self._confirmer.give_up(filed.watch, tagged.article))
            if fault is not None:
                aside.append(fault)
                continue
            if truth == _PROVEN:
                found.append(Found(filed.watch, _hits(filed, places, article) if places else ()))
                continue
            reading = reading or read(tagged, names_of=names_of)
            hits = self._confirmer.hits(filed.watch, parsed(filed.watch.query), reading)
            if isinstance(hits, WatchFault):
                aside.append(self._put_aside(hits))
            elif hits is not None:
                found.append(Found(filed.watch, hits))
        found.sort(key=lambda one: one.watch.watch_id)
        candidates = self._kernel.counts()["candidates"]
        fields = self._fields(tagged) if found and wants_hits else {}
        return Findings(tuple(found), fields, candidates, tuple(aside))

    def costs(self, most: int) -> Iterable[tuple[str, int, int]]:
        """The watches that cost the kernel most: id, how often tried, and nanoseconds."""
        for slot, evaluations, nanoseconds in self._kernel.costs(most):
            filed = self._filed[slot]
            if filed is not None:
                yield filed.watch.watch_id, evaluations, nanoseconds

    def _put_aside(self, fault: WatchFault) -> WatchFault:
        """From now on the kernel asks only whether an article may match the watch, as far as that costs nothing."""
        self._kernel.put_aside(self._slots[fault.watch_id])
        return fault

    def _told(self, told: list[int]) -> Iterator[tuple[_Filed, int, list[int]]]:
        place = 0
        while place < len(told):
            slot, truth, count = told[place : place + 3]
            start, place = place + 3, place + 3 + count * _WORDS_OF_HIT
            filed = self._filed[slot]
            if filed is not None:
                yield filed, truth, told[start:place]

    def _fields(self, tagged: TaggedArticle) -> dict[TextField, Spelled]:
        texts = (tagged.article.title, tagged.article.text)
        return {
            field: _spelled(text, self._kernel.words(at))
            for at, (field, text) in enumerate(zip(FIELDS, texts, strict=True))
        }


def _spelled(text: str, told: bytes) -> Spelled:
    places = memoryview(told).cast("I")
    return Spelled(text, places[: len(places) // 2], places[len(places) // 2 :])


def _hits(filed: _Filed, places: list[int], article: _Met) -> tuple[Hit, ...]:
    clauses = filed.clauses.split(_BETWEEN)
    found = []
    for at in range(0, len(places), _WORDS_OF_HIT):
        field, start, end, clause, origin = places[at : at + _WORDS_OF_HIT]
        actor_id = alias = None
        if origin:
            actor_id, alias = _origin(filed, origin, article)
        key = clauses[clause], field, start, end, alias
        if actor_id is not None:
            found.append(_hit(article.tagged, key, actor_id))
            continue
        hit = article.hits.get(key)
        if hit is None:
            hit = article.hits[key] = _hit(article.tagged, key, None)
        found.append(hit)
    return tuple(found)


def _hit(tagged: TaggedArticle, key: tuple[str, int, int, int, str | None], actor_id: str | None) -> Hit:
    clause, field, start, end, alias = key
    text = tagged.article.text if field else tagged.article.title
    return Hit(
        clause=clause,
        field=FIELDS[field],
        start=start,
        end=end,
        words=text[start:end],
        actor_id=actor_id,
        alias=alias,
    )


def _origin(filed: _Filed, origin: int, article: _Met) -> tuple[str | None, str | None]:
    """The actor and the alias of a place."""
    if origin & _IS_MENTION:
        mention = article.mentions[(origin ^ _IS_MENTION) - 1]
        return mention.actor_id or None, mention.alias or None
    return None, (filed.aliases or "").split(_BETWEEN)[origin - 1]
