"""The unit or currency right before or right behind a number."""

import re
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from pipeline.stages.tag.cutting import NUMBER, SIGN, WORD, Token
from pipeline.stages.tag.figures.terms import signs, squeezed
from pipeline.stages.tag.lexicon import rows

_MOST_WORDS = 4
# What each table's entries multiply their number by, and whether they are money.
_TABLES = {"units": (1.0, False), "currencies": (1.0, True), "small_money": (0.01, True)}
_SHORT_FORMS = frozenset(("rs", "rp", "sfr", "rmb"))
# Codes that are words as well.
_ALSO_WORDS = frozenset(("try", "all", "top", "gel", "cop", "rub", "cup", "mop", "lak", "sar"))


class Unit(NamedTuple):
    """A unit's symbol or a currency's code, behind the tokens up to `stop`, exclusive."""

    symbol: str
    stop: int
    factor: float = 1.0
    is_money: bool = False


@cache
def beginnings() -> frozenset[str]:
    """The words and signs that currencies before a number begin with."""
    written = (re.match(r"[^\W\d_]+|.", sign) for sign in signs("currencies") if not sign.isalpha() or is_code(sign))
    return frozenset(found.group() for found in written if found is not None)


def money_before(tokens: list[Token], place: int) -> tuple[str | None, int]:
    """The currency whose sign or code stands there with a number behind it, and where the number begins."""
    if place >= len(tokens) or tokens[place].text not in beginnings():
        return None, place
    for length in (3, 2, 1):
        after = place + length
        if after >= len(tokens) or tokens[after].kind is not NUMBER or not _is_run(tokens, place, after):
            continue
        written = "".join(token.text.lower() for token in tokens[place:after])
        code = signs("currencies").get(written)
        is_sign = any(token.kind is SIGN for token in tokens[place:after])
        if code is not None and (is_sign or is_code(written)):
            return code, after
    return None, place


def unit_behind(tokens: list[Token], place: int) -> Unit | None:
    """The longest unit or currency that begins at a token."""
    start = place + 1 if _is_hyphen(tokens, place) else place
    if start >= len(tokens) or not _can_begin(tokens[start].text):
        return None
    for stop in range(min(start + _MOST_WORDS, len(tokens)), start, -1):
        if (unit := _named(tokens, start, stop)) is not None:
            return unit
    return None


def is_code(text: str) -> bool:
    """Whether it is a currency's three letters, or another short form that stands before numbers: Rs."""
    return text in _SHORT_FORMS or (text.upper() in rows("currencies") and text not in _ALSO_WORDS)


def is_currency(text: str) -> bool:
    """Whether the sign or code alone is a currency's."""
    return text in signs("currencies")


def is_unit_or_money(text: str) -> bool:
    """Whether the word alone is a unit or a currency."""
    return any(text in _phrases(name) for name in _TABLES)


def _named(tokens: list[Token], start: int, stop: int) -> Unit | None:
    parts = tokens[start:stop]
    is_close = _is_run(tokens, start, stop) and (start == 0 or parts[0].start - tokens[start - 1].end <= 1)
    if any(token.text == "\n" for token in parts):
        return None
    words = " ".join(token.text for token in parts)
    written = "".join(token.text.lower() for token in parts)
    is_all_words = all(token.kind is WORD for token in parts)
    for name, (factor, is_money) in _TABLES.items():
        symbol = _phrases(name).get(words) if is_all_words and (len(words) > 1 or is_close) else None
        if symbol is None and is_close and not is_all_words:
            symbol = signs(name).get(written)
        # 50p is money and 2c a temperature, 5 p.m. and 2 c are neither.
        if symbol is not None and (words not in ("p", "c") or parts[0].start == tokens[start - 1].end):
            return Unit(symbol, stop, factor, is_money)
    is_millions = len(parts) == 1 and len(words) == 4 and words[0] == "m" and is_code(words[1:])
    return Unit(words[1:].upper(), stop, 1e6, is_money=True) if is_millions else None


def _can_begin(text: str) -> bool:
    """Whether an entry begins with that token, or it is millions of a currency: mUSD."""
    return text in _first_words() or text.lower() in _parts_of_signs() or (len(text) == 4 and text[0] == "m")


@cache
def _first_words() -> frozenset[str]:
    return frozenset(phrase.split(" ")[0] for name in _TABLES for phrase in _phrases(name))


@cache
def _parts_of_signs() -> frozenset[str]:
    """All beginnings of all signs: what a first token of one can be."""
    written = [sign for name in _TABLES for sign in signs(name)]
    return frozenset(sign[:length] for sign in written for length in range(1, len(sign) + 1))


@cache
def _phrases(name: str) -> Mapping[str, str]:
    """The table's entries that are words throughout, folded."""
    pairs = ((entry, key) for key, entries in rows(name).items() for entry in entries)
    return {
        squeezed(entry): key
        for entry, key in pairs
        if re.fullmatch(r"[^\W\d_][^\W\d_ '’-]*(?:[ '’-][^\W\d_]+)*", entry)
    }


def _is_run(tokens: list[Token], start: int, stop: int) -> bool:
    """Whether nothing stands between the tokens, not even a space; an elision's apostrophe counts as something."""
    return stop - start == 1 or all(tokens[at].end == tokens[at + 1].start for at in range(start, stop - 1))


def _is_hyphen(tokens: list[Token], place: int) -> bool:
    return 0 < place < len(tokens) and tokens[place].text == "-" and tokens[place].start == tokens[place - 1].end
