"""What an engine says of an article: the watches it matches, each with the places that say why."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from pipeline.stages.match.language.query import Query
from topics.records import Hit, TaggedArticle, TextField, Watch, WatchFault

NamesOf = Callable[[str], Iterable[str]]
"""The folded names and aliases of a listed actor by its id."""


class Found(NamedTuple):
    """A watch that holds for an article."""

    watch: Watch
    hits: tuple[Hit, ...]
    """Title first, in the order of the text."""


class Spelled(NamedTuple):
    """A text and its words."""

    text: str
    starts: Sequence[int]
    """Where each word begins."""
    ends: Sequence[int]


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found in one article."""

    found: tuple[Found, ...]
    """In the order of watch ids."""
    fields: dict[TextField, Spelled]
    """The texts the hits stand in; none where nothing was found."""
    candidates: int
    """Watches that were tried."""
    put_aside: tuple[WatchFault, ...] = ()
    """Of the watches that the article may match those that are put aside, so that it is not known."""


class Engine(Protocol):
    """Watches, and those among them that an article matches. All engines find the same."""

    def put(self, watch: Watch, query: Query) -> None:
        """Bring a watch into force that is not in force."""

    def remove(self, watch_id: str) -> None:
        """Take a watch out of force that is in force."""

    def find(self, tagged: TaggedArticle, names_of: NamesOf, *, wants_hits: bool) -> Findings:
        """The watches the article matches; without hits, where none are wanted, those may be left out."""

    def costs(self, most: int) -> Iterable[tuple[str, int, int]]:
        """The watches that cost most: id, how often tried, and nanoseconds, as far as the engine itself spent them."""
