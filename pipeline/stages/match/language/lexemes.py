"""A query's text cut into lexemes, each when it is asked for.

In order: white space parts; parentheses; within the parentheses of a function also commas; a sign (`-`, `+`, also `−`
and `–`) directly before something; a function's name directly before its parenthesis; a field's name with its colon; a
phrase between quotation marks of any kind, with `=` before it for exact and `~n` after it; a regular expression between
slashes; a run of anything else. After a field's colon everything up to white space, a parenthesis or a quotation mark
is its value, colons and signs too.
"""

import re
from enum import Enum, auto
from typing import NamedTuple, Protocol

from pipeline.stages.match.language.query import QueryError


class Kind(Enum):
    """What a lexeme is."""

    OPEN = auto()
    CLOSE = auto()
    COMMA = auto()
    AND = auto()
    OR = auto()
    NOT = auto()
    PLUS = auto()
    NEAR = auto()
    ONEAR = auto()
    FUNCTION = auto()
    FIELD = auto()
    PHRASE = auto()
    REGEX = auto()
    WORD = auto()
    END = auto()


class Lexeme(NamedTuple):
    """A piece of a query's text."""

    kind: Kind
    start: int
    end: int
    text: str
    """A field's name without its colon; a word, phrase or expression without `=` and its marks; else as written."""
    is_exact: bool = False
    distance: int | None = None
    """Of NEAR, ONEAR and a phrase with `~n`."""


class Cut(Protocol):
    """How a syntax cuts the lexeme at a place or after white space; `END` at the end. QueryError if none begins."""

    def __call__(self, text: str, place: int, *, field: Lexeme | None, in_arguments: bool) -> Lexeme: ...


QUOTES = '"“”„‟«»＂'
PHRASE = rf"[{QUOTES}](?P<quoted>[^{QUOTES}]*)[{QUOTES}]"
SIGNS = "-−–+"

_RUN = rf"[^\s(){QUOTES}]+"
_ARGUMENT = rf"[^\s(),{QUOTES}]+"
_PHRASE = rf"(?P<phrase>=?{PHRASE}(?:~(?P<slop>\d{{1,9}})(?![^\s(),]))?)"
_REGEX = r"(?P<regex>=?/(?![\s*])(?P<pattern>(?:[^/\\\n]|\\.)+)/(?![^\s(),]))"
_NEAR = r"(?P<near>(?P<ordered>O?)NEAR/(?P<distance>\d{1,9})(?![^\s()]))"
_START = (
    rf"(?P<sign>[{SIGNS}](?![{SIGNS}\s,)]|$))|{_NEAR}|(?P<function>\w+)(?=\()|(?P<field>[^\W\d]\w*:)|{_PHRASE}|{_REGEX}"
)
_LEXEME = re.compile(rf"\s*(?:(?P<open>\()|(?P<close>\))|{_START}|(?P<run>{_RUN}))")
_IN_ARGUMENTS = re.compile(rf"\s*(?:(?P<open>\()|(?P<close>\))|(?P<comma>,)|{_START}|(?P<run>{_ARGUMENT}))")
_VALUE = re.compile(rf"\s*(?:(?P<open>\()|{_PHRASE}|(?P<run>{_RUN}))")
_VALUE_IN_ARGUMENTS = re.compile(rf"\s*(?:(?P<open>\()|{_PHRASE}|(?P<run>{_ARGUMENT}))")
_WORDS_VALUE = re.compile(rf"\s*(?:(?P<open>\()|{_PHRASE}|{_REGEX}|(?P<run>{_RUN}))")
_SPACE = re.compile(r"\s*")

_WORDS_FIELDS = frozenset({"title", "lead", "text"})
_OPERATORS = {"AND": Kind.AND, "OR": Kind.OR, "NOT": Kind.NOT}
_PARTING = (Kind.CLOSE, Kind.COMMA, Kind.NEAR, Kind.ONEAR, Kind.END)
_RUNNING_ON = (Kind.PHRASE, Kind.WORD, Kind.REGEX)


class Cursor:
    """The lexemes of a text, one at a time."""

    __slots__ = ("_cut", "ahead", "arguments", "place", "text")

    def __init__(self, text: str, cut: Cut) -> None:
        self.text = text
        self.place = 0
        self.arguments = 0
        """How many functions enclose the place: in their parentheses commas part."""
        self._cut = cut
        self.ahead = cut(text, 0, field=None, in_arguments=False)
        """The next lexeme."""

    def take(self) -> Lexeme:
        """The next lexeme, passed over."""
        taken = self.ahead
        self.place = place = taken.end
        field = taken if taken.kind is Kind.FIELD else None
        self.ahead = ahead = self._cut(self.text, place, field=field, in_arguments=self.arguments > 0)
        if ahead.start == place and taken.kind in _RUNNING_ON:
            _check_parted(taken, ahead)
        return taken

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """What of the text after the lexeme taken last fits the pattern, passed over."""
        found = pattern.match(self.text, self.place)
        if found is not None:
            self.place = found.end()
            self.ahead = self._cut(self.text, self.place, field=None, in_arguments=self.arguments > 0)
        return found


