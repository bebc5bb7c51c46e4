"""What an article is about in at most twelve words and phrases, from the article alone.

Words are counted by their folded form, stop words of the article's language left out (of every language where it is not
known). A word of the title counts three times more, one of the lead once more. A phrase is two or three such words side
by side that the article repeats; it takes the place of words that hardly stand without it. Scripts without spaces give
no keywords yet.
"""

import re
from collections import Counter
from collections.abc import Iterator
from heapq import nsmallest
from math import log1p
from typing import NamedTuple

from pipeline.stages.tag.lexicon import table, words
from pipeline.stages.text.fold import fold
from topics.records import Keyword

MOST = 12
_LEAD_LETTERS = 500
_TITLE_WEIGHT = 3
_LEAD_WEIGHT = 1
_SHORTEST = 3
_LONGEST = 40
_LONGEST_PHRASE = 3
# A word is a phrase's own when so much of its count is the phrase's.
_OWNED = 0.6
# Letters with hyphens and apostrophes inside; scripts without spaces are left out.
_WORD = re.compile(r"([^\W\d_]+(?:[-‐‑'’][^\W\d_]+)*)")
_JOINTS = re.compile("[-‐‑'’]")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


class _Term(NamedTuple):
    text: str
    key: str
    start: int


def keywords(title: str, text: str, *, language: str | None) -> tuple[Keyword, ...]:
    """The strongest first; equally strong ones by where they first stand."""
    stops = table("stop_words").get(language or "") or words("stop_words")
    in_title, in_text = _terms(title, stops), _terms(text, stops)
    terms = [*in_title, *in_text]
    phrases = Counter([*_phrases(title, in_title), *_phrases(text, in_text)])
    repeated = {key: count for key, count in phrases.items() if count > 1}
    counts = Counter([term.key for term in terms])
    kept = _without_owned(counts, _without_inner(repeated))
    boosts = _boosts(in_title, in_text)
    sums = {key: count + max([boosts.get(word, 0) for word in key.split(" ")]) for key, count in kept.items()}
    # The logarithm can be left to the end, since it keeps the order.
    # Words stand in `counts` in the order of the article.
    order = {key: place for place, key in enumerate(counts)}
    best = nsmallest(MOST, sums, key=lambda key: (-sums[key], order[key.split(" ")[0]], key))
    scored = {key: log1p(sums[key]) for key in best}
    shown = _shown(terms, frozenset(word for key in best for word in key.split(" ")))
    return tuple(
        Keyword(
            term=" ".join(shown[word] for word in key.split(" ")),
            count=kept[key],
            weight=round(scored[key] / scored[best[0]], 4),
        )
        for key in best
    )


def _terms(text: str, stops: frozenset[str]) -> list[_Term]:
    folded = fold(text)
    found: list[_Term] = []
    end = 0
    parts = _WORD.split(text)
    for gap, shown in zip(parts[::2], parts[1::2], strict=False):
        start = end + len(gap)
        end = start + len(shown)
        key = folded[start:end]
        if " " in key:
            # Hyphens and apostrophes are folded to spaces: the stop list sees each part, the count the whole.
            key = "-".join(part for part in key.split() if part not in stops)
        elif key in stops:
            continue
        if _SHORTEST <= len(key) <= _LONGEST and (key.isascii() or _UNSPACED.search(key) is None):
            found.append(_Term(shown if len(shown) == len(key) else _shown_part(shown, len(key)), key, start))
    return found


def _shown_part(text: str, letters: int) -> str:
    """The word as written, without the possessive or elided article that its key of so many letters does not have."""
    longest = max(_JOINTS.split(text), key=len)
    return longest if len(longest) == letters else text


def _boosts(in_title: list[_Term], in_text: list[_Term]) -> Counter[str]:
    boosts = Counter({term.key: _TITLE_WEIGHT for term in in_title})
    for key in {term.key for term in in_text if term.start < _LEAD_LETTERS}:
        boosts[key] += _LEAD_WEIGHT
    return boosts


def _phrases(text: str, terms: list[_Term]) -> Iterator[str]:
    for row in _rows(text, terms):
        for length in range(2, _LONGEST_PHRASE + 1):
            for first in range(len(row) - length + 1):
                yield " ".join(row[first : first + length])


def _rows(text: str, terms: list[_Term]) -> Iterator[list[str]]:
    """The words that stand side by side with a space between them, two or more."""
    row: list[str] = []
    end = 0
    for term in terms:
        if not row or text[end : term.start] != " ":
            if len(row) > 1:
                yield row
            row = []
        row.append(term.key)
        end = term.start + len(term.text)
    if len(row) > 1:
        yield row


def _without_inner(phrases: dict[str, int]) -> dict[str, int]:
    """The phrases that are not merely part of a longer one."""
    inner: dict[str, int] = {}
    for key, count in phrases.items():
        words_of = key.split(" ")
        if len(words_of) == _LONGEST_PHRASE:
            for part in (" ".join(words_of[1:]), " ".join(words_of[:-1])):
                inner[part] = max(count, inner.get(part, 0))
    return {key: count for key, count in phrases.items() if inner.get(key, 0) < _OWNED * count}


def _without_owned(counts: Counter[str], phrases: dict[str, int]) -> dict[str, int]:
    owned: Counter[str] = Counter()
    for key, count in phrases.items():
        for word in key.split(" "):
            owned[word] = max(owned[word], count)
    return {key: count for key, count in counts.items() if owned.get(key, 0) < _OWNED * count} | phrases


def _shown(terms: list[_Term], wanted: frozenset[str]) -> dict[str, str]:
    """The commonest writing of each of those words, the earliest of equally common ones."""
    spellings: dict[str, Counter[str]] = {}
    for term in terms:
        if term.key in wanted:
            spellings.setdefault(term.key, Counter())[term.text] += 1
    return {key: found.most_common(1)[0][0] for key, found in spellings.items()}
