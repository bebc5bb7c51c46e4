"""Numbers and ranges of them, read from a text's tokens.

A number is digits, or number words added and multiplied as they are spoken, then multipliers. A vague word (thousands)
is a range. Between two numbers `to`, a dash, `or`, or `between … and …` make a range; a multiplier behind the second
counts for the first (5 to 7 million).
"""

from typing import NamedTuple

from pipeline.stages.tag.cutting import NUMBER, WORD, Token
from pipeline.stages.tag.figures import units
from pipeline.stages.tag.figures.digits import value
from pipeline.stages.tag.figures.terms import Terms, joint

_LETTER_SCALES = {"k": 1e3, "m": 1e6, "mn": 1e6, "mm": 1e6, "b": 1e9, "bn": 1e9, "tn": 1e12, "t": 1e12}
# Single capitals written onto digits are networks and models (5G), save these: millions, thousands, metres, degrees.
_CAPITAL_LETTERS = frozenset("mkbtcvw")
_DASHES = frozenset("-–—")
_MOST_NUMBER_TOKENS = 24


class Number(NamedTuple):
    """A number or range in the tokens up to `stop`, exclusive."""

    low: float
    high: float
    stop: int
    is_word: bool
    is_vague: bool = False
    is_range: bool = False
    scale: float = 1.0
    currency: str | None = None
    """Where a sign before a number gives it."""


def number_at(tokens: list[Token], place: int, terms: Terms, *, is_money: bool) -> Number | None:
    """The number that begins at a token; None where none does."""
    if place >= len(tokens):
        return None
    token = tokens[place]
    if token.kind is NUMBER:
        worth = value(token.text, terms.language)
        if worth is None or is_code(tokens, place):
            return None
        number = Number(worth, worth, place + 1, is_word=False)
        return _scaled(tokens, number, terms, is_money=is_money)
    return _spoken(tokens, place, terms) if token.kind is WORD else None


def range_at(tokens: list[Token], place: int, terms: Terms, *, is_money: bool) -> Number | None:
    """The number or range that begins at a token."""
    if _is_word(tokens, place, "between"):
        opened = _ended(tokens, place + 1, terms, ("and",), is_money=is_money)
        return opened if opened is not None and opened.is_range else None
    return _ended(tokens, place, terms, ("to", "or"), is_money=is_money)


def is_code(tokens: list[Token], place: int) -> bool:
    """Whether letters or a code's hyphen are written onto the digits: F-16, G20, A320s, 2nd."""
    token = tokens[place]
    before = tokens[place - 1] if place else None
    behind = tokens[place + 1] if place + 1 < len(tokens) else None
    if before is not None and before.end == token.start:
        if before.text in ("#", "@", "_", "/", "№", "§") or (before.kind is WORD and not units.is_code(before.text)):
            return True
        letters = tokens[place - 2] if place > 1 else None
        if before.text in _DASHES and letters is not None and letters.end == before.start:
            return letters.kind is WORD or (value(letters.text, None) is None and letters.kind is NUMBER)
    if behind is None or behind.start != token.end or behind.kind is not WORD:
        return behind is not None and behind.start == token.end and behind.text in ("_", "/", "=")
    if behind.is_capital and len(behind.text) == 1:
        return behind.text not in _CAPITAL_LETTERS
    return behind.text not in _LETTER_SCALES and not units.is_unit_or_money(behind.text)


def _ended(tokens: list[Token], place: int, terms: Terms, joints: tuple[str, ...], *, is_money: bool) -> Number | None:
    """The number at a token with the range's end behind it, where there is one."""
    first = number_at(tokens, place, terms, is_money=is_money)
    if first is None or first.is_vague:
        return first
    then = first.stop
    is_dash = then + 1 < len(tokens) and tokens[then].text in _DASHES and _is_close(tokens, then)
    if not is_dash and not any(_is_word(tokens, then, kind) for kind in joints):
        return first
    currency, after = units.money_before(tokens, then + 1)
    second = number_at(tokens, after, terms, is_money=is_money or currency is not None)
    if second is None or second.is_vague:
        return first
    low = first.low * second.scale if first.scale == 1 and first.low < second.low / second.scale else first.low
    if low >= second.low or (_is_word(tokens, then, "or") and second.low > low * 4):
        return first
    return second._replace(low=low, is_range=True, is_word=first.is_word and second.is_word, currency=currency)


