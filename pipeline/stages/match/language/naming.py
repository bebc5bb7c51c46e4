"""The actors that a query names, and which of them nobody is listed as."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from pipeline.stages.match.exact.reading import found_by
from pipeline.stages.match.language.lint import Doubt, Finding
from pipeline.stages.match.language.query import (
    AllOf,
    AnyOf,
    AtLeast,
    Named,
    Near,
    Negation,
    Node,
    Query,
    Says,
    SomeOf,
)
from topics.records import Actor


def named(query: Query) -> Iterator[Named]:
    """The actors the query names, speakers and excluded ones too."""
    return _named(query.tree)


def unlisted(query: Query, actors: Iterable[Actor]) -> Iterator[Finding]:
    """A doubt for each name that no listed actor has: a slip of the pen finds nobody, and nobody notices."""
    known = {name: actor.actor_id for actor in actors for name in found_by(actor)}
    for one in named(query):
        if one.name in known:
            continue
        like = get_close_matches(one.name, known, n=1)
        hint = f"do you mean actor:{known[like[0]]}?" if like else "list it with its spellings: `tocsin actors add`"
        message = (
            f"no actor {one.name!r} is listed, so that only that spelling is found, and only where a rule sees a name"
        )
        yield Finding(Doubt.DOUBTFUL, one.position, message, hint)


def _named(node: Node | Named) -> Iterator[Named]:
    match node:
        case Named():
            yield node
        case Negation(leaf=leaf):
            yield from _named(leaf)
        case AllOf(parts=parts) | AnyOf(parts=parts) | SomeOf(parts=parts) | Near(parts=parts):
            for part in parts:
                yield from _named(part)
        case AtLeast(part=part):
            yield from _named(part)
        case Says(speaker=speaker, part=part):
            if isinstance(speaker, Named):
                yield speaker
            yield from _named(part)
