"""A text cut into numbers, words and signs in one pass, and how a number's digits are read.

Digits of every script are ASCII digits here, full-width signs plain ones; offsets stay the text's.
"""

import re
import unicodedata
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from pipeline.stages.text.fold import FILLER, fold

# CLDR: languages whose decimal sign is a comma, and of these the ones that part thousands by a space.
_STOP_GROUPS = frozenset(("de", "es", "it", "nl", "tr", "da", "el", "ro", "hr", "sl", "sr"))
_SPACED_GROUPS = frozenset(
    ("fr", "pt", "pl", "cs", "sk", "sv", "nb", "no", "fi", "ru", "uk", "be", "bg", "hu", "lt", "lv", "et")
)
_DECIMAL_COMMA = _STOP_GROUPS | _SPACED_GROUPS
_APOSTROPHE_IN_WORDS = frozenset(["ru", "uk", "be"])
_GROUP = "\u00a0\u202f\u2009"
_THOUSANDS = re.compile(r"\d{1,3}(?:([.,'’ \u00a0\u202f\u2009])\d{3})(?:\1\d{3})*")
_ELISIONS = frozenset("'’ʼ")
_INDIAN = re.compile(r"\d{1,2}(?:,\d{2})+,\d{3}")


class Kind(Enum):
    """What a token is."""

    NUMBER = 1
    WORD = 2
    SIGN = 3


# Members of an enumeration are slow to reach by its name.
_WORD, _NUMBER, _SIGN = Kind.WORD, Kind.NUMBER, Kind.SIGN


class Token(NamedTuple):
    """A piece of the text; `text` is a word folded, anything else in plain signs."""

    start: int
    end: int
    kind: Kind
    text: str
    is_capital: bool = False
    """Whether a word begins with a capital."""


class _Plain(dict[int, str]):
    """Each code point with its compatibility form where that is one sign, digits as ASCII."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        digit = unicodedata.decimal(character, None)
        plain = str(digit) if digit is not None else unicodedata.normalize("NFKC", character)
        self[code] = plain if len(plain) == 1 and not character.isspace() else character
        return self[code]


# Arabic decimal and thousands separators and percent sign; minus; fractions have no single plain sign.
_PLAIN = _Plain({ord("٫"): ".", ord("٬"): ",", ord("٪"): "%", ord("−"): "-", ord("‐"): "-", ord("‑"): "-"})


_LINK = r"((?:https?://|www\.)\S+|[\w.+-]{1,64}@\w\S*)|"
# What no link is without. The pattern of links is slow, since any word may be the beginning of an address with an @.
_LINK_MARKS = ("@", "://", "www.")


_Piece = tuple[int, str | None, str | None, str | None]
"""How much lies before it, links included, and the piece as a word, a number or a sign."""


class _Patterns(NamedTuple):
    """Their groups are the kinds of pieces: link, word, number, sign."""

    plain: re.Pattern[str]
    """Without links."""
    with_links: re.Pattern[str]


def _patterns(*, has_spaced_groups: bool, has_apostrophes: bool) -> _Patterns:
    group = f"[{_GROUP}{' ' if has_spaced_groups else ''}]"
    inner = r"(?:['’ʼ][^\W\d_]+)*" if has_apostrophes else ""
    pieces = (
        rf"([^\W\d_]+{inner})"
        rf"|(\d{{4}}-\d\d-\d\d(?!\d)|\d{{1,3}}(?:{group}\d{{3}})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,:/'’]\d+)*)"
        r"|([^\s]|\n)"
    )
    return _Patterns(re.compile(pieces), re.compile(_LINK + pieces))


_PATTERNS = {
    (spaced, apostrophes): _patterns(has_spaced_groups=spaced, has_apostrophes=apostrophes)
    for spaced in (False, True)
    for apostrophes in (False, True)
}


def tokens(text: str, language: str | None) -> list[Token]:
    """The pieces in order; spaces are left out, ends of lines are signs."""
    plain, folded = text.translate(_PLAIN), fold(text)
    found: list[Token] = []
    end = 0
    # The tuple's constructor takes half the time of the named tuple's, which an article pays a thousand times.
    new = tuple.__new__
    patterns = _PATTERNS[language in _SPACED_GROUPS, language in _APOSTROPHE_IN_WORDS]
    for before, word, number, sign in _pieces(plain, patterns):
        start = end + before
        if word:
            end = start + len(word)
            shown = folded[start:end]
            shown = shown if shown.isalpha() else _compared(shown)
            found.append(new(Token, (start, end, _WORD, shown, word[0].isupper())))
        elif number:
            end = start + len(number)
            found.append(new(Token, (start, end, _NUMBER, number, False)))
        elif sign:
            end = start + 1
            if sign not in _ELISIONS or not _is_elision(plain, start):
                found.append(new(Token, (start, end, _SIGN, sign, False)))
    return found


def _pieces(plain: str, patterns: _Patterns) -> Iterator[_Piece]:
    if any(mark in plain for mark in _LINK_MARKS):
        return _pieces_beside_links(plain, patterns)
    # Split in one go: a match object for each piece would take as long again.
    parts = patterns.plain.split(plain)
    return zip(map(len, parts[::4]), parts[1::4], parts[2::4], parts[3::4], strict=False)


def _pieces_beside_links(plain: str, patterns: _Patterns) -> Iterator[_Piece]:
    """The same line by line, since no piece goes on over the end of one."""
    before = 0
    for line in plain.splitlines(keepends=True):
        parts = patterns.with_links.split(line)
        for gap, link, word, number, sign in zip(*(parts[place::5] for place in range(5)), strict=False):
            before += len(gap)
            if link:
                before += len(link)
            else:
                yield before, word, number, sign
                before = 0
        before += len(parts[-1])


def _compared(folded: str) -> str:
    return folded.replace(FILLER, "").replace(" ", "")


def _is_elision(plain: str, place: int) -> bool:
    """Whether an apostrophe stands between letters."""
    return plain[place + 1 : place + 2].isalpha() and plain[place - 1].isalpha()


def value(digits: str, language: str | None) -> float | None:
    """What digits with their separators are worth; None where they are a code, a date, a time or a ratio."""
    if len(digits) > 1 and digits[0] == "0" and digits[1] not in ".,":
        return None
    if digits.isdigit():
        return float(digits) if len(digits) < 16 else None
    if _INDIAN.fullmatch(digits):
        return float(digits.replace(",", ""))
    whole, decimal = _parts(digits, has_decimal_comma=language in _DECIMAL_COMMA)
    grouped = whole.isdigit() or _THOUSANDS.fullmatch(whole) is not None
    if not grouped or not (decimal.isdigit() or not decimal) or len(digits) > 24:
        return None
    return float(re.sub(r"\D", "", whole) + (f".{decimal}" if decimal else ""))


def _parts(digits: str, *, has_decimal_comma: bool) -> tuple[str, str]:
    """The digits before and behind the decimal sign."""
    marks = [sign for sign in digits if sign in ".,"]
    last = max(digits.rfind("."), digits.rfind(","))
    if not marks:
        return digits, ""
    is_repeated = len(marks) > 1 and marks[-1] == marks[0]
    thousands_sign = "." if has_decimal_comma else ","
    is_group = len(marks) == 1 and marks[0] == thousands_sign and re.fullmatch(r"\d{3}", digits[last + 1 :])
    # A lone zero before the sign is no group: 0,125.
    if is_repeated or (is_group and digits[0] != "0"):
        return digits, ""
    return digits[:last], digits[last + 1 :]
