"""Factiva's search statements. Source: Factiva Developer's Kit, "Search statement operators" and its examples.

1. Operators in any case; `[` and `]` are parentheses too.
2. Words side by side are a phrase: `adj` is the operator left out.
3. `nearN`, `/Nn/`, `adjN` and `w/N` count the words up to the other, so that N-1 lie between: `near5` is our NEAR/4.
4. `atleast5 word`; `wom?n`, `chariot*`; `engineer$3` for up to three more letters.
5. `hd=` is our `title:`, `lp=` our `lead:`, `by=` our `author:`, `la=` our `lang:`. Codes of companies, subjects and
   sources (`co=`, `ns=`, `rst=`) mean nothing outside of Factiva, and `same`, `/Fn/` and `wc>` have no counterpart.
"""

import re

from pipeline.stages.match.language import functions
from pipeline.stages.match.language.dialects.foreign import CountingGrammar, own_field, own_word
from pipeline.stages.match.language.lexemes import QUOTES, Cursor, Kind, Lexeme, after_space, nothing_left
from pipeline.stages.match.language.query import Query, QueryError

_FIELD = re.compile(r"(?P<name>[a-zA-Z]{2,5})=(?=[^\s])")
_NEAR = re.compile(r"(?i:(?P<loose>near)|(?P<ordered>adj))(?P<number>\d{0,3})(?![^\s()\[\]])")
_WITHIN = re.compile(r"(?i:w/)(?P<number>\d{1,3})(?![^\s()\[\]])")
_SLASHED = re.compile(r"(?i:/n)(?P<number>\d{1,3})/")
_COUNTED = re.compile(r"(?i:atleast)\d{1,3}(?=[\s(])")
_PHRASE = re.compile(rf"[{QUOTES}](?P<quoted>[^{QUOTES}]*)[{QUOTES}]")
_WORD = re.compile(rf"(?:(?!/[nNfF]\d)[^\s()\[\]{QUOTES}])+")
_OPERATORS = {"and": Kind.AND, "or": Kind.OR, "not": Kind.NOT}
_UNCARRIED: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (re.compile(r"(?i)same(?!\S)"), "same has no counterpart", "near50 comes close to one paragraph"),
    (re.compile(r"(?i)/f\d+/"), "/Fn/ has no counterpart", "lp= looks into the lead"),
    (re.compile(r"(?i)wc\s*[<>=]"), "the length of an article cannot be asked for", "leave it out"),
    (re.compile(r"%(?!\S)"), "% has no counterpart", "adj2 allows one word between"),
)
_FIELDS = {"hd": "title", "hl": "title", "lp": "lead", "by": "author", "la": "lang", "td": "text", "se": "section"}


def parse(text: str) -> Query:
    """A search statement. QueryError where it cannot be read or carried over."""
    return CountingGrammar(Cursor(text, _cut), {}, functions.find_counting).query()


def _cut(text: str, place: int, *, field: Lexeme | None, in_arguments: bool) -> Lexeme:
    start = after_space(text, place)
    if start >= len(text):
        return nothing_left(text, place, field)
    if text[start] in "([":
        return Lexeme(Kind.OPEN, start, start + 1, "(")
    if text[start] in ")]":
        return Lexeme(Kind.CLOSE, start, start + 1, ")")
    quoted = _PHRASE.match(text, start)
    if quoted is not None:
        return Lexeme(Kind.PHRASE, start, quoted.end(), quoted["quoted"])
    operator = _operator(text, start) if field is None else None
    return operator or _words(text, start, is_value=field is not None)


def _operator(text: str, start: int) -> Lexeme | None:
    for pattern, message, hint in _UNCARRIED:
        if pattern.match(text, start):
            raise QueryError(start, message, hint)
    found = _WORD.match(text, start)
    if found is not None and found.group().lower() in _OPERATORS:
        return Lexeme(_OPERATORS[found.group().lower()], start, found.end(), found.group())
    for pattern in (_NEAR, _WITHIN, _SLASHED):
        near = pattern.match(text, start)
        if near is not None:
            is_loose = pattern is _SLASHED or (pattern is _NEAR and near["loose"] is not None)
            distance = max(int(near["number"] or 1) - 1, 0)
            return Lexeme(Kind.NEAR if is_loose else Kind.ONEAR, start, near.end(), near.group(), False, distance)
    counted = _COUNTED.match(text, start)
    if counted is not None:
        return Lexeme(Kind.FUNCTION, start, counted.end(), counted.group())
    field = _FIELD.match(text, start)
    return own_field(Lexeme(Kind.FIELD, start, field.end(), field["name"]), _FIELDS) if field is not None else None


def _words(text: str, start: int, *, is_value: bool) -> Lexeme:
    """One word, or all the words that stand side by side up to the next operator."""
    end, count, place = start, 0, start
    while place < len(text) and (found := _WORD.match(text, place)) is not None:
        if count and (is_value or _operator(text, place) is not None):
            break
        end, count = found.end(), count + 1
        place = after_space(text, end)
    if not count:
        return nothing_left(text, start, None)
    written = text[start:end]
    if "$" in written:
        raise QueryError(start + written.index("$"), "$ has no counterpart", "write * for any letters, ? for one")
    return own_word(Lexeme(Kind.WORD if count == 1 else Kind.PHRASE, start, end, written))
