"""Meltwater's and Brandwatch's queries. Sources: their help centres, "How to Master Boolean Search", "Query Operators".

1. Meltwater: `NEAR` and `ONEAR` without a number allow four words between; operators in any case; `ingress:` is our
   `lead:`; `^n` prefers words for its extracts and matches nothing.
2. Brandwatch: `NEAR/nf` is in order; `raw:Word` is exact; operators in capitals.
3. `atleast5 word` as well as `atleast5(word)`.
"""

import re
from functools import partial

from pipeline.stages.match.language import functions, lexemes
from pipeline.stages.match.language.dialects.foreign import CountingGrammar, own_field, own_word
from pipeline.stages.match.language.lexemes import QUOTES, Cursor, Kind, Lexeme, after_space
from pipeline.stages.match.language.query import Query, Zone

_NEAR = re.compile(r"(?P<ordered>O)?NEAR(?:/(?P<distance>\d{1,9})(?P<forward>f)?)?(?![^\s()])")
_UNNUMBERED_DISTANCE = 4
_COUNTED = re.compile(r"(?i:atleast)\d{1,3}(?=\s+[^\s(])")
_RAW = re.compile(rf"raw:(?:[{QUOTES}](?P<quoted>[^{QUOTES}]*)[{QUOTES}]|(?P<word>[^\s(){QUOTES}]+))")
_WEIGHT = re.compile(r"\^\d+(?:\.\d+)?")
_OPERATORS = {"and": Kind.AND, "or": Kind.OR, "not": Kind.NOT}
_FIELDS = {"ingress": "lead", "language": "lang", "source": "site", "sourcename": "site"}


def parse_meltwater(text: str) -> Query:
    """A query of Meltwater's. QueryError where it cannot be read or carried over."""
    return _parse(text, is_meltwater=True)


def parse_brandwatch(text: str) -> Query:
    """A query of Brandwatch's. QueryError where it cannot be read or carried over."""
    return _parse(text, is_meltwater=False)


def _parse(text: str, *, is_meltwater: bool) -> Query:
    cursor = Cursor(text, partial(_cut, is_meltwater=is_meltwater))
    return CountingGrammar(cursor, {}, functions.find_counting).query()


def _cut(text: str, place: int, *, field: Lexeme | None, in_arguments: bool, is_meltwater: bool) -> Lexeme:
    start = after_space(text, place)
    if field is None:
        weight = _WEIGHT.match(text, start)
        if weight is not None:
            start = place = after_space(text, weight.end())
        special = _special(text, start, is_meltwater=is_meltwater)
        if special is not None:
            return special
    lexeme = lexemes.cut(text, place, field=field, in_arguments=in_arguments)
    if lexeme.kind is Kind.FIELD:
        return own_field(lexeme, _FIELDS)
    if lexeme.kind is Kind.WORD and (field is None or field.text in tuple(Zone)):
        if is_meltwater and field is None and lexeme.text.lower() in _OPERATORS:
            return lexeme._replace(kind=_OPERATORS[lexeme.text.lower()])
        weight = _WEIGHT.search(lexeme.text)
        return own_word(lexeme if weight is None else lexeme._replace(text=lexeme.text[: weight.start()]))
    return lexeme


def _special(text: str, start: int, *, is_meltwater: bool) -> Lexeme | None:
    near = _NEAR.match(text, start)
    if near is not None and (near["distance"] or is_meltwater):
        kind = Kind.ONEAR if near["ordered"] or near["forward"] else Kind.NEAR
        distance = int(near["distance"] or _UNNUMBERED_DISTANCE)
        return Lexeme(kind, start, near.end(), near.group(), False, distance)
    counted = _COUNTED.match(text, start)
    if counted is not None:
        return Lexeme(Kind.FUNCTION, start, counted.end(), counted.group())
    raw = None if is_meltwater else _RAW.match(text, start)
    if raw is None:
        return None
    is_word = raw["quoted"] is None
    kind = Kind.WORD if is_word else Kind.PHRASE
    return own_word(Lexeme(kind, start, raw.end(), raw["word"] or raw["quoted"] or "", True))
