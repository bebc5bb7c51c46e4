"""A second reading of watches, slow and plain, that shares no code with the engine: right by inspection.

A query is a tree of tuples: ("word", text), ("phrase", text), ("exact", text), ("title", leaf), ("text", leaf),
("actor", id), ("not", tree), ("and", trees), ("or", trees).
"""

import unicodedata
from typing import Any

Tree = tuple[str, Any]
Place = tuple[str, int, int]
Finding = tuple[bool, set[Place], set[Place]]
"""Whether it holds, the places that make it hold, and the places that keep it from holding."""


def render(tree: Tree) -> str:
    """The tree as a query is written."""
    kind, inner = tree
    if kind in ("and", "or"):
        return "(" + f" {kind.upper()} ".join(map(render, inner)) + ")"
    if kind == "not":
        return f"NOT {render(inner)}"
    if kind in ("title", "text"):
        return f"{kind}:{render(inner)}"
    return {"word": f"{inner}", "phrase": f'"{inner}"', "exact": f'="{inner}"', "actor": f"actor:{inner}"}[kind]


def evaluate(tree: Tree, fields: dict[str, str], actors: dict[str, list[Place]]) -> Finding:
    """What the query finds in the fields of an article whose actors stand at those places."""
    kind, inner = tree
    if kind == "not":
        holds, for_it, against = evaluate(inner, fields, actors)
        return not holds, against, for_it
    if kind in ("and", "or"):
        return _together(kind, [evaluate(part, fields, actors) for part in inner])
    if kind == "actor":
        places = set(actors.get(inner, []))
    elif kind in ("title", "text"):
        places = _places(inner, {kind: fields[kind]})
    else:
        places = _places(tree, fields)
    return bool(places), places, set()


def _together(kind: str, findings: list[Finding]) -> Finding:
    truths = [holds for holds, _, _ in findings]
    holds = all(truths) if kind == "and" else any(truths)
    for_it = {place for each, found, _ in findings if each for place in found} if holds else set()
    against = {place for each, _, found in findings if not each for place in found} if not holds else set()
    return holds, for_it, against


def _places(leaf: Tree, fields: dict[str, str]) -> set[Place]:
    kind, wanted = leaf
    goal = words_of(wanted)
    found = set()
    for field, text in fields.items():
        words = words_of(text)
        for first in range(len(words) - len(goal) + 1):
            window = words[first : first + len(goal)]
            if all(_same(kind, *pair, is_last=pair[1] is goal[-1]) for pair in zip(window, goal, strict=True)):
                found.add((field, window[0][1], window[-1][2]))
    return found


def _same(kind: str, word: tuple[str, int, int], goal: tuple[str, int, int], *, is_last: bool) -> bool:
    if kind == "exact":
        return word[0] == goal[0]
    one, other = plain(word[0]), plain(goal[0])
    return one == other or (kind == "word" and is_last and other.isascii() and one == other + "s")


def words_of(text: str) -> list[tuple[str, int, int]]:
    """The words with their offsets; an ideograph is a word, the s of a possessive none."""
    words: list[tuple[str, int, int]] = []
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
