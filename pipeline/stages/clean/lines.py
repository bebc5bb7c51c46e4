"""Lines of an extracted text that are not the article's own, told by their words and place. In order:

1. Near the top: a breadcrumb line, and copies of the headline.
2. Anywhere: captions (known ones, or with a picture credit), source lines, sign-up and cookie lines, buttons, credits
   of reporters and editors.
3. Bylines, dates, labels and calls (furniture); an author once named in a byline is known in the lines round it.
4. `Read more: …` lines, and a teaser heading with the headline lines and cut-off excerpts after it; below an article
   (the last fifth, or a few short paragraphs) a heading of that kind takes all that follows.
5. A line that is exactly a link's text and no sentence: another story's headline.
6. Short lines that are no sentences, above the first paragraph and below the last.

A rule that would leave nothing is not applied: an extractor's text is never emptied here.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from pipeline.stages.clean import bylines, credits, cues, furniture
from pipeline.stages.clean.words import Keys, count, key, keys_of

BREADCRUMB, HEADLINE, CAPTION, SOURCE = "breadcrumb", "headline", "caption", "source"
SIGN_UP, COOKIES, BUTTON, CREDIT = "sign-up", "cookies", "button", "credit"
TEASER, LINK = "teaser", "link"

_SEPARATOR = re.compile(r"\s*[/›»>|→•·«‹\\]\s*")
_TOP_LINES = 6
_EDGE_LINES = 8
_LONGEST_FURNITURE = 300
_LONGEST_SOURCE = 80
_LONGEST_HEADLINE = 160
_TAIL_SHARE, _TAIL_CHARACTERS = 0.2, 600
_SENTENCE_ENDS = (".", "!", "?", "…", '"', "”", "»", "“", "؟", "。", ":", ";", ",", "'", "’", ")")
_SHORTEST_PROSE, _LONGEST_SCRAP, _MOST_SCRAP_WORDS, _MOST_SCRAPS = 60, 60, 8, 6
_KEPT_SCRAP = re.compile(r"^[—–\[]|\d|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_ELLIPSES = ("…", "...", "[…]", "[...]")
# Speech, not a title in quotation marks.
_SPEECH = re.compile(r"[\"“„«][^\"“”„«»]*(?:\s[^\s\"“”„«»]+){4}|[\"”»]\s*[,—–-]")


@dataclass(frozen=True, slots=True)
class Own:
    """A text with only its own lines."""

    text: str
    captions: tuple[str, ...]
    authors: tuple[str, ...] = ()
    """Named in bylines that were cut."""
    moments: tuple[str, ...] = ()
    """Lines cut that say who or when."""
    cut: Counter[str] = field(default_factory=Counter)
    """Lines cut, by kind."""
    words: str = ""
    """Key of the text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Keys of what the page says elsewhere, which a line may repeat."""

    titles: frozenset[str] = frozenset()
    links: frozenset[str] = frozenset()
    """Texts of links."""
    captions: frozenset[str] = frozenset()
    authors: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    """Of the site and the section."""


def keep_own(text: str, known: Known, page_keys: Keys | None = None) -> Own:
    """The text's own lines. `page_keys` are those made for the page so far."""
    lines = [line for line in text.split("\n") if line.strip()]
    authors = _authors(lines)
    known = replace(known, authors=known.authors | keys_of(authors))
    keys = list(map((page_keys if page_keys is not None else Keys()).__getitem__, lines))
    kinds = [_kind(line, words, place, known) for place, (line, words) in enumerate(zip(lines, keys, strict=True))]
    _mark_furniture(lines, keys, kinds, known)
    _mark_teasers(lines, keys, kinds, known)
    _mark_scraps(lines, keys, kinds)
    if all(kind is not None for kind in kinds):
        return Own("\n".join(lines), (), words=_joined(keys))
    return Own(
        text="\n".join(line for line, kind in zip(lines, kinds, strict=True) if kind is None),
        words=_joined(words for words, kind in zip(keys, kinds, strict=True) if kind is None),
        captions=tuple(line for line, kind in zip(lines, kinds, strict=True) if kind == CAPTION),
        authors=authors,
        moments=tuple(
            line for line, kind in zip(lines, kinds, strict=True) if kind in (furniture.DATE, furniture.BYLINE)
        ),
        cut=Counter(kind for kind in kinds if kind is not None),
    )


def _joined(keys: Iterable[str]) -> str:
    """The key of the text of lines with these keys."""
    return " ".join(filter(None, keys))


def _mark_scraps(lines: list[str], keys: list[str], kinds: list[str | None]) -> None:
    """Short lines that are no sentences, above the first paragraph and below the last: labels in whatever words.

    More than a few are no scraps but a list: results, dates of a tour, ingredients.
    """
    prose = [place for place, line in enumerate(lines) if kinds[place] is None and _is_prose(line)]
    if not prose:
        return
    for places in (range(prose[0]), range(prose[-1] + 1, len(lines))):
        left = [place for place in places if kinds[place] is None]
        if len(left) <= _MOST_SCRAPS:
            for place in left:
                kinds[place] = furniture.LABEL if _is_scrap(lines[place], keys[place]) else None


