"""A query as a program for the kernel.

What the kernel cannot tell (a regular expression, a quotation, a figure, a stem, a date, an address) is *unknown*
there: the query is then looked at by the exact evaluator, where the rest of it has not settled the matter. With each
unknown goes what must hold for it to hold, as far as the kernel can tell that: it keeps most articles away from the
evaluator, and gives the watch its anchors.
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from pipeline.stages.identity import feed_id
from pipeline.stages.match.engine.kernel import KeyKind, Op
from pipeline.stages.match.language.query import (
    AllOf,
    AnyOf,
    AtLeast,
    Counted,
    Filter,
    FilterField,
    Fuzzy,
    Leaf,
    Named,
    Near,
    Negation,
    Node,
    Phrase,
    Placed,
    Says,
    SomeOf,
    Stem,
    Term,
    Variant,
    Wildcard,
    Word,
    Zone,
)
from pipeline.stages.text.fold import words
from pipeline.stages.urls import normalise

if TYPE_CHECKING:
    from pipeline.stages.match.engine._kernel import Engine as Kernel

TITLE, LEAD, TEXT, AUTHOR, KEYWORD, SECTION, SITE = (1 << bit for bit in range(7))
"""Zones of an article, as bits."""

_ZONES = {None: TITLE | TEXT, Zone.TITLE: TITLE, Zone.LEAD: LEAD, Zone.TEXT: TEXT}
_ZONES_OF_FIELDS = {FilterField.AUTHOR: AUTHOR, FilterField.KEYWORD: KEYWORD, FilterField.SECTION: SECTION}
_ANYWHERE = 0
_NO_CLAUSE = 0xFFFFFFFF
_LONGEST_FUZZY = 32
"""Letters; as in `kernel.h`."""

Code = list[int]


class Program(NamedTuple):
    """A query for the kernel, and what the numbers in its hits stand for."""

    code: bytes
    clauses: tuple[str, ...]
    """In their order as text: places at the same words are told in that order."""
    aliases: tuple[str, ...]
    """By origin, from 1; in their order as text."""


def program(tree: Node, kernel: "Kernel") -> Program:
    """The query as the kernel takes it; its keys are made there."""
    leaves = list(_leaves(tree))
    clauses = tuple(sorted({leaf.clause for leaf in leaves}))
    aliases = tuple(sorted({alias for leaf in leaves for alias in _aliases(leaf)}))
    code = _Compiler(kernel, clauses, aliases).node(tree)
    return Program(array("I", code).tobytes(), clauses, aliases)


def _leaves(node: Node) -> Iterator[Leaf]:
    match node:
        case AllOf(parts=parts) | AnyOf(parts=parts) | SomeOf(parts=parts):
            for part in parts:
                yield from _leaves(part)
        case Negation(leaf=leaf):
            yield leaf
        case _:
            yield node


def _aliases(node: Node) -> Iterator[str]:
    match node:
        case Phrase(variants=variants):
            yield from (variant.alias for variant in variants if variant.alias)
        case Near(parts=parts) | AnyOf(parts=parts):
            for part in parts:
                yield from _aliases(part)
        case AtLeast(part=part):
            yield from _aliases(part)


class _Compiler:
    """Nodes to code, for one query."""

    def __init__(self, kernel: "Kernel", clauses: Sequence[str], aliases: Sequence[str]) -> None:
        self._kernel = kernel
        self._clauses = {clause: number for number, clause in enumerate(clauses)}
        self._origins = {alias: number for number, alias in enumerate(aliases, start=1)}

    def node(self, node: Node) -> Code:
        match node:
            case AllOf(parts=parts):
                return _joined(Op.ALL, map(self.node, parts))
            case AnyOf(parts=parts):
                return _joined(Op.ANY, map(self.node, parts))
            case SomeOf(count=count, parts=parts):
                return _joined(Op.SOME, map(self.node, parts), count)
            case Negation(leaf=leaf):
                return _joined(Op.NOT, [self.node(leaf)])
            case Filter():
                return self._filter(node)
            case Phrase() | Named() | Near() | AtLeast() if _is_known(node):
                return self._placed(node)
        return _unknown(self._bound(node))

    # ---- words and places ----

    def _placed(self, node: Node) -> Code:
        match node:
            case Phrase():
                return self._phrase(node)
            case Named(name=name):
                return _keys(self._clause(node), _ANYWHERE, [self._kernel.key(KeyKind.NAMED, name)])
            case Near(parts=parts, distances=distances, is_ordered=is_ordered):
                return _joined(Op.NEAR, map(self._placed, parts), self._clause(node), int(is_ordered), *distances)
            case AtLeast(count=count, part=part):
                return _joined(Op.TIMES, [self._placed(part)], self._clause(node), count)
            case AnyOf(parts=parts):
                return _joined(Op.ANY, map(self._placed, parts))
        raise TypeError(f"{type(node).__name__} has no places")

    def _clause(self, leaf: Leaf) -> int:
        return self._clauses.get(leaf.clause, 0)

    def _phrase(self, phrase: Phrase) -> Code:
        clause, zones = self._clause(phrase), _ZONES[phrase.zone]
        if all(len(variant.terms) == 1 and not variant.alias for variant in phrase.variants):
            keys = [key for variant in phrase.variants for key in self._term(variant.terms[0])]
            return _keys(clause, zones, list(dict.fromkeys(keys)))
        return _node(Op.PHRASE, len(phrase.variants), clause, zones, *map(self._variant, phrase.variants))

    def _variant(self, variant: Variant) -> Code:
        # In what only bounds an unknown part, places are not told.
        code = [self._origins.get(variant.alias or "", 0), len(variant.terms)]
        for term in variant.terms:
            keys = self._term(term)
            code += [len(keys), *keys]
        return code

    def _term(self, term: Term) -> list[int]:
        key = self._kernel.key
        match term:
            case Word(forms=forms, letters=None):
                return [key(KeyKind.WORD, form) for form in dict.fromkeys(forms)]
            case Word(forms=forms, letters=letters) if letters is not None:
                return [self._kernel.written(key(KeyKind.WORD, forms[0]), letters)]
            case Wildcard(pattern=pattern):
                prefix = pattern.rstrip("*")
                is_prefix = prefix != pattern and "*" not in prefix and "?" not in prefix
                return [key(KeyKind.PREFIX, prefix) if is_prefix else key(KeyKind.WILDCARD, pattern)]
            case Fuzzy(word=word, edits=edits):
                return [key(KeyKind.FUZZY if edits == 1 else KeyKind.FUZZY2, word)]
        raise TypeError(f"{type(term).__name__} has no key")

    # ---- what is no word ----

    def _filter(self, leaf: Filter) -> Code:
        match leaf.field:
            case FilterField.LANGUAGE:
                return self._attributes([f"lang:{leaf.value}"])
            case FilterField.FEED:
                ids = (leaf.value, feed_id(leaf.value), feed_id(normalise(leaf.value) or leaf.value))
                return self._attributes([f"feed:{one}" for one in ids])
            case FilterField.SITE:
                return _joined(Op.ANY, [self._attributes([f"site:{leaf.value}"]), self._in_zone(leaf.value, SITE)])
            case FilterField.URL:
                return _unknown(None)
        return self._in_zone(leaf.value, _ZONES_OF_FIELDS[leaf.field])

    def _attributes(self, names: Iterable[str]) -> Code:
        keys = [self._kernel.key(KeyKind.ATTRIBUTE, name) for name in dict.fromkeys(names)]
        return _keys(_NO_CLAUSE, _ANYWHERE, keys)

    def _in_zone(self, value: str, zone: int) -> Code:
        """Words in a row of such a field. One word is told exactly; of several, whether all of them are there."""
        # The kernel reads the s of a possessive as no word, filters read it as one.
        wanted = [one for one in words(value) if one != "s"]
        single = [_keys(_NO_CLAUSE, zone, [self._kernel.key(KeyKind.WORD, one)]) for one in wanted]
        if len(single) == 1 == len(words(value)):
            return single[0]
        return _unknown(_all(single))

    # ---- what must hold ----

    def _bound(self, node: Node) -> Code | None:
        """What holds wherever the node does; None where that is nothing the kernel can tell."""
        match node:
            case Phrase() | Named() | Near() | AtLeast() if _is_known(node):
                return self._placed(node)
            case Phrase(variants=variants):
                return _any([self._bound_of_variant(variant, _ZONES[node.zone]) for variant in variants])
            case AllOf(parts=parts) | Near(parts=parts):
                return _all([self._bound(part) for part in parts])
            case AnyOf(parts=parts) | SomeOf(parts=parts):
                return _any([self._bound(part) for part in parts])
            case AtLeast(part=part) | Says(part=part):
                return self._bound(part)
            case Counted(subjects=subjects, near=near):
                figures = [self._attributes(f"figure:{form}" for form in subject.forms) for subject in subjects]
                return _all([*figures, None if near is None else self._bound(near)])
        return None

    def _bound_of_variant(self, variant: Variant, zones: int) -> Code | None:
        known = [term for term in variant.terms if _is_known_term(term)]
        return _all([_keys(_NO_CLAUSE, zones, self._term(term)) for term in known])


# ---- what the kernel can tell ----


def _is_known(node: Placed | AtLeast) -> bool:
    """Whether the kernel finds the node's places itself."""
    if any(not _is_known_term(term) for phrase in _phrases(node) for each in phrase.variants for term in each.terms):
        return False
    # Of places at the same words the alias that comes first is told; aliases of the query and of the article are
    # numbered apart.
    return isinstance(node, Named) or not (any(_names(node)) and any(_aliases(node)))


