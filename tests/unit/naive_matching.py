"""A second reading of watches, slow and plain, that shares no code with the engine: right by inspection.

A query is a tree of tuples.

Words: ("word", text), ("phrase", text), ("exact", text), ("wild", pattern), ("fuzzy", word, n), ("stem", word),
("actor", id), ("aliases", names), ("loose", words, n). Of those: ("in", zone, words), ("near", one, other, n),
("ordered", parts, n), ("times", n, words), ("or", those).

The rest: ("regex", pattern), ("lang", code), ("published", first, last), ("says", id or None, tree),
("figure", what, sign, bound, words or None), ("not", tree), ("and", trees), ("or", trees), ("some", n, trees).
"""

import operator
import re
import unicodedata
from dataclasses import dataclass, field, replace
from itertools import pairwise, product
from typing import Any

import Stemmer

Tree = tuple[Any, ...]
Place = tuple[str, int, int]
"""Field, and offsets in it."""
Finding = tuple[bool, set[Place], set[Place]]
"""Whether it holds, the places that make it hold, and the places that keep it from holding."""
LetteredWord = tuple[str, int, int]

_SIGNS = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le, "=": operator.eq}
_STEMMERS = {"en": "english", "ru": "russian", "fr": "french"}
_OFTEN_HYPHENED = {"email": ("e", "mail"), "antiwar": ("anti", "war"), "covid19": ("covid", "19")}


@dataclass(frozen=True)
class Story:
    """What a watch is held against."""

    fields: dict[str, str]
    actors: dict[str, list[Place]] = field(default_factory=dict)
    quotations: tuple[tuple[str, Place], ...] = ()
    """Each with the id of its speaker."""
    figures: tuple[tuple[str, float | None, float | None, str, Place], ...] = ()
    """What is counted, from, to, the qualifier, and where."""
    language: str | None = None
    published: str | None = None
    within: Place | None = None
    """The only stretch that counts."""


def render(tree: Tree) -> str:
    """The tree as a query is written."""
    kind, *inner = tree
    match kind:
        case "and" | "or":
            return "(" + f" {kind.upper()} ".join(map(render, inner[0])) + ")"
        case "some":
            return f"{inner[0]}of({', '.join(map(render, inner[1]))})"
        case "not":
            return f"NOT {render(inner[0])}"
        case "in":
            return f"{inner[0]}:{render(inner[1])}"
        case "near":
            return f"({render(inner[0])} NEAR/{inner[2]} {render(inner[1])})"
        case "ordered":
            return "(" + f" ONEAR/{inner[1]} ".join(map(render, inner[0])) + ")"
        case "times":
            return f"atleast{inner[0]}({render(inner[1])})"
        case "says":
            return f"says({inner[0] or '*'}, {render(inner[1])})"
        case "figure":
            beside = f" near/2 {render(inner[3])}" if inner[3] else ""
            return f"figure({inner[0]} {inner[1]} {inner[2]}{beside})"
    return _render_leaf(kind, inner)


def _render_leaf(kind: str, inner: list[Any]) -> str:
    match kind:
        case "word" | "wild":
            return str(inner[0])
        case "phrase":
            return f'"{inner[0]}"'
        case "exact":
            return f'="{inner[0]}"'
        case "fuzzy" | "loose":
            return f"{inner[0]}~{inner[1]}" if kind == "fuzzy" else f'"{inner[0]}"~{inner[1]}'
        case "aliases":
            return "actor:(" + " | ".join(f'"{name}"' for name in inner[0]) + ")"
        case "regex":
            return f"/{inner[0]}/"
        case "published":
            return f"published:{inner[0]}..{inner[1]}"
        case "stem":
            return f"stem({inner[0]})"
    return f"{kind}:{inner[0]}"


def evaluate(tree: Tree, story: Story) -> Finding:
    """What the query finds in the story."""
    kind, *inner = tree
    match kind:
        case "not":
            holds, for_it, against = evaluate(inner[0], story)
            return not holds, against, for_it
        case "and" | "or" | "some":
            parts = inner[-1]
            needed = {"and": len(parts), "or": 1}.get(kind, inner[0])
            return _together(needed, [evaluate(part, story) for part in parts])
        case "lang":
            return story.language == inner[0], set(), set()
        case "published":
            known = story.published
            return known is not None and inner[0] <= known <= inner[1], set(), set()
        case "says":
            return _said(inner[0], inner[1], story)
        case "figure":
            found = _figures(*inner, story)
            return bool(found), found, set()
        case "times":
            found = places(inner[1], story)
            return len(found) >= inner[0], found, set()
    found = places(tree, story)
    return bool(found), found, set()


