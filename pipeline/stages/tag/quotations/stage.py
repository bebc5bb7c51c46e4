"""Quoted words, their cues and their speakers put together."""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from pipeline.stages.tag.quotations import cues
from pipeline.stages.tag.quotations.cues import Cue, Reading
from pipeline.stages.tag.quotations.marks import Stretch, stretches
from pipeline.stages.tag.quotations.speakers import antecedent, last_named
from pipeline.stages.tag.unlisted import Section
from topics.records import Mention, Quotation, SpeakerEvidence

MOST = 200
"""An article keeps no more quotations, the first ones."""
MOST_LETTERS = 200_000
"""Nor more quoted letters: they are in the record twice, and it must fit a message of 4 MiB."""
_FEWEST_WORDS = 4
_INCISE_WORDS = 12
# What stands before words that break into quoted ones: a comma or the like and a dash; in French a comma.
_DASH = re.compile(r"[,.?!…;]\s*[—–]\s*")
_COMMA = re.compile(r"[,?!…]\s*")
_INCISE_END = re.compile(r"[—–.?!…,;:]")
_LEAD_END = re.compile(r"[.!?…:؟]")
_SENTENCE_CLOSE = re.compile(r"[.?!…؟]")


class _Piece(NamedTuple):
    """Quoted words of one speaker without a break, and the cue that broke into them."""

    stretch: Stretch
    cue: Cue | None = None


class _Speaker(NamedTuple):
    mention: Mention
    evidence: SpeakerEvidence
    verb: tuple[int, int] | None = None
    span: tuple[int, int] | None = None
    """Where the name or pronoun stands."""


class _Said(NamedTuple):
    """The last quoted words, who said them (None: somebody not named), and whether that was told behind them."""

    stretch: Stretch
    speaker: _Speaker | None
    is_told_behind: bool = False


def quotations(
    sections: Iterable[Section], mentions: Iterable[Mention], *, language: str | None
) -> tuple[Quotation, ...]:
    """The quotations with a known speaker in reading order, title first."""
    mentions = list(mentions)
    found = (quotation for section in sections for quotation in _in_section(section, mentions, language))
    kept: list[Quotation] = []
    letters = 0
    for quotation in islice(found, MOST):
        letters += len(quotation.text)
        if letters > MOST_LETTERS:
            break
        kept.append(quotation)
    return tuple(kept)


def _in_section(section: Section, mentions: list[Mention], language: str | None) -> Iterator[Quotation]:
    quoted = stretches(section.text)
    if not quoted:
        return
    reading = Reading(section, mentions, quoted, language)
    speech = [(chain, _is_speech(reading, chain)) for chain in _chains(quoted)]
    told = [(chain, is_speech) for chain, is_speech in speech if is_speech or _is_answer(reading, chain)]
    chains = [chain for chain, _ in told]
    said: _Said | None = None
    for place, (chain, is_speech) in enumerate(told):
        floor = chains[place - 1][-1].outer_end if place else 0
        stop = chains[place + 1][0].outer_start if place + 1 < len(chains) else len(section.text)
        pieces = [piece for stretch in chain for piece in _pieces(reading, stretch)]
        said = _said(reading, pieces, said, floor=floor, stop=stop)
        if said.speaker is not None and is_speech:
            for piece in pieces:
                yield _quotation(reading, piece.stretch, said.speaker)


def _chains(quoted: list[Stretch]) -> list[list[Stretch]]:
    chains: list[list[Stretch]] = []
    for stretch in quoted:
        if stretch.is_continued and chains:
            chains[-1].append(stretch)
        else:
            chains.append([stretch])
    return chains


def _is_speech(reading: Reading, chain: list[Stretch]) -> bool:
    """Whether there are words enough, and not a title's: all the long ones with a capital, no sign at the end."""
    spans = [(reading.place_from(stretch.start), reading.place_from(stretch.end)) for stretch in chain]
    words = [word for first, stop in spans for word in reading.words[first:stop]]
    if len(words) < _FEWEST_WORDS:
        return False
    long = [word for word in words if len(word.text) > 3]
    is_capitalised = len(long) > 1 and all(word.is_capitalised for word in long)
    return not is_capitalised or _SENTENCE_CLOSE.match(reading.text[chain[-1].end - 1]) is not None


def _is_answer(reading: Reading, chain: list[Stretch]) -> bool:
    """Whether they are few words with their speaker behind: no quotation, but what follows is the same speaker's."""
    cue = cues.behind(reading, chain[-1], len(reading.text)) if reading.text[chain[0].start].isupper() else None
    return cue is not None and cue.is_named and cue.verb is not None


def _said(reading: Reading, pieces: list[_Piece], last: _Said | None, *, floor: int, stop: int) -> _Said:
    first, end = pieces[0].stretch, pieces[-1].stretch
    inner = next((piece.cue for piece in pieces if piece.cue is not None), None)
    before = cues.before(reading, first, floor)
    behind = cues.behind(reading, end, stop) if inner is None else None
    if behind is not None and not behind.is_close and before is None and cues.is_inside_sentence(reading, first, floor):
        behind = None
    cue = inner or _better(before, behind, reading.text[first.start : first.outer_end])
    if cue is None:
        return _Said(end, _going_on(reading, first, last), last is not None and last.is_told_behind)
    known = last.speaker.mention if last is not None and last.speaker is not None else None
    return _Said(end, _speaker(reading, cue, known), cue is behind)


