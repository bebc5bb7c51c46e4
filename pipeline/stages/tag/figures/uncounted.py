"""Numbers that name or date something and count nothing: dates, years, times of day, ages, labels, fractions."""

from functools import cache

from pipeline.stages.tag.cutting import NUMBER, WORD, Token
from pipeline.stages.tag.figures.context import is_month, lead
from pipeline.stages.tag.figures.numbers import Number
from pipeline.stages.tag.figures.terms import all_of, clock, is_one_of, joint, terms

_YEARS = range(1500, 2101)
_DASHES = frozenset("-–—")
_AGES = range(1, 111)


def is_uncounted(tokens: list[Token], first: int, number: Number, *, has_unit: bool) -> bool:
    """Whether the number at the tokens from `first` on counts nothing; one with a unit hardly ever."""
    if _is_fraction(tokens, number.stop) or _is_ratio(tokens, first, number):
        return True
    if has_unit:
        return False
    return (
        _is_day(tokens, first, number)
        or _is_year(tokens, first, number)
        or _is_time(tokens, first, number)
        or _is_age(tokens, first, number)
        or _is_label(tokens, first, number)
        or _is_telephone(tokens, first, number)
        or _is_score(tokens, first, number)
        or _is_mark(tokens, first, number)
    )


def is_noun_behind(tokens: list[Token], stop: int) -> bool:
    """Whether a word stands behind the number that it can count."""
    return stop < len(tokens) and tokens[stop].kind is WORD


def _is_day(tokens: list[Token], first: int, number: Number) -> bool:
    if number.is_word or number.high > 31:
        return False
    behind = number.stop
    while _text(tokens, behind) in (".", "of", "de", "er", "º"):
        behind += 1
    return (
        is_month(tokens, behind)
        or is_month(tokens, first - 1)
        or (_text(tokens, first - 1) == "." and is_month(tokens, first - 2))
    )


def _is_year(tokens: list[Token], first: int, number: Number) -> bool:
    if number.is_word or number.scale != 1 or not number.low.is_integer() or int(number.low) not in _YEARS:
        return False
    if number.is_range:
        return int(number.high) in _YEARS or tokens[number.stop - 1].end - tokens[number.stop - 1].start == 2
    digits = tokens[first].text
    if len(digits) != 4:
        return False
    before, behind = _text(tokens, first - 1), _text(tokens, number.stop)
    is_dated = before in clock("in") or behind in clock("year") or is_month(tokens, first - 1)
    is_plural = behind.endswith("s") and not behind.endswith("ss")
    return is_dated or not (is_plural or is_one_of("people", behind))


def _is_time(tokens: list[Token], first: int, number: Number) -> bool:
    behind = _text(tokens, number.stop)
    pair = f"{behind} {_text(tokens, number.stop + 1)}".strip()
    if (
        behind in clock("clock")
        or pair in clock("clock")
        or (behind in ("a", "p") and _text(tokens, number.stop + 1) == ".")
    ):
        return True
    digits = tokens[number.stop - 1].text
    hours, _, minutes = digits.partition(".")
    is_clock = len(minutes) == 2 and minutes < "60" and hours.isdigit() and int(hours) < 25
    return is_clock and _text(tokens, first - 1) in clock("at") and not is_noun_behind(tokens, number.stop)


def _is_age(tokens: list[Token], first: int, number: Number) -> bool:
    if int(number.high) not in _AGES or not number.high.is_integer():
        return False
    before, behind = _text(tokens, first - 1), _text(tokens, number.stop)
    if _text(tokens, lead(tokens, first) - 1) in clock("age") or f"{_text(tokens, first - 2)} {before}" in clock("age"):
        return True
    following = [_text(tokens, place) for place in range(number.stop, number.stop + 5)]
    words = [text for text in following if text not in _DASHES]
    if words and words[0] in _beginnings_of_ages() and _is_of_age(words):
        return number.high < 120 and (len(words) < 2 or words[0] != "ans" or before not in ("de", "pendant", "en"))
    is_word_before = first > 1 and tokens[first - 2].kind is WORD and not number.is_word
    is_apposition = (before == "," and behind in (",", ".", ";")) or (before == "(" and behind == ")")
    return is_apposition and is_word_before


