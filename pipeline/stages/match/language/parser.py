"""Reading a query.

    any    = all { "OR" all }
    all    = one { ["AND"] one }
    one    = ( "NOT" | "-" | "+" ) one | "(" any ")" | field ":" ( value | "(" any ")" ) | value
    value  = word | phrase, with "=" before it for exact

Operators are in capitals; NOT binds tightest, then AND, then OR. `docs/watches.md` is the page for users.
"""

from collections.abc import Iterable, Iterator

from pipeline.stages.match.language.leaves import field_name, leaf
from pipeline.stages.match.language.lexemes import Kind, Lexeme, lex
from pipeline.stages.match.language.query import AllOf, AnyOf, Leaf, Negation, Node, Query, QueryError

MAX_CHARACTERS = 20_000
MAX_CLAUSES = 500
MAX_DEPTH = 50

_ENDS_OF_ALL = {Kind.OR, Kind.CLOSE, Kind.END}


def parse_query(text: str) -> Query:
    """The query as understood. QueryError says where it cannot be, and how to mend it."""
    if len(text) > MAX_CHARACTERS:
        raise QueryError(MAX_CHARACTERS, f"the query is longer than {MAX_CHARACTERS:,} characters", "split the watch")
    tree = _Parser(text).parse()
    _refuse_unfounded(tree)
    return Query(text, tree)


class _Parser:
    """One reading of one text. Negation is pushed down on the way: under an odd number of NOTs, AND becomes OR."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lexemes = lex(text)
        self._next = next(self._lexemes)
        self._field: Lexeme | None = None
        self._clauses = 0

    def parse(self) -> Node:
        if self._next.kind is Kind.END:
            raise QueryError(0, "the query is empty", 'write a word or a "phrase"')
        tree = self._any(0, is_negated=False)
        if self._next.kind is Kind.CLOSE:
            raise QueryError(self._next.start, "this parenthesis closes nothing", "remove it, or open one before it")
        return tree

    def _take(self) -> Lexeme:
        taken = self._next
        if taken.kind is not Kind.END:
            self._next = next(self._lexemes)
        return taken

    def _any(self, depth: int, *, is_negated: bool) -> Node:
        parts = [self._all(depth, is_negated=is_negated)]
        while self._next.kind is Kind.OR:
            self._take()
            parts.append(self._all(depth, is_negated=is_negated))
        return _joined(AllOf if is_negated else AnyOf, parts)

    def _all(self, depth: int, *, is_negated: bool) -> Node:
        parts = [self._one(depth, is_negated=is_negated)]
        while self._next.kind not in _ENDS_OF_ALL:
            if self._next.kind is Kind.AND:
                self._take()
            parts.append(self._one(depth, is_negated=is_negated))
        return _joined(AnyOf if is_negated else AllOf, parts)

    def _one(self, depth: int, *, is_negated: bool) -> Node:
        lexeme = self._take()
        if depth >= MAX_DEPTH:
            raise QueryError(lexeme.start, f"nested more than {MAX_DEPTH} deep", "split the watch, or flatten it")
        match lexeme.kind:
            case Kind.NOT:
                return self._one(depth + 1, is_negated=not is_negated)
            case Kind.PLUS:
                return self._one(depth + 1, is_negated=is_negated)
            case Kind.OPEN:
                return self._group(lexeme, depth, is_negated=is_negated)
            case Kind.FIELD:
                return self._in_field(lexeme, depth, is_negated=is_negated)
            case Kind.WORD | Kind.PHRASE:
                return self._leaf(lexeme, lexeme.start, is_negated=is_negated)
        raise _unexpected(lexeme)

    def _group(self, opened: Lexeme, depth: int, *, is_negated: bool) -> Node:
        tree = self._any(depth + 1, is_negated=is_negated)
        if self._take().kind is not Kind.CLOSE:
            raise QueryError(opened.start, "this parenthesis is never closed", "add ) where the group ends")
        return tree

    def _in_field(self, field: Lexeme, depth: int, *, is_negated: bool) -> Node:
        if self._field is not None:
            raise QueryError(field.start, "a field within a field", f"close the group of {self._field.text}: before it")
        field_name(field)
        self._field = field
        try:
            value = self._take()
            if value.kind is Kind.OPEN:
                return self._group(value, depth, is_negated=is_negated)
            if value.kind in (Kind.WORD, Kind.PHRASE):
                return self._leaf(value, field.start, is_negated=is_negated)
            raise QueryError(field.start, f"{field.text}: has no value", f"write it as in {field.text}:minsk")
        finally:
            self._field = None

    def _leaf(self, lexeme: Lexeme, start: int, *, is_negated: bool) -> Node:
        self._clauses += 1
        if self._clauses > MAX_CLAUSES:
            raise QueryError(start, f"more than {MAX_CLAUSES} words and phrases", "split the watch")
        made = leaf(lexeme, field=self._field, clause=self._text[start : lexeme.end], position=start)
        return Negation(made) if is_negated else made


def _joined(kind: type[AllOf] | type[AnyOf], parts: list[Node]) -> Node:
    return parts[0] if len(parts) == 1 else kind(tuple(parts))


def _unexpected(lexeme: Lexeme) -> QueryError:
    expected = 'expected a word, a "phrase", a field or ('
    if lexeme.kind is Kind.END:
        return QueryError(lexeme.start, "the query ends too early", expected)
    if lexeme.kind is Kind.CLOSE:
        return QueryError(lexeme.start, "nothing stands before this parenthesis", expected)
    return QueryError(lexeme.start, f"{lexeme.text} cannot stand here", expected)


def _refuse_unfounded(tree: Node) -> None:
    """A watch that something absent could satisfy would match nearly every article."""
    unfounded = _unfounded(tree)
    if unfounded is not None:
        raise QueryError(
            unfounded.position,
            "this alone would match every article without it",
            "join it by AND to something that must be there",
        )


def _unfounded(node: Node) -> Leaf | None:
    match node:
        case Negation(leaf=negated):
            return negated
        case AnyOf(parts=parts):
            return next(_all_unfounded(parts), None)
        case AllOf(parts=parts):
            found = list(_all_unfounded(parts))
            return found[0] if len(found) == len(parts) else None
        case _:
            return None


def _all_unfounded(parts: Iterable[Node]) -> Iterator[Leaf]:
    return (found for found in map(_unfounded, parts) if found is not None)
