"""What a written word or phrase stands for: its words, and the other ways to write the same.

1. A plain word also stands for its regular English plurals, when it is written in plain Latin letters.
2. What a hyphen joins is written as one word too (`e-mail`, `email`), and what is commonly written with a hyphen, with
   one: `antiwar`, `covid19`.
3. Capitals with dots are an acronym, and an acronym of up to five capitals is written with dots too (`U.S.`, `US`);
   where the dots are left out, capitals count, so that `U.S.` does not find *us*.
4. Words that must be exactly so written have only the variants of acronyms.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from pipeline.stages.match.language.query import Variant, Word
from pipeline.stages.match.words import split

_PLAIN_WORD = re.compile(r"[a-z]{3,}")
_ACRONYM = re.compile(r"[^\W\d_]{2,5}")
_SIMPLE = re.compile(r"(?:[A-Z]?[a-z]+|[A-Z])(?: (?:[A-Z]?[a-z]+|[A-Z]))*")
# Beginnings of English words that are as often written with a hyphen; our own choice.
_OFTEN_HYPHENED = re.compile(
    r"(?P<head>e)(?=(?:mail|commerce|sport|book|bike|scooter|cigarette|government|waste|learning|voting|visa)s?$)"
    r"|(?P<prefix>co)(?=operat|ordinat|exist|found|author|chair|pilot|work|sponsor|own)"
    r"|(?P<other>non|anti|multi|post|cyber|counter|semi|ultra)(?=[a-z]{3})"
    r"|(?P<name>[a-z]{2,})(?=\d+$)"
)


class _Piece(NamedTuple):
    word: str
    letters: str
    start: int
    end: int


@lru_cache(maxsize=50_000)
def variants(text: str, has_plural: bool = False, is_exact: bool = False) -> tuple[Variant, ...]:
    """The ways to write it, as it stands first; none when it has no letter or digit."""
    if not is_exact and _SIMPLE.fullmatch(text):
        return _of_simple(text.lower().split(" "), has_plural=has_plural)
    found = split(unicodedata.normalize("NFC", text))
    pieces = [_Piece(one, found.letters(place), *found.spans[place]) for place, one in enumerate(found.words)]
    if not pieces:
        return ()
    rows = [
        [_word(piece, is_exact=is_exact) for piece in pieces],
        _closed(pieces, found.text, is_exact=is_exact),
        _opened(pieces, is_exact=is_exact),
    ]
    made = (Variant(tuple(_with_plural(row) if has_plural else row)) for row in rows)
    return tuple(dict.fromkeys(made))


def plurals(folded: str) -> tuple[str, ...]:
    """The English plurals a folded word may have by the regular rules; none for what is not a plain Latin word."""
    if not _PLAIN_WORD.fullmatch(folded):
        return ()
    if folded.endswith(("s", "x", "z", "ch", "sh")):
        return (folded + "es",)
    if folded.endswith("o"):
        return (folded + "s", folded + "es")
    if folded.endswith("y") and folded[-2] not in "aeiou":
        # Names keep their y: the Kennedys.
        return (folded[:-1] + "ies", folded + "s")
    return (folded + "s",)


def _of_simple(words: list[str], *, has_plural: bool) -> tuple[Variant, ...]:
    """Of Latin letters, no capitals but the first of a word: nothing to fold, no acronyms."""
    row = [Word((word,)) for word in words]
    rows = [row]
    if any(map(_OFTEN_HYPHENED.match, words)):
        rows.append([Word((part,)) for word in words for part in _parted(word)])
    return tuple(Variant(tuple(_with_plural(one) if has_plural else one)) for one in rows)


def _parted(word: str) -> tuple[str, ...]:
    found = _OFTEN_HYPHENED.match(word)
    return (word,) if found is None else (found.group(), word[found.end() :])


def _word(piece: _Piece, *, is_exact: bool) -> Word:
    return Word((piece.word,), piece.letters if is_exact else None)


def _with_plural(row: list[Word]) -> list[Word]:
    last = row[-1]
    return row if last.letters is not None else [*row[:-1], Word((*last.forms, *plurals(last.forms[0])))]


def _closed(pieces: list[_Piece], text: str, *, is_exact: bool) -> list[Word]:
    """Hyphened words in one, and acronyms without their dots."""
    row: list[Word] = []
    place = 0
    while place < len(pieces):
        end = place + 1
        while end < len(pieces) and _joins(pieces[end - 1], pieces[end], text, is_exact=is_exact):
            end += 1
        row.append(_joined(pieces[place:end], is_exact=is_exact))
        place = end
    return row


def _joins(before: _Piece, after: _Piece, text: str, *, is_exact: bool) -> bool:
    if after.start - before.end != 1:
        return False
    sign = text[before.end]
    if sign == ".":
        return all(len(piece.letters) == 1 and piece.letters.isupper() for piece in (before, after))
    return not is_exact and unicodedata.category(sign) == "Pd"


def _joined(pieces: list[_Piece], *, is_exact: bool) -> Word:
    word, letters = "".join(piece.word for piece in pieces), "".join(piece.letters for piece in pieces)
    is_acronym = len(pieces) > 1 and all(len(piece.letters) == 1 and piece.letters.isupper() for piece in pieces)
    return Word((word,), letters if is_exact or is_acronym else None)


def _opened(pieces: list[_Piece], *, is_exact: bool) -> list[Word]:
    """Acronyms letter by letter, and words that are often hyphened in two."""
    row: list[Word] = []
    for piece in pieces:
        if _ACRONYM.fullmatch(piece.letters) and piece.letters.isupper() and len(piece.word) == len(piece.letters):
            pairs = zip(piece.word, piece.letters, strict=True)
            row.extend(Word((one,), letter if is_exact else None) for one, letter in pairs)
        elif not is_exact and (parted := _OFTEN_HYPHENED.match(piece.word)) is not None:
            row.extend((Word((parted.group(),)), Word((piece.word[parted.end() :],))))
        else:
            row.append(_word(piece, is_exact=is_exact))
    return row
