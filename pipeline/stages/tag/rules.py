"""What a run of capitalised words is: a person, an organisation or, for want of proof, nothing.

In order:

1. Leading grammatical words go, and a sentence's first word that the text also has in lower case.
2. `legal-form`: it ends (in Russian, Ukrainian, Belarusian begins) with a company's legal form.
3. `head-word`: it ends with a word organisations are built on, or begins with one that `of` or a name follows.
4. `known`: the whole run is an organisation known everywhere.
5. `title`: what stands behind a title or office is a person, a single word too.
6. `given-name`, `initials`, `patronymic`: two to four words that begin with a known given name or initials, or hold a
   patronymic; `surname-ending`: two words, the second with an ending that only surnames have.
7. `role`, `age`, `saying`: two or three words beside a role, before an age, before a verb of saying, or behind one that
   follows quoted words.
8. `repeated`: two words of which the article elsewhere has the second alone before a verb of saying, never the first.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from pipeline.stages.tag import slavic
from pipeline.stages.tag.cutting import Word
from pipeline.stages.tag.lexicon import entries, holds, table
from pipeline.stages.tag.lexicon import words as lexicon
from topics.records import ActorKind

# Endings hardly any other capitalised word has: Slavic, Romanian, Georgian, Armenian, Greek, Scandinavian, Finnish.
_SURNAME = re.compile(
    r"\w(?:ovic|evic|ovich|evich|owicz|ewicz|enko|chuk|ovsky|evsky|ovski|evski|owski|ewski|owska|ewska|insky|inski"
    r"|escu|shvili|adze|poulos|akis|idis|sson|sdottir|ainen|onen|енко|енка|чук|ович|евич|ский|ская|ський|ська|скі"
    r"|швили|швілі|ян)$"
)
_KIND_OF_PERSON = re.compile(r"(?:ist|cian|logian|crat|ican|ese|tuber|voter|winner|maker|star|legend|fan|incumbent)$")
_AGE = re.compile(r",? (?:aged )?\d\d[,;.)]|,? \(\d\d\)")
_ACRONYM = re.compile(r" \(([^\W\d_]{2,7})\)")
_CLOSING_MARKS = frozenset("\"”“»’'")
# Behind these an organisation's name may take another complement: Front for the Liberation of Xanu.
_PURPOSES = frozenset(("for", "pour", "fur", "para", "per"))
_MOST_NAME_WORDS = 4


class Finding(NamedTuple):
    """An unlisted actor at places (`first` to `stop`, exclusive) in a text's words."""

    first: int
    stop: int
    kind: ActorKind
    evidence: str


class Setting(NamedTuple):
    """What the rules may look at besides the run."""

    text: str
    words: list[Word]
    lower_case: frozenset[str]
    """Words the article also has in lower case."""
    stops: frozenset[str]
    """The grammatical words of the article's language."""
    has_capital_nouns: bool
    """German: a capital proves nothing, so rules 7 and 8 are off."""
    alone: frozenset[str] = frozenset()
    """Words with a capital that the article also has by themselves, speaking."""


def judge(run: range, setting: Setting) -> Iterator[Finding]:
    """The actors in one run."""
    run = _trimmed(run, setting)
    if not run:
        return
    organisation = _organisation(run, setting)
    if organisation is not None:
        yield organisation
        return
    has_title = _stands_behind_title(run, setting.words)
    if len(run) == 1 and not has_title:
        return
    office = _last_office(run, setting.words)
    if office is None:
        yield from _one(_person(run, setting, has_title))
        return
    before, after = range(run.start, office), range(office + 1, run.stop)
    if before:
        yield from _one(_organisation(before, setting))
    if after:
        has_title = holds("titles", setting.words[office].folded)
        yield from _one(_organisation(after, setting) or _person(after, setting, has_title))


def acronym_behind(finding: Finding, setting: Setting) -> str | None:
    """The letters in brackets behind an organisation's name: `(SDI)`."""
    found = _ACRONYM.match(setting.text, setting.words[finding.stop - 1].end)
    return found[1] if found is not None and found[1].isupper() else None


def is_title(word: Word) -> bool:
    """Whether the word is a title or office that only one person of a surname is likely to have."""
    return holds("titles", word.folded) and not holds("courtesy_titles", word.folded)


def _one(finding: Finding | None) -> Iterator[Finding]:
    if finding is not None:
        yield finding


def _trimmed(run: range, setting: Setting) -> range:
    start = run.start
    while start < run.stop:
        word = setting.words[start]
        if not _is_grammatical(word, setting):
            is_common = word.begins_sentence and word.folded in setting.lower_case and len(run) > 1
            if not (is_common or word.is_particle) or word.folded in lexicon("given_names"):
                break
        start += 1
    return range(start, run.stop)


