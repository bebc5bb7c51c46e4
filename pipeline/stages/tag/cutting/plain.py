"""Texts cut by patterns: what the kernel must equal, what it asks, and what serves where it was not built."""

import re
from array import array
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from pipeline.stages.tag.cutting.pieces import NUMBER, SIGN, WORD, Term, Token, Word
from pipeline.stages.tag.cutting.signs import (
    APOSTROPHES,
    ENDS,
    GROUP,
    JOINTS,
    LINK_MARKS,
    LINKS,
    NUMBER_LINKS,
    SPACES,
    UNSPACED,
    plain,
)
from pipeline.stages.tag.lexicon import words as lexicon
from pipeline.stages.text.fold import FILLER, fold

# ---- the text as listed names are looked up in it ----

_PIECE = re.compile(f"[^ {FILLER}]+")


def squeezed(text: str) -> str:
    """The folded words, parted by single spaces; what does not count in a word is left out."""
    return " ".join(fold(text).replace(FILLER, "").split())


def origins(text: str) -> bytes:
    """Where each letter of the squeezed text stands, in four bytes; a space stands where the word behind it does."""
    folded = fold(text)
    found = array("I")
    end = 0
    for piece in _PIECE.finditer(folded):
        if found and " " in folded[end : piece.start()]:
            found.append(piece.start())
        end = piece.end()
        found.extend(range(piece.start(), end))
    return found.tobytes()


# ---- words ----

# Dotted initials, or letters and digits with signs inside. Most words begin with two of these and no initials do, so
# they are tried first. No part can be read in two ways: time is linear.
_LINKED = f"(?:[{LINKS}]{{0}}+)*"
_INITIALS = r"(?:[^\W\d_]\.){{2,}}"
_WORD, _WORD_BESIDE_UNDERSCORES = (
    re.compile(f"({{0}}{{{{2,}}}}{_LINKED}|{_INITIALS}|{{0}}{_LINKED})".format(letter)) for letter in (r"\w", r"[^\W_]")
)
_POSSESSIVE = re.compile(r"['’]s$")
# Articles and prepositions French and Italian write onto the next word; D’Alema and L’Oréal have capitals.
_ELISION = re.compile(r"(?:[dlnmtsjc]|qu|dell|all|nell|sull|dall|un)['’](?=\w)")
# Arabic articles written onto a name; dell’Acqua and the like are cut off before.
_ARTICLE = re.compile(r"(?:a[ldrstnzh]|ash|e[ldrstnz]|ul|ou?l)-[A-ZÀ-Þ]")
# What may be a name's own possessive inside it: People’s Party.
_OWN_POSSESSIVE = frozenset(("people", "women", "children", "men", "workers", "farmers", "king", "queen"))
_ENDS = frozenset(ENDS)
_SPACES = frozenset(SPACES)
_JOINED = (True, False)


def words(text: str) -> list[Word]:
    """The words in order."""
    folded = fold(text)
    found: list[Word] = []
    # Split in one go, and the tuple's own constructor: match objects and the named tuple's would double the time.
    parts = (_WORD_BESIDE_UNDERSCORES if "_" in text else _WORD).split(text)
    new = tuple.__new__
    last_end = place = 0
    for before, written in zip(parts[::2], parts[1::2], strict=False):
        start = place + len(before)
        place = end = start + len(written)
        has_capital = written[0].isupper()
        if not written.isalnum():
            start, end, has_capital = bare(text, start, end)
            if start == end:
                continue
        gap = text[last_end:start]
        is_joined, begins = _JOINED if gap == " " and found else judge(gap, found[-1] if found else None)
        shape = folded[start:end]
        if " " in shape:
            shape = " ".join(shape.split())
        found.append(new(Word, (start, end, text[start:end], shape, is_joined, begins, has_capital)))
        last_end = end
    return found


def bare(text: str, start: int, end: int) -> tuple[int, int, bool]:
    """Where a word stands without what is elided before it and the possessive behind it; whether it has a capital."""
    if (elided := _ELISION.match(text, start, end)) is not None:
        start = elided.end()
    possessive = _POSSESSIVE.search(text, start, end)
    end = possessive.start() if possessive is not None else end
    return start, end, text[start:end][:1].isupper() or _ARTICLE.match(text, start, end) is not None


def judge(gap: str, previous: Word | None) -> tuple[bool, bool]:
    """Whether a word is joined to the one before it, and whether it begins a sentence."""
    if previous is None:
        return False, True
    if gap in _SPACES:
        return _JOINED
    if gap in ("'s ", "’s ") and previous.folded in _OWN_POSSESSIVE:
        return previous.is_capitalised, False
    if gap == ". " and (previous.is_initial or previous.folded in lexicon("abbreviations")):
        return previous.is_capitalised, False
    return False, not _ENDS.isdisjoint(gap)


# ---- tokens ----

# CLDR: languages whose decimal sign is a comma, and of these the ones that part thousands by a space.
SPACED_GROUPS = frozenset(
    ("fr", "pt", "pl", "cs", "sk", "sv", "nb", "no", "fi", "ru", "uk", "be", "bg", "hu", "lt", "lv", "et")
)
APOSTROPHE_IN_WORDS = frozenset(["ru", "uk", "be"])
_APOSTROPHES = frozenset(APOSTROPHES)
# Slow, since any word may be the beginning of an address with an @.
_LINK = r"((?:https?://|www\.)\S+|[\w.+-]{1,64}@\w\S*)|"