def places(tree: Tree, story: Story) -> set[Place]:
    """Where words, or parts near each other, stand."""
    kind, *inner = tree
    match kind:
        case "or":
            return {place for part in inner[0] for place in places(part, story)}
        case "near":
            left, right = places(inner[0], story), places(inner[1], story)
            pairs = [(a, b) for a in left for b in right if _gap(a, b, story) in range(inner[2] + 1)]
            return {place for pair in pairs for place in pair}
        case "loose":
            first, *rest = [("phrase", word) for word in inner[0].split()]
            made: Tree = first
            for part in rest:
                made = ("near", made, part, inner[1])
            return places(made, story)
        case "ordered":
            rows = product(*(places(part, story) for part in inner[0]))
            held = [row for row in rows if all(_follows(a, b, inner[1], story) for a, b in pairwise(row))]
            return {place for row in held for place in row}
        case "in":
            return _in_zone(inner[0], places(inner[1], story), story)
        case "actor":
            found = set(story.actors.get(inner[0], []))
        case "regex":
            found = _matches(inner[0], story)
        case "aliases":
            found = {place for name in inner[0] for place in _standing("phrase", name, story)}
        case _:
            found = _standing(kind, inner if kind == "fuzzy" else inner[0], story)
    return {place for place in found if story.within is None or _lies_in(place, story.within)}


def _together(needed: int, findings: list[Finding]) -> Finding:
    truths = [holds for holds, _, _ in findings]
    holds = sum(truths) >= needed
    for_it = {place for each, found, _ in findings if each for place in found} if holds else set()
    against = {place for each, _, found in findings if not each for place in found} if not holds else set()
    return holds, for_it, against


def _said(speaker: str | None, tree: Tree, story: Story) -> Finding:
    quoted = [place for who, place in story.quotations if speaker in (None, who)]
    findings = [evaluate(tree, replace(story, within=place)) for place in quoted]
    held = [found for holds, found, _ in findings if holds]
    return bool(held), {place for found in held for place in found}, set()


def _figures(what: str, sign: str, bound: float, beside: Tree | None, story: Story) -> set[Place]:
    near = places(beside, story) if beside else set()
    return {
        place
        for counted, low, high, qualifier, place in story.figures
        if counted == what
        and all(_SIGNS[sign](value, bound) for value in possible(low, high, qualifier))
        and (beside is None or any(_gap(place, other, story) in range(3) for other in near))
    }


def possible(low: float | None, high: float | None, qualifier: str) -> list[float]:
    """Every value such a figure may have, as far as whole bounds of 0 to 10 can tell them apart."""
    return [
        value
        for value in (step / 2 for step in range(-40, 60))
        if (low is None or value > low or (value == low and qualifier != "more-than"))
        and (high is None or value < high or (value == high and qualifier != "less-than"))
    ]


def _in_zone(zone: str, found: set[Place], story: Story) -> set[Place]:
    if zone in ("title", "text"):
        return {place for place in found if place[0] == zone}
    kept, filled = "", 0
    for line in story.fields["text"].splitlines(keepends=True):
        if filled < 2:
            kept += line
            filled += bool(words_of(line))
    return {place for place in found if place[0] == "text" and place[2] <= min(len(kept), 400)}


def _matches(pattern: str, story: Story) -> set[Place]:
    expression = re.compile(pattern, re.IGNORECASE | re.MULTILINE)
    return {
        (name, found.start(), found.end())
        for name, text in story.fields.items()
        for found in expression.finditer(text)
        if found.group()
    }


def _lies_in(place: Place, stretch: Place) -> bool:
    return place[0] == stretch[0] and place[1] >= stretch[1] and place[2] <= stretch[2]


def _gap(one: Place, other: Place, story: Story) -> int:
    """How many words stand between; less than nothing in different fields and where they share a word."""
    first, second = sorted([one, other], key=lambda place: place[1])
    if one[0] != other[0] or first[2] > second[1]:
        return -1
    return sum(first[2] <= start and end <= second[1] for _, start, end in words_of(story.fields[one[0]]))


def _follows(before: Place, after: Place, distance: int, story: Story) -> bool:
    return before[0] == after[0] and before[2] <= after[1] and _gap(before, after, story) in range(distance + 1)


