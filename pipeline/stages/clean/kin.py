"""Paragraphs the extractor left behind although they are made like those it took.

An article in several pieces, with advertisements between them, has its paragraphs in several containers of one kind;
extractors take the first. So a paragraph is taken, too, when

1. two or more that were taken have its path: the tags and classes of all elements it stands in, or its very parent,
2. it is prose: long enough, ending as sentences do, hardly linked,
3. no element it stands in is a page's own furniture (aside, footer, nav, form).
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from lxml.html import HtmlElement

from pipeline.stages.clean.words import Keys, on_one_line, text_of

_SHORTEST = 60
_MOST_LINKED = 0.3
_SENTENCE_ENDS = (".", "!", "?", "…", '"', "”", "»", "“", "؟", "。", ":", ")", "'", "’")
_FURNITURE = ("aside", "footer", "nav", "form", "header", "figure", "table")
_LEAST_KIN = 2
_MOST_PARAGRAPHS = 3_000
_COMPARED_WORDS = 8
_Path = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of the page, before anything is extracted."""

    text: str
    path: _Path
    is_prose: bool


@dataclass(frozen=True, slots=True)
class _Place:
    """Where paragraphs stand."""

    path: _Path
    """Tags and classes from their parent up; where none has a class, the parent itself first."""
    is_furniture: bool


def paragraphs(tree: HtmlElement) -> tuple[Paragraph, ...]:
    """The page's paragraphs in their order."""
    places: dict[HtmlElement, _Place] = {}
    return tuple(_read(tree, places))


def with_kin(text: str, known: tuple[Paragraph, ...], page_keys: Keys) -> str:
    """The text with the paragraphs of its kind that it lacks, each where it stands on the page."""
    lines = text.split("\n")
    places = {page_keys[line]: place for place, line in enumerate(lines)}
    keys = [page_keys[paragraph.text] for paragraph in known]
    taken = Counter(paragraph.path for paragraph, words in zip(known, keys, strict=True) if words in places)
    if all(paragraph.path not in taken or words in places for paragraph, words in zip(known, keys, strict=True)):
        return text
    whole = f" {' '.join(places)} "
    before, last = dict[int, list[str]](), 0
    for paragraph, words in zip(known, keys, strict=True):
        if words in places:
            last = places[words] + 1
        elif paragraph.is_prose and taken[paragraph.path] >= _LEAST_KIN and not _stands_in(words, whole):
            before.setdefault(last, []).append(paragraph.text)
    merged = [line for place, own in enumerate([*lines, ""]) for line in (*before.get(place, ()), own)]
    return "\n".join(merged[:-1])


def _read(tree: HtmlElement, places: dict[HtmlElement, _Place]) -> Iterator[Paragraph]:
    for number, element in enumerate(tree.iter("p")):
        if number >= _MOST_PARAGRAPHS:
            return
        text = on_one_line(text_of(element))
        if len(text) >= _SHORTEST:
            parent = element.getparent()
            place = _place_of(parent, places) if parent is not None else _Place((), is_furniture=False)
            is_prose = not place.is_furniture and _is_prose(element, text)
            yield Paragraph(text, (_classes(element), *place.path), is_prose)


def _place_of(element: HtmlElement, places: dict[HtmlElement, _Place]) -> _Place:
    """The place of what stands in the element."""
    found = places.get(element)
    if found is None:
        chain = [(ancestor.tag, _classes(ancestor)) for ancestor in (element, *element.iterancestors())]
        inner = [step for step in chain if step[0] not in ("html", "body")]
        path = tuple(inner) if any(classes for _tag, classes in inner) else (element, *inner)
        found = places[element] = _Place(path, any(tag in _FURNITURE for tag, _classes in inner))
    return found


def _classes(element: HtmlElement) -> str:
    return " ".join(sorted((element.get("class") or "").split()))


def _is_prose(element: HtmlElement, text: str) -> bool:
    if not text.endswith(_SENTENCE_ENDS):
        return False
    return sum(len(on_one_line(text_of(link))) for link in element.iter("a")) <= _MOST_LINKED * len(text)


def _stands_in(words: str, whole: str) -> bool:
    """The paragraph is there already, if differently cut or written."""
    each = words.split()
    return any(f" {' '.join(part)} " in whole for part in (each[:_COMPARED_WORDS], each[-_COMPARED_WORDS:]))
