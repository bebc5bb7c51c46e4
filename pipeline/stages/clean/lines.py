"""Lines of an extracted text that are not the article's own, told by their words and place. In order:

1. Near the top: a breadcrumb line, and copies of the headline.
2. Anywhere: captions (known ones, or with a picture credit), source lines, sign-up and cookie lines, buttons, credits
   of reporters and editors.
3. `Read more: …` lines, and a teaser heading with the headline lines and cut-off excerpts after it; below an article
   (the last fifth, or a few short paragraphs) a heading of that kind takes all that follows.
4. A line that is exactly a link's text and no sentence: another story's headline.

A rule that would leave nothing is not applied: an extractor's text is never emptied here.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from pipeline.stages.clean import credits, cues
from pipeline.stages.clean.words import count, key

BREADCRUMB, HEADLINE, CAPTION, SOURCE = "breadcrumb", "headline", "caption", "source"
SIGN_UP, COOKIES, BUTTON, CREDIT = "sign-up", "cookies", "button", "credit"
TEASER, LINK = "teaser", "link"

_SEPARATOR = re.compile(r"\s*[/›»>|→•·«‹\\]\s*")
_TOP_LINES = 6
_LONGEST_FURNITURE = 300
_LONGEST_SOURCE = 80
_LONGEST_HEADLINE = 160
_TAIL_SHARE, _TAIL_CHARACTERS = 0.2, 600
_SENTENCE_ENDS = (".", "!", "?", "…", '"', "”", "»", "“", "؟", "。", ":", ";", ",", "'", "’", ")")
_ELLIPSES = ("…", "...", "[…]", "[...]")
_QUOTES = re.compile(r"[\"“”„«»]")


@dataclass(frozen=True, slots=True)
class Own:
    """A text with only its own lines."""

    text: str
    captions: tuple[str, ...]
    cut: Counter[str] = field(default_factory=Counter)
    """Lines cut, by kind."""


@dataclass(frozen=True, slots=True)
class _Known:
    titles: frozenset[str]
    links: frozenset[str]
    captions: frozenset[str]


def keep_own(text: str, *, titles: frozenset[str], links: frozenset[str], captions: frozenset[str]) -> Own:
    """The text's own lines. The sets hold keys: of the page's titles, of its links' texts, of its captions."""
    lines = [line for line in text.split("\n") if line.strip()]
    known = _Known(titles - {""}, links, captions - {""})
    kinds = [_kind(line, place, known) for place, line in enumerate(lines)]
    _mark_teasers(lines, kinds, known)
    if all(kind is not None for kind in kinds):
        return Own("\n".join(lines), ())
    return Own(
        text="\n".join(line for line, kind in zip(lines, kinds, strict=True) if kind is None),
        captions=tuple(line for line, kind in zip(lines, kinds, strict=True) if kind == CAPTION),
        cut=Counter(kind for kind in kinds if kind is not None),
    )


def _kind(line: str, place: int, known: _Known) -> str | None:
    words = key(line)
    if not words:
        return BUTTON
    if place < _TOP_LINES:
        if words in known.titles:
            return HEADLINE
        if _is_breadcrumb(line, known.titles):
            return BREADCRUMB
    return next((kind for kind, holds in _RULES if holds(line, words, known)), None)


def _is_breadcrumb(line: str, titles: frozenset[str]) -> bool:
    parts = [part for part in _SEPARATOR.split(line) if part.strip()]
    if len(parts) < 2 or line.startswith("|") or line.endswith((".", "!", "?")):
        return False
    if key(parts[0]) in cues.HOME:
        return True
    steps_are_short = all(count(part) <= 4 for part in parts[:-1])
    return steps_are_short and (key(parts[-1]) in titles or (len(parts) > 2 and count(line) <= 12))


def _is_caption(line: str, words: str, known: _Known) -> bool:
    return words in known.captions or credits.is_caption(line)


def _is_source(line: str, words: str, known: _Known) -> bool:
    if words in cues.SOURCE_LINES:
        return True
    return len(line) <= _LONGEST_SOURCE and ":" in line[:30] and cues.SOURCE_START.match(words) is not None


def _is_sign_up(line: str, words: str, known: _Known) -> bool:
    return len(line) <= _LONGEST_FURNITURE and not _QUOTES.search(line) and cues.SIGN_UP.search(words) is not None


def _is_cookies(line: str, words: str, known: _Known) -> bool:
    return len(line) <= 2 * _LONGEST_FURNITURE and not _QUOTES.search(line) and cues.COOKIES.search(words) is not None


def _is_button(line: str, words: str, known: _Known) -> bool:
    return words in cues.BUTTONS


def _is_credit(line: str, words: str, known: _Known) -> bool:
    return credits.is_reporting_credit(line)


def _is_inline_teaser(line: str, words: str, known: _Known) -> bool:
    head, colon, rest = line.partition(":")
    if len(line) > 2 * _LONGEST_HEADLINE or not rest.strip():
        return False
    return bool(colon) and count(head) <= 6 and cues.INLINE_TEASER.match(key(head)) is not None


_RULES: tuple[tuple[str, Callable[[str, str, _Known], bool]], ...] = (
    (SOURCE, _is_source),
    (SIGN_UP, _is_sign_up),
    (COOKIES, _is_cookies),
    (BUTTON, _is_button),
    (CREDIT, _is_credit),
    (TEASER, _is_inline_teaser),
    (CAPTION, _is_caption),
)


def _mark_teasers(lines: list[str], kinds: list[str | None], known: _Known) -> None:
    whole = sum(map(len, lines))
    before, is_open, is_tail = 0, False, False
    for place, line in enumerate(lines):
        words = key(line)
        if words in cues.TEASER_HEADINGS:
            rest = whole - before - len(line)
            is_short = rest <= max(_TAIL_SHARE * whole, _TAIL_CHARACTERS) and rest < before
            is_open, is_tail = True, is_tail or (words in cues.TAIL_HEADINGS and is_short)
            kinds[place] = TEASER
        elif is_tail or (is_open and kinds[place] is None and _is_teased(line, words, known)):
            kinds[place] = TEASER
        elif kinds[place] is None:
            is_open = False
            kinds[place] = LINK if _is_headline_link(line, words, known) else None
        before += len(line)


def _is_teased(line: str, words: str, known: _Known) -> bool:
    """A headline, linked or not, or an excerpt cut off."""
    if words in known.links or line.endswith(_ELLIPSES):
        return True
    return len(line) <= _LONGEST_HEADLINE and not line.endswith(_SENTENCE_ENDS) and count(line) >= 3


def _is_headline_link(line: str, words: str, known: _Known) -> bool:
    is_short = len(line) <= _LONGEST_HEADLINE and "://" not in line
    return words in known.links and is_short and not line.endswith(_SENTENCE_ENDS)