def _standing(kind: str, wanted: Any, story: Story) -> set[Place]:
    found = set()
    for name, text in story.fields.items():
        words = words_of(text)
        for goal in _ways(kind, wanted):
            for first in range(len(words) - len(goal) + 1):
                window = words[first : first + len(goal)]
                if all(_fits(word[0], one, mode, story) for word, (one, mode) in zip(window, goal, strict=True)):
                    found.add((name, window[0][1], window[-1][2]))
    return found


def _ways(kind: str, wanted: Any) -> list[list[tuple[str, Any]]]:
    """Each way to write what is wanted: words, each with how it is compared."""
    if kind == "fuzzy":
        return [[(wanted[0], wanted[1])]]
    if kind in ("wild", "stem"):
        return [[(wanted, kind)]]
    words = words_of(wanted)
    mode = "case" if kind == "exact" else "fold"
    rows = [[(one, mode) for one, _, _ in words], _closed(words, wanted, mode), _opened(words, mode)]
    if kind == "word":
        rows = [[*row[:-1], (row[-1][0], "plural" if row[-1][1] == "fold" else row[-1][1])] for row in rows]
    return rows


def _closed(words: list[LetteredWord], text: str, mode: str) -> list[tuple[str, Any]]:
    groups: list[list[str]] = []
    end = 0
    for one, start, stop in words:
        between = text[end:start]
        are_initials = bool(groups) and all(len(letter) == 1 and letter.isupper() for letter in (groups[-1][-1], one))
        if groups and ((between in ("-", "‑") and mode == "fold") or (between == "." and are_initials)):
            groups[-1].append(one)
        else:
            groups.append([one])
        end = stop
    return [("".join(group), "case" if _are_initials(group) else mode) for group in groups]


def _are_initials(group: list[str]) -> bool:
    return len(group) > 1 and all(len(letter) == 1 and letter.isupper() for letter in group)


def _opened(words: list[LetteredWord], mode: str) -> list[tuple[str, Any]]:
    row: list[tuple[str, Any]] = []
    for one, _, _ in words:
        if one.isupper() and one.isalpha() and 2 <= len(one) <= 5:
            row += [(letter, mode) for letter in one]
        elif mode == "fold" and plain(one) in _OFTEN_HYPHENED:
            row += [(part, "fold") for part in _OFTEN_HYPHENED[plain(one)]]
        else:
            row.append((one, mode))
    return row


def _fits(word: str, goal: str, mode: Any, story: Story) -> bool:
    if mode == "case":
        return word == goal
    one, other = plain(word), plain(goal)
    match mode:
        case "fold":
            return one == other
        case "plural":
            return one == other or (other.isascii() and len(other) > 2 and one == other + "s")
        case "wild":
            pattern = re.escape(plain(goal)).replace(r"\*", ".*").replace(r"\?", ".")
            return re.fullmatch(pattern, one) is not None
        case "stem" if story.language in _STEMMERS:
            stem = Stemmer.Stemmer(_STEMMERS[story.language]).stemWord
            return plain(stem(word.lower())) == plain(stem(goal.lower()))
        case "stem":
            return one == other or (other.isascii() and one == other + "s")
    return one[:1] == other[:1] and _edits(one, other) <= mode


def _edits(one: str, other: str) -> int:
    """Levenshtein's distance, by the table."""
    row = list(range(len(other) + 1))
    for number, letter in enumerate(one, 1):
        before, row = row, [number]
        for place, wanted in enumerate(other):
            row.append(min(before[place + 1] + 1, row[place] + 1, before[place] + (letter != wanted)))
    return row[-1]


def words_of(text: str) -> list[LetteredWord]:
    """The words with their offsets; an ideograph is a word, the s of a possessive none."""
    words: list[LetteredWord] = []
    start = None
    for place, character in enumerate(text + " "):
        is_letter = character.isalnum()
        is_alone = unicodedata.name(character, "").startswith("CJK UNIFIED")
        if start is not None and (not is_letter or is_alone):
            words.append((text[start:place], start, place))
            start = None
        if is_alone:
            words.append((character, place, place + 1))
        elif is_letter and start is None:
            start = place
    return [
        word
        for place, word in enumerate(words)
        if not (word[0] in "sS" and place and words[place - 1][2] == word[1] - 1 and text[word[1] - 1] in "'’")
    ]


def plain(word: str) -> str:
    """The word without case and, in Latin letters, without accents."""
    lower = word.lower().replace("ё", "е").replace("ß", "ss").replace("ł", "l")
    return "".join(_base(letter) for letter in lower)


def _base(letter: str) -> str:
    first = unicodedata.normalize("NFD", letter)[0]
    return first if unicodedata.name(first, "").startswith("LATIN") else letter
