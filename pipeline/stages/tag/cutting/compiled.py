"""Texts cut by the compiled kernel, which asks about the few pieces that need more than classes of signs."""

import re
from functools import lru_cache, partial
from pathlib import Path

from pipeline.stages import kernels
from pipeline.stages.tag.cutting import _kernel, plain
from pipeline.stages.tag.cutting.pieces import Kind, Term, Token, Word
from pipeline.stages.tag.cutting.table import page

if not kernels.is_of(_kernel, Path(__file__).parent / "kernel" / "version.h"):
    raise ImportError("the compiled kernel of tagging was built from other sources than are here: run `make setup`")
_CUTTER = _kernel.Cutter(page)
_KINDS = tuple(Kind)

squeezed = _CUTTER.squeezed
origins = _CUTTER.origins


def words(text: str) -> list[Word]:
    """The words in order."""
    return _CUTTER.words(text, Word, plain.bare, plain.judge)


def tokens(text: str, language: str | None) -> list[Token]:
    """The pieces in order; spaces are left out, ends of lines are signs."""
    return _CUTTER.tokens(text, Token, _KINDS, _rules(language))


def terms(text: str, stops: frozenset[str]) -> list[Term]:
    """The words in order, stop words left out."""
    return _CUTTER.terms(text, Term, stops, plain.compound, (plain.SHORTEST, plain.LONGEST))


@lru_cache(maxsize=1_000)
def _rules(language: str | None) -> "_kernel.Rules":
    """What the kernel must know of a language, and whom to ask for the end of a number and a line with links."""
    has_spaced_groups = language in plain.SPACED_GROUPS
    return (
        has_spaced_groups,
        language in plain.APOSTROPHE_IN_WORDS,
        partial(_end_of_number, plain.number(has_spaced_groups=has_spaced_groups)),
        partial(_tokens_of_line, language),
    )


def _end_of_number(pattern: re.Pattern[str], signs: str, start: int) -> int:
    found = pattern.match(signs, start)
    return found.end() if found is not None else start


def _tokens_of_line(language: str | None, line: str, base: int) -> list[Token]:
    return [token._replace(start=base + token.start, end=base + token.end) for token in plain.tokens(line, language)]
