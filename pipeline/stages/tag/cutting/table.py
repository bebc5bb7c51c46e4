"""The kernel's table of signs, made from the classes in `signs.py` and the one rule of folding, page by page.

An entry holds the code point folded in 21 bits, the same in plain signs in 21 more, and a bit for each class: as in
`kernel.h`.
"""

import re
from array import array
from collections.abc import Callable

from pipeline.stages.tag.cutting.signs import (
    APOSTROPHES,
    ENDS,
    GROUP,
    JOINTS,
    LINKS,
    NUMBER_LINKS,
    SPACES,
    UNSPACED,
    plain,
)
from pipeline.stages.text.fold import fold

PAGE = 256
"""Code points of a page."""

_is_letter = re.compile(r"[^\W\d_]").match
# Of the code point as written, in plain signs, and folded; in the order of the bits in `kernel.h`.
_WRITTEN: tuple[Callable[[str], object], ...] = (
    re.compile(r"[^\W_]").match,
    _is_letter,
    str.isupper,
    LINKS.__contains__,
    JOINTS.__contains__,
    ENDS.__contains__,
    SPACES.__contains__,
)
_PLAIN: tuple[Callable[[str], object], ...] = (
    _is_letter,
    re.compile(r"\d").match,
    re.compile(r"[^\S\n]").match,
    str.isupper,
    str.isalpha,
    APOSTROPHES.__contains__,
    f"{NUMBER_LINKS}-{GROUP}".__contains__,
    lambda sign: len(f"a{sign}a".splitlines()) > 1,
)
_FOLDED: tuple[Callable[[str], object], ...] = (UNSPACED.match,)


def page(number: int) -> bytes:
    """The entries of the page's code points."""
    return array("Q", [_entry(chr(code)) for code in range(number * PAGE, (number + 1) * PAGE)]).tobytes()


def _entry(written: str) -> int:
    shown, folded = plain(written), fold(written)
    classes = [
        *(holds(written) for holds in _WRITTEN),
        *(holds(shown) for holds in _PLAIN),
        *(holds(folded) for holds in _FOLDED),
    ]
    marks = sum(1 << place for place, holds in enumerate(classes) if holds)
    return ord(folded) | ord(shown) << 21 | marks << 42
