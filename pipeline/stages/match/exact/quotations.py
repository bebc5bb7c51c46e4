"""Whose quotations a query looks into."""

from pipeline.stages.match.exact.places import runs
from pipeline.stages.match.exact.reading import Reading, Scope, folded_name
from pipeline.stages.match.language.query import Named, Phrase, Says
from pipeline.stages.match.words import split
from topics.records import Quotation

_STEPS_OF_A_SPEAKER = 10


def scopes(leaf: Says, reading: Reading) -> list[Scope]:
    """The quoted words of each of the speaker's quotations."""
    reading.work.spend(_STEPS_OF_A_SPEAKER * len(reading.quotations))
    return [Scope(one.field, one.start, one.end) for one in reading.quotations if _is_by(leaf.speaker, one, reading)]


def _is_by(speaker: Named | Phrase | None, quotation: Quotation, reading: Reading) -> bool:
    if speaker is None:
        return True
    if isinstance(speaker, Phrase):
        names, language = split(quotation.speaker), reading.article.language
        return any(runs(variant, names, language=language, work=reading.work) for variant in speaker.variants)
    actor_id = quotation.speaker_actor_id
    listed = () if actor_id is None else (folded_name(actor_id), *reading.names_of(actor_id))
    return speaker.name == folded_name(quotation.speaker) or speaker.name in listed
