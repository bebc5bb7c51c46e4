"""A text as watches are matched against it: its words, where each stands, and the spans they cover.

The `s` of a possessive (`Lukashenko’s`) is no word: with it or without it a phrase reads the same.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection
from dataclasses import dataclass

from pipeline.stages.text.fold import FILLER, fold, tokens, word

APOSTROPHES = frozenset("'’‘ʼ＇`´")


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text in order."""

    text: str
    folded: str
    spans: tuple[tuple[int, int], ...]
    """Start and end of each word in the text."""
    words: tuple[str, ...]
    """Each word, folded."""
    places: dict[str, list[int]]
    """Where in `words` each word stands; in the order in which they are there first."""
    earlier: Collection[str] = ()
    """The words of the texts before it."""

    def span(self, first: int, count: int) -> tuple[int, int]:
        """Start and end in the text of that many words."""
        return self.spans[first][0], self.spans[first + count - 1][1]

    def within(self, start: int, end: int) -> tuple[int, int] | None:
        """First and last of the words that share a letter with that stretch of the text; None when none does."""
        first = bisect_right(self.spans, (start, len(self.text))) - 1
        if first < 0 or self.spans[first][1] <= start:
            first += 1
        last = bisect_left(self.spans, (end, end)) - 1
        return (first, last) if first <= last else None

    def letters(self, place: int) -> str:
        """A word as it is written, without the invisible."""
        start, end = self.spans[place]
        written = self.text[start:end]
        if FILLER not in self.folded[start:end]:
            return written
        return "".join(letter for letter, plain in zip(written, self.folded[start:end], strict=True) if plain != FILLER)


def split(text: str, *, earlier: Collection[str] = ()) -> Words:
    """The words of a text; `earlier` are those of the texts before it, each once."""
    folded = fold(text)
    spans = tuple(span for span in tokens(folded) if not _is_possessive(text, folded, span))
    words = tuple([word(folded[start:end]) for start, end in spans])
    places: dict[str, list[int]] = {}
    for place, one in enumerate(words):
        places.setdefault(one, []).append(place)
    return Words(text, folded, spans, words, places, earlier)


def _is_possessive(text: str, folded: str, span: tuple[int, int]) -> bool:
    start, end = span
    return (
        end - start == 1
        and folded[start] == "s"
        and start > 1
        and text[start - 1] in APOSTROPHES
        and (folded[start - 2] != " ")
    )
