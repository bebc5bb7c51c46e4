"""Query strings of Lucene, as Elasticsearch and Solr take them. Source: the documentation of Lucene's classic parser.

1. A space is an OR. `+` must be there, `-`, `!` and `NOT` must not; where something must be there, words without a sign
   only rank and are left out. AND binds tighter than OR, as Lucene's standard parser has it.
2. `"a b"~n` takes its words in any order, at most n between: Lucene counts moves of words, which for two words in order
   is the same.
3. A regular expression fits a whole word.
4. `[a TO b]` is for dates only. `word~` is one edit in words of five letters, two from nine on.
5. Weights (`^2`) are passed over.
"""

import re

from pipeline.stages.match.language.dialects.foreign import own_field, own_word, unquoted
from pipeline.stages.match.language.grammar import Grammar
from pipeline.stages.match.language.lexemes import Cursor, Kind, Lexeme, after_space, nothing_left
from pipeline.stages.match.language.limits import FUZZY_LETTERS
from pipeline.stages.match.language.query import Node, Query, QueryError
from pipeline.stages.match.language.trees import all_of, any_of, negated

_LEXEME = re.compile(
    r"(?P<open>\()|(?P<close>\))|(?P<and>&&|AND(?![^\s()]))|(?P<or>\|\||OR(?![^\s()]))|(?P<not>!|-(?!\s)|NOT(?![^\s()]))"
    r"|(?P<plus>\+(?!\s))|(?P<field>[A-Za-z_*][\w.*]*:)"
    r'|(?P<phrase>"(?P<quoted>(?:[^"\\]|\\.)*)"(?:~(?P<slop>\d{1,9})(?![\w.]))?)'
    r"|(?P<regex>/(?P<pattern>(?:[^/\\\n]|\\.)+)/)"
    r"|(?P<range>[\[{](?P<since>\S+)\s+TO\s+(?P<until>[^\s\]}]+)[\]}])"
    r'|(?P<run>(?:\\.|[^\s()"\[\]{}^\\])+)'
)
_WEIGHT = re.compile(r"\^\d+(?:\.\d+)?")
_ESCAPED = re.compile(r"\\(.)")
_FUZZY = re.compile(r"(?P<word>[^~]+)~")
_UNCARRIED_IN_REGEX = re.compile(r'(?<!\\)[@&<>~#"]')
_KINDS = {kind.name.lower(): kind for kind in (Kind.OPEN, Kind.CLOSE, Kind.AND, Kind.OR, Kind.NOT, Kind.PLUS)}


def parse(text: str) -> Query:
    """A query string. QueryError where it cannot be read or carried over."""
    return _LuceneGrammar(Cursor(text, _cut), {}, lambda name: None).query()


class _LuceneGrammar(Grammar):
    """The grammar with clauses that must, should and must not be there."""

    def any(self) -> Node:
        """What stands side by side, or is joined by OR."""
        must: list[Node] = []
        should: list[Node] = []
        must_not: list[Node] = []
        while True:
            kind = self.cursor.ahead.kind
            chain = self._chain()
            target = must if kind is Kind.PLUS else must_not if kind is Kind.NOT and len(chain) == 1 else should
            target.append(all_of(chain))
            if self.cursor.ahead.kind is Kind.OR:
                self.cursor.take()
            elif self.cursor.ahead.kind in (Kind.CLOSE, Kind.END):
                break
        parts = must or ([any_of(should)] if should else [])
        return all_of([*parts, *must_not])

    def _chain(self) -> list[Node]:
        """What AND joins."""
        parts = [self._signed()]
        while self.cursor.ahead.kind is Kind.AND:
            self.cursor.take()
            parts.append(self._signed())
        return parts

    def _signed(self) -> Node:
        lexeme = self.cursor.ahead
        if lexeme.kind not in (Kind.NOT, Kind.PLUS):
            return self.value()
        self.cursor.take()
        self.enter(lexeme)
        inner = self._signed()
        self.depth -= 1
        return negated(inner) if lexeme.kind is Kind.NOT else inner


def _cut(text: str, place: int, *, field: Lexeme | None, in_arguments: bool) -> Lexeme:
    start = after_space(text, place)
    weight = _WEIGHT.match(text, start)
    if weight is not None:
        start = after_space(text, weight.end())
    found = _LEXEME.match(text, start)
    if found is None or (field is not None and start > place):
        return nothing_left(text, place if weight is None else start, field)
    group, end = found.lastgroup or "", found.end()
    match group:
        case "field":
            if found.group() in ("_exists_:", "*:"):
                raise QueryError(start, f"{found.group()} asks for no words", "ask for words, phrases and fields")
            return own_field(Lexeme(Kind.FIELD, start, end, found.group()[:-1]), {})
        case "phrase":
            slop = int(found["slop"]) if found["slop"] is not None else None
            return Lexeme(Kind.PHRASE, start, end, _unescaped(found["quoted"]), False, slop or None)
        case "regex":
            return _expression(found)
        case "range":
            return _range(found, field)
        case "run":
            return _run(found)
    return Lexeme(_KINDS[group], start, end, found.group())


def _run(found: re.Match[str]) -> Lexeme:
    written, start, end = found.group(), found.start(), found.end()
    if "\\" in written:
        return Lexeme(Kind.PHRASE, start, end, _unescaped(written))
    fuzzy = _FUZZY.fullmatch(written)
    if fuzzy is not None:
        edits = max((edits for edits, letters in FUZZY_LETTERS.items() if len(fuzzy["word"]) >= letters), default=1)
        written = f"{fuzzy['word']}~{edits}"
    word = own_word(Lexeme(Kind.WORD, start, end, written))
    return word._replace(kind=Kind.PHRASE) if written in ("and", "or", "not") else word


def _expression(found: re.Match[str]) -> Lexeme:
    pattern = found["pattern"]
    uncarried = _UNCARRIED_IN_REGEX.search(pattern)
    if uncarried is not None:
        place = found.start("pattern") + uncarried.start()
        raise QueryError(
            place, f"{uncarried.group()} is an operator of Lucene's expressions only", "write it otherwise"
        )
    return Lexeme(Kind.REGEX, found.start(), found.end(), rf"\b(?:{pattern})\b")


def _range(found: re.Match[str], field: Lexeme | None) -> Lexeme:
    if field is None or field.text != "published":
        raise QueryError(found.start(), "a range of words cannot be asked for", "ranges are for dates: date:[a TO b]")
    if "{" in found.group() or "}" in found.group():
        raise QueryError(found.start(), "a range without its ends has no counterpart", "write [ and ]")
    since, until = (found[name].replace("*", "") for name in ("since", "until"))
    return Lexeme(Kind.WORD, found.start(), found.end(), f"{since}..{until}")


def _unescaped(text: str) -> str:
    return unquoted(_ESCAPED.sub(r"\1", text))