def cut(text: str, place: int, *, field: Lexeme | None, in_arguments: bool) -> Lexeme:
    """The lexeme of Tocsin's own syntax at a place. QueryError for a quotation mark without its partner."""
    pattern = _LEXEME if field is None and not in_arguments else _pattern(field, in_arguments=in_arguments)
    found = pattern.match(text, place)
    if found is None:
        return nothing_left(text, place, field)
    group = found.lastgroup or ""
    start, end = found.span(group)
    if field is not None and start > place:
        raise without_value(field)
    written = found[group]
    if group == "run":
        return _run(written, start, end, is_value=field is not None)
    return _other(group, found, written)


def without_value(field: Lexeme) -> QueryError:
    """A field's colon with nothing after it."""
    return QueryError(
        field.start, f"{field.text}: has no value", f"write it straight after the colon, as in {field.text}:minsk"
    )


def nothing_left(text: str, place: int, field: Lexeme | None) -> Lexeme:
    """The end. QueryError where something is left, which cannot begin a lexeme."""
    start = after_space(text, place)
    if field is not None and (start > place or start == len(text)):
        raise without_value(field)
    if start == len(text):
        return Lexeme(Kind.END, start, start, "")
    if text[start] in "),":
        hint = "write the value straight after the colon, as in title:minsk"
        raise QueryError(start, "a field without a value", hint)
    raise QueryError(start, "this quotation mark has no partner", "close the phrase with another one")


def after_space(text: str, place: int) -> int:
    """The first place from that one on that is no white space."""
    found = _SPACE.match(text, place)
    return found.end() if found else place


def _pattern(field: Lexeme | None, *, in_arguments: bool) -> re.Pattern[str]:
    if field is None:
        return _IN_ARGUMENTS if in_arguments else _LEXEME
    if field.text.lower() in _WORDS_FIELDS and not in_arguments:
        return _WORDS_VALUE
    return _VALUE_IN_ARGUMENTS if in_arguments else _VALUE


def _run(written: str, start: int, end: int, *, is_value: bool) -> Lexeme:
    if not is_value and written in _OPERATORS:
        return Lexeme(_OPERATORS[written], start, end, written)
    if written[0] == "=":
        return Lexeme(Kind.WORD, start, end, written[1:], True)
    return Lexeme(Kind.WORD, start, end, written)


_PLAIN = {"open": Kind.OPEN, "close": Kind.CLOSE, "comma": Kind.COMMA}


def _other(group: str, found: re.Match[str], written: str) -> Lexeme:
    start, end = found.span(group)
    match group:
        case "sign":
            return Lexeme(Kind.PLUS if written == "+" else Kind.NOT, start, end, written)
        case "function":
            return Lexeme(_OPERATORS.get(written, Kind.FUNCTION), start, end, written)
        case "field":
            return Lexeme(Kind.FIELD, start, end, written[:-1])
        case "near":
            kind = Kind.ONEAR if found["ordered"] else Kind.NEAR
            return Lexeme(kind, start, end, written, False, int(found["distance"]))
        case "phrase":
            slop = found["slop"]
            distance = int(slop) if slop is not None else None
            return Lexeme(Kind.PHRASE, start, end, found["quoted"], written[0] == "=", distance)
        case "regex":
            return Lexeme(Kind.REGEX, start, end, found["pattern"], written[0] == "=")
        case _:
            return Lexeme(_PLAIN[group], start, end, written)


def _check_parted(before: Lexeme, lexeme: Lexeme) -> None:
    if lexeme.kind is Kind.OPEN and before.kind is Kind.WORD:
        raise QueryError(lexeme.start, "a parenthesis in the middle of a word", "put a space before it")
    if lexeme.kind is Kind.WORD and before.kind is Kind.PHRASE and lexeme.text.startswith("~"):
        raise QueryError(lexeme.start, "after ~ stands how many words may lie between", 'write "prisoner swap"~5')
    if lexeme.kind not in _PARTING:
        raise QueryError(lexeme.start, "two pieces run together", "put a space, AND or OR between them")
