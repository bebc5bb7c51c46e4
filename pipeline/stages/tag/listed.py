"""Where the listed actors stand in an article, and which of several readings of the same words counts.

In order:

1. Full spellings: exact case where it was asked for, no clause or sentence ending inside, not the start of a longer
   name (`… Jr`). Letters in exact case do not count in a line that is all capitals.
2. Of overlapping ones the longest counts; two actors listed under the same words both count.
3. A person's bare surname counts where the full name stands in the article, or, with no other person of that surname
   listed or found, where it stands behind a title once. Of a listed actor and another person of the same surname the
   one named in full more often is meant, of equals the first. Where two listed actors of one surname are named in
   full, it counts for neither.
4. A bare surname needs its capital, and must not be part of another name (`Hunter Biden`, `Clinton Foundation`).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol, TypeVar

from pipeline.stages.tag import rules
from pipeline.stages.tag.actors import ActorIndex
from pipeline.stages.tag.reading import Reading, has_break, squeeze
from pipeline.stages.tag.spellings import Spelling, letters
from pipeline.stages.tag.unlisted import Named, Section, stands_alone, surname_key
from topics.records import ActorKind, Mention, TextField

_YOUNGER = re.compile(r",? (?:Jr|Junior|II|III)\b")
_SHOUT_LETTERS = 80
_ORDER = {TextField.TITLE: 0, TextField.TEXT: 1}


class _Span(Protocol):
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


T = TypeVar("T", bound=_Span)


class Place(NamedTuple):
    """A spelling at offsets in a field."""

    field: TextField
    start: int
    end: int
    spelling: Spelling

    @property
    def actor_id(self) -> str:
        """Whose spelling it is."""
        return self.spelling.actor.actor_id

    @property
    def position(self) -> tuple[int, int]:
        """Where it comes in the reading order: title first."""
        return _ORDER[self.field], self.start


class Surname(NamedTuple):
    """A bare surname at offsets in a field, and whose it may be."""

    field: TextField
    start: int
    end: int
    spellings: tuple[Spelling, ...]

    def of(self, spelling: Spelling) -> Place:
        """The place as that spelling's."""
        return Place(self.field, self.start, self.end, spelling)


class Places(NamedTuple):
    """What the index finds in an article."""

    full: list[Place]
    """Full spellings, overlaps resolved."""
    bare: list[Surname]
    """Surnames that may count, outside the full spellings."""


def find(sections: Iterable[Section], index: ActorIndex, *, language: str | None) -> Places:
    """Every place of a listed actor, before it is known which bare surnames count."""
    found = Places([], [])
    for section in sections if len(index) else ():
        full: list[Place] = []
        bare: list[Surname] = []
        reading = Reading(section.text)
        for start, end, spellings in index.candidates(reading):
            span = reading.span(start, end)
            full.extend(
                Place(section.field, *span, spelling)
                for spelling in spellings
                if not spelling.is_bare and _is_written(section.text, *span, spelling)
            )
            surnames = tuple(spelling for spelling in spellings if spelling.is_bare)
            if surnames and _has_capital(section.text[slice(*span)]):
                bare.append(Surname(section.field, *span, surnames))
        taken = bytearray(len(section.text))
        found.full.extend(_distinct(_longest(full, taken)))
        alone = [surname for surname in bare if _is_alone(section, surname.start, is_german=language == "de")]
        found.bare.extend(_longest(alone, taken))
    return found


def named_in_full(named: Named, index: ActorIndex) -> Iterator[Place]:
    """The listed actors a found name is, once its initials are left out: Donald J. Trump."""
    words = squeeze(named.name).split(" ")
    full = [word for word in words if len(word) > 1]
    if 1 < len(full) < len(words):
        for spelling in index.spelled(" ".join(full)):
            if not spelling.is_bare and spelling.actor.kind is named.kind:
                yield Place(named.field, named.start, named.end, spelling)


def supported(places: Places, sections: Iterable[Section], others: Iterable[Named]) -> list[Place]:
    """The bare surnames that count beside the unlisted actors of the article; no longer name is cut up for one."""
    others = [named for named in others if named.is_in_full]
    whole: list[Place | Named] = [*places.full, *(named for named in others if " " in named.name)]
    longer = {(name.field, start) for name in whole for start in range(name.start, name.end)}
    free = [surname for surname in places.bare if (surname.field, surname.start) not in longer]
    support = _Support(Places(places.full, free), sections, others)
    chosen = map(support.choose, free)
    return [place for place in chosen if place is not None]


