"""Whether a query holds for an article, and the places that say why.

A place is given for each leaf that helped to satisfy the query: not for a negated one, nor for one in a branch that
does not hold. A filter or a date gives no place.
"""

from collections.abc import Iterator
from itertools import islice

from pipeline.stages.match.exact import expressions, filters
from pipeline.stages.match.exact.figures import counted
from pipeline.stages.match.exact.places import Place, places
from pipeline.stages.match.exact.quotations import scopes
from pipeline.stages.match.exact.reading import Reading, Scope
from pipeline.stages.match.language.query import (
    AllOf,
    AnyOf,
    AtLeast,
    Counted,
    Filter,
    Leaf,
    Named,
    Near,
    Negation,
    Node,
    Phrase,
    Published,
    Query,
    Regex,
    Says,
    SomeOf,
)
from topics.records import Hit, TextField

MAX_HITS_OF_CLAUSE = 20
MAX_HITS = 200


def holds(node: Node, reading: Reading, scope: Scope | None = None) -> bool:
    """Whether the article, or that stretch of it alone, satisfies that part of a query."""
    match node:
        case AllOf(parts=parts):
            return all(holds(part, reading, scope) for part in parts)
        case AnyOf(parts=parts):
            return any(holds(part, reading, scope) for part in parts)
        case SomeOf(count=count, parts=parts):
            held = (part for part in parts if holds(part, reading, scope))
            return sum(1 for _ in islice(held, count)) == count
        case Negation(leaf=leaf):
            return not holds(leaf, reading, scope)
        case Phrase() | Named() | Near():
            return bool(places(node, reading, scope))
        case AtLeast(count=count, part=part):
            return len(places(part, reading, scope)) >= count
        case Regex():
            return any(True for _ in expressions.spans(node, reading, scope))
        case Filter():
            return filters.holds(node, reading)
        case Published():
            return filters.is_published(node, reading)
        case Says(part=part):
            return any(holds(part, reading, quoted) for quoted in scopes(node, reading))
        case Counted():
            return bool(counted(node, reading))


def hits(query: Query, reading: Reading) -> tuple[Hit, ...]:
    """The places that satisfy a query that holds, title first, in the order of the text.

    At most `MAX_HITS_OF_CLAUSE` of a clause and `MAX_HITS` in all, the first ones.
    """
    found = {
        (hit.field is TextField.TEXT, hit.start, hit.end, hit.clause, hit.actor_id or "", hit.alias or ""): hit
        for leaf in _satisfied(query.tree, reading, None)
        for hit in islice(_hits_of(leaf, reading), MAX_HITS_OF_CLAUSE)
    }
    return tuple(found[place] for place in sorted(found)[:MAX_HITS])


def _satisfied(node: Node, reading: Reading, scope: Scope | None) -> Iterator[Leaf]:
    """The leaves that help to satisfy a node that holds."""
    match node:
        case AllOf(parts=parts):
            for part in parts:
                yield from _satisfied(part, reading, scope)
        case AnyOf(parts=parts) | SomeOf(parts=parts):
            for part in parts:
                if holds(part, reading, scope):
                    yield from _satisfied(part, reading, scope)
        case Negation():
            return
        case _:
            yield node


def _hits_of(leaf: Leaf, reading: Reading) -> Iterator[Hit]:
    match leaf:
        case Says(part=part):
            for quoted in scopes(leaf, reading):
                if holds(part, reading, quoted):
                    for inner in _satisfied(part, reading, quoted):
                        yield from _hits(inner, leaf.clause, reading, quoted)
        case _:
            yield from _hits(leaf, leaf.clause, reading, None)


def _hits(leaf: Leaf, clause: str, reading: Reading, scope: Scope | None) -> Iterator[Hit]:
    match leaf:
        case Phrase() | Named() | Near():
            yield from (_at_place(place, clause, reading) for place in places(leaf, reading, scope))
        case AtLeast(part=part):
            yield from (_at_place(place, clause, reading) for place in places(part, reading, scope))
        case Regex():
            yield from (_at(found, clause, reading) for found in expressions.spans(leaf, reading, scope))
        case Counted():
            for figure in counted(leaf, reading):
                yield _at(Scope(figure.field, figure.start, figure.end), clause, reading)


def _at_place(place: Place, clause: str, reading: Reading) -> Hit:
    field = TextField.TEXT if place.in_text else TextField.TITLE
    return Hit(
        clause=clause,
        field=field,
        start=place.start,
        end=place.end,
        words=reading.fields[field].text[place.start : place.end],
        actor_id=place.actor_id or None,
        alias=place.alias or None,
    )


def _at(found: Scope, clause: str, reading: Reading) -> Hit:
    words = reading.fields[found.field].text[found.start : found.end]
    return Hit(clause=clause, field=found.field, start=found.start, end=found.end, words=words)
