"""How near an article comes to a query: which of the query's required clauses it satisfies, and which it fails. Pure.

1. What is joined by AND is required, each part by itself.
2. What is joined by OR is one requirement; where a branch is itself joined by AND, the nearest branch counts.
3. Of "so many of", each of the parts that are still lacking is a failure of the one requirement.
4. A clause that must not hold fails by being found.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.stages.match.exact.evaluate import holds
from pipeline.stages.match.exact.reading import Reading
from pipeline.stages.match.language.printing import written
from pipeline.stages.match.language.query import AllOf, AnyOf, Node, Query, SomeOf

_CLAUSE_CHARACTERS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearness:
    """What of a query an article satisfies."""

    satisfied: tuple[str, ...]
    """The required clauses that hold, in the language's words."""
    failed: tuple[str, ...]
    """Those that do not."""

    @property
    def share(self) -> float:
        """Of the required clauses, how many hold: 1 for a query that does."""
        required = len(self.satisfied) + len(self.failed)
        return len(self.satisfied) / required if required else 0.0


def judge(query: Query, reading: Reading) -> Nearness:
    """How near the article comes to the query."""
    return _judge(query.tree, reading)


def _judge(node: Node, reading: Reading) -> Nearness:
    match node:
        case AllOf(parts=parts):
            return _together(_judge(part, reading) for part in parts)
        case AnyOf(parts=parts) if not holds(node, reading) and any(isinstance(part, AllOf) for part in parts):
            return max((_judge(part, reading) for part in parts), key=lambda found: (found.share, -len(found.failed)))
        case SomeOf(count=count, parts=parts) if not holds(node, reading):
            lacking = [_clause(part) for part in parts if not holds(part, reading)]
            return Nearness(satisfied=(), failed=(f"{count} of {len(parts)}; not found: {', '.join(lacking)}",))
        case _:
            clause = _clause(node)
            if holds(node, reading):
                return Nearness(satisfied=(clause,), failed=())
            return Nearness(satisfied=(), failed=(clause,))


def _together(parts: Iterable[Nearness]) -> Nearness:
    found = list(parts)
    return Nearness(
        satisfied=tuple(clause for one in found for clause in one.satisfied),
        failed=tuple(clause for one in found for clause in one.failed),
    )


def _clause(node: Node) -> str:
    text = written(node)
    return text if len(text) <= _CLAUSE_CHARACTERS else f"{text[:_CLAUSE_CHARACTERS]}…"
