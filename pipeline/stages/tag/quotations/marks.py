"""Stretches of a text between quotation marks: English, French, German, Slavic, Arabic and East Asian ones.

A stretch ends in its paragraph, or goes on in the next one where that opens with the mark again. Marks inside a stretch
are its own words. Where a single mark may be an apostrophe, it closes behind punctuation or a letter other than s, and
behind an s (the workers’) only where nothing better follows. Time is linear in the text.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

_CLOSERS = {
    '"': '"”',
    "“": '”"“',
    "”": "”",
    "„": '“”"',
    "«": "»",
    "»": "«",
    "‘": "’'",
    "‚": "‘’",
    "'": "'",
    "「": "」",
    "『": "』",
}
# Marks that open wherever they stand; the others only before a word, behind a space or a bracket.
_ALWAYS_OPEN = frozenset("„«「『")
# Marks that close wherever they stand, behind a space too.
_ALWAYS_CLOSE = frozenset("»«」』")
_SINGLE = frozenset("‘‚'")
_MARK = re.compile("[\"“”„«»‘’‚'「」『』]")
_BEFORE_OPENING = frozenset("([{—–-/:\"“„«‘'>¿¡،")
_MOST_MARKS_INSIDE = 40


class Stretch(NamedTuple):
    """Quoted words at offsets in a text, without and with their marks."""

    start: int
    end: int
    outer_start: int
    outer_end: int
    opener: str
    is_continued: bool = False
    """Goes on from the paragraph before."""
    is_open: bool = False
    """Goes on in the paragraph behind."""


def stretches(text: str) -> list[Stretch]:
    """The quoted stretches in order; none overlaps another, none is empty."""
    found: list[Stretch] = []
    opener: str | None = None
    first = 0
    for line in text.split("\n"):
        paragraph = (first, first + len(line))
        if line.strip():
            found.extend(_paragraph(text, paragraph, opener))
            opener = found[-1].opener if found and found[-1].is_open and found[-1].outer_end == paragraph[1] else None
        first = paragraph[1] + 1
    return [stretch for stretch in _closed(found) if stretch.end > stretch.start]


def _closed(found: list[Stretch]) -> list[Stretch]:
    """Without what was opened and never closed."""
    kept: list[Stretch] = []
    for stretch in reversed(found):
        if not stretch.is_open or (kept and kept[-1].is_continued and kept[-1].outer_start > stretch.outer_end):
            kept.append(stretch)
    return kept[::-1]


def _paragraph(text: str, paragraph: tuple[int, int], opener_before: str | None) -> list[Stretch]:
    marks = [mark.start() for mark in _MARK.finditer(text, *paragraph)]
    found: list[Stretch] = []
    place = 0
    while place < len(marks):
        start = marks[place]
        begins = not text[paragraph[0] : start].strip() if place == 0 else False
        is_continued = (
            begins and opener_before is not None and text[start] in (opener_before, _CLOSERS[opener_before][0])
        )
        opener = opener_before if is_continued and opener_before is not None else text[start]
        if not is_continued and not _opens(text, start, paragraph):
            place += 1
            continue
        closing = _closing(text, opener, marks[place + 1 : place + 1 + _MOST_MARKS_INSIDE], paragraph)
        if closing is not None:
            found.append(_stretch(text, start, closing, opener)._replace(is_continued=is_continued))
            place = bisect_left(marks, closing, place) + 1
        elif (begins or place == len(marks) - 1) and opener not in "'‚":
            is_open = _stretch(text, start, paragraph[1], opener)._replace(outer_end=paragraph[1])
            found.append(is_open._replace(is_continued=is_continued, is_open=True))
            break
        else:
            place += 1
    return found


def _stretch(text: str, start: int, closing: int, opener: str) -> Stretch:
    """The words between two marks, without the spaces and the comma at their ends."""
    words = text[start + 1 : closing]
    inner = words.rstrip().rstrip(",،").rstrip()
    first = start + 1 + len(words) - len(words.lstrip())
    return Stretch(first, max(start + 1 + len(inner), first), start, closing + 1, opener)


def _opens(text: str, place: int, paragraph: tuple[int, int]) -> bool:
    mark = text[place]
    if mark not in _CLOSERS:
        return False
    behind = text[place + 1 : place + 2] if place + 1 < paragraph[1] else " "
    if mark in _ALWAYS_OPEN:
        return True
    before = text[place - 1] if place > paragraph[0] else " "
    if behind.isspace() or not (before.isspace() or before in _BEFORE_OPENING):
        return False
    return mark != "'" or behind.isalpha()


def _closing(text: str, opener: str, marks: Sequence[int], paragraph: tuple[int, int]) -> int | None:
    """Where the mark stands that closes; None where none does."""
    candidates = [
        place for place in marks if text[place] in _CLOSERS[opener] and _closes(text, place, opener, paragraph)
    ]
    if opener not in _SINGLE:
        return candidates[0] if candidates else None
    for place in candidates:
        if text[place - 1] not in "sS":
            return place
    return candidates[0] if candidates else None


def _closes(text: str, place: int, opener: str, paragraph: tuple[int, int]) -> bool:
    mark = text[place]
    if mark in _ALWAYS_CLOSE or (opener == "„" and mark == "“"):
        return True
    before = text[place - 1]
    behind = text[place + 1] if place + 1 < paragraph[1] else " "
    if mark == "”":
        return opener not in _SINGLE
    return not before.isspace() and not behind.isalnum()
