"""Figures: which numbers count, what they are worth, and what the words round them say."""

import pytest

from pipeline.stages.tag.figures import MOST, figures
from pipeline.stages.tag.unlisted import Section
from topics.records import Event, Figure, Qualifier, TextField

Bounds = tuple[float | None, float | None]


def _found(text: str, *, language: str | None = "en") -> tuple[Figure, ...]:
    return figures([Section(TextField.TEXT, text)], language=language)


def _only(text: str, *, language: str | None = "en") -> Figure:
    found = _found(text, language=language)
    assert len(found) == 1, found
    return found[0]


WORTH: dict[str, tuple[str, str | None, Bounds]] = {
    "digits": ("they sold 412 boats", "en", (412, 412)),
    "groups": ("they sold 1,234,567 boats", "en", (1234567, 1234567)),
    "decimal point": ("it weighs 3.5 tonnes", "en", (3.5, 3.5)),
    "decimal comma": ("es wiegt 3,5 Tonnen", "de", (3.5, 3.5)),
    "German groups": ("sie verkauften 1.240 Boote", "de", (1240, 1240)),
    "French groups": ("ils ont vendu 1 240 bateaux", "fr", (1240, 1240)),
    "no-break groups": ("they sold 1\u00a0240 boats", "en", (1240, 1240)),
    "Swiss groups": ("sie verkauften 1'240 Boote", "de", (1240, 1240)),
    "Indian groups": ("they sold 12,34,567 boats", "en", (1234567, 1234567)),
    "full-width": ("they sold １２ boats", "en", (12, 12)),
    "Arabic digits": ("باعوا ٤١٢ قاربا", "ar", (412, 412)),
    "Arabic decimal": ("بنسبة ٣٫٥ في المئة", "ar", (3.5, 3.5)),
    "words": ("they sold three hundred and twenty-one boats", "en", (321, 321)),
    "a dozen": ("they sold a dozen boats", "en", (12, 12)),
    "half a dozen": ("they sold half a dozen boats", "en", (6, 6)),
    "half a million": ("they sold half a million boats", "en", (500_000, 500_000)),
    "a quarter of a million": ("they sold a quarter of a million boats", "en", (250_000, 250_000)),
    "million": ("they sold 2.5 million boats", "en", (2_500_000, 2_500_000)),
    "k": ("they sold 45k boats", "en", (45_000, 45_000)),
    "Mio.": ("sie verkauften 2,5 Mio. Boote", "de", (2_500_000, 2_500_000)),
    "млн": ("они продали 2,5 млн лодок", "ru", (2_500_000, 2_500_000)),
    "мільйонів": ("вони продали 2,5 мільйонів човнів", "uk", (2_500_000, 2_500_000)),
    "مليون": ("باعوا 3 مليون قارب", "ar", (3_000_000, 3_000_000)),
    "lakh": ("they sold 35 lakh boats", "en", (3_500_000, 3_500_000)),
    "German compound": ("sie verkauften dreiundzwanzig Boote", "de", (23, 23)),
    "French eighty": ("ils ont vendu quatre-vingt-dix-sept bateaux", "fr", (97, 97)),
    "Russian words": ("они продали двадцать пять лодок", "ru", (25, 25)),
    "range by to": ("they sold 10 to 12 boats", "en", (10, 12)),
    "range by a dash": ("they sold 10–12 boats", "en", (10, 12)),
    "range by between": ("they sold between 5 and 7 boats", "en", (5, 7)),
    "range by or": ("they sold two or three boats", "en", (2, 3)),
    "range with one multiplier": ("they sold 5 to 7 million boats", "en", (5_000_000, 7_000_000)),
    "dozens": ("they sold dozens of boats", "en", (24, 99)),
    "thousands": ("they sold thousands of boats", "en", (2_000, 9_999)),
    "tens of thousands": ("they sold tens of thousands of boats", "en", (20_000, 99_999)),
    "hundreds of thousands": ("they sold hundreds of thousands of boats", "en", (200_000, 999_999)),
    "several hundred": ("they sold several hundred boats", "en", (200, 999)),
    "a few thousand": ("they sold a few thousand boats", "en", (2_000, 9_999)),
    "French millions": ("ils ont vendu des millions de bateaux", "fr", (2_000_000, 9_999_999)),
    "несколько тысяч": ("они продали несколько тысяч лодок", "ru", (2_000, 9_999)),
    "тысячи": ("они продали тысячи лодок", "ru", (2_000, 9_999)),
    "negative": ("it was -5 degrees", "en", (-5, -5)),
    "minus": ("it was minus five degrees", "en", (-5, -5)),
    "no language": ("they sold 412 boats", None, (412, 412)),
}


@pytest.mark.parametrize(("text", "language", "bounds"), WORTH.values(), ids=WORTH.keys())
def test_a_number_is_worth_what_its_language_means(text: str, language: str | None, bounds: Bounds) -> None:
    found = _only(text, language=language)
    assert (found.low, found.high) == bounds


