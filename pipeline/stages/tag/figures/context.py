"""What stands round a number: how it is meant, what it counts, and what befell those counted."""

from collections.abc import Iterator
from typing import NamedTuple

from pipeline.stages.tag.cutting import NUMBER, WORD, Token
from pipeline.stages.tag.figures.terms import Phrases, all_of, around, clock, is_one_of, joint, phrases
from pipeline.stages.tag.lexicon import words as lexicon
from topics.records import Event, Qualifier

_NOUN_WORDS = 5
_EVENT_WORDS_BEHIND = 10
_EVENT_WORDS_BEFORE = 10
_CHANGE_WORDS = 6
_ENDS = frozenset(".?!…;\n؟")


class Noun(NamedTuple):
    """What is counted: the tokens' place behind it, the word, and whether it stands for people."""

    stop: int
    word: str | None
    is_people: bool


def qualifier(tokens: list[Token], first: int, stop: int) -> Qualifier | None:
    """How the number in those tokens is meant by the words right before it, or right behind what it counts."""
    found = _phrase_before(tokens, first, phrases("qualifiers"))
    if found is not None:
        meaning, phrase, start = found
        if phrase in around("prepositions") and _text(tokens, stop) in around("stretches"):
            return None
        is_goal = phrase in around("goals") and _has_change(tokens, start)
        return None if is_goal else Qualifier(meaning)
    return None


def lead(tokens: list[Token], first: int) -> int:
    """Where the number begins with the words that qualify it."""
    found = _phrase_before(tokens, first, phrases("qualifiers"))
    return found[2] if found is not None else first


def qualifier_behind(tokens: list[Token], stop: int) -> Qualifier | None:
    """The same from words behind: `12 or more`, `12 people at least`."""
    known = phrases("qualifiers_behind")
    if _text(tokens, stop) not in known.first:
        return None
    for length in range(known.longest, 0, -1):
        phrase = " ".join(_text(tokens, place) for place in range(stop, stop + length))
        if (meaning := known.meanings.get(phrase)) is not None:
            return Qualifier(meaning) if not _counts_next(tokens, stop + length) else None
    return None


def _counts_next(tokens: list[Token], place: int) -> bool:
    """Whether the words belong to a number behind them: 12 and at least 3."""
    return place < len(tokens) and tokens[place].kind is NUMBER


def has_change_from(tokens: list[Token], first: int) -> bool:
    """Whether it is `from` behind a word of change: rose from 5 to 7 are two figures."""
    return _text(tokens, first - 1) in joint("from") and _has_change(tokens, first - 1)


def noun(tokens: list[Token], stop: int, language: str | None) -> Noun:
    """The noun behind a number, past adjectives, and past `of the`."""
    place = stop
    if _text(tokens, place) in joint("of"):
        place += 1
        while _text(tokens, place) in around("of-whose"):
            place += 1
    words: list[tuple[int, str]] = []
    for ahead in range(place, min(place + _NOUN_WORDS, len(tokens))):
        token = tokens[ahead]
        if token.text == "-" and tokens[ahead - 1].end == token.start:
            continue
        if token.kind is not WORD or (_is_grammatical(token.text) and not is_one_of("people", token.text)):
            break
        if is_one_of("people", token.text) and not _goes_with_plural(tokens, ahead + 1):
            return Noun(ahead + 1, token.text, is_people=True)
        words.append((ahead + 1, token.text))
        if token.text.endswith(("s", "x")) and not token.text.endswith("ss") and language in ("en", "fr", "es", None):
            break
        if language not in ("en", "fr", "es", None) and len(words) > 1:
            break
    return _plain_noun(words, language)


def _is_grammatical(word: str) -> bool:
    return word in lexicon("stop_words") and word not in around("stretches")


def _goes_with_plural(tokens: list[Token], place: int) -> bool:
    """Whether the word before stands for a thing's kind: fighter jets."""
    word = _text(tokens, place)
    if len(word) < 4 or not word.endswith("s") or word in lexicon("stop_words"):
        return False
    return not is_one_of("people", word) and event_of(word) is None


def _plain_noun(words: list[tuple[int, str]], language: str | None) -> Noun:
    """The thing counted: in languages with a plural in s a word that has it, elsewhere the first."""
    chosen = words[0] if words else None
    if language in ("en", "fr", "es", None):
        plural = words[-1:] if words and words[-1][1].endswith(("s", "x")) else []
        unchanged = [word for word in words if word[1] in around("unchanged")]
        chosen = next(iter((*unchanged, *plural)), None)
    return Noun(chosen[0], chosen[1], is_people=False) if chosen is not None else Noun(0, None, is_people=False)


def event(tokens: list[Token], first: int, stop: int) -> Event | None:
    """What befell those counted by the number in those tokens; `stop` is behind the noun."""
    return _event_behind(tokens, first, stop) or _event_before(tokens, first)


