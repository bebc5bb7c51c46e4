"""The other peer of `bench.match`: what most word-list monitors do. For each watch, a compiled regular expression a
clause, joined by and, or, not; it says whether a watch matches, not where."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from bench.queries import Leaf, Wanted
from topics.records import Article

Test = Callable[[Article], bool]


@dataclass(frozen=True, slots=True)
class Regular:
    """A watch as expressions."""

    groups: tuple[tuple[Test, ...], ...]
    excluded: tuple[Test, ...]

    def holds(self, article: Article) -> bool:
        """Whether the watch matches."""
        if not all(any(test(article) for test in group) for group in self.groups):
            return False
        return not any(test(article) for test in self.excluded)


def regular(wanted: Wanted) -> Regular | None:
    """The watch as expressions; None where they cannot say it: fuzzy words."""
    leaves = [leaf for group in wanted.groups for leaf in group] + list(wanted.excluded)
    if any(leaf.kind == "fuzzy" for leaf in leaves):
        return None
    groups = [tuple(map(_test, group)) for group in wanted.groups]
    groups += [(_near(*one),) for one in wanted.near]
    return Regular(tuple(groups), tuple(map(_test, wanted.excluded)))


def _test(leaf: Leaf) -> Test:
    if leaf.kind == "lang":
        return lambda article: article.language == leaf.words[0]
    ending = "" if leaf.kind == "prefix" else r"\b"
    search = re.compile(rf"\b{_words(leaf)}{ending}", re.IGNORECASE).search
    if leaf.kind == "title":
        return lambda article: search(article.title) is not None
    return lambda article: search(article.title) is not None or search(article.text) is not None


def _near(one: Leaf, other: Leaf, distance: int) -> Test:
    between = rf"\W+(?:\w+\W+){{0,{distance}}}?"
    either = rf"\b(?:{_words(one)}{between}{_words(other)}|{_words(other)}{between}{_words(one)})\b"
    search = re.compile(either, re.IGNORECASE).search
    return lambda article: search(article.title) is not None or search(article.text) is not None


def _words(leaf: Leaf) -> str:
    return r"\W+".join(map(re.escape, leaf.words))