UNITS = {
    "percent sign": ("3.4% of it", "3.4%", "percent", 3.4),
    "per cent": ("3.4 per cent of it", "3.4 per cent", "percent", 3.4),
    "points": ("3.4 percentage points", "3.4 percentage points", "pp", 3.4),
    "dollars": ("paid $2.5bn for it", "$2.5bn", "USD", 2_500_000_000),
    "dollars with a space": ("paid $2.5 million for it", "$2.5 million", "USD", 2_500_000),
    "other dollars": ("paid C$3.2 million for it", "C$3.2 million", "CAD", 3_200_000),
    "euro behind": ("paid 12 € for it", "12 €", "EUR", 12),
    "euro words": ("paid 450 million euros for it", "450 million euros", "EUR", 450_000_000),
    "euro m": ("paid €450m for it", "€450m", "EUR", 450_000_000),
    "code": ("paid USD 12 for it", "USD 12", "USD", 12),
    "pence": ("paid 470 pence for it", "470 pence", "GBP", 4.7),
    "dollars and cents": ("paid 3 dollars and 50 cents", "3 dollars and 50 cents", "USD", 3.5),
    "millions of dollars": ("paid 40 million of dollars", "40 million of dollars", "USD", 40_000_000),
    "kilometres": ("ran 12km there", "12km", "km", 12),
    "square": ("burned 30 square miles there", "30 square miles", "sq mi", 30),
    "superscript": ("burned 30 km² there", "30 km²", "km²", 30),
    "adjective": ("a 40-mile front", "40-mile", "mi", 40),
    "a temperature": ("warmer by 1.5C there", "1.5C", "°C", 1.5),
    "power": ("a 1.6 GW plant", "1.6 GW", "GW", 1.6),
    "people": ("met 12 people there", "12", "people", 12),
    "people behind an adjective": ("met 12 young soldiers there", "12", "people", 12),
    "a thing named after people": ("bought 12 fighter jets there", "12", None, 12),
}


@pytest.mark.parametrize(("text", "words", "unit", "worth"), UNITS.values(), ids=UNITS.keys())
def test_a_unit_stands_right_beside_the_number(text: str, words: str, unit: str | None, worth: float) -> None:
    found = _only(text)
    assert (found.text, found.unit, found.high) == (words, unit, worth)


QUALIFIERS: dict[str, tuple[str, Qualifier, Bounds]] = {
    "plain": ("they met 12 people", Qualifier.EXACT, (12, 12)),
    "at least": ("they met at least 12 people", Qualifier.AT_LEAST, (12, None)),
    "no fewer than": ("they met no fewer than 12 people", Qualifier.AT_LEAST, (12, None)),
    "or more": ("they met 12 or more people", Qualifier.AT_LEAST, (12, None)),
    "more than": ("they met more than 12 people", Qualifier.MORE_THAN, (12, None)),
    "over": ("they met over 12 people", Qualifier.MORE_THAN, (12, None)),
    "over a time": ("they met over 12 days", Qualifier.EXACT, (12, 12)),
    "up to": ("they met up to 12 people", Qualifier.AT_MOST, (None, 12)),
    "no more than": ("they met no more than 12 people", Qualifier.AT_MOST, (None, 12)),
    "fewer than": ("they met fewer than 12 people", Qualifier.LESS_THAN, (None, 12)),
    "nearly": ("they met nearly 12 people", Qualifier.ABOUT, (12, 12)),
    "about": ("they met about 12 people", Qualifier.ABOUT, (12, 12)),
    "some": ("they met some 1,200 people", Qualifier.ABOUT, (1200, 1200)),
    "a range": ("they met at least 10 to 12 people", Qualifier.AT_LEAST, (10, None)),
    "vague": ("they met hundreds of people", Qualifier.ABOUT, (200, 999)),
    "vague and bounded": ("they met more than a hundred people", Qualifier.MORE_THAN, (100, None)),
}


@pytest.mark.parametrize(("text", "qualifier", "bounds"), QUALIFIERS.values(), ids=QUALIFIERS.keys())
def test_the_words_before_say_how_a_number_is_meant(text: str, qualifier: Qualifier, bounds: Bounds) -> None:
    found = _only(text)
    assert (found.qualifier, (found.low, found.high)) == (qualifier, bounds)