def _is_known_term(term: Term) -> bool:
    return not isinstance(term, Stem) and not (isinstance(term, Fuzzy) and len(term.word) > _LONGEST_FUZZY)


def _phrases(node: Placed | AtLeast) -> Iterator[Phrase]:
    match node:
        case Phrase():
            yield node
        case Near(parts=parts):
            for part in parts:
                yield from _phrases(part)
        case AnyOf(parts=parts):
            for each in parts:
                if isinstance(each, Phrase | Named | Near | AnyOf):
                    yield from _phrases(each)
        case AtLeast(part=part):
            yield from _phrases(part)


def _names(node: Node) -> Iterator[bool]:
    match node:
        case Named():
            yield True
        case Near(parts=parts) | AnyOf(parts=parts):
            for part in parts:
                yield from _names(part)
        case AtLeast(part=part):
            yield from _names(part)


# ---- code ----


def _node(op: Op, count: int, *content: int | Code) -> Code:
    code = [op | count << 4, 0]
    for one in content:
        if isinstance(one, int):
            code.append(one)
        else:
            code += one
    code[1] = len(code)
    return code


def _joined(op: Op, parts: Iterable[Code], *head: int) -> Code:
    children = list(parts)
    return _node(op, len(children), *head, *children)


def _keys(clause: int, zones: int, keys: list[int]) -> Code:
    return _node(Op.KEYS, len(keys), clause, zones, keys)


def _unknown(bound: Code | None) -> Code:
    return _joined(Op.UNKNOWN, [] if bound is None else [bound])


def _all(parts: Sequence[Code | None]) -> Code | None:
    known = [part for part in parts if part is not None]
    return _joined(Op.ALL, known) if known else None


def _any(parts: Sequence[Code | None]) -> Code | None:
    known = [part for part in parts if part is not None]
    return _joined(Op.ANY, known) if len(known) == len(parts) else None
