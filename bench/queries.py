"""The articles and watches of the benchmarks of matching, made from a seed: anybody has the same.

Words are made up, and chosen by Zipf's law. The watches have the shape of a newsroom's: of each hundred, 40 are of a
person with spellings, some with context and without something; 20 of an organisation; 20 of two or three clauses joined
by AND and NOT; 8 of two words near each other; 5 of a prefix and 2 of a fuzzy word, with context; 3 of words in the
title and a language; 2 of phrases. People and organisations are in the news by Zipf's law, too: some in every other
article, most in none.

Other worlds: the same in Cyrillic, and in ideographs; watches that all ask for one common word beside their own; and
the three shapes that Flax measured in 2012 to 2015 (5 words that must be there and 2 that must not; 100 and 20; 20
wildcards).
"""

from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate
from random import Random
from typing import Literal

from topics.records import Article, Origin, TaggedArticle

SEED = 20260301
_AT = datetime(2026, 3, 1, tzinfo=UTC)
_WORDS_OF_ARTICLE = 950
_VOCABULARY = 60_000
_PEOPLE = 40_000
_NAMES_OF_ARTICLE = 24
LANGUAGES = ("en", "de", "fr")


@dataclass(frozen=True, slots=True)
class Script:
    """What words are made of: syllables, a vowel for each consonant."""

    consonants: str
    vowels: str
    between: str = " "
    """What stands between words."""
    stop: str = "."


LATIN = Script("bcdfghjklmnprtvw", "aeiou")
CYRILLIC = Script("бвгджзклмнпрстфх", "аеиоуы")
IDEOGRAPHS = Script("", "".join(map(chr, range(0x4E00, 0x4E00 + 3_000))), between="", stop="。")


@dataclass(frozen=True, slots=True)
class Leaf:
    """Something to look for."""

    kind: Literal["words", "prefix", "fuzzy", "title", "lang"]
    words: tuple[str, ...]

    def written(self) -> str:
        """In the language of watches. Quoted, so that no plural is meant: other engines have none."""
        match self.kind:
            case "prefix":
                return f"{self.words[0]}*"
            case "fuzzy":
                return f"{self.words[0]}~1"
            case "lang":
                return f"lang:{self.words[0]}"
            case "title":
                return f'title:"{" ".join(self.words)}"'
        return f'"{" ".join(self.words)}"'


@dataclass(frozen=True, slots=True)
class Wanted:
    """A watch before it is written: one of each group, the pairs near each other, none of the excluded."""

    groups: tuple[tuple[Leaf, ...], ...]
    excluded: tuple[Leaf, ...] = ()
    near: tuple[tuple[Leaf, Leaf, int], ...] = ()

    def written(self) -> str:
        """In the language of watches."""
        parts = [_one_of(group) for group in self.groups]
        parts += [f"{one.written()} NEAR/{distance} {other.written()}" for one, other, distance in self.near]
        return " AND ".join(parts) + "".join(f" -{leaf.written()}" for leaf in self.excluded)


def _one_of(group: Sequence[Leaf]) -> str:
    written = " OR ".join(leaf.written() for leaf in group)
    return f"({written})" if len(group) > 1 else written


class Zipf:
    """Chooses things by Zipf's law, the first most often."""

    def __init__(self, things: Sequence[str], *, shift: float = 2.7) -> None:
        self._things = things
        self._weights = list(accumulate(1 / (rank + shift) for rank in range(len(things))))

    def choose(self, random: Random) -> str:
        """One of them."""
        return self._things[bisect(self._weights, random.random() * self._weights[-1])]


@dataclass(slots=True)
class World:
    """A language and its people: what articles and watches are made of, one after the other from one seed."""

    random: Random
    script: Script
    words: Sequence[str]
    common: Zipf
    people: Zipf
    names: Sequence[str]

    def word(self, *, rarest: float = 1.0, commonest: float = 0.0) -> str:
        """A word of those ranks, as shares of the vocabulary."""
        low, high = int(commonest * len(self.words)), int(rarest * len(self.words))
        return self.words[self.random.randrange(low, high)]

    def name(self) -> tuple[str, ...]:
        """A person's or an organisation's; it is not the better known that are watched most."""
        return tuple(self.random.choice(self.names).split(" "))


def world(script: Script = LATIN, *, seed: int = SEED) -> World:
    """A language of that script."""
    random = Random(seed)
    words = _vocabulary(random, script)
    given, family = words[2_000:8_000], words[8_000:48_000]
    names = [f"{random.choice(given)} {random.choice(family)}" for _ in range(_PEOPLE)]
    return World(random, script, words, Zipf(words), Zipf(names, shift=30), names)


def articles(made: World, count: int) -> list[TaggedArticle]:
    """Articles of about 6,000 characters, some of their words people's names; made before the watches."""
    return [_article(made, number) for number in range(count)]


def newsroom(made: World, count: int) -> Iterator[Wanted]:
    """Watches of the shape above."""
    shapes = [shape for shape, _ in _SHAPES if made.script.between or shape not in _OF_SPACED_WORDS]
    shares = [share for shape, share in _SHAPES if shape in shapes]
    return (made.random.choices(shapes, shares)[0](made) for _ in range(count))


def sharing(made: World, count: int) -> Iterator[Wanted]:
    """Watches of one word of their own each, and one word that every article has."""
    return (Wanted(((_words(made.words[3]),), (_words(made.word(commonest=0.1)),))) for _ in range(count))


def flax_small(made: World, count: int) -> Iterator[Wanted]:
    """Five words that must be there, two that must not."""
    return (_must(made, 5, 2, rarest=0.02) for _ in range(count))


def flax_large(made: World, count: int) -> Iterator[Wanted]:
    """A hundred words that must be there, twenty that must not."""
    return (_must(made, 100, 20, rarest=0.0007) for _ in range(count))


