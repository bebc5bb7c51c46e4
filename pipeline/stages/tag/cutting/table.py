"""The kernel's table of signs, made from the classes in `signs.py` and the one rule of folding, page by page.

An entry holds the code point folded in 21 bits, the same in plain signs in 21 more, and a bit for each class: as in
`kernel.h`.
"""

import re
from array import array
from collections.abc import Callable, Iterable
from functools import partial
from operator import or_

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

_Members = Callable[[str], Iterable[str]]
"""Those of some signs that are of a class."""

_letters: _Members = re.compile(r"[^\W\d_]").findall
# Of the code point as written, in plain signs, and folded; in the order of the bits in `kernel.h`.
_WRITTEN: tuple[_Members, ...] = (
    re.compile(r"[^\W_]").findall,
    _letters,
    partial(filter, str.isupper),
    partial(filter, LINKS.__contains__),
    partial(filter, JOINTS.__contains__),
    partial(filter, ENDS.__contains__),
    partial(filter, SPACES.__contains__),
)
_PLAIN: tuple[_Members, ...] = (
    _letters,
    re.compile(r"\d").findall,
    re.compile(r"[^\S\n]").findall,
    partial(filter, str.isupper),
    partial(filter, str.isalpha),
    partial(filter, APOSTROPHES.__contains__),
    partial(filter, f"{NUMBER_LINKS}-{GROUP}".__contains__),
    partial(filter, lambda sign: len(f"a{sign}a".splitlines()) > 1),
)
_FOLDED: tuple[_Members, ...] = (UNSPACED.findall,)


def page(number: int) -> bytes:
    """The entries of the page's code points."""
    written = "".join(map(chr, range(number * PAGE, (number + 1) * PAGE)))
    shown, folded = plain(written), fold(written)
    marks = [0] * PAGE
    for first, signs, classes in (
        (0, written, _WRITTEN),
        (len(_WRITTEN), shown, _PLAIN),
        (len(_WRITTEN) + len(_PLAIN), folded, _FOLDED),
    ):
        marks = list(map(or_, marks, _marks(signs, classes, first)))
    entries = zip(folded, shown, marks, strict=True)
    return array("Q", [ord(one) | ord(other) << 21 | bits << 42 for one, other, bits in entries]).tobytes()


def _marks(signs: str, classes: tuple[_Members, ...], first: int) -> list[int]:
    """A bit for each class that a sign is of, from the bit `first` on."""
    found = dict.fromkeys(signs, 0)
    for bit, members in enumerate(classes, first):
        for sign in set(members(signs)):
            found[sign] |= 1 << bit
    return [found[sign] for sign in signs]