def _is_prose(line: str) -> bool:
    return len(line) >= _SHORTEST_PROSE and line.endswith(_SENTENCE_ENDS)


def _is_scrap(line: str, words: str) -> bool:
    """Neither a sentence, nor a result (`Palm Bay 70`), who wrote what is quoted above (`— Jane Doe`), or Chinese."""
    if words.replace(" ", "").isdigit():
        return True
    if (line.endswith(_SENTENCE_ENDS) and not line.endswith(")")) or _KEPT_SCRAP.search(line):
        return False
    if line.startswith(("- ", "| ")):
        return count(line) <= _MOST_SCRAP_WORDS // 2
    return count(line) <= _MOST_SCRAP_WORDS and len(line) <= _LONGEST_SCRAP


def _authors(lines: list[str]) -> tuple[str, ...]:
    """Who bylines at the text's edges name, each once."""
    edges = (line for place, line in enumerate(lines) if _is_edge(place, len(lines)))
    named = (furniture.named_in(line) for line in edges)
    return tuple(dict.fromkeys(name for names in named if names is not None for name in bylines.split(names)))


def _is_edge(place: int, whole: int) -> bool:
    return place < _EDGE_LINES or place >= whole - _EDGE_LINES


def _mark_furniture(lines: list[str], keys: list[str], kinds: list[str | None], known: Known) -> None:
    before = None
    for place, line in enumerate(lines):
        if kinds[place] is None:
            at_edge = _is_edge(place, len(lines))
            kinds[place] = furniture.kind_of(
                line, keys[place], at_edge=at_edge, authors=known.authors, names=known.names
            )
            if kinds[place] is None and before is not None and at_edge and furniture.goes_with(before, line):
                kinds[place] = furniture.LABEL
        before = line if kinds[place] is not None else None


def _kind(line: str, words: str, place: int, known: Known) -> str | None:
    if not words:
        return BUTTON
    if place < _TOP_LINES:
        if words in known.titles:
            return HEADLINE
        if _is_breadcrumb(line, known.titles):
            return BREADCRUMB
    return next((kind for kind, holds in _RULES if holds(line, words, known)), None)


def _is_breadcrumb(line: str, titles: frozenset[str]) -> bool:
    if line.startswith("|") or line.endswith((".", "!", "?")):
        return False
    parts = [part for part in _SEPARATOR.split(line) if part.strip()]
    if len(parts) < 2:
        return False
    if key(parts[0]) in cues.HOME:
        return True
    steps_are_short = all(count(part) <= 4 for part in parts[:-1])
    return steps_are_short and (key(parts[-1]) in titles or (len(parts) > 2 and count(line) <= 12))


def _is_caption(line: str, words: str, known: Known) -> bool:
    return words in known.captions or credits.is_caption(line, words)


def _is_source(line: str, words: str, known: Known) -> bool:
    if words in cues.SOURCE_LINES:
        return True
    return len(line) <= _LONGEST_SOURCE and ":" in line[:30] and cues.SOURCE_START.match(words) is not None


def _is_sign_up(line: str, words: str, known: Known) -> bool:
    return len(line) <= _LONGEST_FURNITURE and cues.SIGN_UP.is_in(words, words) and not _SPEECH.search(line)


def _is_cookies(line: str, words: str, known: Known) -> bool:
    return len(line) <= 2 * _LONGEST_FURNITURE and cues.COOKIES.is_in(words, words) and not _SPEECH.search(line)


def _is_button(line: str, words: str, known: Known) -> bool:
    return words in cues.BUTTONS


def _is_credit(line: str, words: str, known: Known) -> bool:
    return credits.is_reporting_credit(line, words)


def _is_inline_teaser(line: str, words: str, known: Known) -> bool:
    head, colon, rest = line.partition(":")
    if len(line) > 2 * _LONGEST_HEADLINE or not rest.strip():
        return False
    return bool(colon) and count(head) <= 6 and cues.INLINE_TEASER.match(key(head)) is not None


_RULES: tuple[tuple[str, Callable[[str, str, Known], bool]], ...] = (
    (SOURCE, _is_source),
    (SIGN_UP, _is_sign_up),
    (COOKIES, _is_cookies),
    (BUTTON, _is_button),
    (CREDIT, _is_credit),
    (TEASER, _is_inline_teaser),
    (CAPTION, _is_caption),
)


def _mark_teasers(lines: list[str], keys: list[str], kinds: list[str | None], known: Known) -> None:
    whole = sum(map(len, lines))
    before, is_open, is_tail = 0, False, False
    for place, (line, words) in enumerate(zip(lines, keys, strict=True)):
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


def _is_teased(line: str, words: str, known: Known) -> bool:
    """A headline, linked or not, or an excerpt cut off."""
    if words in known.links or line.endswith(_ELLIPSES):
        return True
    return len(line) <= _LONGEST_HEADLINE and not line.endswith(_SENTENCE_ENDS) and count(line) >= 3


def _is_headline_link(line: str, words: str, known: Known) -> bool:
    is_short = len(line) <= _LONGEST_HEADLINE and "://" not in line
    return words in known.links and is_short and not line.endswith(_SENTENCE_ENDS)
