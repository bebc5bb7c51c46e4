"""The classes of signs by which texts are cut: the one place that says them, for the patterns and for the kernel."""

import re
import unicodedata

LINKS = "-‐‑'’&/"
"""They hold the parts of a word together: AT&T, D’Alema."""
JOINTS = "-‐‑'’"
"""The same inside a keyword."""
APOSTROPHES = "'’ʼ"
ENDS = '.!?:\n“”"«»„…•|'
"""A sentence may begin behind them."""
SPACES = " \u00a0\u202f"
"""Alone between two words they join them."""
GROUP = "\u00a0\u202f\u2009"
"""Spaces that part thousands in every language."""
NUMBER_LINKS = ".,:/'’"
"""They hold the digits of a number together."""
UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
"""Of scripts without spaces, where a run of letters is no keyword."""
LINK_MARKS = ("@", "://", "www.")
"""What no link is without."""


class _Plain(dict[int, str]):
    """Each code point with its compatibility form where that is one sign, digits as ASCII."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        digit = unicodedata.decimal(character, None)
        plain = str(digit) if digit is not None else unicodedata.normalize("NFKC", character)
        self[code] = plain if len(plain) == 1 and not character.isspace() else character
        return self[code]


# Arabic decimal and thousands separators and percent sign; minus; fractions have no single plain sign.
_PLAIN = _Plain({ord("٫"): ".", ord("٬"): ",", ord("٪"): "%", ord("−"): "-", ord("‐"): "-", ord("‑"): "-"})


def plain(text: str) -> str:
    """The text in plain signs, code point for code point."""
    return text.translate(_PLAIN)
