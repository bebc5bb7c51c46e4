"""The words of one language that tell who speaks, compiled from the word tables; all languages' where it is unknown."""

from functools import cache
from typing import NamedTuple

from pipeline.stages.tag import slavic
from pipeline.stages.tag.cutting import Word
from pipeline.stages.tag.lexicon import table, words

_LONGEST_PHRASE = 4


class Wording(NamedTuple):
    """What the cues look words up in."""

    verbs: frozenset[str]
    verb_stems: frozenset[str]
    """Of Cyrillic verbs, whose forms agree with their subject."""
    light: frozenset[str]
    owning: frozenset[str]
    ends: frozenset[str]
    according: frozenset[str]
    """Phrases of one to four words."""
    is_english: bool

    def is_verb(self, word: Word) -> bool:
        """Whether it is a verb of saying; a capital makes it part of a name, but for scripts and places without one."""
        if word.is_capitalised and not word.begins_sentence:
            return False
        first = word.folded.partition(" ")[0]
        return first in self.verbs or (slavic.is_cyrillic(first) and slavic.stem(first) in self.verb_stems)


@cache
def wording(language: str | None) -> Wording:
    """The tables of a language."""
    verbs = _of("speech_verbs", language)
    return Wording(
        verbs=verbs,
        verb_stems=frozenset(slavic.stem(verb) for verb in verbs if slavic.is_cyrillic(verb)),
        light=_of("light_words", language),
        owning=_of("owning_words", language),
        ends=_of("clause_ends", language),
        according=_of("according", language),
        is_english=language == "en",
    )


def pronoun_of(word: Word, language: str | None) -> str | None:
    """The gender of a pronoun, of one written onto a verb too (`dit-il`): `masculine`, `feminine`, `any`, `thing`."""
    return _pronouns(language).get(word.folded.rpartition(" ")[2])


def according_to_pronoun(phrase: str) -> str | None:
    """The gender in a phrase like `according to her`."""
    return _genders("according_to_them").get(phrase)


def phrases_at(words: list[Word], place: int, stop: int) -> list[tuple[int, str]]:
    """The phrases of up to four words that begin there, longest first, with the place after each."""
    found: list[tuple[int, str]] = []
    phrase = ""
    for end in range(place, min(place + _LONGEST_PHRASE, stop)):
        phrase = f"{phrase} {words[end].folded}" if phrase else words[end].folded
        found.append((end + 1, phrase))
    return found[::-1]


@cache
def _pronouns(language: str | None) -> dict[str, str]:
    """A language's pronouns; English ones where it has none, since a short word means other things elsewhere."""
    by_language = {tuple(key.split(" ")): entries for key, entries in table("pronouns").items()}
    known = language if any(language == of for of, _ in by_language) else "en"
    return {entry: gender for (of, gender), entries in by_language.items() if of == known for entry in entries}


@cache
def _genders(name: str) -> dict[str, str]:
    return {entry: gender for gender, entries in table(name).items() for entry in entries}


def _of(name: str, language: str | None) -> frozenset[str]:
    """A language's entries; everybody's where it has none."""
    return table(name).get(language or "") or words(name)
