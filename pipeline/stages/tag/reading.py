"""A text as names are looked up in it: folded, its words parted by single spaces, with the way back to its offsets.

Squeezing lets `St. Petersburg`, `St Petersburg` and `O’Brien`, `O Brien` meet as one key; what the gap between two
words may hold is judged afterwards, on the text itself. What folding marks as filler is passed over; teh marbuta is
written as heh, as hurried writers do.
"""

import re
from bisect import bisect_right
from functools import cached_property

from pipeline.stages.tag.cutting import fold
from pipeline.stages.text.fold import FILLER

_PIECE = re.compile(f"[^ {FILLER}]+")
# A name does not go on over these; a full stop ends one too, save after a short word (`St.`, `J.`).
_BREAK = re.compile(r"[\n;:?!,()\[\]{}«»“”„\"|…]|[^\W\d_]{4,}[.]\s")


def squeeze(text: str) -> str:
    """The text's folded words, parted by single spaces; the form keys are made of."""
    return _squeeze(_fold(text))


def has_break(surface: str) -> bool:
    """Whether a clause or sentence ends inside the words."""
    return _BREAK.search(surface) is not None


class Reading:
    """One field of an article, ready to be searched. `words` is the squeezed form, `padded` the same between spaces."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.folded = _fold(text)
        self.words = _squeeze(self.folded)
        self.padded = f" {self.words} "

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The text's own offsets of a stretch of `words`; both its ends must lie on words, and it must not be empty."""
        return self._origin(start), self._origin(end - 1) + 1

    def tokens(self) -> list[tuple[int, int, str]]:
        """The words with their offsets in `words`, end exclusive."""
        found: list[tuple[int, int, str]] = []
        start = 0
        for word in self.words.split(" ") if self.words else []:
            found.append((start, start + len(word), word))
            start += len(word) + 1
        return found

    def _origin(self, position: int) -> int:
        starts, origins = self._pieces
        index = bisect_right(starts, position) - 1
        return origins[index] + position - starts[index]

    @cached_property
    def _pieces(self) -> tuple[list[int], list[int]]:
        """Where each stretch without space or filler begins, in `words` and in the text; most texts are never asked."""
        starts: list[int] = []
        origins: list[int] = []
        length = end = 0
        for piece in _PIECE.finditer(self.folded):
            if starts and " " in self.folded[end : piece.start()]:
                length += 1
            starts.append(length)
            origins.append(piece.start())
            end = piece.end()
            length += end - piece.start()
        return starts, origins


def _squeeze(folded: str) -> str:
    return " ".join(folded.replace(FILLER, "").split())


def _fold(text: str) -> str:
    return fold(text).replace("ة", "ه")
