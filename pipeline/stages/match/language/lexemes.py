"""A query's text cut into lexemes.

In order: white space parts; parentheses; a sign (`-`, `+`, also `−` and `–`) directly before something; a field's name
with its colon; a phrase between quotation marks of any kind, `=` before it for exact; a run of anything else. After a
field's colon everything up to white space, a parenthesis or a quotation mark is its value, colons and signs too.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from pipeline.stages.match.language.query import QueryError

_QUOTES = '"“”„‟«»＂'
_RUN = rf"[^\s(){_QUOTES}]+"
_PHRASE = rf"=?[{_QUOTES}][^{_QUOTES}]*[{_QUOTES}]"
_LEXEME = re.compile(
    rf"(?P<open>\()|(?P<close>\))|(?P<sign>[-−–+](?![-−–+\s)]|$))|(?P<field>[^\W\d]\w*:)|(?P<phrase>{_PHRASE})|(?P<run>{_RUN})"
)
_VALUE = re.compile(rf"(?P<open>\()|(?P<phrase>{_PHRASE})|(?P<run>{_RUN})")
_SPACE = re.compile(r"\s*")


class Kind(Enum):
    """What a lexeme is."""

    OPEN = auto()
    CLOSE = auto()
    AND = auto()
    OR = auto()
    NOT = auto()
    PLUS = auto()
    FIELD = auto()
    PHRASE = auto()
    WORD = auto()
    END = auto()


_OPERATORS = {"AND": Kind.AND, "OR": Kind.OR, "NOT": Kind.NOT}
_CLAUSES = {Kind.PHRASE, Kind.WORD}


@dataclass(frozen=True, slots=True)
class Lexeme:
    """A piece of a query's text."""

    kind: Kind
    start: int
    end: int
    text: str
    """A field's name without its colon; a phrase or word without `=` and quotation marks; else as written."""
    is_exact: bool = False


def lex(text: str) -> Iterator[Lexeme]:
    """The lexemes in order, `END` last. QueryError for a quotation mark without its partner or pieces run together."""
    before: Lexeme | None = None
    place = _after_space(text, 0)
    while place < len(text):
        lexeme = _next(text, place, is_value=before is not None and before.kind is Kind.FIELD)
        _check_parted(before, lexeme)
        yield lexeme
        before, place = lexeme, _after_space(text, lexeme.end)
        if lexeme.kind is Kind.FIELD and place > lexeme.end:
            raise _without_value(lexeme)
    yield Lexeme(Kind.END, len(text), len(text), "")


def _next(text: str, place: int, *, is_value: bool) -> Lexeme:
    found = (_VALUE if is_value else _LEXEME).match(text, place)
    if found is None:
        if text[place] == ")":
            raise QueryError(
                place, "a field without a value", "write the value straight after the colon, as in title:minsk"
            )
        raise QueryError(place, "this quotation mark has no partner", "close the phrase with another one")
    written, end = found.group(), found.end()
    match found.lastgroup:
        case "open":
            return Lexeme(Kind.OPEN, place, end, written)
        case "close":
            return Lexeme(Kind.CLOSE, place, end, written)
        case "sign":
            return Lexeme(Kind.PLUS if written == "+" else Kind.NOT, place, end, written)
        case "field":
            return Lexeme(Kind.FIELD, place, end, written[:-1])
        case "phrase":
            return Lexeme(Kind.PHRASE, place, end, written.removeprefix("=")[1:-1], written.startswith("="))
        case _:
            return _run(written, place, end, is_value=is_value)


def _run(written: str, start: int, end: int, *, is_value: bool) -> Lexeme:
    if written in _OPERATORS and not is_value:
        return Lexeme(_OPERATORS[written], start, end, written)
    is_exact = written.startswith("=")
    return Lexeme(Kind.WORD, start, end, written.removeprefix("="), is_exact)


def _check_parted(before: Lexeme | None, lexeme: Lexeme) -> None:
    if before is None or before.end != lexeme.start or before.kind not in _CLAUSES:
        return
    if lexeme.kind is Kind.OPEN and before.kind is Kind.WORD:
        raise QueryError(
            before.start, f"there is no function {before.text}(…)", "put a space before the parenthesis if it is a word"
        )
    if lexeme.kind is Kind.WORD and before.kind is Kind.PHRASE and lexeme.text.startswith("~"):
        raise QueryError(lexeme.start, "words near each other cannot be asked for", "use the phrase without ~")
    if lexeme.kind is not Kind.CLOSE:
        raise QueryError(lexeme.start, "two pieces run together", "put a space, AND or OR between them")


def _without_value(field: Lexeme) -> QueryError:
    return QueryError(
        field.start, f"{field.text}: has no value", f"write it straight after the colon, as in {field.text}:minsk"
    )


def _after_space(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return found.end() if found else place