def mention(place: Place, text: str) -> Mention:
    """The record of a place in its field's text."""
    actor = place.spelling.actor
    return Mention(
        name=actor.name,
        kind=actor.kind,
        field=place.field,
        start=place.start,
        end=place.end,
        surface=text[place.start : place.end],
        actor_id=actor.actor_id,
        alias=place.spelling.alias,
        evidence=place.spelling.evidence,
    )


class _Support:
    """Who is named in full in an article, listed or not, and who behind a title."""

    def __init__(self, places: Places, sections: Iterable[Section], others: Iterable[Named]) -> None:
        self._sections = {section.field: section for section in sections}
        self._full: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        for place in places.full:
            self._full[place.actor_id].append(place.position)
        self._rivals: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        for named in others:
            if (surname := named.surname) is not None:
                self._rivals[surname].append((_ORDER[named.field], named.start))
        titled = (surname for surname in places.bare if self._is_titled(surname))
        self._titled = {surname.spellings[0].actor.actor_id for surname in titled}

    def choose(self, surname: Surname) -> Place | None:
        """Whose surname it is; None when nothing or too much supports it."""
        named = [spelling for spelling in surname.spellings if spelling.actor.actor_id in self._full]
        if len({spelling.actor.actor_id for spelling in named}) == 1:
            return surname.of(named[0]) if self._is_foremost(surname, named[0]) else None
        spelling = surname.spellings[0]
        if named or spelling.actor.actor_id not in self._titled:
            return None
        return surname.of(spelling._replace(evidence="title"))

    def _is_titled(self, surname: Surname) -> bool:
        if len({spelling.actor.actor_id for spelling in surname.spellings}) > 1 or self._key(surname) in self._rivals:
            return False
        section = self._sections[surname.field]
        place = section.place_at(surname.start)
        if place is None or place == 0 or not section.words[place].is_joined:
            return False
        return rules.is_title(section.words[place - 1])

    def _is_foremost(self, surname: Surname, spelling: Spelling) -> bool:
        rivals = self._rivals.get(self._key(surname), [])
        own = self._full[spelling.actor.actor_id]
        return not rivals or len(own) > len(rivals) or (len(own) == len(rivals) and min(own) < min(rivals))

    def _key(self, surname: Surname) -> str:
        text = self._sections[surname.field].text
        return surname_key(text[surname.start : surname.end].split()[-1])


def _is_written(text: str, start: int, end: int, spelling: Spelling) -> bool:
    """Whether a full spelling stands there as its owner wants it."""
    surface = text[start:end]
    if spelling.is_exact:
        return letters(surface) == letters(spelling.alias) and not (surface.isupper() and _is_shouted(text, start, end))
    if spelling.actor.kind is ActorKind.PERSON:
        return not has_break(surface) and (_YOUNGER.match(text, end) is None or "jr" in spelling.key)
    return not has_break(surface.replace(",", " "))


def _is_shouted(text: str, start: int, end: int) -> bool:
    """Whether the stretch of line around the place is all capitals, so that they tell nothing."""
    first = max(text.rfind("\n", 0, start) + 1, start - _SHOUT_LETTERS)
    line_end = text.find("\n", end, end + _SHOUT_LETTERS)
    last = line_end if line_end >= 0 else end + _SHOUT_LETTERS
    return (text[first:start] + text[end:last]).isupper()


def _has_capital(surface: str) -> bool:
    return surface.lower() == surface.upper() or any(map(str.isupper, surface))


def _is_alone(section: Section, start: int, *, is_german: bool) -> bool:
    first = section.place_at(start)
    if first is None:
        return True
    return stands_alone(section.words, first, is_lenient=is_german or first in section.headlines)


def _longest(places: list[T], taken: bytearray) -> Iterator[T]:
    """The places left when every overlap is settled for the longest; `taken` marks their letters, and is added to."""
    spans: set[tuple[int, int]] = set()
    for place in sorted(places, key=lambda place: (place.start - place.end, place.start)):
        span = (place.start, place.end)
        if span in spans or taken.find(1, *span) < 0:
            spans.add(span)
            taken[place.start : place.end] = b"\1" * (place.end - place.start)
            yield place


def _distinct(places: Iterable[Place]) -> Iterator[Place]:
    """The places without an actor's second spelling of the same words."""
    kept = {(place.start, place.end, place.actor_id): place for place in reversed(list(places))}
    return iter(kept.values())
