"""The spellings an actor is looked for under: what its owner listed, and what follows from that.

1. The name and every alias, folded. `=WHO` asks for exact case and lets a person's single word stand alone; capitals of
   at most five letters ask for exact case by themselves, and `U.S.` and `US` are one.
2. Cyrillic, Greek, Armenian and Georgian spellings also in Latin letters (evidence `transliteration`). Abjads and
   ideographs are not romanised: what comes out is no spelling anybody prints.
3. ß, umlauts, æ and ø also spelled out; a person's single initials also left out.
4. A person's surname alone (evidence `surname`): the last word, with its particles where there are any. It is *bare*:
   it counts only beside the full name. So is a listed single word that is part of a longer spelling of that person.
5. Arabic spellings also behind the conjunctions and prepositions that are written onto the first word.
"""

import re
from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

from anyascii import anyascii

from pipeline.stages.tag import slavic
from pipeline.stages.tag.lexicon import words as lexicon
from pipeline.stages.tag.reading import squeeze
from topics.records import Actor, ActorKind

EXACT_CASE_LETTERS = 5
_SHORTEST_SURNAME = 3
_ROMANISED = re.compile("[\u0370-\u03ff\u0400-\u058f\u10a0-\u10ff\u1f00-\u1fff]")
_ADJECTIVE_ENDING = re.compile(r"(?:iy|yi|yy|ii)\b")
_ARABIC = re.compile("[\u0620-\u06ff]")
_ARABIC_PREFIXES = ("و", "ف", "ب", "ل", "ك", "وب", "ول")
_SPELLED_OUT = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "æ": "ae", "Æ": "Ae"}
    | {"œ": "oe", "Œ": "Oe", "ø": "oe", "Ø": "Oe", "å": "aa", "Å": "Aa"}
)
_SUFFIXES = frozenset({"jr", "sr", "junior", "senior", "ii", "iii", "iv"})


class Spelling(NamedTuple):
    """One way an actor is written, as a key of squeezed words."""

    key: str
    actor: Actor
    alias: str
    """The listed alias it comes from, as its owner wrote it."""
    evidence: str
    is_exact: bool = False
    is_bare: bool = False
    prefix_letters: int = 0
    """Letters of the key before the name."""


def spellings_of(actor: Actor) -> list[Spelling]:
    """All spellings of an actor, each key once; an alias without a letter or digit gives none."""
    listed = [_listed(actor, alias) for alias in (actor.name, *actor.aliases)]
    written = [spelling for spelling in listed if spelling.key]
    if actor.kind is ActorKind.PERSON:
        parts = {word for spelling in written if " " in spelling.key for word in spelling.key.split(" ")}
        written = [_bare_if_part(spelling, parts) for spelling in written]
    found: dict[str, Spelling] = {}
    for spelling in chain(written, *map(_variants, written)):
        found.setdefault(spelling.key, spelling)
    return list(found.values())


def letters(text: str) -> str:
    """The letters and digits of a text, case kept: what two exact-case spellings must share."""
    return "".join(filter(str.isalnum, text))


def _listed(actor: Actor, alias: str) -> Spelling:
    text = alias.removeprefix("=").strip()
    is_exact = alias.startswith("=") or (text.isupper() and len(letters(text)) <= EXACT_CASE_LETTERS)
    return Spelling(squeeze(text), actor, alias, "alias", is_exact)


def _bare_if_part(spelling: Spelling, parts: set[str]) -> Spelling:
    is_bare = spelling.key in parts and not spelling.alias.startswith("=")
    return spelling._replace(is_bare=True, is_exact=False) if is_bare else spelling


def _variants(spelling: Spelling) -> Iterator[Spelling]:
    if spelling.is_exact:
        yield from _acronyms(spelling)
        return
    rewritten = [spelling, *_rewritten(spelling)]
    yield from rewritten[1:]
    for variant in rewritten:
        if not variant.key.isascii() and _ARABIC.match(variant.key):
            yield from _prefixed(variant)
    if spelling.actor.kind is ActorKind.PERSON and " " in spelling.key:
        for variant in rewritten:
            yield from _surnames(variant)


def _acronyms(spelling: Spelling) -> Iterator[Spelling]:
    together = spelling.key.replace(" ", "")
    if together.isalpha() and letters(spelling.alias).isupper() and len(together) <= EXACT_CASE_LETTERS:
        yield spelling._replace(key=together)
        yield spelling._replace(key=" ".join(together))


def _rewritten(spelling: Spelling) -> Iterator[Spelling]:
    text = spelling.alias
    is_ascii = text.isascii()
    if not is_ascii and (spelled_out := text.translate(_SPELLED_OUT)) != text:
        yield spelling._replace(key=squeeze(spelled_out))
    if "ss" in spelling.key:
        yield spelling._replace(key=spelling.key.replace("ss", "ß"))
    if spelling.actor.kind is ActorKind.PERSON and spelling.key.count(" ") > 1:
        words = spelling.key.split(" ")
        without_initials = [word for word in words if len(word) > 1]
        if 1 < len(without_initials) < len(words):
            yield spelling._replace(key=" ".join(without_initials))
    if not is_ascii and _ROMANISED.search(text):
        for romanised in _romanised(spelling.key):
            yield Spelling(romanised, spelling.actor, spelling.alias, "transliteration")


def _romanised(key: str) -> Iterator[str]:
    # The soft sign comes out as an apostrophe, which is no end of a word.
    romanised = squeeze(anyascii(key).replace("'", ""))
    yield romanised
    # Зеленский is Zelenskiy by rule and Zelensky or Zelenskyy in print.
    if _ADJECTIVE_ENDING.search(romanised) is not None:
        endings = {_ADJECTIVE_ENDING.sub(ending, romanised) for ending in ("y", "yy", "ii")}
        yield from sorted(endings - {romanised})


def _prefixed(spelling: Spelling) -> Iterator[Spelling]:
    for prefix in _ARABIC_PREFIXES:
        yield spelling._replace(key=prefix + spelling.key, prefix_letters=len(prefix))
    if spelling.key.startswith("ال"):
        # l + al- is written ll-: the name's own alef is not there.
        yield spelling._replace(key="لل" + spelling.key[2:], prefix_letters=1)


def _surnames(spelling: Spelling) -> Iterator[Spelling]:
    words = spelling.key.split(" ")
    while len(words) > 2 and words[-1] in _SUFFIXES:
        words.pop()
    # A hyphenated last name is one: Kramp-Karrenbauer, (Kim) Jong-un.
    last = spelling.alias.split()[-1]
    parts = 1 if last.isalpha() or spelling.evidence != "alias" else squeeze(last).count(" ") + 1
    start = len(words) - (parts if parts < len(words) else 1)
    while start >= 1:
        surname = " ".join(words[start:])
        if len(surname) >= _SHORTEST_SURNAME and (surname.isascii() or not slavic.is_patronymic(surname)):
            yield Spelling(surname, spelling.actor, spelling.alias, "surname", False, True)
        if start < 2 or words[start - 1] not in lexicon("particles"):
            break
        start -= 1