def _is_grammatical(word: Word, setting: Setting) -> bool:
    if word.folded in lexicon("not_surnames"):
        return False
    return word.folded in setting.stops and not word.is_initial and not word.text.isupper()


def _organisation(run: range, setting: Setting) -> Finding | None:
    words = setting.words
    first, last = words[run.start], words[run.stop - 1]
    if len(run) > 1 and (last.folded in lexicon("legal_forms") or first.text in entries("legal_forms_before")):
        return Finding(run.start, run.stop, ActorKind.ORGANISATION, "legal-form")
    stop = _extended(run, setting)
    if stop > run.stop or (len(run) > 1 and holds("head_words", last.folded)):
        return Finding(run.start, stop, ActorKind.ORGANISATION, "head-word")
    if first.folded in _leading_heads() and 1 < len(run) <= _MOST_NAME_WORDS:
        return Finding(run.start, run.stop, ActorKind.ORGANISATION, "head-word")
    if setting.text[first.start : last.end] in entries("organisations"):
        return Finding(run.start, run.stop, ActorKind.ORGANISATION, "known")
    return None


@cache
def _leading_heads() -> frozenset[str]:
    heads = table("head_words")
    return frozenset().union(*(found for language, found in heads.items() if language not in ("en", "de", "nl")))


def _extended(run: range, setting: Setting) -> int:
    """Where a name ends that goes on with `of …` behind its head word; the run's own end where it does not."""
    words = setting.words
    if not holds("head_words", words[run.stop - 1].folded):
        return run.stop
    place = _with_complement(words, run.stop)
    if place > run.stop and words[run.stop].folded in _PURPOSES:
        place = _with_complement(words, place)
    if place == run.stop or not holds("joint_head_words", words[run.stop - 1].folded):
        return place
    last = _past(words, place, table("connectors")["and"])
    if place < last < len(words) and _goes_on(words[last]) and not holds("head_words", words[last].folded):
        return last + 1
    return place


def _with_complement(words: list[Word], place: int) -> int:
    """The place behind `of the Xanu Valley`; the place itself where that does not stand there."""
    connectors = table("connectors")
    behind = _past(words, place, connectors["preposition"])
    if behind == place:
        return place
    first = end = _past(words, behind, connectors["article"])
    while end < len(words) and _goes_on(words[end]):
        end += 1
    return end if end > first else place


def _past(words: list[Word], place: int, passed: frozenset[str]) -> int:
    """The place after one joined lower-case word of those, or the place itself."""
    is_passed = place < len(words) and words[place].is_joined and words[place].text[0].islower()
    return place + 1 if is_passed and words[place].folded in passed else place


def _goes_on(word: Word) -> bool:
    return word.is_joined and word.is_capitalised


def _last_office(run: range, words: list[Word]) -> int | None:
    for place in reversed(run):
        if holds("titles", words[place].folded) or holds("roles", words[place].folded):
            return place
    return None


def _stands_behind_title(run: range, words: list[Word]) -> bool:
    if run.start == 0 or not words[run.start].is_joined:
        return False
    before = words[run.start - 1]
    is_clear = before.is_capitalised or before.folded not in lexicon("ambiguous_titles")
    return is_clear and holds("titles", before.folded)


def _person(run: range, setting: Setting, has_title: bool) -> Finding | None:
    words = setting.words
    if len(run) < 2 and not has_title:
        return None
    run = _without_peoples(run, words, has_title)
    run = _from_given_name(run, words)
    names = [words[place] for place in run if not words[place].is_particle]
    if not _is_name(names, setting):
        return None
    evidence = _proof(run, names, setting, has_title)
    return None if evidence is None else Finding(run.start, run.stop, ActorKind.PERSON, evidence)


def _without_peoples(run: range, words: list[Word], has_title: bool) -> range:
    """The run without the countries, peoples and parties in front of a given name, or behind a title."""
    start = run.start
    while start + 1 < run.stop and _is_people_or_party(words[start], has_title):
        start += 1
    if start > run.start and words[start - 1].folded in lexicon("place_beginnings"):
        return run
    return range(start, run.stop) if has_title or holds("given_names", words[start].folded) else run


def _from_given_name(run: range, words: list[Word]) -> range:
    """The run from a given name on, where what a person is stands before it with a capital: Scientologist Tom Xanu."""
    for place in range(run.start + 1, run.stop - 1):
        if holds("given_names", words[place - 1].folded):
            break
        before = words[place - 1]
        is_kind = before.text.isupper() or _KIND_OF_PERSON.search(before.folded) is not None
        if is_kind and len(before.text) > 2 and holds("given_names", words[place].folded):
            return range(place, run.stop)
    return run