@cache
def _beginnings_of_ages() -> frozenset[str]:
    return frozenset(phrase.partition(" ")[0] for phrase in clock("age-behind"))


def _is_of_age(words: list[str]) -> bool:
    return any(" ".join(words[:length]) in clock("age-behind") for length in (1, 2, 3))


def _is_label(tokens: list[Token], first: int, number: Number) -> bool:
    before = _text(tokens, first - 1)
    if before == "." and first > 1:
        before = (
            tokens[first - 2].text if tokens[first - 2].text in ("no", "nos", "nr", "art", "abs", "vol", "p") else ""
        )
    if before in all_of("number_labels") and not number.is_range:
        return not (number.is_word or is_one_of("people", _text(tokens, number.stop)))
    return before in ("№", "#", "§")


def _is_fraction(tokens: list[Token], stop: int) -> bool:
    """two-thirds, three quarters of."""
    place = stop + 1 if _text(tokens, stop) in _DASHES else stop
    return _text(tokens, place) in joint("fraction") and _text(tokens, place + 1) not in ("million", "billion")


def _is_ratio(tokens: list[Token], first: int, number: Number) -> bool:
    """one in five, 3 out of 10: both numbers."""
    return _opens_ratio(tokens, number) or _closes_ratio(tokens, first)


def _opens_ratio(tokens: list[Token], number: Number) -> bool:
    behind = _text(tokens, number.stop)
    place = number.stop + 2 if behind == "out" and _text(tokens, number.stop + 1) == "of" else number.stop + 1
    return behind in ("in", "out") and number.high < 100 and _is_small_number(tokens, place)


def _closes_ratio(tokens: list[Token], first: int) -> bool:
    if _text(tokens, first - 1) == "in":
        return _is_small_number(tokens, first - 2) and _is_small_number(tokens, first)
    is_out_of = _text(tokens, first - 1) == "of" and _text(tokens, first - 2) == "out"
    return is_out_of and _is_small_number(tokens, first - 3)


def _is_small_number(tokens: list[Token], place: int) -> bool:
    text = _text(tokens, place)
    return (text.isdigit() and len(text) < 4) or text in terms("en").words


def _is_mark(tokens: list[Token], first: int, number: Number) -> bool:
    """The number of a list's item or of a note: 4. at a line's beginning, [2]."""
    before, behind = _text(tokens, first - 1), _text(tokens, number.stop)
    is_item = (first == 0 or before == "\n") and behind in (".", ")", ":")
    return not number.is_word and (is_item or (before == "[" and behind == "]"))


def _is_telephone(tokens: list[Token], first: int, number: Number) -> bool:
    """Three numbers side by side, or one beside digits that begin with a nought."""
    if number.is_word:
        return False
    if not (_text(tokens, first - 1).isdigit() or _text(tokens, number.stop).isdigit()):
        return False
    beside = [_text(tokens, place) for place in (first - 2, first - 1, number.stop, number.stop + 1)]
    are_digits = [text.isdigit() for text in beside]
    is_coded = any(text.isdigit() and len(text) > 1 and text[0] == "0" for text in beside)
    is_run = (are_digits[0] and are_digits[1]) or (are_digits[1] and are_digits[2]) or (are_digits[2] and are_digits[3])
    return (is_coded and (are_digits[1] or are_digits[2])) or is_run


def _is_score(tokens: list[Token], first: int, number: Number) -> bool:
    """Digits on both sides of a dash that no noun follows: 3-1, 6-3."""
    if number.is_word:
        return False
    is_joined = any(
        0 < place < len(tokens) - 1
        and tokens[place].text in _DASHES
        and tokens[place - 1].kind is tokens[place + 1].kind is NUMBER
        and tokens[place - 1].end == tokens[place].start
        and tokens[place].end == tokens[place + 1].start
        for place in range(first - 1, number.stop + 1)
    )
    return is_joined and not (number.is_range and is_noun_behind(tokens, number.stop))


def _text(tokens: list[Token], place: int) -> str:
    return tokens[place].text if 0 <= place < len(tokens) else ""
