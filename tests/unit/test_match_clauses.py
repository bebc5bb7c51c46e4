"""Stems, dates, quotations and figures in watches find what the page for users says."""

from datetime import UTC, datetime

import pytest

from tests.unit.matching import cut, figure, found, quotation, tagged
from topics.records import Event, Qualifier

STEMS = {
    "English": ("stem(minister)", "en", "Ministers, minister, ministry", ["Ministers", "minister"]),
    "Russian": ("stem(министр)", "ru", "Министров, министру, министерство", ["Министров", "министру"]),
    "French, with accents": ("stem(sanctionné)", "fr", "sanctionnés, sanctionnée", ["sanctionnés", "sanctionnée"]),
    "a phrase": ('stem("prime minister")', "en", "Prime ministers", ["Prime ministers"]),
    "no stemmer": ("stem(міністр)", "uk", "міністру, міністр", ["міністр"]),
}
DATES = {
    "the day": ("published:2026-03-01", True),
    "the day before": ("published:2026-02-28", False),
    "the month": ("published:2026-03", True),
    "the year": ("published:2026", True),
    "from": ("published:>=2026-03-01", True),
    "after": ("published:>2026-03-01", False),
    "until": ("published:<=2026-03-01", True),
    "before": ("published:<2026-03-01", False),
    "an interval, its last day too": ("published:2026-01-01..2026-03-01", True),
    "an open interval": ("published:..2026-02-28", False),
}
QUOTED = 'He said: "We reject sanctions." Minsk replied: "The sanctions stay, the war ends."'
SAID = {
    "by the one": ("says(ann, sanctions)", ["sanctions"]),
    "by anyone": ("says(*, sanctions)", ["sanctions", "sanctions"]),
    "by name": ('says("Bob Example", war)', ["war"]),
    "by one spelled out": ('says(actor:("Bob Example" | "x"), war)', ["war"]),
    "not by the other": ("says(ann, war)", None),
    "outside of the quotation": ('says("Bob Example", minsk)', None),
    "both in one quotation": ("says(*, reject war)", None),
    "without": ("says(*, sanctions -war)", ["sanctions"]),
    "near within": ('says("Bob Example", sanctions NEAR/2 war)', ["sanctions", "war"]),
}
FIGURED = "At least 12 soldiers died, up to 8 were hurt; a fine of EUR 12.5m, about 80 percent"
FIGURES = {
    "certainly": ("figure(killed >= 10)", ["12 soldiers"]),
    "strictly": ("figure(killed > 12)", None),
    "not certainly less": ("figure(killed < 100)", None),
    "at most is not certainly at least": ("figure(wounded >= 5)", None),
    "at most is certainly at most": ("figure(wounded <= 8)", ["8"]),
    "in other words": ("figure(dead >= 10)", ["12 soldiers"]),
    "what is counted": ("figure(soldiers >= 10)", ["12 soldiers"]),
    "in the singular": ("figure(soldier killed >= 10)", ["12 soldiers"]),
    "something else": ("figure(civilians >= 10)", None),
    "a currency": ("figure(EUR >= 10m)", ["EUR 12.5m"]),
    "a currency's sign": ("figure(€ = 12,500,000)", ["EUR 12.5m"]),
    "near a word": ("figure(EUR >= 10m near fine)", ["EUR 12.5m"]),
    "not near a word": ("figure(EUR >= 10m near/3 soldiers)", None),
    "percent": ("figure(> 75%)", ["80 percent"]),
}


@pytest.mark.parametrize(("query", "language", "text", "expected"), STEMS.values(), ids=STEMS.keys())
def test_stems_are_those_of_the_articles_language(query: str, language: str, text: str, expected: list[str]) -> None:
    article = tagged(text, language=language)
    one = found(query, article)
    assert one is not None
    assert cut(one, article) == expected


@pytest.mark.parametrize(("query", "expected"), DATES.values(), ids=DATES.keys())
def test_dates_are_whole_days_in_utc(query: str, expected: bool) -> None:
    assert (found(query, tagged("x", published_at=datetime(2026, 3, 1, 23, 59, tzinfo=UTC))) is not None) is expected
    assert found(query, tagged("x")) is None


@pytest.mark.parametrize(("query", "expected"), SAID.values(), ids=SAID.keys())
def test_what_is_said_stands_in_one_quotation_of_the_speaker(query: str, expected: list[str] | None) -> None:
    article = tagged(
        QUOTED,
        quotations=(
            quotation(QUOTED, "We reject sanctions.", speaker="Ann", actor_id="ann"),
            quotation(QUOTED, "The sanctions stay, the war ends.", speaker="Bob Example", actor_id=None),
        ),
    )
    one = found(query, article)
    assert (cut(one, article) if one is not None else None) == expected


@pytest.mark.parametrize(("query", "expected"), FIGURES.values(), ids=FIGURES.keys())
def test_a_figure_is_compared_by_what_is_certain_of_it(query: str, expected: list[str] | None) -> None:
    dead, hurt = Event.KILLED, Event.WOUNDED
    article = tagged(
        FIGURED,
        figures=(
            figure(FIGURED, "12 soldiers", 12, None, qualifier=Qualifier.AT_LEAST, counted="soldiers", event=dead),
            figure(FIGURED, "8", None, 8, qualifier=Qualifier.AT_MOST, event=hurt),
            figure(FIGURED, "EUR 12.5m", 12.5e6, 12.5e6, unit="EUR"),
            figure(FIGURED, "80 percent", 80, 80, qualifier=Qualifier.ABOUT, unit="percent"),
        ),
    )
    one = found(query, article)
    assert (cut(one, article) if one is not None else None) == expected
