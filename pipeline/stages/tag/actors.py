"""The listed actors, compiled for search: an automaton over all their spellings, and the stems of Cyrillic names."""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

import ahocorasick

from pipeline.stages.tag import slavic
from pipeline.stages.tag.reading import Reading
from pipeline.stages.tag.spellings import Spelling, spellings_of
from topics.records import Actor, ActorKind

# Scripts written without spaces, where a name may begin and end inside a run of letters: Thai to Myanmar, kana, Han.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff]")
_HANGUL = re.compile("[\uac00-\ud7af]")
_KATAKANA = re.compile("[\u30a0-\u30ff]")
_MOST_WORDS = 4


class Candidate(NamedTuple):
    """A place where spellings of one key stand; offsets in the reading's `words`."""

    start: int
    end: int
    spellings: tuple[Spelling, ...]


class ActorIndex:
    """The actors of one moment, ready to be found; never changes. Build a new one for a new list."""

    __slots__ = ("_actors", "_automaton", "_keys", "_stems")

    def __init__(self, actors: Iterable[Actor] = ()) -> None:
        keys: dict[str, tuple[Spelling, ...]] = {}
        stems: dict[tuple[str, ...], tuple[Spelling, ...]] = {}
        self._actors = 0
        for actor in actors:
            self._actors += 1
            for spelling in spellings_of(actor):
                keys[spelling.key] = (*keys.get(spelling.key, ()), spelling)
                is_declined = actor.kind is ActorKind.PERSON and not spelling.is_exact and not spelling.key.isascii()
                if is_declined and slavic.has_cyrillic(spelling.key):
                    stem = tuple(map(slavic.stem, spelling.key.split(" ")))
                    stems[stem] = (*stems.get(stem, ()), spelling)
        self._keys = keys
        self._stems = stems
        self._automaton = ahocorasick.Automaton()
        for key in keys:
            self._automaton.add_word(_with_boundaries(key), key)
        self._automaton.make_automaton()

    def __len__(self) -> int:
        """How many actors are listed."""
        return self._actors

    def spelled(self, key: str) -> tuple[Spelling, ...]:
        """The spellings with that key of squeezed words."""
        return self._keys.get(key, ())

    def candidates(self, reading: Reading) -> Iterator[Candidate]:
        """Every place of every spelling, overlaps included; time is linear in the text and what is found."""
        if not self._keys:
            return
        for last, key in self._automaton.iter(reading.padded):
            # The automaton counts in `padded`, one space ahead; a bounded key ends with a space of its own.
            end = last - (1 if _is_bounded_right(key) else 0)
            start = end - len(key)
            if _is_whole(reading.words, start, end):
                spellings = self._keys[key]
                yield Candidate(start + spellings[0].prefix_letters, end, spellings)
        if self._stems and slavic.has_cyrillic(reading.words):
            yield from self._inflected(reading)

    def _inflected(self, reading: Reading) -> Iterator[Candidate]:
        tokens = reading.tokens()
        stems = [slavic.stem(word) if slavic.is_cyrillic(word) else word for _, _, word in tokens]
        for first in range(len(tokens)):
            for places in _ways_on(tokens, first):
                if (spellings := self._stems.get(tuple(stems[place] for place in places))) is not None:
                    found = tuple(tokens[place][2] for place in places)
                    declined = tuple(
                        spelling if spelling.is_bare else spelling._replace(evidence="case-form")
                        for spelling in spellings
                        if " ".join(found) != spelling.key and slavic.agrees(tuple(spelling.key.split(" ")), found)
                    )
                    if declined:
                        yield Candidate(tokens[first][0], tokens[places[-1]][1], declined)


def _ways_on(tokens: list[tuple[int, int, str]], first: int) -> Iterator[tuple[int, ...]]:
    """The runs of words from a place on, also with a patronymic after the first word passed over."""
    following = range(first, min(first + _MOST_WORDS, len(tokens)))
    for count in range(1, len(following) + 1):
        yield tuple(following[:count])
    if len(following) > 2 and slavic.is_patronymic(tokens[first + 1][2]):
        yield (first, first + 2)


def _with_boundaries(key: str) -> str:
    if key.isascii():
        return f" {key} "
    return f"{' ' if _is_bounded_left(key) else ''}{key}{' ' if _is_bounded_right(key) else ''}"


def _is_bounded_left(key: str) -> bool:
    return _UNSPACED.match(key[0]) is None


def _is_bounded_right(key: str) -> bool:
    # Korean particles are written onto the name's end.
    return _UNSPACED.match(key[-1]) is None and _HANGUL.match(key[-1]) is None


def _is_whole(words: str, start: int, end: int) -> bool:
    """False where the place would cut a word of katakana in two."""
    pairs = (words[max(start - 1, 0) : start + 1], words[end - 1 : end + 1])
    return not any(_KATAKANA.match(left) and _KATAKANA.match(right) for pair in pairs for left, right in pairwise(pair))
