"""What the dialects share: names of fields, and operators that stand where ours have others."""

import re

from pipeline.stages.match.language.grammar import Grammar
from pipeline.stages.match.language.leaves import FIELDS
from pipeline.stages.match.language.lexemes import QUOTES, Kind, Lexeme
from pipeline.stages.match.language.printing import written
from pipeline.stages.match.language.query import AtLeast, Named, Node, Phrase, QueryError

_NAMES = {
    **dict.fromkeys(("headline", "heading"), "title"),
    **dict.fromkeys(("body", "content", "fulltext"), "text"),
    **dict.fromkeys(("source", "domain", "host"), "site"),
    **dict.fromkeys(("language", "languages"), "lang"),
    **dict.fromkeys(("byline", "authors"), "author"),
    **dict.fromkeys(("tag", "tags", "keywords"), "keyword"),
    **dict.fromkeys(("date", "pubdate", "published_at", "publishdate"), "published"),
}
_OWN_WORD = re.compile(r"\w[\w.'’*?~-]*")
_QUOTE = re.compile(f"[{QUOTES}]")
_COUNTED = re.compile(r"(?i:atleast)(\d{1,3})")


def own_field(field: Lexeme, others: dict[str, str]) -> Lexeme:
    """The field under our name for it. QueryError where we have none."""
    name = field.text.lower()
    own = others.get(name) or _NAMES.get(name) or name
    if own not in FIELDS:
        hint = f"the fields that carry over are {', '.join(FIELDS)}; put the words in quotes if they are text"
        raise QueryError(field.start, f"the field {field.text} has no counterpart", hint)
    return field._replace(text=own)


def own_word(lexeme: Lexeme) -> Lexeme:
    """A word as ours is written; what would mean something else to us becomes a phrase."""
    if lexeme.kind is Kind.WORD and _OWN_WORD.fullmatch(lexeme.text):
        return lexeme
    return lexeme._replace(kind=Kind.PHRASE, text=unquoted(lexeme.text))


def unquoted(text: str) -> str:
    """The text with spaces for quotation marks, which cannot stand within our own."""
    return _QUOTE.sub(" ", text)


class CountingGrammar(Grammar):
    """The grammar with `atleast5 word`, without parentheses."""

    def value(self) -> Node:
        """A leaf, a group, a field, a function, or a word counted."""
        ahead = self.cursor.ahead
        counted = _COUNTED.fullmatch(ahead.text) if ahead.kind is Kind.FUNCTION else None
        if counted is None or self.cursor.text.startswith("(", ahead.end):
            return super().value()
        self.cursor.take()
        start, part = self.cursor.ahead.start, super().value()
        if not isinstance(part, Phrase | Named):
            raise QueryError(start, "atleast counts one word or phrase", "write atleast5 drone")
        count = max(int(counted[1]), 1)
        return self.count(AtLeast(f"atleast{count}({written(part)})", ahead.start, count, part))
