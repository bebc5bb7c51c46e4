"""The figures of a text: numbers with what stands round them, put together."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import islice
from typing import NamedTuple

from pipeline.stages.tag.cutting import NUMBER, SIGN, Token, tokens
from pipeline.stages.tag.figures import context, numbers, units
from pipeline.stages.tag.figures.numbers import Number
from pipeline.stages.tag.figures.terms import Terms, around, joint, terms
from pipeline.stages.tag.figures.uncounted import is_uncounted
from pipeline.stages.tag.figures.units import Unit
from pipeline.stages.tag.unlisted import Section
from topics.records import Event, Figure, Qualifier, TextField

MOST = 500
"""An article keeps no more figures, the first ones."""
_LONGEST = 200
"""In letters; a longer one is mostly white space."""
_LARGEST_BOUND = 1e18


class _Found(NamedTuple):
    """A number with its unit at tokens from `first` to `stop`, exclusive."""

    first: int
    stop: int
    number: Number
    unit: str | None
    factor: float = 1.0


class _Reading(NamedTuple):
    field: TextField
    text: str
    tokens: list[Token]
    terms: Terms


class _Beginnings(NamedTuple):
    """The words and signs a number, its currency or its sign can begin with."""

    all: frozenset[str]
    followed: Mapping[str, frozenset[str]]
    """Of the common ones of them what must stand behind them, if nothing is written onto them: `a` begins a number
    before `million`, or in `A$5`."""


@cache
def _beginnings(language: str | None) -> _Beginnings:
    known = terms(language)
    several, articles, money = joint("several"), joint("article"), units.beginnings()
    alone = frozenset(["quarter"]).union(*map(joint, ("half", "between", "minus")))
    alone = alone.union(known.words, known.scales, known.vague, filter(units.is_currency, money))
    followed: dict[str, frozenset[str]] = dict.fromkeys(["-", *money], frozenset())
    followed |= dict.fromkeys(several, frozenset((*known.scales, *known.vague)))
    followed |= dict.fromkeys(articles, frozenset((*known.scales, *several, "quarter")))
    return _Beginnings(alone.union(followed), {word: behind for word, behind in followed.items() if word not in alone})


def figures(sections: Iterable[Section], *, language: str | None) -> tuple[Figure, ...]:
    """The figures in reading order, title first."""
    found = (figure for section in sections for figure in _in_section(section, language))
    return tuple(islice(found, MOST))


def _in_section(section: Section, language: str | None) -> Iterator[Figure]:
    reading = _Reading(section.field, section.text, tokens(section.text, language), terms(language))
    stop = 0
    for place in _places(reading):
        found = _found_at(reading, place) if place >= stop else None
        if found is not None:
            stop = found.stop
            figure = _figure(reading, found)
            if figure is not None:
                yield figure


def _places(reading: _Reading) -> Iterator[int]:
    """Where a number may begin."""
    known, followed = _beginnings(reading.terms.language)
    items = reading.tokens
    for place in [place for place, token in enumerate(items) if token.kind is NUMBER or token.text in known]:
        behind = followed.get(items[place].text)
        if behind is not None:
            following = items[place + 1] if place + 1 < len(items) else None
            if following is None or not (
                following.text in behind
                or (following.start == items[place].end and (following.kind is NUMBER or following.text in known))
            ):
                continue
        yield place


def _found_at(reading: _Reading, place: int) -> _Found | None:
    """The number that begins at a token, with its sign or currency before and its unit behind."""
    token = reading.tokens[place]
    currency, start = units.money_before(reading.tokens, place)
    if currency is None and (token.text == "-" or token.text in joint("minus")):
        return _negative(reading, place)
    number = numbers.range_at(reading.tokens, start, reading.terms, is_money=currency is not None)
    if number is not None and number.is_range and context.has_change_from(reading.tokens, place):
        number = numbers.number_at(reading.tokens, start, reading.terms, is_money=currency is not None)
        number = number and _with_unit_of_range(reading, number)
    if number is None:
        return None
    if currency is not None:
        return _Found(place, number.stop, number, currency)
    return _with_unit(reading, place, number)


def _with_unit(reading: _Reading, place: int, number: Number) -> _Found:
    if number.currency is not None:
        return _Found(place, number.stop, number, number.currency)
    unit = units.unit_behind(reading.tokens, number.stop) or _money_of(reading, number)
    if unit is None or _is_article(reading, place, number, unit):
        return _Found(place, number.stop, number, None)
    if unit.is_money and (small := _small_money(reading, unit)) is not None:
        worth, stop = small
        whole = number._replace(low=number.low + worth, high=number.high + worth)
        return _Found(place, stop, whole, unit.symbol)
    return _Found(place, unit.stop, number, unit.symbol, unit.factor)


def _small_money(reading: _Reading, unit: Unit) -> tuple[float, int] | None:
    """The cents behind dollars, as a part of one, and the place behind them."""
    start = unit.stop + (unit.stop < len(reading.tokens) and reading.tokens[unit.stop].text in joint("and"))
    number = numbers.number_at(reading.tokens, start, reading.terms, is_money=False)
    cents = units.unit_behind(reading.tokens, number.stop) if number is not None else None
    if number is None or cents is None or cents.factor != 0.01 or number.high >= 100:
        return None
    return number.high / 100, cents.stop


def _is_article(reading: _Reading, place: int, number: Number, unit: Unit) -> bool:
    """Whether `one` before a unit is hardly a number: one foot in the door."""
    return number.is_word and number.high == 1 and unit.symbol in ("ft", "°", "m") and place > 0


def _money_of(reading: _Reading, number: Number) -> Unit | None:
    """millions of dollars, 2,5 millions d'euros."""
    place = number.stop
    if place < len(reading.tokens) and reading.tokens[place].text in joint("of"):
        unit = units.unit_behind(reading.tokens, place + 1)
        return unit if unit is not None and (unit.is_money or number.scale > 1 or number.is_vague) else None
    return None


