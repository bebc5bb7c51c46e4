"""Whether an article could match at all, seen from its bytes: what cannot need not be decoded.

A glance never overlooks a match; it may pass what does not match. Why it never does:

1. What matches has one of the required keys of the query (`required`): a folded word of title or text, or an actor.
2. A word of title or text stands in the record's JSON between the names of these fields, which no text can hold with
   their quotes unescaped; where they do not stand as the codec writes them, all of the JSON is looked through. Letters
   are not escaped there, only quotes, backslashes and control characters; bytes with a `\\u` are passed unseen.
3. A word is looked for as any run of characters that `fold` and `word` would make it of: each letter by all characters
   that fold to it, with what does not count in a word allowed between them; letters that a single character may stand
   for together (`ss` for `ß`) as any run of those letters and of characters beyond ASCII. Where a class of characters
   is named by its first byte in UTF-8, others are let in, never kept out.
4. An actor is mentioned by its id, or, where it is not listed, by a name whose every word stands in the mention.

Only a query without required keys, or with very many, is not glanced at: then everything is passed.
"""

import re
from collections.abc import Iterable
from functools import cache

from pipeline.stages.match.engine.required import actor_key, required
from pipeline.stages.match.exact.reading import found_by
from pipeline.stages.match.language.query import Query
from pipeline.stages.text.fold import FILLER, fold, word
from topics.records import Actor

_MOST_KEYS = 24
"""Each key costs a look through the bytes; decoding costs about as much as so many looks."""
_ACTOR_MARK = actor_key("")
_CONTINUED = rb"[\x80-\xbf]*"
# The order of letters in English text, the commonest first: a search is quickest from a rare letter on.
_COMMONEST = "etaoinshrdlucmfwypvbgkjqxz"
_LEAST_LETTERS = 3
# Blocks in which each letter folds to itself, surrogates, and what no character is assigned to; the rest is looked at.
# All of Unicode would take seconds. Held by a test over every code point.
_UNCHANGED = (
    (0x3400, 0xA000),
    (0xAC00, 0xF900),
    (0x12000, 0x16E40),
    (0x17000, 0x1D000),
    (0x20000, 0x2F800),
    (0x2FA20, 0xE0000),
)
_END = 0xE0200


class Glance:
    """Looks for what queries require, any of it."""

    def __init__(self, queries: Iterable[Query], actors: Iterable[Actor]) -> None:
        keys = _keys(queries)
        self.is_blind = keys is None
        """Passes everything."""
        names = {key.removeprefix(_ACTOR_MARK) for key in keys or () if key.startswith(_ACTOR_MARK)}
        self._words = [_Word(key) for key in keys or () if not key.startswith(_ACTOR_MARK)]
        self._of_names = [_Word(max(name.split(" "), key=len)) for name in names]
        self._ids = [f'"{actor.actor_id}"'.encode() for actor in actors if names & found_by(actor)]

    def could_match(self, value: bytes) -> bool:
        """False only for the JSON of a tagged article that matches none of the queries."""
        if self.is_blind or b"\\u" in value:
            return True
        if any(actor_id in value for actor_id in self._ids):
            return True
        return _has(self._words, _title_and_text(value)) or _has(self._of_names, value)


class _Word:
    """One folded word, as it may stand in UTF-8."""

    def __init__(self, letters: str) -> None:
        self._plain = letters.encode() if letters.isascii() else None
        self._pattern = re.compile(_pattern(letters))

    def is_in(self, value: bytes, lower: bytes, *, is_ascii: bool) -> bool:
        if self._plain is not None and self._plain in lower:
            return True
        if is_ascii:
            return False
        return self._pattern.search(value) is not None


def _keys(queries: Iterable[Query]) -> set[str] | None:
    """What an article must have one of; None when that is nothing, or too much to look for."""
    keys: set[str] = set()
    for query in queries:
        requirement = required(query.tree)
        if requirement is None or len(keys) > _MOST_KEYS:
            return None
        keys |= requirement.keys
    return keys if len(keys) <= _MOST_KEYS else None


def _has(words: list["_Word"], value: bytes) -> bool:
    if not words:
        return False
    lower, is_ascii = value.lower(), value.isascii()
    return any(one.is_in(value, lower, is_ascii=is_ascii) for one in words)


def _title_and_text(value: bytes) -> bytes:
    start, end = value.find(b'"title":"'), value.find(b'"text_digest":"')
    return value[start:end] if 0 <= start < end else value


def _pattern(letters: str) -> bytes:
    """The word from its rarest letter on."""
    units = _units(letters)
    starts = range(max(1, len(units) - _LEAST_LETTERS + 1))
    first = max(starts, key=lambda place: (_rarity(units[place]), -place))
    between = _between()
    return between.join(map(_unit, units[first:]))


def _rarity(unit: str) -> int:
    return _COMMONEST.find(unit) if len(unit) == 1 else -2


def _units(letters: str) -> list[str]:
    """Letters one by one, but those together that one character may stand for: `stra(ss)e`."""
    covered = [False] * len(letters)
    for run in _wide():
        place = letters.find(run)
        while place >= 0:
            covered[place : place + len(run)] = [True] * len(run)
            place = letters.find(run, place + 1)
    units: list[str] = []
    for place, letter in enumerate(letters):
        if covered[place] and place and covered[place - 1]:
            units[-1] += letter
        else:
            units.append(letter)
    return units


def _unit(unit: str) -> bytes:
    if len(unit) > 1:
        own = re.escape("".join(sorted({one for letter in unit for one in letter + letter.upper() if one.isascii()})))
        return b"[" + own.encode() + rb"\x80-\xff]+"
    forms = [unit, *_forms().get(unit, ())]
    if not unit.isascii():
        return b"(?:" + b"|".join(re.escape(form.encode()) for form in dict.fromkeys(forms)) + b")"
    plain = {form for form in forms if form.isascii()}
    leads = {form.encode()[0] for form in forms if not form.isascii()}
    return b"[" + re.escape("".join(sorted(plain))).encode() + _bytes_class(leads) + b"]" + _CONTINUED


@cache
def _between() -> bytes:
    """What does not count inside a word, by first bytes."""
    leads = {form.encode()[0] for form in _forms()[FILLER]}
    return b"(?:[" + _bytes_class(leads) + rb"][\x80-\xbf]+)*"


def _bytes_class(leads: Iterable[int]) -> bytes:
    return b"".join(b"\\x%02x" % lead for lead in sorted(leads))


@cache
def _forms() -> dict[str, tuple[str, ...]]:
    """By folded character, every character that folds to it, and `n` for the one that becomes it as a word."""
    forms: dict[str, list[str]] = {}
    for code in _changing():
        folded = fold(chr(code))
        if folded == " ":
            continue
        forms.setdefault(folded, []).append(chr(code))
        made = word(folded)
        if len(made) == 1 and made != folded:
            forms.setdefault(made, []).append(chr(code))
    return {folded: tuple(found) for folded, found in forms.items()}


@cache
def _wide() -> tuple[str, ...]:
    """What a single character becomes, where that is several letters."""
    return tuple({made for folded in _forms() if len(made := word(folded)) > 1})


def _changing() -> Iterable[int]:
    """Code points whose folding has to be looked at."""
    start = 0
    for low, high in (*_UNCHANGED, (_END, _END)):
        yield from range(start, low)
        start = high
