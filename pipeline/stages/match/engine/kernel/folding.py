"""The kernel's table of folding, made from the one rule there is, page by page as texts need them.

An entry holds the folded code point in 21 bits, its class in three, and two marks: as in `kernel.h`.
"""

import re
from array import array

from pipeline.stages.match.words import APOSTROPHES
from pipeline.stages.text.fold import FILLER, MARKS, UNSPACED, WIDER, fold

PAGE = 256
"""Code points of a page."""

_SPACE, _LETTER, _FILLER, _UNSPACED, _MARK = range(5)
_IS_WIDER, _IS_APOSTROPHE = 0x1000000, 0x2000000
_WITHOUT_SPACES = re.compile(f"[{UNSPACED}]")
_CLINGING = re.compile(f"[{MARKS}]")


def page(number: int) -> bytes:
    """The entries of the page's code points."""
    return array("I", [_entry(chr(code)) for code in range(number * PAGE, (number + 1) * PAGE)]).tobytes()


def _entry(character: str) -> int:
    folded = fold(character)
    entry = ord(folded) | _class_of(folded) << 21
    if folded in WIDER:
        entry |= _IS_WIDER
    return entry | (_IS_APOSTROPHE if character in APOSTROPHES else 0)


def _class_of(folded: str) -> int:
    if folded == " ":
        return _SPACE
    if folded == FILLER:
        return _FILLER
    if _WITHOUT_SPACES.match(folded):
        return _UNSPACED
    return _MARK if _CLINGING.match(folded) else _LETTER
