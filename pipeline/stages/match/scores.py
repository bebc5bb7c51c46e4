"""How much an article is about what a watch asks for, between 0 and 1: for ranking the matches of a watch.

The measure is BM25's, over the clauses that were hit instead of the words of a search:

1. A clause counts the more often it is hit, but ever less: as `n / (n + k)`, where `k` grows with the text's length.
2. A hit in the title counts as five, one in the first 400 characters of the text as two.
3. A clause of longer words counts more: they are rarer. How many articles have it is not asked, since that changes
   with time, and a replay gives the same bytes.
4. Clauses are joined as chances are: each takes its share of what the others have left open.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from pipeline.stages.match.engine.finding import Spelled
from topics.records import Hit, TextField

_TITLE_COUNTS, _LEAD_COUNTS = 5.0, 2.0
_LEAD_CHARACTERS = 400
_K, _LENGTH_SHARE, _MEAN_WORDS = 1.2, 0.75, 500.0
"""BM25's usual parameters; half a thousand words is a news story."""
_RARE_LETTERS = 12.0


def score(hits: Sequence[Hit], fields: Mapping[TextField, Spelled]) -> float:
    """0 where nothing was hit: a watch of filters alone says nothing of the text."""
    counts: dict[str, float] = defaultdict(float)
    letters: dict[str, int] = {}
    for hit in hits:
        counts[hit.clause] += _weight(hit)
        letters[hit.clause] = max(letters.get(hit.clause, 0), len(hit.words))
    words = len(fields[TextField.TEXT].starts) if hits else 0
    half = _K * (1 - _LENGTH_SHARE + _LENGTH_SHARE * words / _MEAN_WORDS)
    left_open = 1.0
    for clause, count in counts.items():
        rarity = min(letters[clause] / _RARE_LETTERS, 1.0)
        left_open *= 1 - rarity * count / (count + half)
    return round(1 - left_open, 4)


def _weight(hit: Hit) -> float:
    if hit.field is TextField.TITLE:
        return _TITLE_COUNTS
    return _LEAD_COUNTS if hit.start < _LEAD_CHARACTERS else 1.0