def _with_unit_of_range(reading: _Reading, first: Number) -> Number:
    """The first of two numbers that stand beside one unit: from 5 to 7 percent."""
    second = numbers.number_at(reading.tokens, first.stop + 1, reading.terms, is_money=False)
    unit = units.unit_behind(reading.tokens, second.stop) if second is not None else None
    return first._replace(currency=unit.symbol) if unit is not None and first.currency is None else first


def _negative(reading: _Reading, place: int) -> _Found | None:
    """A number below nought: a sign written onto it behind a space, or the word."""
    sign = reading.tokens[place]
    behind = reading.tokens[place + 1] if place + 1 < len(reading.tokens) else None
    before = reading.text[sign.start - 1 : sign.start]
    if behind is None or (
        sign.text == "-" and (behind.start != sign.end or not (before.isspace() or before in "(" or not before))
    ):
        return None
    number = numbers.number_at(reading.tokens, place + 1, reading.terms, is_money=False)
    if number is None or number.is_vague:
        return None
    return _with_unit(reading, place, number._replace(low=-number.high, high=-number.low))


def _figure(reading: _Reading, found: _Found) -> Figure | None:
    items, number = reading.tokens, found.number
    if is_uncounted(items, found.first, number, has_unit=found.unit is not None) or _is_title(reading, found):
        return None
    counted = context.noun(items, found.stop, reading.terms.language) if found.unit is None else None
    stop = counted.stop if counted is not None and counted.word is not None else found.stop
    event = None
    if counted is not None and (counted.is_people or counted.word is None or not _is_thing(counted.word)):
        event = context.event(items, context.lead(items, found.first), stop if counted.is_people else found.stop + 1)
    is_bare = event is None and found.unit is None
    if is_bare and (_is_hardly_a_number(reading, found, counted) or _is_version(reading, found, counted)):
        return None
    return _record(reading, found, counted, event)


def _is_title(reading: _Reading, found: _Found) -> bool:
    """A number word with a capital inside a sentence: Group of Seven. In titles and in German capitals tell nothing."""
    if found.first == 0 or reading.field is TextField.TITLE or reading.terms.language == "de":
        return False
    begins_sentence = reading.tokens[found.first - 1].kind is SIGN
    return found.number.is_word and reading.tokens[found.first].is_capital and not begins_sentence


def _is_thing(word: str) -> bool:
    """Whether the counted word is a plural that is no event and nobody."""
    return word.endswith("s") and context.event_of(word) is None


def _is_hardly_a_number(reading: _Reading, found: _Found, counted: context.Noun | None) -> bool:
    """`one` with nobody behind it, and small words behind `the`: the two sides."""
    number = found.number
    if not number.is_word or number.is_range or number.is_vague or number.scale > 1:
        return False
    if number.high == 1:
        return counted is None or not counted.is_people or reading.terms.language in ("fr", "de", "es")
    before = reading.tokens[found.first - 1].text if found.first else ""
    return number.high < 13 and before in around("determiners")


def _is_version(reading: _Reading, found: _Found, counted: context.Noun | None) -> bool:
    """A small number right behind a name, with nothing to count: Apollo 11. German nouns look like names."""
    if found.first < 2 or found.number.is_word or (counted is not None and counted.word is not None):
        return False
    before, earlier = reading.tokens[found.first - 1], reading.tokens[found.first - 2]
    is_close = reading.text[before.end : reading.tokens[found.first].start] == " "
    is_name = before.is_capital and earlier.text not in ".?!\n:"
    return is_close and is_name and found.number.scale == 1 and reading.terms.language != "de"


def _record(reading: _Reading, found: _Found, counted: context.Noun | None, event: Event | None) -> Figure | None:
    items, number = reading.tokens, found.number
    is_people = counted is not None and (counted.is_people or event is not None)
    after = counted.stop if counted is not None and counted.word is not None else found.stop
    stated = context.qualifier(items, found.first, number.stop)
    stated = stated or context.qualifier_behind(items, found.stop) or context.qualifier_behind(items, after)
    meant = stated or (Qualifier.ABOUT if number.is_vague else Qualifier.EXACT)
    low, high = _bounds(number, found.factor, meant)
    if max(abs(low or 0), abs(high or 0)) > _LARGEST_BOUND:
        return None
    start, end = items[found.first].start, items[found.stop - 1].end
    if end - start > _LONGEST:
        return None
    return Figure(
        low=low,
        high=high,
        qualifier=meant,
        field=reading.field,
        start=start,
        end=end,
        text=reading.text[start:end],
        unit=found.unit or ("people" if is_people else None),
        counted=counted.word if counted is not None else None,
        event=event,
    )


def _bounds(number: Number, factor: float, meant: Qualifier) -> tuple[float | None, float | None]:
    # Without the rounding 470 pence would be 4.7000000000000002 pounds.
    low, high = round(number.low * factor, 9), round(number.high * factor, 9)
    if meant in (Qualifier.AT_LEAST, Qualifier.MORE_THAN):
        return low, None
    if meant in (Qualifier.AT_MOST, Qualifier.LESS_THAN):
        return None, high
    return low, high
