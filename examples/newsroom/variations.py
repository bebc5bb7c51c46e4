"""New stories made from templates, without end: no two editions alike, each the same whenever it is made."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import count
from typing import Any

from examples.newsroom.outlets import OUTLETS
from examples.newsroom.script import HERE, ScriptedArticle, read_yaml

OPENING = len(OUTLETS)
"""How many articles are there when the newsroom opens."""
_LANGUAGES = {outlet.outlet_id: outlet.language for outlet in OUTLETS}


class Variations:
    """The templates of `variations.yaml`."""

    def __init__(self) -> None:
        script = read_yaml(HERE / "variations.yaml")
        self._kinds: Sequence[Mapping[str, Any]] = script["kinds"]
        self._languages: Mapping[str, Mapping[str, Sequence[str]]] = script["languages"]

    def article(self, edition: int) -> ScriptedArticle:
        """The story of that number. Its text holds the number, so no two editions are copies."""
        kind = self._kinds[edition % len(self._kinds)]
        draw = _Draw(edition)
        slots = self._slots(_LANGUAGES[kind["outlet"]], draw, edition)
        name = f"{kind['name']}-{edition}"
        return ScriptedArticle(
            outlet_id=kind["outlet"],
            slug=name,
            title=draw.one_of(kind["titles"]).format(**slots),
            section=kind["section"],
            story=f"{kind['outlet']}/{name}",
            expect=frozenset(kind["expect"]),
            paragraphs=tuple(draw.one_of(alternatives).format(**slots) for alternatives in kind["paragraphs"]),
        )

    def _slots(self, language: str, draw: "_Draw", edition: int) -> dict[str, str]:
        words = self._languages[language]
        place, second_place = draw.two_of(words["places"])
        person, second_person = draw.two_of(words["persons"])
        return {
            "place": place,
            "second_place": second_place,
            "person": person,
            "second_person": second_person,
            "day": draw.one_of(words["days"]),
            "number": str(100 + draw.below(900)),
            "small": str(3 + draw.below(17)),
            "notice": str(edition),
        }


class _Draw:
    """Choices that follow from the edition alone."""

    def __init__(self, edition: int) -> None:
        self._seed = edition
        self._step = 0

    def below(self, limit: int) -> int:
        self._step += 1
        digest = blake2b(f"{self._seed}/{self._step}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") % limit

    def one_of(self, choices: Sequence[str]) -> str:
        return choices[self.below(len(choices))]

    def two_of(self, choices: Sequence[str]) -> tuple[str, str]:
        first = self.below(len(choices))
        second = (first + 1 + self.below(len(choices) - 1)) % len(choices)
        return choices[first], choices[second]


def programme(articles: Sequence[ScriptedArticle], *, first_edition: int) -> Iterator[ScriptedArticle]:
    """What to release, in order and without end: the opening, then two written articles to each variation.

    Variations do not wait for the written ones to run out, because whoever starts the demo again over the same broker
    and database has been told of those already and would sit before an empty screen.
    """
    variations = Variations()
    editions = count(first_edition)
    yield from articles[:OPENING]
    for index, article in enumerate(articles[OPENING:]):
        if index % 2 == 0:
            yield variations.article(next(editions))
        yield article
    for edition in editions:
        yield variations.article(edition)
