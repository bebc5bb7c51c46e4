"""The word tables the rules look in: one text file a table, written for Tocsin, comments after `#`.

Entries are parted by commas; a line may begin with a language and a colon. Compared folded.
"""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from pipeline.stages.tag import slavic
from pipeline.stages.text.fold import fold

ANY = ""
"""The language of lines that name none."""


@cache
def table(name: str) -> dict[str, frozenset[str]]:
    """The folded entries of a table, by language."""
    found: dict[str, set[str]] = {}
    for language, entry in _read(name):
        found.setdefault(language, set()).add(" ".join(fold(entry).split()))
    return {language: frozenset(folded) for language, folded in found.items()}


@cache
def words(name: str) -> frozenset[str]:
    """The folded entries of a table in all languages."""
    return frozenset().union(*table(name).values())


def holds(name: str, word: str) -> bool:
    """Whether a folded word is in the table in any language, a Cyrillic one in any case."""
    return word in words(name) or (not word.isascii() and slavic.has_cyrillic(word) and _stem(word) in _stems(name))


@cache
def _stems(name: str) -> frozenset[str]:
    return frozenset(_stem(entry) for entry in words(name) if slavic.has_cyrillic(entry))


def _stem(entry: str) -> str:
    """The stems of its words: премьер-министру is two."""
    return " ".join(map(slavic.stem, entry.split(" ")))


@cache
def entries(name: str) -> frozenset[str]:
    """The entries of a table in all languages, as they are written."""
    return frozenset(entry for _, entry in _read(name))


@cache
def rows(name: str) -> dict[str, tuple[str, ...]]:
    """The entries of a table by what their line begins with, as they are written and in their order."""
    found: dict[str, list[str]] = {}
    for key, entry in _read(name):
        found.setdefault(key, []).append(entry)
    return {key: tuple(entries) for key, entries in found.items()}


def _read(name: str) -> Iterator[tuple[str, str]]:
    for line in files(__package__).joinpath(f"{name}.txt").read_text("utf-8").splitlines():
        language, colon, rest = line.partition("#")[0].rpartition(":")
        for entry in filter(None, map(str.strip, rest.split(","))):
            yield (language.strip() if colon else ANY), entry
