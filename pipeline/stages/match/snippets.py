"""The stretches of an article that show best why it matched.

1. Up to three, of about 240 characters, none over another, the best first.
2. From the text where it has hits, else from the title; the opening of the text where nothing was hit.
3. A stretch is the better the more clauses are hit in it, then the more hits, then the earlier.
4. It is widened evenly round its hits and cut between words, white space at its ends left out.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence

from pipeline.stages.match.engine.finding import Spelled
from topics.records import Hit, Snippet, TextField

MAX_SNIPPETS = 3
SNIPPET_CHARACTERS = 240

Span = tuple[int, int]


def snippets(hits: Sequence[Hit], fields: Mapping[TextField, Spelled]) -> tuple[Snippet, ...]:
    """The stretches, at least one unless the article has no words."""
    field = TextField.TEXT if any(hit.field is TextField.TEXT for hit in hits) or not hits else TextField.TITLE
    words = fields[field]
    open_hits = [hit for hit in hits if hit.field is field]
    if not open_hits:
        opening = _widened((0, 0), words, bounds=(0, len(words.text)))
        return (_snippet(field, words, opening, ()),) if words.starts else ()
    taken: list[Span] = []
    while open_hits and len(taken) < MAX_SNIPPETS:
        best = open_hits if len(open_hits) == 1 else _best(open_hits)
        span = _widened((best[0].start, max(hit.end for hit in best)), words, bounds=_free(best[0], taken, words))
        taken.append(span)
        open_hits = [hit for hit in open_hits if hit.end <= span[0] or hit.start >= span[1]]
    return tuple(_snippet(field, words, span, hits) for span in taken)


def _best(hits: Sequence[Hit]) -> Sequence[Hit]:
    """The hit that is worth most with those after it that fit into one stretch with it, and those.

    A watch may ask for hundreds of words: each hit comes into the stretch once and leaves it once.
    """
    by_end = sorted(range(len(hits)), key=lambda place: hits[place].end)
    counts: dict[str, int] = {}
    best, most, coming, inside = 0, (0, 0), 0, 0
    for place, first in enumerate(hits):
        while coming < len(hits) and hits[by_end[coming]].end <= first.start + SNIPPET_CHARACTERS:
            if by_end[coming] >= place:
                inside += 1
                counts[hits[by_end[coming]].clause] = counts.get(hits[by_end[coming]].clause, 0) + 1
            coming += 1
        is_longer = first.end > first.start + SNIPPET_CHARACTERS
        worth = len(counts) + (is_longer and first.clause not in counts), inside + is_longer
        if worth > most:
            best, most = place, worth
        if not is_longer:
            inside -= 1
            counts[first.clause] -= 1
            if not counts[first.clause]:
                del counts[first.clause]
    limit = hits[best].start + SNIPPET_CHARACTERS
    return [hit for hit in hits[best:] if hit is hits[best] or hit.end <= limit]


def _free(hit: Hit, taken: Sequence[Span], words: Spelled) -> Span:
    """How far a stretch round the hit may reach without running into another."""
    if not taken:
        return 0, len(words.text)
    low = max((end for start, end in taken if end <= hit.start), default=0)
    high = min((start for start, end in taken if start >= hit.end), default=len(words.text))
    return low, high


def _widened(core: Span, words: Spelled, *, bounds: Span) -> Span:
    start, end = core[0], min(core[1], bounds[1])
    spare = max(0, SNIPPET_CHARACTERS - (end - start))
    low, high = max(bounds[0], start - spare // 2), min(bounds[1], end + spare - spare // 2)
    # What one side has no room for goes to the other.
    low, high = max(bounds[0], min(low, high - SNIPPET_CHARACTERS)), min(bounds[1], max(high, low + SNIPPET_CHARACTERS))
    return _cut(words, (min(low, start), max(high, end)), core=(start, end))


def _cut(words: Spelled, span: Span, *, core: Span) -> Span:
    """The span drawn in to whole words, and to the text's own ends where it reaches them; never into the core."""
    text, (start, end) = words.text, span
    if start > 0:
        following = bisect_left(words.starts, start)
        start = min(words.starts[following], core[0]) if following < len(words.starts) else core[0]
    if end < len(text):
        # The last word that ends in time, with the punctuation that clings to it.
        last = bisect_right(words.ends, end) - 1
        word_end = words.ends[last] if last >= 0 else core[1]
        end = max(_with_punctuation(text, word_end, end), core[1])
    return _stripped(text, start, end)


def _with_punctuation(text: str, start: int, limit: int) -> int:
    end = start
    while end < limit and not text[end].isspace() and not text[end].isalnum():
        end += 1
    return end


def _stripped(text: str, start: int, end: int) -> Span:
    stretch = text[start:end]
    return end - len(stretch.lstrip()) if stretch.strip() else start, start + len(stretch.rstrip())


def _snippet(field: TextField, words: Spelled, span: Span, hits: Sequence[Hit]) -> Snippet:
    start, end = span
    inside = sorted(
        (hit.start - start, hit.end - start)
        for hit in hits
        if hit.field is field and start <= hit.start and hit.end <= end
    )
    return Snippet(field=field, start=start, text=words.text[start:end], highlights=_merged(inside))


def _merged(spans: Sequence[Span]) -> tuple[Span, ...]:
    """The spans, in order, with those that overlap made one."""
    merged: list[Span] = []
    for start, end in spans:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
