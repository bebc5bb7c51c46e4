"""What an article is about in at most twelve words and phrases, from the article alone.

Words are counted by their folded form, stop words of the article's language left out (of every language where it is not
known). A word of the title counts three times more, one of the lead once more. A phrase is two or three such words side
by side that the article repeats; it takes the place of words that hardly stand without it. Scripts without spaces give
no keywords yet.
"""

from collections import Counter
from itertools import pairwise, takewhile
from math import log1p

from pipeline.stages.tag.cutting import Term, terms
from pipeline.stages.tag.lexicon import table, words
from topics.records import Keyword

MOST = 12
_LEAD_LETTERS = 500
_TITLE_WEIGHT = 3
_LEAD_WEIGHT = 1
# A word is a phrase's own when so much of its count is the phrase's.
_OWNED = 0.6


def keywords(title: str, text: str, *, language: str | None) -> tuple[Keyword, ...]:
    """The strongest first; equally strong ones by where they first stand."""
    stops = table("stop_words").get(language or "") or words("stop_words")
    in_title, in_text = terms(title, stops), terms(text, stops)
    both = [*in_title, *in_text]
    phrases = _repeated([*_rows(title, in_title), *_rows(text, in_text)])
    counts = Counter([term.key for term in both])
    kept = _without_owned(counts, _without_inner(phrases))
    sums = _sums(kept, _boosts(in_title, in_text))
    best = _strongest(sums, counts)
    # The logarithm can be left to the end, since it keeps the order.
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


def _boosts(in_title: list[Term], in_text: list[Term]) -> dict[str, int]:
    boosts = dict.fromkeys([term.key for term in in_title], _TITLE_WEIGHT)
    for key in {term.key for term in takewhile(lambda term: term.start < _LEAD_LETTERS, in_text)}:
        boosts[key] = boosts.get(key, 0) + _LEAD_WEIGHT
    return boosts


def _sums(counts: dict[str, int], boosts: dict[str, int]) -> dict[str, int]:
    """The counts with what title and lead add, to a phrase by its strongest word."""
    return {
        key: count + (max([boosts.get(word, 0) for word in key.split(" ")]) if " " in key else boosts.get(key, 0))
        for key, count in counts.items()
    }


def _strongest(sums: dict[str, int], counts: Counter[str]) -> list[str]:
    """The keys with the highest sums, of equal ones the first in the article: in its order words stand in `counts`."""
    least = sorted(sums.values())[-MOST:][:1]
    among = [key for key, worth in sums.items() if worth >= least[0]]
    order = {key: place for place, key in enumerate(counts)}
    return sorted(among, key=lambda key: (-sums[key], order[key.split(" ")[0]], key))[:MOST]


def _rows(text: str, found: list[Term]) -> list[list[str]]:
    """The words that stand side by side with a space between them, two or more."""
    rows: list[list[str]] = []
    row: list[str] = []
    end = -2  # beside nothing
    for shown, key, start in found:
        if start == end + 1 and text[end] == " ":
            row.append(key)
        else:
            row = [key]
            rows.append(row)
        end = start + len(shown)
    return [row for row in rows if len(row) > 1]


def _repeated(rows: list[list[str]]) -> dict[str, int]:
    """The phrases of two or three words that the article repeats: of three only where both twos in them are."""
    twos = {
        pair: count for pair, count in Counter([pair for row in rows for pair in pairwise(row)]).items() if count > 1
    }
    long = [row for row in rows if len(row) > 2] if twos else []
    threes = Counter(
        [
            (one, two, three)
            for row in long
            for one, two, three in zip(row, row[1:], row[2:], strict=False)
            if (one, two) in twos and (two, three) in twos
        ]
    )
    return {" ".join(phrase): count for phrase, count in (*twos.items(), *threes.items()) if count > 1}


def _without_inner(phrases: dict[str, int]) -> dict[str, int]:
    """The phrases that are not merely part of a longer one."""
    inner: dict[str, int] = {}
    for key, count in phrases.items():
        words_of = key.split(" ")
        if len(words_of) == 3:
            for part in (" ".join(words_of[1:]), " ".join(words_of[:-1])):
                inner[part] = max(count, inner.get(part, 0))
    return {key: count for key, count in phrases.items() if inner.get(key, 0) < _OWNED * count}


def _without_owned(counts: Counter[str], phrases: dict[str, int]) -> dict[str, int]:
    owned: dict[str, int] = {}
    for key, count in phrases.items():
        for word in key.split(" "):
            owned[word] = max(owned.get(word, 0), count)
    return {key: count for key, count in counts.items() if owned.get(key, 0) < _OWNED * count} | phrases


def _shown(found: list[Term], wanted: frozenset[str]) -> dict[str, str]:
    """The commonest writing of each of those words, the earliest of equally common ones."""
    spellings = Counter([(term.key, term.text) for term in found if term.key in wanted])
    shown: dict[str, str] = {}
    most: dict[str, int] = {}
    for (key, text), count in spellings.items():
        if count > most.get(key, 0):
            most[key], shown[key] = count, text
    return shown