def _scaled(tokens: list[Token], number: Number, terms: Terms, *, is_money: bool) -> Number:
    """The number times the multipliers behind it."""
    place, scale = number.stop, 1.0
    if place < len(tokens) and tokens[place].start == tokens[place - 1].end:
        letters = tokens[place].text
        is_clear = is_money or letters not in ("m", "b", "t", "mm") or _counts_plural(tokens, place + 1)
        if letters in _LETTER_SCALES and tokens[place].kind is WORD and is_clear:
            scale, place = _LETTER_SCALES[letters], place + 1
        elif tokens[place].text in _DASHES and place + 1 < len(tokens) and tokens[place + 1].text in terms.scales:
            place += 1
    elif is_money and place < len(tokens) and tokens[place].text in ("m", "b", "bn", "k", "tn"):
        scale, place = _LETTER_SCALES[tokens[place].text], place + 1
    while (
        place < len(tokens) and place < number.stop + 4 and (worth := terms.scales.get(tokens[place].text)) is not None
    ):
        scale, place = scale * worth, place + 1
        if place < len(tokens) and tokens[place].text == "." and len(tokens[place - 1].text) < 4:
            place += not _ends_sentence(tokens, place)
    if place == number.stop:
        return number
    return number._replace(low=number.low * scale, high=number.high * scale, stop=place, scale=scale)


def _ends_sentence(tokens: list[Token], place: int) -> bool:
    """Whether a full stop is more than an abbreviation's: a capital follows that is no unit's (2,5 Mio. Euro)."""
    if place + 1 >= len(tokens) or tokens[place + 1].kind is not WORD:
        return True
    return tokens[place + 1].is_capital and not units.is_unit_or_money(tokens[place + 1].text)


def _is_close(tokens: list[Token], place: int) -> bool:
    """Whether a dash stands between its neighbours without a space; one with spaces parts clauses."""
    return tokens[place - 1].end == tokens[place].start and tokens[place].end == tokens[place + 1].start


def _counts_plural(tokens: list[Token], place: int) -> bool:
    """Whether a word follows that letters like m can only multiply: 2.3m viewers, not 100m final."""
    return place < len(tokens) and tokens[place].kind is WORD and tokens[place].text.endswith(("s", "people", "i"))


def _spoken(tokens: list[Token], place: int, terms: Terms) -> Number | None:
    """A number in words."""
    text = tokens[place].text
    if text in terms.vague and text not in terms.words:
        return _vague(tokens, place, terms)
    if _is_word(tokens, place, "half"):
        return _half(tokens, place, terms)
    if _is_word(tokens, place, "several"):
        return _several(tokens, place + 1, terms)
    if text == "quarter":
        return _quarter(tokens, place, terms)
    if text in joint("article"):
        if _text(tokens, place + 1) == "quarter" or _is_word(tokens, place + 1, "several"):
            return _spoken(tokens, place + 1, terms)
        return _added(tokens, place + 1, terms) if _text(tokens, place + 1) in terms.scales else None
    # In English a multiplier by itself is no number: the million-dollar question.
    if text in terms.words or (text in terms.scales and terms.language not in ("en", None)):
        return _added(tokens, place, terms)
    return None


def _several(tokens: list[Token], place: int, terms: Terms) -> Number | None:
    """several hundred, a few thousand: from two of them to nine, as their plurals mean."""
    if _text(tokens, place) in terms.vague:
        return _vague(tokens, place, terms)
    worth = terms.scales.get(_text(tokens, place))
    if worth is None:
        return None
    return Number(2 * worth, 10 * worth - 1, place + 1, is_word=True, is_vague=True, scale=worth)


