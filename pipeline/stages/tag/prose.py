"""The words of a text as the rules for unlisted actors read them: runs of capitalised ones, headlines."""

from collections.abc import Iterator
from itertools import pairwise

from pipeline.stages.tag.cutting import Word

_MOST_HEADLINE_WORDS = 25
_HEADLINE_SHARE = 0.85


def capitals(words: list[Word]) -> list[int]:
    """The places of the capitalised words."""
    return [place for place, word in enumerate(words) if word.is_capitalised]


def runs(words: list[Word], capitalised: list[int]) -> Iterator[range]:
    """The longest stretches of joined capitalised words, particles inside them included, as places in `words`."""
    stop = 0
    for place in capitalised:
        if place >= stop:
            stop = _run_end(words, place)
            yield range(place, stop)


def lower_case_words(words: list[Word]) -> frozenset[str]:
    """The folded words that also occur without a capital."""
    return frozenset([word.folded for word in words if word.text[0].islower()])


def headline_places(words: list[Word], text: str) -> frozenset[int]:
    """The places of words in short lines that are capitalised throughout."""
    # No joined word begins a line, which most are.
    parted = [place for place, word in enumerate(words) if not word.is_joined]
    starts = [place for place in parted if place and "\n" in text[words[place - 1].end : words[place].start]]
    found: set[int] = set()
    for first, stop in pairwise([0, *starts, len(words)] if words else []):
        ends_sentence = text[words[stop - 1].end : words[stop - 1].end + 1] == "."
        if not ends_sentence and stop - first <= _MOST_HEADLINE_WORDS and _is_headline(words[first:stop]):
            found.update(range(first, stop))
    return frozenset(found)


def _is_headline(words: list[Word]) -> bool:
    """Whether it is a line of mostly capitalised words, so that a capital tells nothing."""
    long = [word for word in words if len(word.text) > 3 and word.text[0].isalpha()]
    return len(long) > 2 and sum(word.is_capitalised for word in long) > _HEADLINE_SHARE * len(long)


def _run_end(words: list[Word], start: int) -> int:
    stop = start + 1
    while stop < len(words) and words[stop].is_joined:
        ahead = stop
        while ahead < len(words) and words[ahead].is_joined and words[ahead].is_particle and ahead - stop < 3:
            ahead += 1
        if ahead >= len(words) or not words[ahead].is_joined or not words[ahead].is_capitalised:
            break
        stop = ahead + 1
    return stop
