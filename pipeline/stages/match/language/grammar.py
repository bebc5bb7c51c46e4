"""The grammar of queries, over the lexemes of any syntax.

    any    = all { "OR" all }
    all    = one { ["AND"] one }
    one    = ( "NOT" | "-" ) one | "+" one | near
    near   = value { ( "NEAR/n" | "ONEAR/n" ) value }
    value  = "(" any ")" | field ":" ( leaf | "(" any ")" ) | function | leaf
    leaf   = word | phrase | expression

So nearness binds tightest, then NOT, AND, OR. The functions are in `functions.py`.
"""

from collections.abc import Callable

from pipeline.stages.match.language import limits
from pipeline.stages.match.language.leaves import field_name, leaf
from pipeline.stages.match.language.lexemes import Cursor, Kind, Lexeme
from pipeline.stages.match.language.query import Leaf, Node, Phrase, Placed, Query, QueryError, Regex, Word, Zone
from pipeline.stages.match.language.trees import (
    all_of,
    any_of,
    checked_distance,
    near,
    negated,
    placed,
    refuse_unfounded,
)
from pipeline.stages.match.language.wording import variants

_ENDS_OF_ALL = (Kind.OR, Kind.CLOSE, Kind.COMMA, Kind.END)
_NEAR = (Kind.NEAR, Kind.ONEAR)

Function = Callable[["Grammar", Lexeme], Node]


