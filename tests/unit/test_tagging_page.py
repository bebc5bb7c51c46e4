"""The worked examples of docs/tagging.md come out as the page says."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.stages.outcome import Emit
from pipeline.stages.tag import ActorIndex, tag
from tests.samples import article
from topics.records import Actor, ActorKind, Figure, Quotation, TaggedArticle

PAGE = (Path(__file__).parents[2] / "docs" / "tagging.md").read_text("utf-8")
ACTORS = ActorIndex(
    [
        Actor(
            actor_id="merkel",
            name="Angela Merkel",
            kind=ActorKind.PERSON,
            aliases=("Ангела Меркель", "أنجيلا ميركل"),
        ),
        Actor(actor_id="orban", name="Viktor Orbán", kind=ActorKind.PERSON, aliases=("Виктор Орбан", "فيكتور أوربان")),
    ]
)


def rows(heading: str) -> list[tuple[str, str, str]]:
    """Language, text and what is found, of the section's table of examples."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    table = section.split("| language | text | found |\n|---|---|---|\n")[1]
    lines = (line.strip("|").split("|") for line in table.splitlines() if line.startswith("|"))
    return [(language.strip(), text.strip(), found.strip()) for language, text, found in lines]


def tagged(text: str, language: str) -> TaggedArticle:
    """The tagged text."""
    outcome = tag(replace(article(text, title=""), language=language), actors=ACTORS)
    assert isinstance(outcome, Emit)
    return outcome.records[0]


def said(quotation: Quotation) -> str:
    """The quotation as the page writes it."""
    return f"{quotation.speaker}, {quotation.confidence.value}: {quotation.text}"


def counted(figure: Figure) -> str:
    """The figure as the page writes it."""
    low, high = (f"{bound:.12g}" if bound is not None else "" for bound in (figure.low, figure.high))
    event = f" {figure.event.value}" if figure.event is not None else ""
    return f"{low if low == high else f'{low}..{high}'} {figure.qualifier.value} {figure.unit or '-'}{event}"


@pytest.mark.parametrize(("language", "text", "found"), rows("Quotations"))
def test_a_quotation_is_found_as_the_page_says(language: str, text: str, found: str) -> None:
    assert "; ".join(map(said, tagged(text, language).quotations)) == found


@pytest.mark.parametrize(("language", "text", "found"), rows("Figures"))
def test_figures_are_found_as_the_page_says(language: str, text: str, found: str) -> None:
    assert "; ".join(map(counted, tagged(text, language).figures)) == found