def _better(before: Cue | None, behind: Cue | None, words: str) -> Cue | None:
    """A named cue before one that is not; the one before the words where it is close, or they end no clause."""
    if before is None or behind is None:
        return before or behind
    if before.is_named != behind.is_named:
        return before if before.is_named else behind
    ends_with_comma = words.rstrip("\"“”»«’'").rstrip()[-1:] in (",", "،")
    return behind if ends_with_comma and not before.is_close else before


def _speaker(reading: Reading, cue: Cue, last: Mention | None) -> _Speaker | None:
    if cue.mention is not None:
        return _Speaker(cue.mention, SpeakerEvidence.CUE, cue.verb, (cue.mention.start, cue.mention.end))
    if cue.gender is None or cue.pronoun is None:
        return None
    mention = antecedent(reading, cue.pronoun[0], cue.gender, last)
    return _Speaker(mention, SpeakerEvidence.CARRIED, cue.verb, cue.pronoun) if mention is not None else None


def _going_on(reading: Reading, stretch: Stretch, last: _Said | None) -> _Speaker | None:
    """Who speaks words that have no cue: the speaker before, or the last person the paragraph names."""
    text = reading.text
    if not _is_sentence(text, stretch):
        return None
    paragraph = text.rfind("\n", 0, stretch.outer_start) + 1
    if last is not None and last.stretch.outer_end > paragraph:
        return _in_paragraph(reading, stretch, last)
    if not _begins_sentence(reading, stretch, paragraph):
        return None
    named = last_named(reading, paragraph, stretch.outer_start)
    if named is not None:
        return _Speaker(named, SpeakerEvidence.CARRIED)
    is_near = last is not None and text.count("\n", last.stretch.outer_end, stretch.outer_start) == 1
    if last is None or last.speaker is None or not is_near:
        return None
    return last.speaker._replace(evidence=SpeakerEvidence.CARRIED, verb=None, span=None)


def _in_paragraph(reading: Reading, stretch: Stretch, last: _Said) -> _Speaker | None:
    """The speaker of words before in the same paragraph, or a person named since in a sentence of its own."""
    first, stop = reading.place_from(last.stretch.outer_end), reading.place_from(stretch.outer_start)
    new = next((place for place in range(first + 1, stop) if reading.ends_before(place)), None)
    if last.speaker is None:
        return None
    if new is None:
        is_told = last.is_told_behind and last.speaker.evidence is SpeakerEvidence.CUE
        evidence = SpeakerEvidence.CUE if is_told else SpeakerEvidence.CARRIED
        return last.speaker._replace(evidence=evidence)
    named = last_named(reading, reading.words[new].start, stretch.outer_start)
    if named is not None:
        return _Speaker(named, SpeakerEvidence.CARRIED)
    return last.speaker._replace(evidence=SpeakerEvidence.CARRIED, verb=None, span=None)


def _begins_sentence(reading: Reading, stretch: Stretch, paragraph: int) -> bool:
    place = reading.place_from(stretch.start)
    lead = reading.text[max(paragraph, reading.words[place - 1].end if place else 0) : stretch.outer_start]
    return place == 0 or reading.words[place - 1].end <= paragraph or _LEAD_END.search(lead) is not None


def _is_sentence(text: str, stretch: Stretch) -> bool:
    """Whether the quoted words are whole sentences rather than a title or an expression."""
    first = text[stretch.start]
    closes = _SENTENCE_CLOSE.match(text[stretch.end - 1]) or _SENTENCE_CLOSE.match(text, stretch.outer_end)
    return closes is not None and (first.lower() == first.upper() or first.isupper())


def _pieces(reading: Reading, stretch: Stretch) -> list[_Piece]:
    """The stretch, or its parts round the words that say who speaks."""
    first, stop = reading.place_from(stretch.start), reading.place_from(stretch.end)
    for place in range(first + 1, stop):
        gap = reading.gap(place)
        is_dash = _DASH.search(gap) is not None
        if not is_dash and (_COMMA.fullmatch(gap) is None or reading.language != "fr"):
            continue
        if (end := _incise_end(reading, place, stop)) is None and is_dash:
            continue
        end = stop if end is None else end
        cue = cues.within(reading, place, end)
        if cue is not None and (is_dash or cue.is_inverted):
            return _broken(reading, stretch, place, end, cue)
    return [_Piece(stretch)]


def _incise_end(reading: Reading, first: int, stop: int) -> int | None:
    for place in range(first + 1, min(first + _INCISE_WORDS, stop)):
        if _INCISE_END.search(reading.gap(place)) is not None:
            return place
    return stop if stop - first <= _INCISE_WORDS else None


def _broken(reading: Reading, stretch: Stretch, first: int, end: int, cue: Cue) -> list[_Piece]:
    before = stretch._replace(end=reading.words[first - 1].end)
    parts = [_Piece(before, cue)]
    if end < reading.place_from(stretch.end):
        parts.append(_Piece(stretch._replace(start=reading.words[end].start), cue))
    return parts


def _quotation(reading: Reading, stretch: Stretch, speaker: _Speaker) -> Quotation:
    text, span, verb = reading.text, speaker.span, speaker.verb
    return Quotation(
        speaker=speaker.mention.name,
        speaker_actor_id=speaker.mention.actor_id,
        verb=text[slice(*verb)] if verb is not None else None,
        field=reading.field,
        start=stretch.start,
        end=stretch.end,
        text=text[stretch.start : stretch.end],
        speaker_start=span[0] if span is not None else None,
        speaker_end=span[1] if span is not None else None,
        confidence=speaker.evidence,
    )
