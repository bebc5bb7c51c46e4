"""What an article is about in at most twelve words and phrases, from the article alone.

Words are counted by their folded form, stop words of the article's language left out (of every language where it is not
known). A word of the title counts three times more, one of the lead once more. A phrase is two or three such words side
by side that the article repeats; it takes the place of words that hardly stand without it. Scripts without spaces give
no keywords yet.
"""

import re
from collections import Counter
from itertools import pairwise
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
_WORD = re.compile(r"[^\W\d_]+(?:[-‐‑'’][^\W\d_]+)*")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


class _Term(NamedTuple):
    text: str
    key: str
    start: int


def keywords(title: str, text: str, *, language: str | None) -> tuple[Keyword, ...]:
    """The strongest first; equally strong ones by where they first stand."""
    stops = table("stop_words").get(language or "") or words("stop_words")
    in_title, in_text = _terms(title, stops), _terms(text, stops)
    phrases = _phrases(title, in_title) + _phrases(text, in_text)
    repeated = {key: count for key, count in phrases.items() if count > 1}
    counts = Counter(term.key for term in (*in_title, *in_text))
    kept = _without_owned(counts, _without_inner(repeated))
    boosts = _boosts(in_title, in_text)
    scored = {key: log1p(count + max(boosts[word] for word in key.split(" "))) for key, count in kept.items()}
    order = {term.key: place for place, term in reversed(list(enumerate((*in_title, *in_text))))}
    best = sorted(scored, key=lambda key: (-scored[key], order[key.split(" ")[0]], key))[:MOST]
    shown = _shown((*in_title, *in_text))
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
    for match in _WORD.finditer(text):
        # Hyphens and apostrophes are folded to spaces: the stop list sees each part, the count the whole.
        parts = [part for part in folded[match.start() : match.end()].split() if part not in stops]
        key = "-".join(parts)
        if _SHORTEST <= len(key) <= _LONGEST and _UNSPACED.search(key) is None:
            found.append(_Term(_shown_part(match.group(), key), key, match.start()))
    return found


def _shown_part(text: str, key: str) -> str:
    """The word as written, without the possessive or elided article that the key does not have."""
    if len(text) == len(key):
        return text
    parts = re.split("[-‐‑'’]", text)
    longest = max(parts, key=len)
    return longest if len(longest) == len(key) else text


def _boosts(in_title: list[_Term], in_text: list[_Term]) -> Counter[str]:
    boosts = Counter({term.key: _TITLE_WEIGHT for term in in_title})
    for key in {term.key for term in in_text if term.start < _LEAD_LETTERS}:
        boosts[key] += _LEAD_WEIGHT
    return boosts


def _phrases(text: str, terms: list[_Term]) -> Counter[str]:
    joined = [text[left.start + len(left.text) : right.start] == " " for left, right in pairwise(terms)]
    found: Counter[str] = Counter()
    for length in range(2, _LONGEST_PHRASE + 1):
        for first in range(len(terms) - length + 1):
            if all(joined[first : first + length - 1]):
                found[" ".join(term.key for term in terms[first : first + length])] += 1
    return found


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
    return {key: count for key, count in counts.items() if owned[key] < _OWNED * count} | phrases


def _shown(terms: tuple[_Term, ...]) -> dict[str, str]:
    """The commonest writing of each word, the earliest of equally common ones."""
    spellings: dict[str, Counter[str]] = {}
    for term in terms:
        spellings.setdefault(term.key, Counter())[term.text] += 1
    return {key: found.most_common(1)[0][0] for key, found in spellings.items()}