def _is_people_or_party(word: Word, has_title: bool) -> bool:
    # Mayor Bill Xanu: behind a title a given name stays, though it is another word as well.
    return holds("not_surnames", word.folded) and not (has_title and holds("given_names", word.folded))


def _is_name(names: list[Word], setting: Setting) -> bool:
    if not 1 <= len(names) <= _MOST_NAME_WORDS:
        return False
    has_given_name = len(names) > 1 and holds("given_names", names[0].folded)
    doubtful = names[1:] if has_given_name else names
    if has_given_name and names[-1].folded in lexicon("also_surnames"):
        doubtful = doubtful[:-1]
    if any(holds("not_surnames", word.folded) for word in doubtful):
        return False
    if holds("head_words", names[-1].folded) or _is_grammatical(names[-1], setting):
        return False
    return not any(map(_has_digit, names)) and len(names[-1].text) > 1


def _has_digit(word: Word) -> bool:
    return not word.text.isalpha() and any(map(str.isdigit, word.text))


def _proof(run: range, names: list[Word], setting: Setting, has_title: bool) -> str | None:
    first = names[0]
    if has_title:
        return "title"
    if len(names) < 2:
        return None
    if holds("given_names", first.folded):
        return "given-name"
    if any(word.is_initial for word in names[:-1]):
        return "initials"
    if any(slavic.is_cyrillic(word.folded) and slavic.is_patronymic(word.folded) for word in names[1:]):
        return "patronymic"
    if len(names) == 2 and _SURNAME.search(names[1].folded) and not any(word.text.isupper() for word in names):
        return "surname-ending"
    if len(names) > 3 or any(word.text.isupper() for word in names):
        return None
    if _speaks_behind_quotation(run, setting):
        return "saying"
    if setting.has_capital_nouns:
        return None
    return _neighbourhood(run, setting) or _repeated(names, setting)


def _repeated(names: list[Word], setting: Setting) -> str | None:
    """`Name Surname`, and elsewhere in the article the surname alone, but never the name."""
    if len(names) != 2 or any(character in word.text for word in names for character in "&/"):
        return None
    first, last = (word.folded for word in names)
    is_repeated = last in setting.alone and first not in setting.alone and first != last
    is_common = {first, last} & setting.lower_case or any(_is_of_things(word.folded) for word in names)
    return "repeated" if is_repeated and not is_common else None


def _is_of_things(word: str) -> bool:
    return any(holds(name, word) for name in ("not_surnames", "head_words", "titles", "roles", "stop_words"))


def _neighbourhood(run: range, setting: Setting) -> str | None:
    words, text = setting.words, setting.text
    if _AGE.match(text, words[run.stop - 1].end) is not None:
        return "age"
    after = words[run.stop] if run.stop < len(words) else None
    if _stands_behind_role(run, setting) or _is_apposition(run, setting):
        return "role"
    return "saying" if after is not None and after.is_joined and holds("saying", after.folded) else None


def _speaks_behind_quotation(run: range, setting: Setting) -> bool:
    """`…," said Name Name`: nothing but a verb of saying between quoted words and the name."""
    words = setting.words
    if run.start < 2 or not words[run.start].is_joined:
        return False
    verb, quoted = words[run.start - 1], words[run.start - 2]
    gap = setting.text[quoted.end : verb.start]
    return not verb.is_capitalised and holds("saying", verb.folded) and any(mark in gap for mark in _CLOSING_MARKS)


def _stands_behind_role(run: range, setting: Setting) -> bool:
    """`his son Name Name` and `his son, Name Name, …`."""
    words, text = setting.words, setting.text
    if run.start == 0 or not holds("roles", words[run.start - 1].folded):
        return False
    gap, behind = text[words[run.start - 1].end : words[run.start].start], words[run.stop - 1].end
    return words[run.start].is_joined or (gap == ", " and text[behind : behind + 1] in (",", ".", ""))


def _is_apposition(run: range, setting: Setting) -> bool:
    """`Name Name, the former head of …`: a comma, an article or nothing, at most two words more, a role."""
    words, place = setting.words, run.stop
    if place >= len(words) or setting.text[words[place - 1].end : words[place].start] != ", ":
        return False
    for ahead in range(place, min(place + 4, len(words))):
        if ahead > place and not words[ahead].is_joined:
            return False
        if words[ahead].folded in lexicon("roles"):
            return True
    return False
