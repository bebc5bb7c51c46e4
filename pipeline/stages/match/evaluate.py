"""Whether a query holds for an article, and the places that say why.

A place is given for each leaf that helped to satisfy the query: not for a negated one, nor for one in a branch that
does not hold. A filter gives no place.
"""

from collections.abc import Iterator
from itertools import islice

from pipeline.stages.match import filters
from pipeline.stages.match.query import AllOf, AnyOf, Filter, Leaf, Named, Negation, Node, Phrase, Query
from pipeline.stages.match.reading import Reading
from pipeline.stages.match.words import find
from topics.records import Hit, TextField

MAX_HITS_OF_CLAUSE = 20
MAX_HITS = 200


def holds(node: Node, reading: Reading) -> bool:
    """Whether the article satisfies that part of a query."""
    match node:
        case Phrase():
            return any(True for _, words in reading.in_fields(node) for _ in find(node, words))
        case Named():
            return bool(reading.mentions(node))
        case AllOf(parts=parts):
            return all(holds(part, reading) for part in parts)
        case AnyOf(parts=parts):
            return any(holds(part, reading) for part in parts)
        case Negation(leaf=leaf):
            return not holds(leaf, reading)
        case Filter():
            return filters.holds(node, reading)


def hits(query: Query, reading: Reading) -> tuple[Hit, ...]:
    """The places that satisfy a query that holds, title first, in the order of the text.

    At most `MAX_HITS_OF_CLAUSE` of a clause and `MAX_HITS` in all, the first ones.
    """
    found = {
        (hit.field is TextField.TEXT, hit.start, hit.end, hit.clause, hit.actor_id or "", hit.alias or ""): hit
        for leaf in _satisfied(query.tree, reading)
        for hit in islice(_hits_of(leaf, reading), MAX_HITS_OF_CLAUSE)
    }
    return tuple(found[place] for place in sorted(found)[:MAX_HITS])


def _satisfied(node: Node, reading: Reading) -> Iterator[Leaf]:
    """The leaves that help to satisfy a node that holds."""
    match node:
        case AllOf(parts=parts):
            for part in parts:
                yield from _satisfied(part, reading)
        case AnyOf(parts=parts):
            for part in parts:
                if holds(part, reading):
                    yield from _satisfied(part, reading)
        case Phrase() | Named() | Filter():
            yield node


def _hits_of(leaf: Leaf, reading: Reading) -> Iterator[Hit]:
    match leaf:
        case Phrase():
            yield from _places(leaf, reading)
        case Named():
            for mention in reading.mentions(leaf):
                yield Hit(
                    clause=leaf.clause,
                    field=mention.field,
                    start=mention.start,
                    end=mention.end,
                    words=mention.surface,
                    actor_id=mention.actor_id,
                    alias=mention.alias,
                )


def _places(phrase: Phrase, reading: Reading) -> Iterator[Hit]:
    for field, words in reading.in_fields(phrase):
        for first in find(phrase, words):
            start, end = words.span(first, len(phrase.words))
            yield Hit(clause=phrase.clause, field=field, start=start, end=end, words=words.text[start:end])