EVENTS: dict[str, tuple[str, str, list[tuple[float, Event | None]]]] = {
    "passive": ("12 people were killed there.", "en", [(12, Event.KILLED)]),
    "active": ("The blast killed 12 people.", "en", [(12, Event.KILLED)]),
    "participle": ("A blast, killing at least 12.", "en", [(12, Event.KILLED)]),
    "dead": ("It left 12 dead and 30 injured.", "en", [(12, Event.KILLED), (30, Event.WOUNDED)]),
    "two verbs": ("It killed two and injured 30 people.", "en", [(2, Event.KILLED), (30, Event.WOUNDED)]),
    "one verb": ("It killed one man and two women.", "en", [(1, Event.KILLED), (2, Event.KILLED)]),
    "toll": ("The death toll in the city rose to 120.", "en", [(120, Event.KILLED)]),
    "a part of them": ("Seven people, two of them children, died.", "en", [(7, Event.KILLED), (2, Event.KILLED)]),
    "an aside": ("Seven people, including 2 children, died.", "en", [(7, Event.KILLED), (2, Event.KILLED)]),
    "arrests": ("Police arrested 14 protesters.", "en", [(14, Event.ARRESTED)]),
    "missing": ("40 people are still missing.", "en", [(40, Event.MISSING)]),
    "displaced": ("4,000 people fled the town.", "en", [(4000, Event.DISPLACED)]),
    "infected": ("More than 300 people were infected.", "en", [(300, Event.INFECTED)]),
    "those who kill": ("The 14 gunmen killed a guard.", "en", [(14, None)]),
    "things": ("A storm killed two people and destroyed 40 houses.", "en", [(2, Event.KILLED), (40, None)]),
    "another sentence": ("A man was killed. 40 people met.", "en", [(40, None)]),
    "of somebody else": ("A man was killed when 40 people met.", "en", [(40, None)]),
    "French": ("L'attaque a fait 12 morts et 30 blessés.", "fr", [(12, Event.KILLED), (30, Event.WOUNDED)]),
    "German": ("12 Menschen starben, 30 wurden verletzt.", "de", [(12, Event.KILLED), (30, Event.WOUNDED)]),
    "Russian": ("Погибли 12 человек, 30 ранены.", "ru", [(12, Event.KILLED), (30, Event.WOUNDED)]),
    "Ukrainian": ("Загинули 12 людей, 30 поранено.", "uk", [(12, Event.KILLED), (30, Event.WOUNDED)]),
    "Arabic": ("قتل 12 شخصا وأصيب 30 آخرون.", "ar", [(12, Event.KILLED), (30, Event.WOUNDED)]),
}


@pytest.mark.parametrize(("text", "language", "expected"), EVENTS.values(), ids=EVENTS.keys())
def test_an_event_befell_those_a_number_counts(
    text: str, language: str, expected: list[tuple[float, Event | None]]
) -> None:
    found = [
        (figure.high if figure.high is not None else figure.low, figure.event)
        for figure in _found(text, language=language)
    ]
    assert found == expected


UNCOUNTED = {
    "a date": "on 4 May 2024 and May 4, 1979, in Leeds",
    "a date in digits": "on 14.07.2023, 14/7/2023 and 2023-07-14",
    "a year": "in 2019, since 1998 and the 1990s",
    "seasons": "in 2019-20 and 2023/24",
    "a time": "at 7:45 or at 7.45, 7 pm, by 5 p.m.",
    "an age": "a 24-year-old, Xanu, 45, aged 30",
    "a score": "won 3-1 and 6-3, 7-5",
    "ordinals": "the 2nd and 89th",
    "codes": "F-16, G20, MH17, COVID-19 and A320s",
    "law": "Article 5, Section 301, No. 7, World War 2",
    "a product": "with Apollo 11 and Destiny 2",
    "a telephone": "call 0800 123 456 now",
    "a ratio": "one in five, 3 out of 10",
    "fractions": "two-thirds and three quarters",
    "one of them": "one of them, no one",
    "the two": "the two sides",
    "a link": "https://www.example.org/2024?n=30% and a12@b12.example",
    "a network": "a 5G mast and a 4G one",
    "a name": "the Group of Seven and the Big Four",
    "an age behind a bound": "voters aged over 65",
    "a list's mark": "4. Live well",
    "a note": "as shown [2]",
    "a version": "version 17.4.1",
    "too long": "9" * 40,
    "nothing": "",
}


@pytest.mark.parametrize("text", UNCOUNTED.values(), ids=UNCOUNTED.keys())
def test_a_number_that_counts_nothing_is_passed_over(text: str) -> None:
    assert _found(text) == ()


def test_a_dash_between_clauses_makes_no_range() -> None:
    assert [figure.high for figure in _found("they killed 12 – 30 people fled")] == [12, 30]


def test_a_sentence_ends_behind_a_multiplier() -> None:
    assert [figure.text for figure in _found("It cost $2 bn. They paid £3 bn. Nobody knew.")] == ["$2 bn", "£3 bn"]


def test_a_rise_from_one_number_to_another_is_two_figures() -> None:
    found = _found("It rose from 5 to 7 percent.")
    assert [(figure.low, figure.high, figure.unit) for figure in found] == [(5, 5, "percent"), (7, 7, "percent")]


def test_a_figure_says_where_it_stands_and_what_it_counts() -> None:
    text = "In all, more than 1,200 Russian soldiers were captured."
    assert _only(text) == Figure(
        low=1200.0,
        high=None,
        qualifier=Qualifier.MORE_THAN,
        field=TextField.TEXT,
        start=18,
        end=23,
        text="1,200",
        unit="people",
        counted="soldiers",
        event=Event.ARRESTED,
    )


def test_an_article_keeps_so_many_figures_and_no_more() -> None:
    assert len(_found("they sold 12 boats, " * (MOST + 10))) == MOST
