"""Who is said to speak, in the sentence that quoted words stand in: before, behind or between them."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pipeline.stages.tag.cutting import Word
from pipeline.stages.tag.quotations.marks import Stretch
from pipeline.stages.tag.quotations.wording import (
    Wording,
    according_to_pronoun,
    phrases_at,
    pronoun_of,
    wording,
)
from pipeline.stages.tag.unlisted import Section
from topics.records import ActorKind, Mention, TextField

_SENTENCE_END = re.compile(r"[.!?…](?:\W|$)|[\n;؟]")
_CLAUSE_WORDS = 28
_SUBJECT_WORDS = 16
_NAME_BEFORE_COLON_WORDS = 9
_VERB_TO_QUOTE_WORDS = 14
_MENTIONS_BACK = 12
_LEADING_WORDS = 3
_POSSESSIVE = ("'s", "’s", "' ", "’ ")


class Cue(NamedTuple):
    """What a sentence says of the speaker. Neither mention nor gender: somebody it does not name."""

    verb: tuple[int, int] | None
    mention: Mention | None = None
    gender: str | None = None
    """Of the pronoun that stands for the speaker."""
    pronoun: tuple[int, int] | None = None
    is_close: bool = True
    """The verb, or its subject, stands right at the quoted words."""
    is_inverted: bool = False
    """The subject stands behind the verb, or is a pronoun written onto it or its auxiliary."""

    @property
    def is_named(self) -> bool:
        """Whether somebody can be the speaker."""
        return self.mention is not None or self.gender is not None


class Reading:
    """One field with its words, its mentions by the word they begin at, and its quoted stretches."""

    def __init__(self, section: Section, mentions: Iterable[Mention], quoted: list[Stretch], language: str | None):
        self.field: TextField = section.field
        self.text = section.text
        self.words: list[Word] = section.words
        self.quoted = quoted
        self.wording: Wording = wording(language)
        self.language = language
        self.starts = [word.start for word in section.words]
        self.mentions = sorted((item for item in mentions if item.field is section.field), key=lambda item: item.start)
        self._by_start = {item.start: item for item in reversed(self.mentions)}
        self._mention_starts = [item.start for item in self.mentions]
        self._quoted_starts = [stretch.outer_start for stretch in quoted]

    def place_from(self, offset: int) -> int:
        """The place of the first word that begins at or behind an offset."""
        return bisect_left(self.starts, offset)

    def mention_at(self, place: int) -> Mention | None:
        """The actor named from that word on."""
        return self._by_start.get(self.words[place].start)

    def mentions_before(self, offset: int) -> Iterator[Mention]:
        """The actors named before an offset outside quotation marks, the last first; not farther than twelve."""
        place = bisect_left(self._mention_starts, offset)
        for mention in reversed(self.mentions[max(0, place - _MENTIONS_BACK) : place]):
            if not self._is_quoted(mention.start):
                yield mention

    def _is_quoted(self, offset: int) -> bool:
        place = bisect_left(self._quoted_starts, offset) - 1
        return place >= 0 and self.quoted[place].outer_end > offset

    def gap(self, place: int) -> str:
        """What stands between that word and the one before it."""
        return self.text[self.words[place - 1].end if place else 0 : self.words[place].start]

    def ends_before(self, place: int) -> bool:
        """Whether a sentence ends between that word and the one before it."""
        return not self.words[place].is_joined and _SENTENCE_END.search(self.gap(place)) is not None


def behind(reading: Reading, stretch: Stretch, stop: int) -> Cue | None:
    """The cue in the rest of the sentence behind quoted words, looked for up to the offset `stop`."""
    clause = _clause_behind(reading, stretch, stop)
    if not clause:
        return None
    if (cue := _according(reading, clause, limit=3)) is not None:
        return cue
    verb = _first_verb(reading, clause)
    if verb is None:
        return _signed(reading, stretch, clause)
    subject = _subject_before(reading, range(clause.start, verb), is_first_wanted=True)
    if subject is None and _is_light(reading, range(clause.start, verb)):
        subject = _pronoun(reading, verb, "-") or _subject_behind(reading, range(verb + 1, clause.stop))
    start = reading.words[clause.start].start
    begins = verb == clause.start or (
        subject is not None and start in (_place(subject.mention), _place(subject.pronoun))
    )
    return (subject or Cue(None))._replace(verb=_span(reading, verb), is_close=begins)


def before(reading: Reading, stretch: Stretch, floor: int) -> Cue | None:
    """The cue in the sentence that leads to quoted words, looked for down to the offset `floor`."""
    clause, gap = _clause_before(reading, stretch, floor)
    if not clause:
        return None
    if (cue := _according(reading, clause, limit=2)) is not None:
        return cue
    verb = next((place for place in reversed(clause) if reading.wording.is_verb(reading.words[place])), None)
    if verb is None or clause.stop - verb > _VERB_TO_QUOTE_WORDS:
        return _named_before_colon(reading, clause) if ":" in gap else None
    subject = _subject_before(reading, range(clause.start, verb), is_first_wanted=False)
    if subject is None and (not reading.wording.is_english or verb == clause.start):
        subject = _pronoun(reading, verb, "-") or _subject_behind(reading, range(verb + 1, clause.stop))
    return (subject or Cue(None))._replace(verb=_span(reading, verb), is_close=":" in gap or clause.stop - verb < 3)


def is_inside_sentence(reading: Reading, stretch: Stretch, floor: int) -> bool:
    """Whether words of its own sentence lead to the quoted words without a comma or colon: her remark that “…”."""
    clause, gap = _clause_before(reading, stretch, floor)
    return len(clause) >= _LEADING_WORDS and not gap.strip(" \u00a0\u202f")


def within(reading: Reading, first: int, stop: int) -> Cue | None:
    """The cue in the words from `first` to `stop` that break into quoted words: — says she —."""
    verb = _first_verb(reading, range(first, min(stop, first + 4)))
    if verb is None:
        return None
    onto = next((cue for place in range(first, verb + 1) if (cue := _pronoun(reading, place, "-")) is not None), None)
    subject = onto or _subject_behind(reading, range(verb + 1, stop))
    is_inverted = subject is not None
    subject = subject or _subject_before(reading, range(first, verb), is_first_wanted=True)
    if subject is None:
        return None
    return subject._replace(verb=_span(reading, verb), is_inverted=is_inverted)


def _clause_behind(reading: Reading, stretch: Stretch, stop: int) -> range:
    words = reading.words
    first = reading.place_from(stretch.outer_end)
    if first >= len(words) or words[first].start >= stop:
        return range(0)
    gap = reading.text[stretch.outer_end : words[first].start]
    if _SENTENCE_END.search(gap) is not None:
        return range(0)
    begins_anew = reading.text[stretch.end - 1] in ".…" and not any(sign in gap for sign in ",—–-،")
    if begins_anew and words[first].is_capitalised:
        return range(0)
    last = first + 1
    while last < min(len(words), first + _CLAUSE_WORDS) and words[last].start < stop and not reading.ends_before(last):
        last += 1
    return range(first, last)


def _clause_before(reading: Reading, stretch: Stretch, floor: int) -> tuple[range, str]:
    words = reading.words
    stop = reading.place_from(stretch.outer_start)
    if stop == 0 or words[stop - 1].start < floor:
        return range(0), ""
    gap = reading.text[words[stop - 1].end : stretch.outer_start]
    if _SENTENCE_END.search(gap) is not None and re.fullmatch(r"\s*:\s*\n\s*", gap) is None:
        return range(0), gap
    first = stop - 1
    while first > max(0, stop - _CLAUSE_WORDS) and words[first - 1].start >= floor and not reading.ends_before(first):
        first -= 1
    return range(first, stop), gap


def _first_verb(reading: Reading, clause: range) -> int | None:
    return next((place for place in clause if reading.wording.is_verb(reading.words[place])), None)


def _is_light(reading: Reading, clause: range) -> bool:
    return all(reading.words[place].folded in reading.wording.light for place in clause)


def _according(reading: Reading, clause: range, *, limit: int) -> Cue | None:
    """`according to X` at the clause's beginning, or within its first words."""
    for place in range(clause.start, min(clause.start + limit, clause.stop)):
        for after, phrase in phrases_at(reading.words, place, clause.stop):
            span = (reading.words[place].start, reading.words[after - 1].end)
            if (gender := according_to_pronoun(phrase)) is not None:
                return Cue(span, gender=gender, pronoun=span)
            if phrase in reading.wording.according:
                subject = _subject_behind(reading, range(after, clause.stop))
                return (subject or Cue(None))._replace(verb=span)
    return None


