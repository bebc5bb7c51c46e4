"""A text as watches are matched against it: its words, where each stands, and the spans they cover.

The `s` of a possessive (`Lukashenko’s`) is no word: with it or without it a phrase reads the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.stages.match.query import Phrase
from pipeline.stages.text.fold import FILLER, fold, tokens, word

_APOSTROPHES = frozenset("'’‘ʼ＇`´")


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
    """Where in `words` each word stands."""

    def span(self, first: int, count: int) -> tuple[int, int]:
        """Start and end in the text of that many words."""
        return self.spans[first][0], self.spans[first + count - 1][1]

    def letters(self, place: int) -> str:
        """A word as it is written, without the invisible."""
        start, end = self.spans[place]
        written = self.text[start:end]
        if FILLER not in self.folded[start:end]:
            return written
        return "".join(letter for letter, plain in zip(written, self.folded[start:end], strict=True) if plain != FILLER)


def split(text: str) -> Words:
    """The words of a text."""
    folded = fold(text)
    spans = tuple(span for span in tokens(folded) if not _is_possessive(text, folded, span))
    words = tuple([word(folded[start:end]) for start, end in spans])
    places: dict[str, list[int]] = {}
    for place, one in enumerate(words):
        places.setdefault(one, []).append(place)
    return Words(text, folded, spans, words, places)


def find(phrase: Phrase, words: Words) -> Iterator[int]:
    """Where in the words the phrase starts, in order."""
    for first in _starts(phrase, words.places):
        if _continues(phrase, words.words, first) and _is_as_written(phrase, words, first):
            yield first


def _is_possessive(text: str, folded: str, span: tuple[int, int]) -> bool:
    start, end = span
    return (
        end - start == 1
        and folded[start] == "s"
        and start > 1
        and text[start - 1] in _APOSTROPHES
        and (folded[start - 2] != " ")
    )


def _starts(phrase: Phrase, places: dict[str, list[int]]) -> list[int]:
    if len(phrase.words) > 1 or len(phrase.endings) == 1:
        return places.get(phrase.words[0], [])
    return sorted(place for form in phrase.endings for place in places.get(form, ()))


def _continues(phrase: Phrase, words: tuple[str, ...], first: int) -> bool:
    count = len(phrase.words)
    if count == 1:
        return True
    last = first + count - 1
    return last < len(words) and words[first:last] == phrase.words[:-1] and words[last] in phrase.endings


def _is_as_written(phrase: Phrase, words: Words, first: int) -> bool:
    if phrase.letters is None:
        return True
    return all(words.letters(first + place) == letters for place, letters in enumerate(phrase.letters))
