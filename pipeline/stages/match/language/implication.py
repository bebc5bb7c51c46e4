"""Whether whatever satisfies one leaf must satisfy another.

Only what follows from the leaves themselves is seen: a narrower zone, a longer phrase, fewer forms. So `="New York"`
implies `york`, and nothing implies a regular expression but itself.
"""

from pipeline.stages.match.exact.terms import fits
from pipeline.stages.match.language.query import Fuzzy, Leaf, Phrase, Term, Variant, Wildcard, Word, Zone


def implies(one: Leaf, other: Leaf) -> bool:
    """True when no article can satisfy the first without the second; False where that is not plain to see."""
    if one == other:
        return True
    if not isinstance(one, Phrase) or not isinstance(other, Phrase) or not _lies_in(one.zone, other.zone):
        return False
    return all(any(_holds(variant, wanted) for wanted in other.variants) for variant in one.variants)


def _lies_in(zone: Zone | None, other: Zone | None) -> bool:
    return other in (None, zone) or (zone is Zone.LEAD and other is Zone.TEXT)


def _holds(variant: Variant, wanted: Variant) -> bool:
    terms, goal = variant.terms, wanted.terms
    starts = range(len(terms) - len(goal) + 1)
    return any(all(map(_is_such, terms[start : start + len(goal)], goal)) for start in starts)


def _is_such(term: Term, wanted: Term) -> bool:
    if term == wanted:
        return True
    if not isinstance(term, Word):
        return False
    if isinstance(wanted, Word):
        return wanted.letters in (None, term.letters) and set(term.forms) <= set(wanted.forms)
    return isinstance(wanted, Wildcard | Fuzzy) and all(fits(wanted, form) for form in term.forms)
