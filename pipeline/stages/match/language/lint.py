"""What is doubtful about a query that can be read.

1. *never*: a part that no article can satisfy: something and its absence (`a -a`, `"new york" -york`), two languages,
   dates that do not meet.
2. *broad*: nothing selective must be there, so that it would match a good part of all articles. Selective are words
   that are no stop words, actors, authors, keywords; not a site, a language, a date, a number or an expression.
3. *costly*: what makes a watch slow: expressions without a word beside them, wildcards after three or four letters,
   wide distances, hundreds of clauses.
4. *idle*: a part that changes nothing: `minsk OR "minsk talks"`.
5. *doubtful*: what is probably meant otherwise: `WHO` finds *who*, capitals in an expression that ignores case.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from itertools import combinations
from typing import NamedTuple

from pipeline.stages.match.exact.terms import STEMMED_LANGUAGES
from pipeline.stages.match.language.implication import implies
from pipeline.stages.match.language.query import (
    AllOf,
    AnyOf,
    AtLeast,
    Filter,
    FilterField,
    Fuzzy,
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
    Stem,
    Term,
    Wildcard,
    Word,
)
from pipeline.stages.tag.lexicon import words as lexicon

_SHORT_PREFIX = 4
_WIDE_DISTANCE = 50
_MANY_CLAUSES = 200
_MOST_COMPARED = 100
"""Parts of one group that are compared with each other."""
_SHORT_ACRONYM = 3
_CAPITALS = re.compile(r"(?<!\\)[A-Z]")
_SELECTIVE_FIELDS = (FilterField.AUTHOR, FilterField.KEYWORD)


class Doubt(StrEnum):
    """What kind of doubt it is, the gravest first."""

    NEVER = "never"
    BROAD = "broad"
    COSTLY = "costly"
    IDLE = "idle"
    DOUBTFUL = "doubtful"


class Finding(NamedTuple):
    """A doubt, where in the query, and what to do."""

    doubt: Doubt
    position: int
    message: str
    hint: str


def lint(query: Query) -> tuple[Finding, ...]:
    """What is doubtful, the gravest first, in the order of the query."""
    found = [*_broad(query.tree), *_costly(query)]
    for node in _nodes(query.tree):
        if isinstance(node, AllOf):
            found.extend(_contradictions(node))
        elif isinstance(node, AnyOf):
            found.extend(_idle(node))
        elif isinstance(node, Phrase):
            found.extend(_doubtful_words(node))
        elif isinstance(node, Regex) and not node.is_exact and _CAPITALS.search(re.sub(r"\\.", "", node.pattern)):
            hint = "write =/…/ if they should"
            found.append(Finding(Doubt.DOUBTFUL, node.position, "capitals do not count in this expression", hint))
    order = list(Doubt)
    return tuple(sorted(set(found), key=lambda one: (order.index(one.doubt), one.position, one.message)))


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    match node:
        case AllOf(parts=parts) | AnyOf(parts=parts) | SomeOf(parts=parts) | Near(parts=parts):
            for part in parts:
                yield from _nodes(part)
        case AtLeast(part=part) | Says(part=part):
            yield from _nodes(part)


def _contradictions(node: AllOf) -> Iterator[Finding]:
    needed = [part for part in node.parts if not isinstance(part, Negation | AllOf | AnyOf | SomeOf)]
    excluded = [part.leaf for part in node.parts if isinstance(part, Negation)][:_MOST_COMPARED]
    for leaf in needed[:_MOST_COMPARED]:
        for other in excluded:
            if implies(leaf, other):
                message = f"{leaf.clause} never holds where {other.clause} is excluded"
                yield Finding(Doubt.NEVER, max(leaf.position, other.position), message, "remove one of them")
    yield from _languages(node)
    yield from _dates(needed)


def _languages(node: AllOf) -> Iterator[Finding]:
    allowed: set[str] | None = None
    for part in node.parts:
        values = _values_of_language(part)
        if values is None:
            continue
        if allowed is not None and not allowed & values:
            message = f"an article is in one language, not in {' and '.join(sorted(allowed | values))}"
            yield Finding(Doubt.NEVER, _position(part), message, "join languages by OR: lang:(en OR fr)")
        allowed = values if allowed is None else allowed & values
    yield from _stems(node, allowed or set())


def _values_of_language(part: Node) -> set[str] | None:
    leaves = part.parts if isinstance(part, AnyOf) else (part,)
    if all(isinstance(leaf, Filter) and leaf.field is FilterField.LANGUAGE for leaf in leaves):
        return {leaf.value for leaf in leaves if isinstance(leaf, Filter)}
    return None


def _stems(node: AllOf, languages: set[str]) -> Iterator[Finding]:
    if not languages or languages & STEMMED_LANGUAGES:
        return
    for part in _nodes(node):
        if isinstance(part, Phrase) and any(isinstance(term, Stem) for term in part.variants[0].terms):
            message = f"there is no stemmer for {', '.join(sorted(languages))}: the word itself is looked for"
            yield Finding(Doubt.DOUBTFUL, part.position, message, "list the forms with OR, or write a wildcard")


def _dates(needed: list[Leaf]) -> Iterator[Finding]:
    dates = [leaf for leaf in needed if isinstance(leaf, Published)]
    for one, other in combinations(dates, 2):
        if _ends_before(one, other) or _ends_before(other, one):
            message = f"{one.clause} and {other.clause} have no day in common"
            yield Finding(Doubt.NEVER, other.position, message, "join them by OR, or write one interval")


def _ends_before(one: Published, other: Published) -> bool:
    return one.until is not None and other.since is not None and one.until <= other.since


def _idle(node: AnyOf) -> Iterator[Finding]:
    leaves = [part for part in node.parts if isinstance(part, Phrase)][:_MOST_COMPARED]
    for one, other in combinations(leaves, 2):
        narrow, wide = (one, other) if implies(one, other) else (other, one)
        if implies(narrow, wide):
            message = f"{narrow.clause} adds nothing to {wide.clause}"
            yield Finding(Doubt.IDLE, narrow.position, message, "remove the narrower of them")


def _broad(tree: Node) -> Iterator[Finding]:
    if not _is_selective(tree):
        hint = "join it by AND to a name, or to a word that few articles have"
        yield Finding(Doubt.BROAD, _position(tree), "nothing selective must be there", hint)


def _is_selective(node: Node) -> bool:
    match node:
        case AllOf(parts=parts) | Near(parts=parts):
            return any(map(_is_selective, parts))
        case AnyOf(parts=parts):
            return all(map(_is_selective, parts))
        case SomeOf(count=count, parts=parts):
            return sum(not _is_selective(part) for part in parts) < count
        case AtLeast(part=part):
            return _is_selective(part)
        case Says(speaker=speaker, part=part):
            return speaker is not None or _is_selective(part)
        case Phrase(variants=variants):
            return all(any(map(_is_rare, variant.terms)) for variant in variants[:1])
        case Filter(field=field):
            return field in _SELECTIVE_FIELDS
        case _:
            return isinstance(node, Named)


def _is_rare(term: Term) -> bool:
    if isinstance(term, Wildcard):
        return _fixed_letters(term) > _SHORT_PREFIX
    if isinstance(term, Word):
        return any(form not in lexicon("stop_words") and not form.isdecimal() for form in term.forms[:1])
    return True


def _costly(query: Query) -> Iterator[Finding]:
    nodes = list(_nodes(query.tree))
    leaves = [node for node in nodes if isinstance(node, Phrase | Named | Filter | Regex)]
    if len(leaves) > _MANY_CLAUSES:
        message = f"{len(leaves)} words and phrases in one watch"
        yield Finding(Doubt.COSTLY, 0, message, "split it, or list the names as actors in the file")
    for node in nodes:
        if isinstance(node, Near) and max(node.distances) > _WIDE_DISTANCE:
            message = f"{max(node.distances)} words between say little"
            yield Finding(Doubt.COSTLY, node.position, message, "AND does nearly the same for less")
        elif isinstance(node, Phrase):
            yield from _costly_terms(node)
        elif isinstance(node, Regex) and not _is_selective(query.tree):
            hint = "join it by AND to a word that must be there"
            yield Finding(Doubt.COSTLY, node.position, "this expression is tried on every article", hint)


def _costly_terms(phrase: Phrase) -> Iterator[Finding]:
    for term in phrase.variants[0].terms:
        if isinstance(term, Wildcard) and "*" in term.pattern and _fixed_letters(term) <= _SHORT_PREFIX:
            message = f"{term.pattern} stands for very many words"
            yield Finding(Doubt.COSTLY, phrase.position, message, "write more letters before the *")
        elif isinstance(term, Fuzzy) and term.edits > 1:
            message = f"{phrase.clause} finds words that are two letters off"
            yield Finding(
                Doubt.COSTLY, phrase.position, message, "~1, or the spellings joined by OR, find fewer others"
            )


def _doubtful_words(phrase: Phrase) -> Iterator[Finding]:
    (first,) = phrase.variants[:1]
    written = phrase.clause.rpartition(":")[2].strip('"')
    if len(first.terms) != 1 or not written.isupper() or not written.isascii() or not written.isalpha():
        return
    (term,) = first.terms
    if not isinstance(term, Word) or term.letters is not None or phrase.clause.startswith("actor:"):
        return
    word = written.lower()
    if word in lexicon("stop_words") or len(word) <= _SHORT_ACRONYM:
        yield Finding(
            Doubt.DOUBTFUL, phrase.position, f"{written} finds {word} too", f"write ={written} for capitals only"
        )


def _fixed_letters(term: Wildcard) -> int:
    return sum(letter not in "*?" for letter in term.pattern)


def _position(node: Node) -> int:
    match node:
        case AllOf(parts=parts) | AnyOf(parts=parts) | SomeOf(parts=parts):
            return _position(parts[0])
        case Negation(leaf=leaf):
            return leaf.position
        case _:
            return node.position