def _quarter(tokens: list[Token], place: int, terms: Terms) -> Number | None:
    """a quarter of a million, a quarter million."""
    start = place + 1 + (_text(tokens, place + 1) == "of")
    return _times(tokens, start + (_text(tokens, start) in joint("article")), terms, 0.25)


def _vague(tokens: list[Token], place: int, terms: Terms) -> Number:
    """thousands; tens of thousands; hundreds of millions."""
    low, high = terms.vague[tokens[place].text]
    then = place + 1
    next_one = then + 1 if _is_word(tokens, then, "of") else then
    scale = _scale_of_vague(_text(tokens, next_one), terms)
    if scale:
        return Number(low * scale, (high + 1) * scale - 1, next_one + 1, is_word=True, is_vague=True)
    return Number(low, high, then, is_word=True, is_vague=True)


def _scale_of_vague(text: str, terms: Terms) -> float | None:
    if text in terms.vague and terms.vague[text][0] >= 2000:
        return terms.vague[text][0] / 2
    return terms.scales.get(text)


def _half(tokens: list[Token], place: int, terms: Terms) -> Number | None:
    """half a million, half a dozen."""
    start = place + 1 + (_text(tokens, place + 1) in joint("article"))
    return _times(tokens, start, terms, 0.5)


def _times(tokens: list[Token], place: int, terms: Terms, factor: float) -> Number | None:
    worth = terms.scales.get(_text(tokens, place))
    return Number(factor * worth, factor * worth, place + 1, is_word=True, scale=worth) if worth is not None else None


def _added(tokens: list[Token], place: int, terms: Terms) -> Number | None:
    """Number words and multipliers put together, as far as they go."""
    total = current = 0.0
    scale = 1.0
    stop = place
    for ahead in range(place, min(place + _MOST_NUMBER_TOKENS, len(tokens))):
        text = tokens[ahead].text.removeprefix("و") if terms.language == "ar" and ahead > place else tokens[ahead].text
        if text in terms.words and text not in terms.scales:
            joined = _joined(current, terms.words[text], is_first=stop == place)
            if joined is None:
                break
            current, stop = joined, ahead + 1
        elif (worth := terms.scales.get(text)) is not None:
            scale = worth if stop > place and worth >= 1000 and total == 0 else scale
            if worth < 1000:
                current = max(current, 1) * worth
            else:
                total, current = total + max(current, 1) * worth, 0.0
            stop = ahead + 1
        elif not _is_glue(tokens, ahead, terms):
            break
    return Number(total + current, total + current, stop, is_word=True, scale=scale) if stop > place else None


def _joined(current: float, worth: float, *, is_first: bool) -> float | None:
    """Twenty and one are twenty-one, soixante and quinze 75, quatre and vingt 80; two and three stay two numbers."""
    if is_first or current == 0:
        return worth
    if worth == 20 and current % 100 == 4:
        return current - 4 + 80
    tail = current % 100
    fits = tail == 0 or (worth < 10 and tail >= 20 and tail % 10 == 0) or (tail in (60, 80) and 10 <= worth < 20)
    return current + worth if fits and worth < 100 else (current + worth if worth < 1000 and current == 0 else None)


def _is_glue(tokens: list[Token], place: int, terms: Terms) -> bool:
    """Whether a hyphen or `and` holds two number words together."""
    following = _text(tokens, place + 1)
    if following not in terms.words and following not in terms.scales:
        return False
    before = tokens[place - 1].text
    if tokens[place].text in _DASHES:
        return tokens[place].start == tokens[place - 1].end and tokens[place + 1].start == tokens[place].end
    is_whole = before in terms.scales or (terms.language == "fr" and terms.words.get(before, 0) >= 20)
    return _is_word(tokens, place, "and") and is_whole and terms.words.get(following, 100) < 100


def _is_word(tokens: list[Token], place: int, kind: str) -> bool:
    return place < len(tokens) and tokens[place].kind is WORD and tokens[place].text in joint(kind)


def _text(tokens: list[Token], place: int) -> str:
    return tokens[place].text if place < len(tokens) else ""