def event_of(word: str) -> Event | None:
    """The event that a noun alone is: deaths, arrests."""
    meaning = phrases("events").meanings.get(word)
    return Event(meaning) if meaning is not None else None


def _event_behind(tokens: list[Token], first: int, stop: int) -> Event | None:
    known = phrases("events")
    for place in _reach(tokens, first, stop):
        if (found := _phrase_at(tokens, place, known)) is not None:
            meaning, after = found
            is_passive = any(_text(tokens, back) in around("passive") for back in range(max(stop, place - 3), place))
            is_said_of_them = is_passive or place == stop - 1 or not _has_object(tokens, place, after)
            return Event(meaning) if is_said_of_them else None
    return None


def _has_object(tokens: list[Token], place: int, after: int) -> bool:
    """Whether a verb's words up to `after` go on with what was done something to: killed a guard."""
    if tokens[place].text in around("own") or after >= len(tokens):
        return False
    return tokens[after].text in around("objects") or tokens[after].kind is NUMBER


def _reach(tokens: list[Token], first: int, stop: int) -> Iterator[int]:
    """The places behind a number that can still say something of it: to the clause's end, past an aside in commas.

    A number in an aside of its own goes on behind the aside's end: seven people, two of them children, died.
    """
    breaks = around("breaks")
    in_aside, is_own_aside = False, _begins_aside(tokens, first) or _begins_aside(tokens, first - 1)
    # The noun itself may be the event: 12 dead.
    for place in range(max(stop - 1, 0), min(stop + _EVENT_WORDS_BEHIND, len(tokens))):
        token = tokens[place]
        if token.text in _ENDS:
            return
        if token.text == ",":
            is_aside = _begins_aside(tokens, place + 1)
            if not (in_aside or is_aside or is_own_aside):
                return
            in_aside, is_own_aside = is_aside and not in_aside, is_own_aside and is_aside
        elif not in_aside:
            if place >= stop and (token.kind is NUMBER or token.text in breaks):
                return
            yield place


def _begins_aside(tokens: list[Token], place: int) -> bool:
    """`including`, or a part of those counted: three of them children."""
    return _text(tokens, place) in around("asides") or _text(tokens, place + 1) == "of"


def _event_before(tokens: list[Token], first: int) -> Event | None:
    known, away = phrases("events_before"), around("away")
    is_away = False
    for place in range(first - 1, max(first - _EVENT_WORDS_BEFORE, 0) - 1, -1):
        text = tokens[place].text
        if text in _ENDS and not _is_dated(tokens, place):
            return None
        if text in known.first and (found := _phrase_at(tokens, place, known)) is not None:
            meaning, after = found
            kind, _, toll = meaning.partition(" ")
            if after <= first and (toll or not (is_away or _is_passive(tokens, place))):
                return Event(kind)
        is_away = is_away or text in away
    return None


def _is_dated(tokens: list[Token], place: int) -> bool:
    """Whether it is the full stop of a date: 3. Mai."""
    return tokens[place].text == "." and place > 0 and tokens[place - 1].kind is NUMBER and is_month(tokens, place + 1)


def is_month(tokens: list[Token], place: int) -> bool:
    """Whether a month stands there."""
    return 0 <= place < len(tokens) and tokens[place].kind is WORD and tokens[place].text in all_of("months")


def _is_passive(tokens: list[Token], place: int) -> bool:
    """were killed: says something of what stands before, not of what follows."""
    return any(_text(tokens, back) in around("passive") for back in range(max(place - 2, 0), place))


def _phrase_at(tokens: list[Token], place: int, known: Phrases) -> tuple[str, int] | None:
    """What the longest phrase that begins at a token means, and the place behind it."""
    if tokens[place].text not in known.first or tokens[place].kind is not WORD:
        return None
    for length in range(known.longest, 0, -1):
        phrase = " ".join([_text(tokens, ahead) for ahead in range(place, place + length)])
        if (meaning := known.meanings.get(phrase)) is not None:
            return meaning, place + length
    return None


def _phrase_before(tokens: list[Token], first: int, known: Phrases) -> tuple[str, str, int] | None:
    if _text(tokens, first - 1) not in known.last:
        return None
    for length in range(min(known.longest, first), 0, -1):
        start = first - length
        phrase = " ".join(token.text for token in tokens[start:first])
        if (meaning := known.meanings.get(phrase)) is not None:
            return meaning, phrase, start
    return None


def _has_change(tokens: list[Token], first: int) -> bool:
    return any(_text(tokens, place) in clock("change") for place in range(max(first - _CHANGE_WORDS, 0), first))


def _text(tokens: list[Token], place: int) -> str:
    return tokens[place].text if 0 <= place < len(tokens) else ""
