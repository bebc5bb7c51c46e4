"""How a number's digits are read with the signs between them."""

import re

from pipeline.stages.tag.cutting import SPACED_GROUPS

# CLDR: languages whose decimal sign is a comma.
_STOP_GROUPS = frozenset(("de", "es", "it", "nl", "tr", "da", "el", "ro", "hr", "sl", "sr"))
_DECIMAL_COMMA = _STOP_GROUPS | SPACED_GROUPS
_THOUSANDS = re.compile(r"\d{1,3}(?:([.,'’ \u00a0\u202f\u2009])\d{3})(?:\1\d{3})*")
_INDIAN = re.compile(r"\d{1,2}(?:,\d{2})+,\d{3}")


def value(digits: str, language: str | None) -> float | None:
    """What digits with their separators are worth; None where they are a code, a date, a time or a ratio."""
    if len(digits) > 1 and digits[0] == "0" and digits[1] not in ".,":
        return None
    if digits.isdigit():
        return float(digits) if len(digits) < 16 else None
    if _INDIAN.fullmatch(digits):
        return float(digits.replace(",", ""))
    whole, decimal = _parts(digits, has_decimal_comma=language in _DECIMAL_COMMA)
    grouped = whole.isdigit() or _THOUSANDS.fullmatch(whole) is not None
    if not grouped or not (decimal.isdigit() or not decimal) or len(digits) > 24:
        return None
    return float(re.sub(r"\D", "", whole) + (f".{decimal}" if decimal else ""))


def _parts(digits: str, *, has_decimal_comma: bool) -> tuple[str, str]:
    """The digits before and behind the decimal sign."""
    marks = [sign for sign in digits if sign in ".,"]
    last = max(digits.rfind("."), digits.rfind(","))
    if not marks:
        return digits, ""
    is_repeated = len(marks) > 1 and marks[-1] == marks[0]
    thousands_sign = "." if has_decimal_comma else ","
    is_group = len(marks) == 1 and marks[0] == thousands_sign and re.fullmatch(r"\d{3}", digits[last + 1 :])
    # A lone zero before the sign is no group: 0,125.
    if is_repeated or (is_group and digits[0] != "0"):
        return digits, ""
    return digits[:last], digits[last + 1 :]
