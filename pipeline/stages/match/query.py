"""A watch's query as a tree, and what is said about one that cannot be read.

In a `Query` negations stand on leaves only, and every way to satisfy it finds at least one leaf that is not negated.
"""

from dataclasses import dataclass
from enum import StrEnum

from pipeline.errors import UsageError
from topics.records import TextField

_SHOWN_AROUND_ERROR = 30


class QueryError(UsageError):
    """A query that cannot be read: where (`position`, code points from 0), what is wrong, and how to mend it."""

    def __init__(self, position: int, message: str, hint: str) -> None:
        super().__init__(f"at character {position + 1}: {message}; {hint}")
        self.position = position
        self.message = message
        self.hint = hint

    def excerpt(self, text: str) -> str:
        """The place in the query on one line, with `▸` before the character in question."""
        start, end = max(0, self.position - _SHOWN_AROUND_ERROR), self.position + _SHOWN_AROUND_ERROR
        before, after = text[start : self.position], text[self.position : end]
        return " ".join(f"{'…' * (start > 0)}{before}▸{after}{'…' * (end < len(text))}".split())


class FilterField(StrEnum):
    """What a filter looks at, by its name in a query."""

    URL = "url"
    SITE = "site"
    LANGUAGE = "lang"
    AUTHOR = "author"
    KEYWORD = "keyword"
    FEED = "feed"
    SECTION = "section"


@dataclass(frozen=True, slots=True)
class Phrase:
    """A word, or words in a row, in the title or the text."""

    clause: str
    """As the owner wrote it; so in every leaf."""
    position: int
    """Where the clause starts in the query; so in every leaf."""
    words: tuple[str, ...]
    """Folded, at least one."""
    endings: tuple[str, ...]
    """What the last word may be; that word first."""
    letters: tuple[str, ...] | None = None
    """The words exactly as written, where case and accents count."""
    field: TextField | None = None
    """The only field to look in; None for both."""


@dataclass(frozen=True, slots=True)
class Named:
    """An actor, by id, name or alias, wherever it was mentioned."""

    clause: str
    position: int
    name: str
    """The words of the id or name, folded, single spaces between them."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on something of the article other than its words."""

    clause: str
    position: int
    field: FilterField
    value: str


@dataclass(frozen=True, slots=True)
class Negation:
    """Holds where its leaf does not."""

    leaf: "Leaf"


@dataclass(frozen=True, slots=True)
class AllOf:
    """Holds where each of its parts does; at least two."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Holds where one of its parts does; at least two."""

    parts: tuple["Node", ...]


Leaf = Phrase | Named | Filter
Node = Leaf | Negation | AllOf | AnyOf


@dataclass(frozen=True, slots=True)
class Query:
    """A query as written and as understood."""

    text: str
    tree: Node