def _subject_before(reading: Reading, clause: range, *, is_first_wanted: bool) -> Cue | None:
    """The first or the last in the clause that can be the subject of a verb behind it; persons before organisations."""
    found = _subjects(reading, clause)
    if not found:
        return None
    if not is_first_wanted:
        found = found[::-1]
    return next((cue for cue in found if not _is_organisation(cue)), found[0])


def _subjects(reading: Reading, clause: range) -> list[Cue]:
    found: list[Cue] = []
    for place in clause:
        if (mention := reading.mention_at(place)) is not None:
            if not _is_possessive(reading, mention) and not _is_owned(reading, place, mention):
                found.append(Cue(None, mention))
        elif (cue := _pronoun(reading, place, "")) is not None:
            found.append(cue)
    return found


def _is_organisation(cue: Cue) -> bool:
    return cue.mention is not None and cue.mention.kind is ActorKind.ORGANISATION


def _subject_behind(reading: Reading, clause: range) -> Cue | None:
    """The first that can be the subject of a verb before it; persons before organisations."""
    organisation: Cue | None = None
    for place in clause[:_SUBJECT_WORDS]:
        word = reading.words[place]
        if (mention := reading.mention_at(place)) is not None:
            if not _is_possessive(reading, mention) and (
                place == clause.start or not _is_owned(reading, place, mention)
            ):
                if mention.kind is ActorKind.PERSON:
                    return Cue(None, mention)
                organisation = organisation or Cue(None, mention)
        elif place == clause.start and (cue := _pronoun(reading, place, "")) is not None:
            return cue
        elif word.folded in reading.wording.ends and place > clause.start:
            break
    return organisation


