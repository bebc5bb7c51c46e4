"""Scores of an extracted text against a text made by hand.

Precision and recall as scrapinghub/article-extraction-benchmark counts them: windows of four words, a page's shares of
right, surplus and missing ones, their mean over the pages; F1 is of the two means. Beside them two shares of pages that
say what a wrong text costs a reader of alerts:

- leak: a name stands in the text that the article does not hold: it may raise a false alert.
- lost: a name of the article is missing: an alert may be missed.

A name is two or more capitalised Latin words in a row, so both say little about other scripts.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import mean

_WORD = re.compile(r"\w+")
_NAME = re.compile(r"\b[A-ZÀ-ÖØ-Þ][\w'’-]+(?: [A-ZÀ-ÖØ-Þ][\w'’-]+)+")
_WINDOW = 4


@dataclass(frozen=True, slots=True)
class Score:
    """One page's score."""

    precision: float
    """Of the text's windows, the share that is the article's; 0 for no text."""
    recall: float
    leaks: frozenset[str]
    lost: frozenset[str]


@dataclass(frozen=True, slots=True)
class Scores:
    """Means over pages."""

    f1: float
    precision: float
    recall: float
    leak: float
    lost: float


def score(text: str, *, truth: str) -> Score:
    """The text's score; `truth` is what it should be."""
    given, wanted = _windows(text), _windows(truth)
    right = (given & wanted).total()
    return Score(
        precision=right / given.total() if given else 0.0,
        recall=right / wanted.total() if wanted else 1.0,
        leaks=_names_missing(text, truth),
        lost=_names_missing(truth, text),
    )


def mean_of(scores: Iterable[Score]) -> Scores:
    """The mean over pages, each counting the same whatever its length."""
    found = list(scores)
    precision, recall = mean(one.precision for one in found), mean(one.recall for one in found)
    return Scores(
        f1=2 * precision * recall / (precision + recall) if precision + recall else 0.0,
        precision=precision,
        recall=recall,
        leak=mean(bool(one.leaks) for one in found),
        lost=mean(bool(one.lost) for one in found),
    )


def _windows(text: str) -> Counter[tuple[str, ...]]:
    words = _WORD.findall(text)
    starts = range(max(1, len(words) - _WINDOW + 1)) if words else ()
    return Counter(tuple(words[start : start + _WINDOW]) for start in starts)


def _names_missing(text: str, other: str) -> frozenset[str]:
    """Names of the text that are nowhere in the other."""
    around = " ".join(other.split())
    return frozenset(name for line in text.splitlines() for name in _NAME.findall(line) if name not in around)