class Grammar:
    """One reading of one text."""

    def __init__(self, cursor: Cursor, functions: dict[str, Function], find: Callable[[str], Function | None]) -> None:
        self.cursor = cursor
        self.depth = 0
        self._functions = functions
        self._find = find
        self._field: Lexeme | None = None
        self._clauses = self._expressions = self._patterns = self._spellings = 0

    def query(self) -> Query:
        """The whole text as a query. QueryError where it cannot be read."""
        text = self.cursor.text
        if len(text) > limits.MAX_CHARACTERS:
            message = f"the query is longer than {limits.MAX_CHARACTERS:,} characters"
            raise QueryError(limits.MAX_CHARACTERS, message, "split the watch")
        if self.cursor.ahead.kind is Kind.END:
            raise QueryError(0, "the query is empty", 'write a word or a "phrase"')
        tree = self.any()
        after = self.cursor.ahead
        if after.kind is Kind.CLOSE:
            raise QueryError(after.start, "this parenthesis closes nothing", "remove it, or open one before it")
        refuse_unfounded(tree)
        return Query(text, tree)

    def any(self) -> Node:
        """What OR joins."""
        parts = [self._all()]
        while self.cursor.ahead.kind is Kind.OR:
            self.cursor.take()
            parts.append(self._all())
        return any_of(parts)

    def placed(self, what: str) -> Placed:
        """One value that has places, as `what` takes it."""
        start = self.cursor.ahead.start
        return placed(self.value(), start, what)

    def count(self, made: Leaf) -> Leaf:
        """The leaf, counted against the limits of a query."""
        self._clauses += 1
        if self._clauses > limits.MAX_CLAUSES:
            raise QueryError(made.position, f"more than {limits.MAX_CLAUSES} words and phrases", "split the watch")
        if isinstance(made, Regex):
            self._expressions += 1
            if self._expressions > limits.MAX_EXPRESSIONS:
                message = f"more than {limits.MAX_EXPRESSIONS} regular expressions"
                raise QueryError(made.position, message, "split the watch")
        if isinstance(made, Phrase):
            self._count_patterns(made)
        return made

    def enter(self, lexeme: Lexeme) -> None:
        """One level down. QueryError when that is too deep."""
        self.depth += 1
        if self.depth >= limits.MAX_DEPTH:
            message = f"nested more than {limits.MAX_DEPTH} deep"
            raise QueryError(lexeme.start, message, "split the watch, or flatten it")

    def value(self) -> Node:
        """A leaf, a group, a field or a function."""
        lexeme = self.cursor.take()
        match lexeme.kind:
            case Kind.WORD | Kind.PHRASE | Kind.REGEX:
                return self._leaf(lexeme, lexeme.start)
            case Kind.OPEN:
                return self._group(lexeme)
            case Kind.FIELD:
                return self._in_field(lexeme)
            case Kind.FUNCTION:
                return self._call(lexeme)
        raise unexpected(lexeme)

    def closed(self, opened: Lexeme) -> None:
        """Pass over the parenthesis that closes. QueryError at the one that opened when there is none."""
        ahead = self.cursor.ahead
        if ahead.kind not in (Kind.CLOSE, Kind.END):
            hint = "close the parenthesis before it; several words go into quotes"
            raise QueryError(ahead.start, f"{ahead.text} cannot stand here", hint)
        if self.cursor.take().kind is not Kind.CLOSE:
            raise QueryError(opened.start, "this parenthesis is never closed", "add ) where the group ends")

    def group_of(self, field: Lexeme, opened: Lexeme) -> Node:
        """A group whose leaves are all of that field."""
        self._field = field
        try:
            return self._group(opened)
        finally:
            self._field = None

    def _all(self) -> Node:
        parts = [self._one()]
        while (ahead := self.cursor.ahead).kind not in _ENDS_OF_ALL:
            if ahead.kind is Kind.AND:
                self.cursor.take()
            parts.append(self._one())
        return all_of(parts)

    def _one(self) -> Node:
        lexeme = self.cursor.ahead
        if lexeme.kind not in (Kind.NOT, Kind.PLUS):
            return self._near()
        self.cursor.take()
        self.enter(lexeme)
        inner = self._one()
        self.depth -= 1
        return negated(inner) if lexeme.kind is Kind.NOT else inner

    def _near(self) -> Node:
        start = self.cursor.ahead.start
        left = self.value()
        while (operator := self.cursor.ahead).kind in _NEAR:
            self.cursor.take()
            distance = checked_distance(operator.distance or 0, operator.start)
            first = placed(left, start, operator.text)
            right = self.placed(operator.text)
            left = near(first, right, distance=distance, is_ordered=operator.kind is Kind.ONEAR, position=start)
        return left

    def _group(self, opened: Lexeme) -> Node:
        self.enter(opened)
        tree = self.any()
        self.closed(opened)
        self.depth -= 1
        return tree

    def _in_field(self, field: Lexeme) -> Node:
        if self._field is not None:
            raise QueryError(field.start, "a field within a field", f"close the group of {self._field.text}: before it")
        name = field_name(field)
        special = self._functions.get(f"{name}:")
        if special is not None and self.cursor.text.startswith("(", field.end):
            return special(self, field)
        value = self.cursor.take()
        if value.kind is Kind.OPEN:
            return self.group_of(field, value)
        self._field = field
        try:
            if value.kind in (Kind.WORD, Kind.PHRASE, Kind.REGEX):
                return self._leaf(value, field.start)
            raise QueryError(field.start, f"{field.text}: has no value", f"write it as in {field.text}:minsk")
        finally:
            self._field = None

    def _call(self, name: Lexeme) -> Node:
        function = self._find(name.text)
        if function is None:
            raise QueryError(
                name.start, f"there is no function {name.text}(…)", "put a space before the parenthesis if it is a word"
            )
        if self._field is not None:
            raise QueryError(name.start, f"{name.text}(…) within a field", f"close the group of {self._field.text}:")
        self.cursor.arguments += 1
        self.enter(name)
        opened = self.cursor.take()
        tree = function(self, name)
        self.cursor.arguments -= 1
        self.closed(opened)
        self.depth -= 1
        return tree

    def _leaf(self, lexeme: Lexeme, start: int) -> Node:
        if lexeme.distance is not None:
            return self._loose(lexeme, start)
        return self.count(leaf(lexeme, field=self._field, position=start))

    def _loose(self, phrase: Lexeme, start: int) -> Node:
        """A phrase with `~n`: its words near each other, in any order."""
        if self._field is not None and field_name(self._field) not in tuple(Zone):
            raise QueryError(phrase.end - 1, f"{self._field.text}: takes no ~", "write the words in a row")
        distance = checked_distance(phrase.distance or 0, phrase.end - 1)
        row = variants(phrase.text)[:1]
        if not row or len(row[0].terms) < 2:
            raise QueryError(phrase.start, "~ stands after a phrase of two words or more", 'write "prisoner swap"~5')
        pieces = [phrase._replace(text=piece, distance=None) for piece in phrase.text.split()]
        parts = [placed(self.count(leaf(one, field=self._field, position=start)), phrase.start, "~") for one in pieces]
        if len(parts) < 2:
            raise QueryError(phrase.start, "~ stands after words with spaces between them", 'write "prisoner swap"~5')
        made: Placed = parts[0]
        for part in parts[1:]:
            made = near(made, part, distance=distance, is_ordered=False, position=start)
        return made

    def _count_patterns(self, phrase: Phrase) -> None:
        if len(phrase.variants[0].terms) > limits.MAX_WORDS:
            message = f"a phrase of more than {limits.MAX_WORDS} words"
            raise QueryError(phrase.position, message, "shorten it: a part of it is rare enough")
        for variant in phrase.variants:
            for term in variant.terms:
                self._patterns += term.__class__ is not Word
        if self._patterns > limits.MAX_WILDCARDS:
            message = f"more than {limits.MAX_WILDCARDS} words with wildcards, ~ or stem(…)"
            raise QueryError(phrase.position, message, "list the forms with OR, or split the watch")
        self._spellings += len(phrase.variants) if phrase.variants[0].alias is not None else 0
        if self._spellings > limits.MAX_VARIANTS:
            raise QueryError(phrase.position, "more than 2,000 spellings of actors", "list the actors in the file")


def unexpected(lexeme: Lexeme) -> QueryError:
    """What cannot stand where a value is expected."""
    expected = 'expected a word, a "phrase", a field or ('
    match lexeme.kind:
        case Kind.END:
            return QueryError(lexeme.start, "the query ends too early", expected)
        case Kind.CLOSE:
            return QueryError(lexeme.start, "nothing stands before this parenthesis", expected)
        case Kind.COMMA:
            return QueryError(lexeme.start, "nothing stands before this comma", expected)
        case Kind.NOT:
            hint = "write a word, or put NOT before the whole"
            return QueryError(lexeme.start, f"{lexeme.text} cannot stand here", hint)
    return QueryError(lexeme.start, f"{lexeme.text} cannot stand here", expected)