def _is_possessive(reading: Reading, mention: Mention) -> bool:
    return reading.text.startswith(_POSSESSIVE, mention.end)


def _is_owned(reading: Reading, place: int, mention: Mention) -> bool:
    """Whether a word before the actor makes the speaker somebody of theirs: `a spokesman for`.

    An organisation speaks through its spokesman, save where its name goes with a noun: `an adviser to Acme clients`.
    """
    if place == 0:
        return False
    before = reading.words[place - 1]
    is_behind = reading.text[before.end : mention.start].strip() in ("", "'", "’")
    if not is_behind or before.folded not in reading.wording.owning:
        return False
    return mention.kind is ActorKind.PERSON or _goes_with_noun(reading, mention)


def _goes_with_noun(reading: Reading, mention: Mention) -> bool:
    place = reading.place_from(mention.end)
    if place == len(reading.words) or not reading.words[place].is_joined:
        return False
    word = reading.words[place]
    return not reading.wording.is_verb(word) and word.folded not in reading.wording.light


def _pronoun(reading: Reading, place: int, joint: str) -> Cue | None:
    """The pronoun that a word is, or with a joint that is written onto it."""
    word = reading.words[place]
    if joint not in word.text or (word.is_capitalised and not word.begins_sentence):
        return None
    gender = pronoun_of(word, reading.language)
    return Cue(None, gender=gender, pronoun=(word.start, word.end)) if gender is not None else None


def _named_before_colon(reading: Reading, clause: range) -> Cue | None:
    if len(clause) > _NAME_BEFORE_COLON_WORDS:
        return None
    subject = _subject_before(reading, clause, is_first_wanted=False)
    return subject if subject is not None and subject.mention is not None else None


def _signed(reading: Reading, stretch: Stretch, clause: range) -> Cue | None:
    """A name behind a dash, with nothing else in its line but what somebody is."""
    gap = reading.text[stretch.outer_end : reading.words[clause.start].start]
    mention = reading.mention_at(clause.start)
    if mention is None or gap.strip() not in ("—", "–", "-", "~"):
        return None
    rest = reading.text[mention.end : mention.end + 2]
    return Cue(None, mention) if not rest.strip() or rest[0] in ",\n" else None


def _span(reading: Reading, place: int) -> tuple[int, int]:
    return reading.words[place].start, reading.words[place].end


def _place(found: Mention | tuple[int, int] | None) -> int | None:
    """Where a mention or a span begins."""
    return found.start if isinstance(found, Mention) else found[0] if found is not None else None
