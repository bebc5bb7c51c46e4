"""A watch's query as a tree, and what is said about one that cannot be read.

A tree joins *leaves* with `AllOf`, `AnyOf`, `SomeOf`; a `Negation` stands on a leaf only, and every way to satisfy a
`Query` finds at least one leaf that is not negated. Two nodes are equal, and hash alike, when they mean the same:
`clause` and `position` do not count.

**Places.** The leaves that look for words (`Phrase`, `Named`, `Near`, and `AnyOf` of them inside a `Near`) have places:
runs of words of one field, in the numbering of `words.py`, never from the title into the text. Such a leaf holds when
it has a place. Hits are reported with the clause of the outermost leaf.

**Zones.** `TITLE` is the title, `TEXT` the whole text, `LEAD` the opening of the text: its first two lines that hold a
letter or a digit, and at most its first `LEAD_CHARACTERS` code points. A place lies in a zone when it ends in it.
"""

from dataclasses import dataclass
from dataclasses import field as _field
from datetime import datetime
from enum import StrEnum

from pipeline.errors import UsageError

LEAD_CHARACTERS = 400
LEAD_LINES = 2
FIGURE_DISTANCE = 20
"""Words that may stand between a figure and what it is `near`, where the query does not say."""

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


class Zone(StrEnum):
    """Where words are looked for, by its name in a query."""

    TITLE = "title"
    LEAD = "lead"
    TEXT = "text"


class FilterField(StrEnum):
    """What a filter looks at, by its name in a query."""

    URL = "url"
    SITE = "site"
    LANGUAGE = "lang"
    AUTHOR = "author"
    KEYWORD = "keyword"
    FEED = "feed"
    SECTION = "section"


class Comparison(StrEnum):
    """How a figure is compared with a bound."""

    MORE = ">"
    AT_LEAST = ">="
    LESS = "<"
    AT_MOST = "<="
    EQUAL = "="


@dataclass(frozen=True, slots=True)
class Word:
    """One word of the article that is one of these forms."""

    forms: tuple[str, ...]
    """Folded; the word itself first."""
    letters: str | None = None
    """The word exactly as written, where case and accents count too; then there is one form."""


@dataclass(frozen=True, slots=True)
class Wildcard:
    """One word of the article that fits the pattern from its first letter to its last."""

    pattern: str
    """Folded; `*` stands for any letters or none, `?` for exactly one. Three letters or more stand before the first."""


@dataclass(frozen=True, slots=True)
class Fuzzy:
    """One word of the article that becomes this one by so few edits: a letter added, left out or changed.

    The first letter is the same. Two letters that have changed places are two edits.
    """

    word: str
    """Folded."""
    edits: int
    """1, or 2 for words of nine letters or more."""


@dataclass(frozen=True, slots=True)
class Stem:
    """One word of the article that has the same stem by the article's language.

    Where the language has no stemmer, or none is known, one of the forms instead.
    """

    word: str
    """In small letters, accents kept: what a stemmer reads."""
    forms: tuple[str, ...]
    """Folded; the word itself first."""


Term = Word | Wildcard | Fuzzy | Stem


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to write a phrase: words in a row, one for each term."""

    terms: tuple[Term, ...]
    """At least one."""
    alias: str | None = None
    """The alias it comes from, as its owner wrote it, where the phrase is a list of aliases."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A word, words in a row, or the spellings of an actor. Its places are those of all its variants."""

    clause: str = _field(compare=False)
    """The leaf in the language's own words, field included: read as a query it gives this leaf. So in every leaf."""
    position: int = _field(compare=False)
    """Where the clause starts in the query; so in every leaf."""
    variants: tuple[Variant, ...]
    """At least one; as the owner wrote it first."""
    zone: Zone | None = None
    """The only zone to look in; None for title and text."""


@dataclass(frozen=True, slots=True)
class Named:
    """An actor as tagged, by id, name or alias. Its places are its mentions, title and text."""

    clause: str = _field(compare=False)
    position: int = _field(compare=False)
    name: str
    """The words of the id or name, folded, single spaces between them."""


@dataclass(frozen=True, slots=True)
class Near:
    """Parts near each other. Its places are all places of its parts that take part.

    Two places are near when they lie in one field, share no word, and at most `distance` words stand between them.

    - Not ordered: there are two parts; a place takes part when one of the other part's places is near it.
    - Ordered: places, one of each part in the order of the parts, each near the one before it and after it in the text;
      a place takes part when it stands in such a row.

    A part that is itself a `Near` or an `AnyOf` stands there with its places.
    """

    clause: str = _field(compare=False)
    position: int = _field(compare=False)
    parts: tuple["Placed", ...]
    distances: tuple[int, ...]
    """The distance between each part and the next: one fewer than parts."""
    is_ordered: bool = False


@dataclass(frozen=True, slots=True)
class AtLeast:
    """Holds where its part has at least so many places; those are its places."""

    clause: str = _field(compare=False)
    position: int = _field(compare=False)
    count: int
    part: "Placed"


@dataclass(frozen=True, slots=True)
class Regex:
    """A regular expression in the syntax of RE2, searched for in the article's own text, not in folded words.

    It holds where it matches at least one character that lies in the zone. Its hits are the successive matches that do
    not overlap, empty ones left out. `^` and `$` are ends of lines; `.` does not pass a line's end.
    """

    clause: str = _field(compare=False)
    position: int = _field(compare=False)
    pattern: str
    is_exact: bool = False
    """Whether case counts."""
    zone: Zone | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on something of the article other than its words."""

    clause: str = _field(compare=False)
    position: int = _field(compare=False)
    field: FilterField
    value: str


@dataclass(frozen=True, slots=True)
class Published:
    """Holds where the article's publication is known and lies in the interval; UTC, the end exclusive."""

    clause: str = _field(compare=False)
    position: int = _field(compare=False)
    since: datetime | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Says:
    """Holds where one quotation of that speaker satisfies the part, looked at as if it were the whole article.

    Only places that lie inside the quoted words count; they are its hits.
    """

    clause: str = _field(compare=False)
    position: int = _field(compare=False)
    speaker: "Named | Phrase | None"
    """A `Phrase` holds for a speaker in whose name it has a place; None for any speaker, named or not."""
    part: "Node"
    """Of `Phrase`, `Named`, `Near`, `AtLeast`, `Regex`; no zones."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Holds where the article has such a figure whose value is certain to satisfy the comparison.

    A figure is a range: "at least 12" reaches from 12 up without end, so it is certainly >= 10 and not certainly
    <= 20; "up to 8" is certainly <= 8, and not certainly >= 5.
    """

    clause: str = _field(compare=False)
    position: int = _field(compare=False)
    subjects: tuple[Word, ...]
    """Each is the figure's event (`killed`), its unit (`percent`, `EUR`) or a word of what it counts."""
    comparison: Comparison
    bound: float
    near: "Placed | None" = None
    """Something with a place at most `distance` words from the figure."""
    distance: int = FIGURE_DISTANCE


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
    """Holds where one of its parts does; at least two. Inside a `Near` or `AtLeast` its parts are `Placed`."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class SomeOf:
    """Holds where at least `count` of its parts do; more than 1, fewer than there are parts."""

    count: int
    parts: tuple["Node", ...]


Placed = Phrase | Named | Near | AnyOf
Leaf = Phrase | Named | Near | AtLeast | Regex | Filter | Published | Says | Counted
Node = Leaf | Negation | AllOf | AnyOf | SomeOf


@dataclass(frozen=True, slots=True)
class Query:
    """A query as written and as understood."""

    text: str
    tree: Node
