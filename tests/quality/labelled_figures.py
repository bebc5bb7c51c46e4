"""Labelled figures for the floors: our own sentences, and the expressions of another project."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pipeline.stages.tag.figures import figures
from pipeline.stages.tag.unlisted import Section
from tests.quality.names import DATA, Score
from topics.records import Figure, TextField

OWN = Path(__file__).parent / "figures"


class Sentence(NamedTuple):
    """A text with the figures in it, each as one line of the label file writes it."""

    language: str
    text: str
    figures: tuple[str, ...]


class Expression(NamedTuple):
    """A text with the values in it."""

    text: str
    values: tuple[float, ...]


def found(text: str, *, language: str | None = "en") -> tuple[Figure, ...]:
    """What the stage finds in a text."""
    return figures([Section(TextField.TEXT, text)], language=language)


def sentences(part: str) -> Iterator[Sentence]:
    """Our own sentences: `dev` or `test`."""
    for line in (OWN / f"{part}.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            language, text, labels = (
                (field.strip() for field in line.split(" | "))
                if line.count(" | ") == 2
                else (*(field.strip() for field in line.rstrip(" |").split(" | ")), "")
            )
            yield Sentence(language, text, tuple(label.strip() for label in labels.split(";") if label.strip()))


def shown(figure: Figure) -> str:
    """The figure as the label files write it."""
    low, high = (f"{bound:.12g}" if bound is not None else "" for bound in (figure.low, figure.high))
    span = low if low == high else f"{low}..{high}"
    return f"{_plain(span)} {figure.qualifier.value} {figure.unit or '-'} {figure.event.value if figure.event else '-'}"


def label(written: str) -> str:
    """The label as `shown` writes figures."""
    span, qualifier, unit, event = written.split(" ")
    return f"{_plain(span)} {qualifier} {unit} {event}"


def _plain(span: str) -> str:
    return "..".join(f"{float(bound):.12g}" if bound else "" for bound in span.split(".."))


def score(part: str, *, languages: frozenset[str] | None = None) -> Score:
    """How many figures are right in bounds, qualifier, unit and event."""
    right = given = wanted = 0
    for sentence in sentences(part):
        if languages is None or sentence.language in languages:
            ours = [shown(figure) for figure in found(sentence.text, language=sentence.language)]
            theirs = [label(written) for written in sentence.figures]
            right += _common(ours, theirs)
            given, wanted = given + len(ours), wanted + len(theirs)
    return _score(right, given, wanted)


def expressions(name: str, part: str) -> Iterator[Expression]:
    """The texts of CurrencyModel or PercentModel that have values.

    `dev` is all percentages and every fourth sum of money, which were read while the rules were written, and those of
    the other sums whose digest is even.
    """
    for place, case in enumerate(json.loads((DATA / "figures" / f"{name}.json").read_text("utf-8"))):
        is_dev = name == "PercentModel" or place % 4 == 0 or hashlib.sha256(case["Input"].encode()).digest()[0] % 2 == 0
        values = [_value(result["Resolution"]) for result in case["Results"]]
        if is_dev == (part == "dev") and None not in values:
            yield Expression(case["Input"], tuple(value for value in values if value is not None))


def _value(resolution: dict[str, str | None]) -> float | None:
    """The value; cents and pence as parts of what they are cents and pence of, as our records have them."""
    value = resolution.get("value")
    if value is None or value == "null":
        return None
    return float(value.rstrip("%")) * (0.01 if resolution.get("unit") in ("Cent", "Pence", "Penny") else 1)


def expression_score(name: str, part: str) -> Score:
    """How many values of money, or in per cent, are right; lines of other figures are not judged here."""
    is_wanted = _is_percent if name == "PercentModel" else _is_money
    right = given = wanted = 0
    for case in expressions(name, part):
        ours = [
            figure.high if figure.high is not None else figure.low for figure in found(case.text) if is_wanted(figure)
        ]
        right += _common(
            [f"{value:.9g}" for value in ours if value is not None], [f"{value:.9g}" for value in case.values]
        )
        given, wanted = given + len(ours), wanted + len(case.values)
    return _score(right, given, wanted)


def _is_percent(figure: Figure) -> bool:
    return figure.unit == "percent"


def _is_money(figure: Figure) -> bool:
    return figure.unit is not None and len(figure.unit) == 3 and figure.unit.isupper()


def _common(ours: list[str], theirs: list[str]) -> int:
    left = list(theirs)
    return sum(1 for one in ours if one in left and left.remove(one) is None)


def _score(right: int, given: int, wanted: int) -> Score:
    precision, recall = right / max(given, 1), right / max(wanted, 1)
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    return Score(*(round(100 * share, 1) for share in (precision, recall, f1)))
