"""People and organisations nobody listed: found by the rules, then found again wherever the article names them.

The second reading takes a full name anywhere, headlines included, an organisation by the letters given for it in
brackets, and a person by the surname alone where only one person of the article has it.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import NamedTuple

from pipeline.stages.tag import rules, slavic
from pipeline.stages.tag.cutting import Word
from pipeline.stages.tag.cutting import words as cut
from pipeline.stages.tag.lexicon import holds, table
from pipeline.stages.tag.lexicon import words as words_of
from pipeline.stages.tag.prose import capitals, headline_places, lower_case_words, runs
from topics.records import ActorKind, TextField

_MOST_WORDS = 6
_WEAKEST = "repeated"
_START = attrgetter("start")


class Named(NamedTuple):
    """An unlisted actor at offsets in a field."""

    field: TextField
    start: int
    end: int
    name: str
    kind: ActorKind
    evidence: str

    @property
    def surname(self) -> str | None:
        """What to compare surnames by; None where the name is one word or an organisation's."""
        parts = self.name.split()
        return surname_key(parts[-1]) if self.kind is ActorKind.PERSON and len(parts) > 1 else None

    @property
    def is_in_full(self) -> bool:
        """Whether the whole name stands there, not a surname for it."""
        return self.end - self.start == len(self.name)


class Section:
    """One field of an article with its words."""

    def __init__(self, field: TextField, text: str) -> None:
        self.field = field
        self.text = text
        self.words = cut(text)
        self.headlines = headline_places(self.words, text)
        self.capitals = capitals(self.words)
        self.runs = list(runs(self.words, self.capitals))

    def place_at(self, start: int) -> int | None:
        """Which word begins at that offset; None when none does."""
        place = bisect_left(self.words, start, key=_START)
        return place if place < len(self.words) and self.words[place].start == start else None

    def named(self, first: int, stop: int, kind: ActorKind, evidence: str) -> Named:
        """The actor at these places."""
        start, end = self.words[first].start, self.words[stop - 1].end
        return Named(self.field, start, end, self.text[start:end], kind, evidence)


def surname_key(surname: str) -> str:
    """The surname as it is compared within an article, case endings of Cyrillic ones cut off."""
    folded = " ".join(word.folded for word in cut(surname))
    return slavic.stem(folded) if slavic.is_cyrillic(folded) else folded


def find(sections: Iterable[Section], *, language: str | None) -> list[Named]:
    """What the rules find outside headlines, in order, and the organisations' acronyms."""
    sections = list(sections)
    lower_case = frozenset().union(*(lower_case_words(section.words) for section in sections))
    stops = table("stop_words").get(language or "") or words_of("stop_words")
    alone = frozenset().union(*(_alone(section, stops) for section in sections))
    found: list[Named] = []
    for section in sections:
        setting = rules.Setting(section.text, section.words, lower_case, stops, language == "de", alone)
        for run in section.runs:
            if run.start not in section.headlines:
                for finding in rules.judge(run, setting):
                    found.append(section.named(*finding))
                    found.extend(_acronym(section, finding, setting))
    return _in_full(found)


def _alone(section: Section, stops: frozenset[str]) -> Iterator[str]:
    """The capitalised words that stand by themselves before a verb of saying, outside headlines."""
    for run in section.runs:
        names = [place for place in run if section.words[place].folded not in stops]
        if names == [run.stop - 1] and run.start not in section.headlines and _speaks(section.words, run.stop):
            yield section.words[run.stop - 1].folded


def _speaks(words: list[Word], place: int) -> bool:
    return place < len(words) and words[place].is_joined and holds("saying", words[place].folded)


def find_again(sections: Iterable[Section], known: list[Named]) -> list[Named]:
    """Every place where the named actors stand once more, by the same name, by acronym or by surname."""
    if not known:
        return []
    names = {_key(named.name): named for named in reversed(known)}
    surnames = _surnames(known)
    found: list[Named] = []
    for section in sections:
        taken = [(named.start, named.end) for named in known if named.field is section.field]
        found.extend(_repeated(section, _free(section, taken), names, surnames))
    return found


