"""Text as it is compared: folded code point by code point, so that offsets in it are offsets in the original.

The rules, in order, for each code point of a text in NFC:

1. Digits of any script become ASCII digits; full-width, circled, mathematical and other compatibility forms become the
   plain character where that is a single one.
2. Case is folded where that keeps one code point (`ß` and `ﬁ` stay: see `word`).
3. Accents are stripped from Latin and Greek letters, with `ł ø đ ħ ŧ ı` as `l o d h t i`. Other scripts keep their
   letters (`й ї ў ґ` are no accented `и і у г`), but `ё` becomes `е`, and the forms of Arabic alef, yeh and kaf become
   one each (the rules of Lucene's ArabicNormalizer and PersianNormalizer, teh marbuta left alone).
4. What is invisible or optional inside a word becomes `FILLER`: soft hyphen, joiners, direction marks, variation
   selectors, loose combining accents (stress marks in Cyrillic), Arabic vowel marks and tatweel, Hebrew points. It
   divides no word, and `word` leaves it out.
5. Everything else that is neither letter, number nor mark of a script becomes a space: white space, punctuation,
   symbols, every hyphen and every apostrophe, the letter-like `ʼ` too.
"""

import re
import unicodedata

FILLER = "\u00ad"
"""Stands in folded text where the original has something that does not count."""

_LETTERS = str.maketrans(
    {
        **dict(zip("łøđħŧı", "lodhti", strict=True)),
        "ё": "е",
        **dict.fromkeys("\u0623\u0625\u0622\u0671", "\u0627"),  # alef with hamza above, below, with madda, wasla
        **dict.fromkeys("\u0649\u06cc", "\u064a"),  # alef maksura and Farsi yeh
        "\u06a9": "\u0643",  # keheh
    }
)
# What one character stands for in a word, several letters.
WIDER = {
    **{"ß": "ss", "æ": "ae", "œ": "oe", "ĳ": "ij", "ŉ": "n"},
    **{"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"},
    **dict.fromkeys("\ufef5\ufef6\ufef7\ufef8\ufef9\ufefa\ufefb\ufefc", "\u0644\u0627"),  # lam with alef
}
_NOT_IN_WORDS = re.compile("[" + FILLER + "".join(WIDER) + "]")
_TO_WORD = str.maketrans({**WIDER, FILLER: None})

# Ranges of The Unicode Standard 15, by block: combining diacritical marks (with extended, supplement, for symbols, half
# marks), variation selectors, Hebrew points, Arabic marks, tatweel, Mongolian and supplementary variation selectors.
_FILLER = re.compile(
    "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\ufe00-\ufe0f"
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0640"
    "\u180b-\u180f\U000e0100-\U000e01ef]"
)
# Zero-width space is a place to break between words, unlike the other invisible ones.
_BREAKS = {"\u200b"}
# Letters by category, apostrophes and primes by use.
_LETTER_LIKE_SIGNS = re.compile("[\u02b9-\u02bf\u02c8\u02ca\u02cb\u02ee\u0374\u037a\ua78b\ua78c]")

# Scripts written without spaces, where each letter is a token with the marks that follow it.
UNSPACED = (
    "\u3005-\u3007\u3021-\u3029\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Han
    "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3105-\u312f\u31a0-\u31bf"  # kana, bopomofo
    "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0eb2\u0eb3\u0ebd-\u0ec6\u0edc-\u0edf"  # Thai, Lao
    "\u1000-\u102a\u103f\u1050-\u1055\u1780-\u17b3"  # Myanmar, Khmer
)
MARKS = (
    "\u3099\u309a\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece"
    "\u102b-\u103e\u1056-\u1059\u17b4-\u17d3\u17dd"
)
_LETTER = f"[^ {FILLER}{UNSPACED}]"
_TOKEN = re.compile(f"[{UNSPACED}](?:{FILLER}*[{MARKS}]+)*|{_LETTER}+(?:{FILLER}+{_LETTER}+)*")


class _Table(dict[int, str]):
    """The folding of each code point, worked out when first met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        while (folded := _fold_once(character)) != character:
            character = folded
        self[code] = character
        return character


_TABLE = _Table()


def fold(text: str) -> str:
    """The text as it is compared: as long as the original, code point for code point; folding twice changes nothing."""
    return text.translate(_TABLE)


def tokens(folded: str) -> list[tuple[int, int]]:
    """Start and end of each token of a folded text: a run of letters, numbers and marks, or one ideograph or kana.

    Fillers count as part of a token only between its letters.
    """
    return [found.span() for found in _TOKEN.finditer(folded)]


def word(token: str) -> str:
    """A folded token as a word to compare: fillers left out, `ß æ œ ﬁ` as `ss ae oe fi`. Not of equal length."""
    return token.translate(_TO_WORD) if _NOT_IN_WORDS.search(token) else token


def words(text: str) -> tuple[str, ...]:
    """The words of a text in order, folded: equal for two spellings that are compared as one."""
    folded = fold(text)
    return tuple(word(folded[start:end]) for start, end in tokens(folded))


def _fold_once(character: str) -> str:
    if character not in _BREAKS and (_FILLER.match(character) or unicodedata.category(character) == "Cf"):
        return FILLER
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    plain = _single(unicodedata.normalize("NFKC", character), character)
    if not _is_of_words(plain):
        return " "
    lower = _single(plain.casefold(), _single(plain.lower(), plain))
    return _without_accents(lower).translate(_LETTERS)


def _is_of_words(character: str) -> bool:
    if _LETTER_LIKE_SIGNS.match(character):
        return False
    return character.isalnum() or unicodedata.category(character).startswith("M")


def _without_accents(letter: str) -> str:
    decomposed = unicodedata.normalize("NFD", letter)
    is_accented = len(decomposed) > 1 and unicodedata.name(decomposed[0], "").startswith(("LATIN", "GREEK"))
    return decomposed[0] if is_accented else letter


def _single(wanted: str, otherwise: str) -> str:
    return wanted if len(wanted) == 1 else otherwise
