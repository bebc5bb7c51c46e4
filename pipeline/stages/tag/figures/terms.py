"""The words of figures, compiled from the word tables: numbers by language, units and events for all of them."""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from pipeline.stages.tag import slavic
from pipeline.stages.tag.lexicon import rows, table
from pipeline.stages.text.fold import FILLER, fold

Span = tuple[float, float]


class Terms(NamedTuple):
    """What one language's numbers are made of."""

    language: str | None
    words: Mapping[str, float]
    scales: Mapping[str, float]
    vague: Mapping[str, Span]


class Phrases(NamedTuple):
    """Phrases of several words with what each means; words parted by single spaces."""

    meanings: Mapping[str, str]
    longest: int
    """In words."""
    first: frozenset[str]
    """The words they begin with."""
    last: frozenset[str]
    """The words they end with."""


@cache
def terms(language: str | None) -> Terms:
    """The number words of a language; English ones where it has none."""
    key = language if language in rows("number_words") else "en"
    words = {word: float(worth) for word, worth in _worths("number_words", key)}
    if key == "de":
        words |= _german_compounds(words)
    scales = {word: float(worth) for word, worth in (*_worths("number_scales", "any"), *_worths("number_scales", key))}
    vague = {word: _span(worth) for word, worth in _worths("vague_numbers", key)}
    return Terms(language, words, scales, vague)


@cache
def phrases(name: str) -> Phrases:
    """A table's phrases, each with the key of its line."""
    meanings = {squeezed(entry): key for key, entries in rows(name).items() for entry in entries}
    words = [phrase.split(" ") for phrase in meanings]
    return Phrases(
        meanings,
        longest=max(map(len, words)),
        first=frozenset(phrase[0] for phrase in words),
        last=frozenset(phrase[-1] for phrase in words),
    )


@cache
def signs(name: str) -> Mapping[str, str]:
    """A table's entries in lower case as they are written, spaces left out, each with the key of its line."""
    return {entry.lower().replace(" ", ""): key for key, entries in rows(name).items() for entry in entries}


@cache
def joint(kind: str) -> frozenset[str]:
    """The small words of numbers of one kind."""
    return table("number_joints")[kind]


@cache
def clock(kind: str) -> frozenset[str]:
    """The words of times, years, ages and changes of one kind."""
    return table("clock_words")[kind]


@cache
def around(kind: str) -> frozenset[str]:
    """The small words round a figure of one kind."""
    return table("figure_context")[kind]


@cache
def all_of(name: str) -> frozenset[str]:
    """A table's words of every language; Cyrillic ones by their stems too."""
    found = frozenset(squeezed(entry) for entries in rows(name).values() for entry in entries)
    return found | frozenset(slavic.stem(word) for word in found if slavic.is_cyrillic(word))


def is_one_of(name: str, word: str) -> bool:
    """Whether a folded word is in the table, a Cyrillic one in any form."""
    return word in all_of(name) or (slavic.is_cyrillic(word) and slavic.stem(word) in all_of(name))


def squeezed(entry: str) -> str:
    """A phrase as tokens give it: folded words parted by single spaces."""
    return " ".join(fold(entry).replace(FILLER, "").split())


def _worths(name: str, key: str) -> list[tuple[str, str]]:
    pairs = (entry.partition("=") for entry in rows(name).get(key, ()))
    return [(squeezed(word), worth) for word, _, worth in pairs]


def _span(worth: str) -> Span:
    low, _, high = worth.partition("..")
    return float(low), float(high)


def _german_compounds(words: Mapping[str, float]) -> dict[str, float]:
    """einundzwanzig to neunundneunzig, and hundreds and thousands by words up to twelve."""
    units = {word: worth for word, worth in words.items() if worth < 10 and not word.startswith("eine")}
    tens = {word: worth for word, worth in words.items() if worth >= 20}
    found = {f"{unit}und{ten}": units[unit] + tens[ten] for unit in units for ten in tens}
    small = {word: worth for word, worth in words.items() if worth <= 12 and not word.startswith("eine")}
    for scale, worth in (("hundert", 100.0), ("tausend", 1000.0)):
        found |= {f"{word}{scale}": small[word] * worth for word in small}
    return found
