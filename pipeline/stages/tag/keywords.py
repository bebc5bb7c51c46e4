"""What an article is about in at most twelve words and phrases, from the article alone.

Words are counted by their folded form, stop words of the article's language left out (of every language where it is not
known). A word of the title counts three times more, one of the lead once more. A phrase is two or three such words side
by side that the article repeats; it takes the place of words that hardly stand without it. Scripts without spaces give
no keywords yet.
"""

from collections import Counter
from collections.abc import Iterator
from heapq import nsmallest
from math import log1p

from pipeline.stages.tag.cutting import Term, terms
from pipeline.stages.tag.lexicon import table, words
from topics.records import Keyword

MOST = 12
_LEAD_LETTERS = 500
_TITLE_WEIGHT = 3
_LEAD_WEIGHT = 1
_LONGEST_PHRASE = 3
# A word is a phrase's own when so much of its count is the phrase's.
_OWNED = 0.6


def keywords(title: str, text: str, *, language: str | None) -> tuple[Keyword, ...]:
    """The strongest first; equally strong ones by where they first stand."""
    stops = table("stop_words").get(language or "") or words("stop_words")
    in_title, in_text = terms(title, stops), terms(text, stops)
    both = [*in_title, *in_text]
    phrases = Counter([*_phrases(title, in_title), *_phrases(text, in_text)])
    repeated = {key: count for key, count in phrases.items() if count > 1}
    counts = Counter([term.key for term in both])
    kept = _without_owned(counts, _without_inner(repeated))
    boosts = _boosts(in_title, in_text)
    sums = {key: count + max([boosts.get(word, 0) for word in key.split(" ")]) for key, count in kept.items()}
    # The logarithm can be left to the end, since it keeps the order.
    # Words stand in `counts` in the order of the article.
    order = {key: place for place, key in enumerate(counts)}
    best = nsmallest(MOST, sums, key=lambda key: (-sums[key], order[key.split(" ")[0]], key))
    scored = {key: log1p(sums[key]) for key in best}
    shown = _shown(both, frozenset(word for key in best for word in key.split(" ")))
    return tuple(
        Keyword(
            term=" ".join(shown[word] for word in key.split(" ")),
            count=kept[key],
            weight=round(scored[key] / scored[best[0]], 4),
        )
        for key in best
    )


def _boosts(in_title: list[Term], in_text: list[Term]) -> Counter[str]:
    boosts = Counter({term.key: _TITLE_WEIGHT for term in in_title})
    for key in {term.key for term in in_text if term.start < _LEAD_LETTERS}:
        boosts[key] += _LEAD_WEIGHT
    return boosts


def _phrases(text: str, found: list[Term]) -> Iterator[str]:
    for row in _rows(text, found):
        for length in range(2, _LONGEST_PHRASE + 1):
            for first in range(len(row) - length + 1):
                yield " ".join(row[first : first + length])


def _rows(text: str, found: list[Term]) -> Iterator[list[str]]:
    """The words that stand side by side with a space between them, two or more."""
    row: list[str] = []
    end = 0
    for term in found:
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


def _shown(found: list[Term], wanted: frozenset[str]) -> dict[str, str]:
    """The commonest writing of each of those words, the earliest of equally common ones."""
    spellings: dict[str, Counter[str]] = {}
    for term in found:
        if term.key in wanted:
            spellings.setdefault(term.key, Counter())[term.text] += 1
    return {key: counts.most_common(1)[0][0] for key, counts in spellings.items()}
