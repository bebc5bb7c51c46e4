"""Trees put together and turned round."""

from collections.abc import Iterable, Iterator, Sequence

from pipeline.stages.match.language import limits
from pipeline.stages.match.language.printing import near_written
from pipeline.stages.match.language.query import (
    AllOf,
    AnyOf,
    Leaf,
    Named,
    Near,
    Negation,
    Node,
    Phrase,
    Placed,
    QueryError,
    SomeOf,
)


def all_of(parts: Sequence[Node]) -> Node:
    """Each of the parts; those that are an `AllOf` themselves give theirs."""
    if len(parts) == 1:
        return parts[0]
    return AllOf(tuple(inner for part in parts for inner in (part.parts if isinstance(part, AllOf) else (part,))))


def any_of(parts: Sequence[Node]) -> Node:
    """One of the parts; those that are an `AnyOf` themselves give theirs."""
    if len(parts) == 1:
        return parts[0]
    return AnyOf(tuple(inner for part in parts for inner in (part.parts if isinstance(part, AnyOf) else (part,))))


def some_of(count: int, parts: Sequence[Node]) -> Node:
    """So many of the parts, at least one and at most all."""
    if count == 1:
        return any_of(parts)
    return all_of(parts) if count == len(parts) else SomeOf(count, tuple(parts))


def negated(node: Node) -> Node:
    """The tree that holds where this one does not, its negations on leaves."""
    match node:
        case Negation(leaf=leaf):
            return leaf
        case AllOf(parts=parts):
            return any_of([negated(part) for part in parts])
        case AnyOf(parts=parts):
            return all_of([negated(part) for part in parts])
        case SomeOf(count=count, parts=parts):
            return SomeOf(len(parts) - count + 1, tuple(map(negated, parts)))
        case _:
            return Negation(node)


def near(left: Placed, right: Placed, *, distance: int, is_ordered: bool, position: int) -> Near:
    """Two parts near each other; what is in order already goes on in one row. QueryError when they are too many."""
    parts: tuple[Placed, ...] = (left, right)
    distances: tuple[int, ...] = (distance,)
    if is_ordered:
        before = (left.parts, left.distances) if isinstance(left, Near) and left.is_ordered else ((left,), ())
        after = (right.parts, right.distances) if isinstance(right, Near) and right.is_ordered else ((right,), ())
        parts, distances = (*before[0], *after[0]), (*before[1], distance, *after[1])
    if sum(map(_near_parts, parts)) > limits.MAX_NEAR_PARTS:
        message = f"more than {limits.MAX_NEAR_PARTS} parts near each other"
        raise QueryError(position, message, "join some of them by AND")
    return Near(near_written(parts, distances, is_ordered=is_ordered), position, parts, distances, is_ordered)


def placed(node: Node, start: int, what: str) -> Placed:
    """The node, if it has places. QueryError at `start` when it is none of words, phrases, actors, or OR of those."""
    if isinstance(node, Phrase | Named | Near) or (isinstance(node, AnyOf) and all(map(_is_placed, node.parts))):
        return node
    raise QueryError(
        start, f"{what} takes words, phrases, actors, and those joined by OR", "write AND, NOT and fields outside of it"
    )


def checked_distance(distance: int, start: int) -> int:
    """The distance, if it may be asked for."""
    if distance > limits.MAX_DISTANCE:
        hint = f"at most {limits.MAX_DISTANCE} words may lie between; AND finds both anywhere"
        raise QueryError(start, f"{distance} words are too far apart", hint)
    return distance


def refuse_unfounded(tree: Node, what: str = "every article without it") -> None:
    """QueryError for what something absent could satisfy: it would match nearly every article."""
    unfounded = _unfounded(tree)
    if unfounded is not None:
        hint = "join it by AND to something that must be there"
        raise QueryError(unfounded.position, f"this alone would match {what}", hint)


def _near_parts(node: Node) -> int:
    if isinstance(node, Near):
        return sum(map(_near_parts, node.parts))
    return max(map(_near_parts, node.parts)) if isinstance(node, AnyOf) else 1


def _is_placed(node: Node) -> bool:
    return isinstance(node, Phrase | Named | Near) or (isinstance(node, AnyOf) and all(map(_is_placed, node.parts)))


def _unfounded(node: Node) -> Leaf | None:
    match node:
        case Negation(leaf=leaf):
            return leaf
        case AnyOf(parts=parts):
            return next(_all_unfounded(parts), None)
        case AllOf(parts=parts):
            found = list(_all_unfounded(parts))
            return found[0] if len(found) == len(parts) else None
        case SomeOf(count=count, parts=parts):
            found = list(_all_unfounded(parts))
            return found[0] if len(found) >= count else None
        case _:
            return None


def _all_unfounded(parts: Iterable[Node]) -> Iterator[Leaf]:
    return (found for found in map(_unfounded, parts) if found is not None)
