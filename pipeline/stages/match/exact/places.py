"""Where the leaves of a query that look for words stand in an article.

Places come title first, in the order of the text, each once. `scope` narrows them to what lies in that stretch.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from pipeline.stages.match.exact import terms
from pipeline.stages.match.exact.reading import Reading, Scope
from pipeline.stages.match.exact.work import Work
from pipeline.stages.match.language.query import AnyOf, Named, Near, Node, Phrase, Variant, Word, Zone
from pipeline.stages.match.words import Words
from topics.records import TextField


class Place(NamedTuple):
    """Words in a row."""

    in_text: bool
    """Whether in the text, not in the title."""
    first: int
    last: int
    """Of the words of that field."""
    start: int
    end: int
    """Offsets in the article's field."""
    alias: str = ""
    actor_id: str = ""
    """Empty where it is none."""


def places(node: Node, reading: Reading, scope: Scope | None = None) -> list[Place]:
    """The places of a phrase, an actor, parts near each other, or any of those."""
    match node:
        case Phrase() | Named():
            return _of_leaf(node, reading) if scope is None else _in_scope(node, reading, scope)
        case Near(is_ordered=False):
            return _near(node, reading, scope)
        case Near():
            return _in_order(node, reading, scope)
        case AnyOf(parts=parts):
            return _sorted(place for part in parts for place in places(part, reading, scope))
    raise TypeError(f"{type(node).__name__} has no places")


class Row:
    """Places, to ask whether one of them stands near another place: in time that hardly grows with their number."""

    __slots__ = ("_firsts", "_lasts")

    def __init__(self, found: Iterable[Place]) -> None:
        self._firsts = sorted((place.in_text, place.first) for place in found)
        self._lasts = sorted((place.in_text, place.last) for place in found)

    def is_near(self, place: Place, distance: int) -> bool:
        """Whether one of them is on either side."""
        return self.is_after(place, distance) or self.is_before(place, distance)

    def is_after(self, place: Place, distance: int) -> bool:
        """Whether one of them begins behind its end, with so many words between at most."""
        following = bisect_right(self._firsts, (place.in_text, place.last))
        return following < len(self._firsts) and self._firsts[following] <= (place.in_text, place.last + distance + 1)

    def is_before(self, place: Place, distance: int) -> bool:
        """Whether one of them ends before its beginning, with so many words between at most."""
        following = bisect_left(self._lasts, (place.in_text, place.first))
        return following > 0 and self._lasts[following - 1] >= (place.in_text, place.first - distance - 1)


def _of_leaf(leaf: Phrase | Named, reading: Reading) -> list[Place]:
    return _of_phrase(leaf, reading) if isinstance(leaf, Phrase) else _of_mentions(leaf, reading)


def _of_phrase(phrase: Phrase, reading: Reading) -> list[Place]:
    found: list[Place] = []
    for field, words in reading.fields.items():
        if phrase.zone is None or (field is TextField.TITLE) == (phrase.zone is Zone.TITLE):
            end = reading.lead_end if phrase.zone is Zone.LEAD else len(words.text)
            for variant in phrase.variants:
                found.extend(place for place in _of_variant(variant, field, reading) if place.end <= end)
    return _sorted(found) if len(phrase.variants) > 1 else found


def _of_variant(variant: Variant, field: TextField, reading: Reading) -> Iterator[Place]:
    words, in_text = reading.fields[field], field is TextField.TEXT
    for first in runs(variant, words, language=reading.article.language, work=reading.work):
        last = first + len(variant.terms) - 1
        yield Place(in_text, first, last, words.spans[first][0], words.spans[last][1], variant.alias or "")


def runs(variant: Variant, words: Words, *, language: str | None, work: Work) -> list[int]:
    """Where in the words the variant starts, in order."""
    starts: list[int] | None = None
    for offset, term in enumerate(variant.terms):
        work.spend(terms.effort(term, words) + len(starts or ()))
        if starts is None:
            starts = terms.places(term, words, language=language)
        elif isinstance(term, Word) and term.letters is None:
            last = len(words.words) - offset
            starts = [start for start in starts if start < last and words.words[start + offset] in term.forms]
        else:
            there = set(terms.places(term, words, language=language))
            starts = [start for start in starts if start + offset in there]
        if not starts:
            return []
    work.spend(len(starts or ()))
    return starts or []


def _of_mentions(leaf: Named, reading: Reading) -> list[Place]:
    found = []
    mentions = reading.named.get(leaf.name, ())
    reading.work.spend(len(mentions))
    for mention in mentions:
        covered = reading.fields[mention.field].within(mention.start, mention.end)
        if covered is not None:
            in_text = mention.field is TextField.TEXT
            alias, actor_id = mention.alias or "", mention.actor_id or ""
            found.append(Place(in_text, *covered, mention.start, mention.end, alias, actor_id))
    return _sorted(found)


def _near(node: Near, reading: Reading, scope: Scope | None) -> list[Place]:
    (distance,) = node.distances
    left, right = (places(part, reading, scope) for part in node.parts)
    reading.work.spend(2 * (len(left) + len(right)))
    beside_left, beside_right = Row(left), Row(right)
    taken = [place for place in left if beside_right.is_near(place, distance)]
    return _sorted([*taken, *(place for place in right if beside_left.is_near(place, distance))])


def _in_order(node: Near, reading: Reading, scope: Scope | None) -> list[Place]:
    rows = [places(part, reading, scope) for part in node.parts]
    reading.work.spend(2 * sum(map(len, rows)))
    # Forwards what can be reached from the first part, then backwards what leads to the last.
    for step, distance in enumerate(node.distances):
        before = Row(rows[step])
        rows[step + 1] = [place for place in rows[step + 1] if before.is_before(place, distance)]
    for step in range(len(node.distances) - 1, -1, -1):
        after, distance = Row(rows[step + 1]), node.distances[step]
        rows[step] = [place for place in rows[step] if after.is_after(place, distance)]
    return _sorted(place for row in rows for place in row)


def _in_scope(leaf: Phrase | Named, reading: Reading, scope: Scope) -> list[Place]:
    found = reading.work.places.get(id(leaf))
    if found is None:
        found = reading.work.keep(leaf, _of_leaf(leaf, reading))
    reading.work.spend(len(found) // 8)
    in_text = scope.field is TextField.TEXT
    return [one for one in found if one.in_text == in_text and one.start >= scope.start and one.end <= scope.end]


def _sorted(found: Iterable[Place]) -> list[Place]:
    """In order, those at the same words once: the one whose alias comes first."""
    ordered = sorted(found)
    return ordered[:1] + [after for before, after in pairwise(ordered) if before[:3] != after[:3]]
