"""What evaluating one query exactly may look at, so that none takes without end, however often its words stand there.

It is counted, not timed: the same query on the same article is always given up at the same place, or never.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.stages.match.language.query import Leaf

if TYPE_CHECKING:
    from pipeline.stages.match.exact.places import Place

MOST_STEPS = 1_000_000
"""Places, and words, for one query in one article: about a second. A news article has some thousand of both."""


class TooMuchError(Exception):
    """A query is given up: it has looked at more than it may."""


@dataclass(slots=True)
class Work:
    """What a query has looked at, and the places it has found."""

    left: int | None = None
    """Steps; None where it may take as long as it takes."""
    places: dict[int, "list[Place]"] = field(default_factory=dict)
    """Of leaves, by the number Python knows them by: quotations ask for the same again and again."""
    leaves: list[Leaf] = field(default_factory=list)
    """Held, so that no other gets the number of one of them."""

    def begin(self, steps: int | None) -> None:
        """Another query is evaluated."""
        self.left = steps
        self.places.clear()
        self.leaves.clear()

    def spend(self, steps: int) -> None:
        """Count what will be looked at; TooMuchError where that is more than may be."""
        if self.left is None:
            return
        self.left -= steps
        if self.left < 0:
            raise TooMuchError

    def keep(self, leaf: Leaf, found: "list[Place]") -> "list[Place]":
        """Remember where a leaf stands."""
        self.places[id(leaf)] = found
        self.leaves.append(leaf)
        return found
