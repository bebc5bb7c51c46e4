"""What an article must have for a query to hold: keys of which at least one is there, as selective as can be.

1. A phrase requires its rarest word; a word with several forms, one of them. An actor requires its name.
2. AND requires what its most selective part does; OR what each part does, one or the other.
3. What is near something requires the most selective of both. Wildcards, stems, filters and negations require
   nothing; a query that rests on those alone is looked at for every article.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.stages.match.language.query import (
    AllOf,
    AnyOf,
    AtLeast,
    Named,
    Near,
    Node,
    Phrase,
    Term,
    Variant,
    Word,
)

_ACTOR_MARK = "@"

# Words of nearly every article in the languages with the most news; in folded form, our own choice.
_COMMON_WORDS = """
    a about after all also an and are as at be been but by can for from had has have he her his in into is it its more
    most new no not of on one or other our out over said say says she so some than that the their them there they this
    to two up us was we were what when which who will with would year years you
    au aux avec ce dans de des du elle en est et il la le les mais ne nous ont ou par pas plus pour qu que qui sa se ses
    son sont sur un une das dem den der die ein eine er es fur hat ich im ist mit nicht sich sie sind und von war wird
    zu zum al con del el los las para por su y lo si
    в и на не что с по как из за он это от к о для а у но его і та що до з він
"""
COMMON = frozenset(_COMMON_WORDS.split())
_COMMON_COST = 1_000.0


@dataclass(frozen=True, slots=True)
class Requirement:
    """An article without any of the keys cannot match."""

    keys: frozenset[str]
    cost: float
    """A guess at how many articles have one of the keys; only its order counts."""


def required(node: Node) -> Requirement | None:
    """The most selective requirement found; None where there is none."""
    match node:
        case Phrase():
            return _phrase(node)
        case Named(name=name):
            return Requirement(frozenset({actor_key(name)}), 1.0)
        case AllOf(parts=parts):
            return _most_selective(parts)
        case AnyOf(parts=parts):
            return _either(parts)
        case Near(parts=parts):
            return _most_selective(parts)
        case AtLeast(part=part):
            return required(part)
        case _:
            return None


def actor_key(name: str) -> str:
    """The key of a folded actor's name; no word can be equal to it."""
    return _ACTOR_MARK + name


def _phrase(phrase: Phrase) -> Requirement | None:
    return _one_of([_variant(variant) for variant in phrase.variants])


def _variant(variant: Variant) -> Requirement | None:
    return _cheapest([_term(term) for term in variant.terms])


def _term(term: Term) -> Requirement | None:
    return Requirement(frozenset(term.forms), sum(map(_cost, term.forms))) if isinstance(term, Word) else None


def _most_selective(parts: Sequence[Node]) -> Requirement | None:
    return _cheapest([required(part) for part in parts])


def _either(parts: Sequence[Node]) -> Requirement | None:
    return _one_of([required(part) for part in parts])


def _cheapest(found: Sequence[Requirement | None]) -> Requirement | None:
    return min((one for one in found if one is not None), key=lambda one: one.cost, default=None)


def _one_of(found: Sequence[Requirement | None]) -> Requirement | None:
    known = [one for one in found if one is not None]
    if len(known) < len(found):
        return None
    return Requirement(frozenset().union(*(one.keys for one in known)), sum(one.cost for one in known))


def _cost(word: str) -> float:
    """The longer a word, the rarer; an ideograph weighs as a word of two letters."""
    if word in COMMON:
        return _COMMON_COST
    return 400.0 / 1.8 ** min(len(word) if word.isascii() or len(word) > 1 else 2, 12)