_Piece = tuple[int, str | None, str | None, str | None]
"""How much lies before it, links included, and the piece as a word, a number or a sign."""


class _Patterns(NamedTuple):
    """Their groups are the kinds of pieces: link, word, number, sign."""

    plain: re.Pattern[str]
    """Without links."""
    with_links: re.Pattern[str]


def tokens(text: str, language: str | None) -> list[Token]:
    """The pieces in order; spaces are left out, ends of lines are signs."""
    signs, folded = plain(text), fold(text)
    found: list[Token] = []
    end = 0
    # The tuple's constructor takes half the time of the named tuple's, which an article pays a thousand times.
    new = tuple.__new__
    for before, word, digits, sign in _pieces(signs, language):
        start = end + before
        if word:
            end = start + len(word)
            shown = folded[start:end]
            shown = shown if shown.isalpha() else shown.replace(FILLER, "").replace(" ", "")
            found.append(new(Token, (start, end, WORD, shown, word[0].isupper())))
        elif digits:
            end = start + len(digits)
            found.append(new(Token, (start, end, NUMBER, digits, False)))
        elif sign:
            end = start + 1
            if sign not in _APOSTROPHES or not _is_elision(signs, start):
                found.append(new(Token, (start, end, SIGN, sign, False)))
    return found


@cache
def number(*, has_spaced_groups: bool) -> re.Pattern[str]:
    """The digits of a number with the signs between them."""
    group = f"[{GROUP}{' ' if has_spaced_groups else ''}]"
    return re.compile(
        rf"\d{{4}}-\d\d-\d\d(?!\d)|\d{{1,3}}(?:{group}\d{{3}})+(?!\d)(?:[.,]\d+)?|\d+(?:[{NUMBER_LINKS}]\d+)*"
    )


@cache
def _patterns(*, has_spaced_groups: bool, has_apostrophes: bool) -> _Patterns:
    inner = rf"(?:[{APOSTROPHES}][^\W\d_]+)*" if has_apostrophes else ""
    pieces = rf"([^\W\d_]+{inner})|({number(has_spaced_groups=has_spaced_groups).pattern})|([^\s]|\n)"
    return _Patterns(re.compile(pieces), re.compile(_LINK + pieces))


def _pieces(signs: str, language: str | None) -> Iterator[_Piece]:
    patterns = _patterns(has_spaced_groups=language in SPACED_GROUPS, has_apostrophes=language in APOSTROPHE_IN_WORDS)
    if any(mark in signs for mark in LINK_MARKS):
        return _pieces_beside_links(signs, patterns)
    # Split in one go: a match object for each piece would take as long again.
    parts = patterns.plain.split(signs)
    return zip(map(len, parts[::4]), parts[1::4], parts[2::4], parts[3::4], strict=False)


def _pieces_beside_links(signs: str, patterns: _Patterns) -> Iterator[_Piece]:
    """The same line by line, since no piece goes on over the end of one."""
    before = 0
    for line in signs.splitlines(keepends=True):
        parts = patterns.with_links.split(line)
        for gap, link, word, digits, sign in zip(*(parts[place::5] for place in range(5)), strict=False):
            before += len(gap)
            if link:
                before += len(link)
            else:
                yield before, word, digits, sign
                before = 0
        before += len(parts[-1])


def _is_elision(signs: str, place: int) -> bool:
    """Whether an apostrophe stands between letters."""
    return signs[place + 1 : place + 2].isalpha() and signs[max(place - 1, 0) : place].isalpha()


# ---- terms ----

SHORTEST, LONGEST = 3, 40
"""Letters of a term's key."""
# Letters with hyphens and apostrophes inside; scripts without spaces are left out.
_TERM = re.compile(rf"([^\W\d_]+(?:[{JOINTS}][^\W\d_]+)*)")
_JOINTS = re.compile(f"[{JOINTS}]")


def terms(text: str, stops: frozenset[str]) -> list[Term]:
    """The words in order, stop words left out."""
    folded = fold(text)
    found: list[Term] = []
    end = 0
    parts = _TERM.split(text)
    for gap, shown in zip(parts[::2], parts[1::2], strict=False):
        start = end + len(gap)
        end = start + len(shown)
        key = folded[start:end]
        if " " in key:
            found.extend(compound(shown, key, start, stops))
        elif key not in stops and _is_key(key):
            found.append(Term(shown, key, start))
    return found


def compound(shown: str, folded: str, start: int, stops: frozenset[str]) -> tuple[Term, ...]:
    """A word with signs inside as a term, if it is one.

    Hyphens and apostrophes are folded to spaces: the stop list sees each part, the count the whole. It is shown without
    the possessive or elided article that its key does not have.
    """
    key = "-".join(part for part in folded.split() if part not in stops)
    if not _is_key(key):
        return ()
    longest = shown if len(shown) == len(key) else max(_JOINTS.split(shown), key=len)
    return (Term(longest if len(longest) == len(key) else shown, key, start),)


def _is_key(key: str) -> bool:
    return SHORTEST <= len(key) <= LONGEST and (key.isascii() or UNSPACED.search(key) is None)
