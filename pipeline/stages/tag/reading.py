"""A text as names are looked up in it: folded, its words parted by single spaces, with the way back to its offsets.

Squeezing lets `St. Petersburg`, `St Petersburg` and `O’Brien`, `O Brien` meet as one key; what the gap between two
words may hold is judged afterwards, on the text itself. What folding marks as filler is passed over; teh marbuta is
written as heh, as hurried writers do.
"""

import re
from functools import cached_property

from pipeline.stages.tag.cutting import origins, squeezed

# A name does not go on over these; a full stop ends one too, save after a short word (`St.`, `J.`).
_BREAK = re.compile(r"[\n;:?!,()\[\]{}«»“”„\"|…]|[^\W\d_]{4,}[.]\s")


def squeeze(text: str) -> str:
    """The text's folded words, parted by single spaces; the form keys are made of."""
    return squeezed(text).replace("ة", "ه")


def has_break(surface: str) -> bool:
    """Whether a clause or sentence ends inside the words."""
    return _BREAK.search(surface) is not None


class Reading:
    """One field of an article, ready to be searched. `words` is the squeezed form, `padded` the same between spaces."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.words = squeeze(text)
        self.padded = f" {self.words} "

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The text's own offsets of a stretch of `words`; both its ends must lie on words, and it must not be empty."""
        return self._origins[start], self._origins[end - 1] + 1

    def tokens(self) -> list[tuple[int, int, str]]:
        """The words with their offsets in `words`, end exclusive."""
        found: list[tuple[int, int, str]] = []
        start = 0
        for word in self.words.split(" ") if self.words else []:
            found.append((start, start + len(word), word))
            start += len(word) + 1
        return found

    @cached_property
    def _origins(self) -> memoryview:
        """Where each letter of `words` stands in the text; most texts are never asked."""
        return memoryview(origins(self.text)).cast("I")