def _in_full(found: list[Named]) -> list[Named]:
    """The same, with the full name for a person found by a title and the surname alone."""
    surnames = _surnames(found)
    owners = (surnames.get(_key(named.name)[-1]) if _is_surname(named) else None for named in found)
    return [
        named if owner is None else named._replace(name=owner.name) for named, owner in zip(found, owners, strict=True)
    ]


def _is_surname(named: Named) -> bool:
    return named.kind is ActorKind.PERSON and len(_key(named.name)) == 1


def _acronym(section: Section, finding: rules.Finding, setting: rules.Setting) -> Iterator[Named]:
    letters = rules.acronym_behind(finding, setting)
    if letters is not None and finding.kind is ActorKind.ORGANISATION:
        start = setting.words[finding.stop - 1].end + 2
        yield Named(section.field, start, start + len(letters), letters, finding.kind, "acronym")


def _surnames(known: list[Named]) -> dict[str, Named | None]:
    """Whose each surname is; nobody's where two have it, save that a weaker proof takes none from a stronger one."""
    owners: dict[str, Named | None] = {}
    for named in sorted(known, key=lambda named: named.evidence == _WEAKEST):
        surname = named.surname
        if surname is not None:
            other = owners.setdefault(surname, named)
            if other is not None and _key(other.name) != _key(named.name) and not _is_weaker(named, other):
                owners[surname] = None
    return owners


def _is_weaker(named: Named, other: Named) -> bool:
    return named.evidence == _WEAKEST != other.evidence


def _free(section: Section, taken: list[tuple[int, int]]) -> Iterator[int]:
    """The places of the capitalised words that are free, in order."""
    spans = sorted(taken)
    span = 0
    for place in section.capitals:
        word = section.words[place]
        while span < len(spans) and spans[span][1] <= word.start:
            span += 1
        if span == len(spans) or spans[span][0] >= word.end:
            yield place


def _repeated(
    section: Section, free: Iterator[int], names: dict[tuple[str, ...], Named], surnames: dict[str, Named | None]
) -> Iterator[Named]:
    words = section.words
    beginnings = {key[0] for key in names if key}
    stop = 0
    for place in free:
        if place < stop:
            continue
        length = 0
        if _word_key(words[place]) in beginnings:
            length = next((n for n in range(_MOST_WORDS, 0, -1) if _joined_key(words, place, n) in names), 0)
        if length:
            known = names[_joined_key(words, place, length)]
            yield section.named(place, place + length, known.kind, known.evidence)
        elif (owner := _owner(section, place, surnames)) is not None:
            yield section.named(place, place + 1, owner.kind, "surname")._replace(name=owner.name)
        stop = place + length


def _owner(section: Section, place: int, surnames: dict[str, Named | None]) -> Named | None:
    owner = surnames.get(_word_key(section.words[place]))
    is_alone = owner is not None and stands_alone(section.words, place, is_lenient=place in section.headlines)
    return owner if is_alone else None


def stands_alone(words: list[Word], place: int, *, is_lenient: bool) -> bool:
    """Whether a surname is not part of another's name or of a longer name; lenient where capitals tell nothing."""
    before = words[place - 1] if words[place].is_joined else None
    after = words[place + 1] if place + 1 < len(words) and words[place + 1].is_joined else None
    if after is not None and after.is_capitalised and holds("head_words", after.folded):
        return False
    if before is None or not before.is_capitalised:
        return before is None or not before.is_particle
    if is_lenient:
        return not holds("given_names", before.folded)
    known = ("titles", "roles", "stop_words", "not_surnames")
    return any(holds(table, before.folded) for table in known)


def _joined_key(words: list[Word], place: int, length: int) -> tuple[str, ...]:
    """The compared words from a place on; empty where they do not follow each other."""
    following = words[place : place + length]
    if len(following) < length or not all(word.is_joined for word in following[1:]):
        return ()
    return tuple(map(_word_key, following))


def _key(name: str) -> tuple[str, ...]:
    return tuple(map(_word_key, cut(name)))


def _word_key(word: Word) -> str:
    return slavic.stem(word.folded) if slavic.is_cyrillic(word.folded) else word.folded