def flax_wildcards(made: World, count: int) -> Iterator[Wanted]:
    """Twenty prefixes, any of them."""
    return (Wanted((tuple(Leaf("prefix", (made.word(commonest=0.1)[:6],)) for _ in range(20)),)) for _ in range(count))


def _must(made: World, count: int, excluded: int, *, rarest: float) -> Wanted:
    # Common words, or hardly anything would match.
    groups = tuple((_words(made.word(rarest=rarest)),) for _ in range(count))
    return Wanted(groups, tuple(_words(made.word(commonest=0.02, rarest=0.2)) for _ in range(excluded)))


def _words(*words: str) -> Leaf:
    return Leaf("words", words)


def _person(made: World) -> Wanted:
    name = made.name()
    aliases = [_words(*name), _words(name[-1], name[0])]
    aliases += [_words(made.word(commonest=0.05), name[-1]) for _ in range(made.random.randrange(3))]
    groups = [tuple(aliases)]
    if made.random.random() < 0.3:
        groups.append((_words(made.word(rarest=0.03)), _words(made.word(rarest=0.03))))
    excluded = (_words(made.word(rarest=0.3)),) if made.random.random() < 0.3 else ()
    return Wanted(tuple(groups), excluded)


def _organisation(made: World) -> Wanted:
    long = (made.word(commonest=0.03), made.word(commonest=0.01, rarest=0.2), *made.name()[-1:])
    return Wanted(((_words(*long[:2]), _words(*long), _words(made.word(commonest=0.8))),))


def _boolean(made: World) -> Wanted:
    groups = tuple(
        tuple(_words(made.word(commonest=0.002, rarest=0.5)) for _ in range(made.random.randint(1, 3)))
        for _ in range(made.random.randint(2, 3))
    )
    excluded = (_words(made.word(rarest=0.02)),) if made.random.random() < 0.3 else ()
    return Wanted(groups, excluded)


def _near(made: World) -> Wanted:
    one, other = made.word(rarest=0.05), made.word(rarest=0.1)
    if one == other:  # Lucene takes one word for both, we take two
        return _near(made)
    return Wanted((), near=((_words(one), _words(other), made.random.choice((3, 5, 10))),))


def _prefix(made: World) -> Wanted:
    word = made.word(commonest=0.1)
    return Wanted(((Leaf("prefix", (word[: max(3, len(word) - 2)],)),), (_words(made.word(rarest=0.02)),)))


def _fuzzy(made: World) -> Wanted:
    context = tuple(_words(made.word(rarest=0.02)) for _ in range(2))
    return Wanted(((Leaf("fuzzy", (_long_word(made),)),), context))


def _title(made: World) -> Wanted:
    return Wanted(((Leaf("title", (made.word(rarest=0.1),)),), (Leaf("lang", (made.random.choice(LANGUAGES),)),)))


def _phrase(made: World) -> Wanted:
    return Wanted(((_words(made.word(rarest=0.002), made.word(rarest=0.002)),),))


_SHAPES: tuple[tuple[Callable[[World], Wanted], int], ...] = (
    (_person, 40),
    (_organisation, 20),
    (_boolean, 20),
    (_near, 8),
    (_prefix, 5),
    (_fuzzy, 2),
    (_title, 3),
    (_phrase, 2),
)

# A prefix of ideographs is those words themselves.
_OF_SPACED_WORDS = (_prefix, _fuzzy)


def _long_word(made: World) -> str:
    while len(word := made.word(commonest=0.1)) < 5:
        pass
    return word


def _vocabulary(random: Random, script: Script) -> list[str]:
    """Made-up words, the commonest first and shortest; no two alike."""
    words: dict[str, None] = {}
    while len(words) < _VOCABULARY:
        syllables = 2 + (len(words) >= 2_000) + (len(words) >= 12_000)
        words["".join(_syllable(random, script) for _ in range(syllables))] = None
    return list(words)


def _syllable(random: Random, script: Script) -> str:
    return (random.choice(script.consonants) if script.consonants else "") + random.choice(script.vowels)


def _article(made: World, number: int) -> TaggedArticle:
    random = made.random
    words = [made.common.choose(random) for _ in range(_WORDS_OF_ARTICLE)]
    for _ in range(_NAMES_OF_ARTICLE):
        place = random.randrange(len(words))
        words[place : place + 2] = made.people.choose(random).split(" ")
    title, words = words[:9], words[9:]
    between, stop = made.script.between, made.script.stop
    sentences = [between.join(words[start : start + 18]).capitalize() + stop for start in range(0, len(words), 18)]
    return article_of(between.join(sentences), between.join(title).capitalize(), number, random.choice(LANGUAGES))


def article_of(text: str, title: str = "", number: int = 0, language: str = "en") -> TaggedArticle:
    """An article with that text, and nothing tagged in it."""
    url = f"https://bench.example/{number}"
    origin = Origin(page_id=str(number), version_id=str(number), url=url, fetched_at=_AT, seen_at=_AT)
    article = Article(
        origin=origin,
        url=url,
        canonical_url=url,
        title=title,
        text=text,
        text_digest=str(number),
        language=language,
    )
    return TaggedArticle(article=article, page_id=str(number))


WORLDS: dict[str, tuple[Script, Callable[[World, int], Iterator[Wanted]]]] = {
    "newsroom": (LATIN, newsroom),
    "cyrillic": (CYRILLIC, newsroom),
    "ideographs": (IDEOGRAPHS, newsroom),
    "sharing": (LATIN, sharing),
    "flax-5-2": (LATIN, flax_small),
    "flax-100-20": (LATIN, flax_large),
    "flax-wildcards": (LATIN, flax_wildcards),
}
"""A script and watches, by name."""
