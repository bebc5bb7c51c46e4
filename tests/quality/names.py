"""Labelled text for the tag floors: articles with the persons and organisations in them, and pairs of names."""

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from pipeline.stages.outcome import Emit
from pipeline.stages.tag import ActorIndex, tag
from tests.samples import article
from topics.records import Actor, ActorKind, Mention

DATA = Path(__file__).parents[3] / "shared" / "data"
LABELS = {"PER": ActorKind.PERSON, "ORG": ActorKind.ORGANISATION}
WITHOUT_TEST_FILE = frozenset(("wikigold", "gum"))
_NO_SPACE_BEFORE = frozenset([".", ",", ";", ":", "!", "?", ")", "]", "'s", "’s", "n't", "%"])
_NO_SPACE_BEHIND = frozenset(["(", "[", "$"])


class Labelled(NamedTuple):
    """A text and the spans of its names, with their kinds."""

    text: str
    spans: frozenset[tuple[int, int, ActorKind]]


class Score(NamedTuple):
    """Exact spans and kinds, in per cent."""

    precision: float
    recall: float
    f1: float


def mentions(text: str, actors: ActorIndex, *, title: str = "", language: str | None = "en") -> tuple[Mention, ...]:
    """What the stage finds in a text."""
    outcome = tag(replace(article(text, title=title), language=language), actors=actors)
    assert isinstance(outcome, Emit)
    return outcome.records[0].mentions


def documents(name: str) -> Iterator[Labelled]:
    """The documents of a labelled file, their tokens put together as text."""
    lines: list[tuple[str, str]] = []
    for line in (DATA / "ner" / f"{name}.conll").read_text("utf-8").splitlines():
        token, _, label = line.partition("\t")
        if line.startswith("-DOCSTART-"):
            if lines:
                yield _labelled(lines)
            lines = []
        elif token:
            lines.append((token, label))
    if lines:
        yield _labelled(lines)


def is_test(name: str, place: int) -> bool:
    """Whether a file's document is kept for reporting: every tenth where there is no file of its own for it."""
    return place % 10 == 9 if name in WITHOUT_TEST_FILE else name.endswith("-test")


def score(name: str, kind: ActorKind) -> Score:
    """How the rules do on a labelled file's documents for reporting, with no actor listed."""
    index = ActorIndex()
    right = found = wanted = 0
    for document in (document for place, document in enumerate(documents(name)) if is_test(name, place)):
        spans = {(item.start, item.end) for item in mentions(document.text, index) if item.kind is kind}
        gold = {(start, end) for start, end, label in document.spans if label is kind}
        right, found, wanted = right + len(spans & gold), found + len(spans), wanted + len(gold)
    precision, recall = right / max(found, 1), right / max(wanted, 1)
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    return Score(*(round(100 * value, 1) for value in (precision, recall, f1)))


def pairs() -> list[tuple[str, str, bool]]:
    """Pairs of persons' names and whether both are one person's."""
    with (DATA / "names" / "pairs.csv").open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["schema"] == "Person"]
    return [(row["name1"], row["name2"], row["is_match"] == "true") for row in rows]


def is_found_by_alias(listed: str, written: str) -> bool:
    """Whether an actor listed by one name alone is found where the other stands in a sentence."""
    index = ActorIndex([Actor(actor_id="a", name=listed, kind=ActorKind.PERSON)])
    return any(item.actor_id == "a" for item in mentions(f"({written})", index, language=None))


def _labelled(lines: list[tuple[str, str]]) -> Labelled:
    text, before = "", ""
    spans: list[tuple[int, int, ActorKind]] = []
    for token, label in lines:
        if text and token not in _NO_SPACE_BEFORE and before not in _NO_SPACE_BEHIND:
            text += " "
        start, text, before = len(text), text + token, token
        kind = LABELS.get(label[2:])
        if kind is not None and label.startswith("I-") and spans and spans[-1][1] >= start - 1:
            spans[-1] = (spans[-1][0], len(text), kind)
        elif kind is not None:
            spans.append((start, len(text), kind))
    return Labelled(text, frozenset(spans))
