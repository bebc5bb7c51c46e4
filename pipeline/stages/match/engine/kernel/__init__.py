"""The compiled kernel, where it could be built (`IS_BUILT`): `kernel.h` says what is in its files."""

from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import UsageError
from pipeline.stages import kernels
from pipeline.stages.match.engine.kernel.folding import page
from pipeline.stages.text.fold import WIDER

if TYPE_CHECKING:
    from pipeline.stages.match.engine._kernel import Engine as Kernel

try:
    from pipeline.stages.match.engine import _kernel
except ImportError:  # no compiler where Tocsin was installed
    IS_BUILT = False
else:
    IS_BUILT = True


class KeyKind(IntEnum):
    """What a key stands for; as in `kernel.h`."""

    WORD = 0
    NAMED = 2
    ATTRIBUTE = 3
    PREFIX = 4
    WILDCARD = 5
    FUZZY = 6
    FUZZY2 = 7


class Op(IntEnum):
    """What a node of a program is; as in `kernel.h`."""

    ALL = 0
    ANY = 1
    NOT = 2
    SOME = 3
    KEYS = 4
    PHRASE = 5
    NEAR = 6
    TIMES = 7
    UNKNOWN = 8


def new_kernel(common_words: frozenset[str]) -> "Kernel":
    """A kernel without watches; `common_words` are taken to be in most articles until articles show otherwise.

    UsageError where it was built from other sources than those beside this file.
    """
    if not kernels.is_of(_kernel, Path(__file__).with_name("version.h")):
        raise UsageError("the compiled kernel of matching was built from other sources than are here: run `make setup`")
    kernel = _kernel.Engine(page)
    for letter, letters in WIDER.items():
        kernel.wider(ord(letter), letters)
    for one in sorted(common_words):
        kernel.common(kernel.key(KeyKind.WORD, one))
    return kernel
