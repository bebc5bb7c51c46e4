"""Regular expressions, by RE2 alone: time is linear in the text, whatever the expression."""

from functools import lru_cache

import re2

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
