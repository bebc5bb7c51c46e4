"""Labelled passages for the floor of quotations."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from pipeline.stages.outcome import Emit
from pipeline.stages.tag import ActorIndex, tag
from tests.samples import article
from topics.records import Actor, ActorKind, Quotation, SpeakerEvidence

PASSAGES = Path(__file__).parent / "quotations" / "test.txt"
_PERSONS = {
    "Angela Merkel": ("Ангела Меркель", "أنجيلا ميركل"),
    "Viktor Orbán": ("Виктор Орбан", "Віктор Орбан", "فيكتور أوربان"),
    "Keir Starmer": ("Кир Стармер",),
    "Ursula von der Leyen": ("Урсула фон дер Ляйен", "Урсула фон дер Ляєн"),
}
ACTORS = ActorIndex(
    [
        *(Actor(actor_id=name, name=name, kind=ActorKind.PERSON, aliases=found) for name, found in _PERSONS.items()),
        Actor(
            actor_id="Amnesty International",
            name="Amnesty International",
            kind=ActorKind.ORGANISATION,
            aliases=("منظمة العفو الدولية",),
        ),
    ]
)


class Passage(NamedTuple):
    """A text with its quotations as speaker and beginning."""

    language: str
    text: str
    quotations: tuple[tuple[str, str], ...]


class Tally(NamedTuple):
    """How many quotations are right, by what the record says of its speaker, and how many there are."""

    certain_right: int
    certain: int
    carried_right: int
    carried: int
    wanted: int


def passages() -> Iterator[Passage]:
    """The labelled passages."""
    for line in PASSAGES.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            language, text, labels = (field.strip() for field in line.split(" |"))
            pairs = (label.strip().split(": ", 1) for label in labels.split(";") if label.strip())
            yield Passage(language, text.replace("¶", "\n"), tuple((speaker, words) for speaker, words in pairs))


def found(passage: Passage) -> tuple[Quotation, ...]:
    """The quotations of a passage."""
    outcome = tag(replace(article(passage.text, title=""), language=passage.language), actors=ACTORS)
    assert isinstance(outcome, Emit)
    return outcome.records[0].quotations


def is_right(quotation: Quotation, passage: Passage) -> bool:
    """Whether one of the passage's labels is this quotation."""
    return any(
        quotation.speaker == speaker and quotation.text.startswith(words) for speaker, words in passage.quotations
    )


def tally() -> Tally:
    """The account of all passages."""
    judged = [(item, is_right(item, passage)) for passage in passages() for item in found(passage)]
    certain = [right for item, right in judged if item.confidence is SpeakerEvidence.CUE]
    carried = [right for item, right in judged if item.confidence is SpeakerEvidence.CARRIED]
    wanted = sum(len(passage.quotations) for passage in passages())
    return Tally(sum(certain), len(certain), sum(carried), len(carried), wanted)
