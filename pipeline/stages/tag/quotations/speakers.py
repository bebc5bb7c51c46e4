"""From cues to speakers: which person a pronoun stands for, and who goes on speaking where no cue says so."""

import re
from functools import cache
from itertools import takewhile

from pipeline.stages.tag import slavic
from pipeline.stages.tag.cutting import words as cut
from pipeline.stages.tag.lexicon import table
from pipeline.stages.tag.quotations.cues import Reading
from topics.records import ActorKind, Mention

_PARAGRAPHS_BACK = 2
_FEMININE_SURNAME = re.compile(r"(?:ова|ева|ина|ая|ська|цька|owa|ska|cka|ovna|ova|eva|skaya|aya|dottir)$")
_MASCULINE_SURNAME = re.compile(r"(?:ов|ев|ин|ий|ський|цький|owski|ski|cki|ov|ev|sky|skiy|sson)$")


def fits(reading: Reading, mention: Mention, gender: str) -> bool:
    """Whether a pronoun of that gender can stand for the actor; where nothing tells, it can."""
    if gender == "thing":
        return mention.kind is ActorKind.ORGANISATION
    if mention.kind is ActorKind.ORGANISATION:
        return gender == "any"
    own = _titled(reading, mention) or _gender(mention.name)
    return gender == "any" or own is None or own == gender


def antecedent(reading: Reading, offset: int, gender: str, last: Mention | None) -> Mention | None:
    """The actor a pronoun before that offset stands for: the last speaker if near, else the last named."""
    earliest = _back(reading.text, offset)
    if last is not None and last.field is reading.field and last.end >= earliest and fits(reading, last, gender):
        return last
    near = takewhile(lambda mention: mention.start >= earliest, reading.mentions_before(offset))
    return next((mention for mention in near if fits(reading, mention, gender)), None)


def last_named(reading: Reading, first: int, stop: int) -> Mention | None:
    """The last person named outside quotation marks between two offsets."""
    near = takewhile(lambda mention: mention.start >= first, reading.mentions_before(stop))
    return next((mention for mention in near if mention.kind is ActorKind.PERSON), None)


def _back(text: str, offset: int) -> int:
    """Where the second paragraph before that of the offset begins."""
    for _ in range(_PARAGRAPHS_BACK + 1):
        offset = text.rfind("\n", 0, max(offset, 0))
        if offset < 0:
            return 0
    return offset


def _titled(reading: Reading, mention: Mention) -> str | None:
    place = reading.place_from(mention.start)
    before = reading.words[place - 1].folded if place else ""
    for gender in ("feminine", "masculine"):
        if before in table("genders")[f"{gender}-title"]:
            return gender
    return None


@cache
def _listed(gender: str) -> frozenset[str]:
    return table("genders")[gender]


def _gender(name: str) -> str | None:
    """What a given name tells, else a Slavic surname's ending."""
    words = [word.folded for word in cut(name)]
    if len(words) < 2 or words[0] in _listed("either"):
        return None
    for gender in ("feminine", "masculine"):
        if words[0] in _listed(gender):
            return gender
    if _FEMININE_SURNAME.search(words[-1]):
        return "feminine"
    if _MASCULINE_SURNAME.search(words[-1]):
        return "masculine"
    ends_in_a = words[0].endswith(("a", "а", "я", "ia"))
    return "feminine" if ends_in_a and not slavic.is_patronymic(words[0]) else None
