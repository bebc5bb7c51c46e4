"""Regular expressions, by RE2: time is linear in the text, whatever the expression."""

from collections.abc import Iterator
from functools import lru_cache

import re2

from pipeline.stages.match.exact.reading import Reading, Scope
from pipeline.stages.match.language.query import Regex, Zone
from topics.records import TextField

MAX_MEMORY_BYTES = 1 << 20
"""What a compiled expression and its automaton may take."""


class ExpressionError(ValueError):
    """An expression RE2 does not take, in its words."""


@lru_cache(maxsize=4_096)
def compiled(pattern: str, *, is_exact: bool) -> "re2._Regexp[str]":
    """The expression, ready to search: lines are lines, case counts only if exact. ExpressionError if it is none."""
    options = re2.Options()
    options.max_mem = MAX_MEMORY_BYTES
    options.case_sensitive = is_exact
    options.log_errors = False
    try:
        return re2.compile(f"(?m){pattern}", options)
    except re2.error as error:
        reason = error.args[0] if error.args else "it cannot be read"
        raise ExpressionError(reason.decode("utf-8", "replace") if isinstance(reason, bytes) else reason) from error


def spans(leaf: Regex, reading: Reading, scope: Scope | None = None) -> Iterator[Scope]:
    """The stretches of the article that the expression matches, title first, in the order of the text."""
    expression = compiled(leaf.pattern, is_exact=leaf.is_exact)
    for field, words in reading.fields.items():
        if leaf.zone is None or (field is TextField.TITLE) == (leaf.zone is Zone.TITLE):
            low, high = _bounds(leaf, field, reading, scope)
            for found in expression.finditer(words.text):
                start, end = found.span()
                if low <= start < end <= high:
                    yield Scope(field, start, end)


def _bounds(leaf: Regex, field: TextField, reading: Reading, scope: Scope | None) -> tuple[int, int]:
    if scope is not None:
        return (scope.start, scope.end) if scope.field is field else (0, 0)
    return 0, reading.lead_end if leaf.zone is Zone.LEAD else len(reading.fields[field].text)
