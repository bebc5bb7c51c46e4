"""A text as the rules for unlisted actors read it: its words, and the runs of capitalised ones."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from pipeline.stages.tag.lexicon import words as lexicon
from pipeline.stages.text.fold import fold

# Dotted initials, or letters and digits with signs inside. Most words begin with two of these and no initials do, so
# they are tried first. No part can be read in two ways: time is linear.
_LINKED = "(?:[-‐‑'’&/]{0}+)*"
_INITIALS = r"(?:[^\W\d_]\.){{2,}}"
_WORD, _WORD_BESIDE_UNDERSCORES = (
    re.compile(f"({{0}}{{{{2,}}}}{_LINKED}|{_INITIALS}|{{0}}{_LINKED})".format(letter)) for letter in (r"\w", r"[^\W_]")
)
_POSSESSIVE = re.compile(r"['’]s$")
# Articles and prepositions French and Italian write onto the next word; D’Alema and L’Oréal have capitals.
_ELISION = re.compile(r"(?:[dlnmtsjc]|qu|dell|all|nell|sull|dall|un)['’](?=\w)")
# Arabic articles written onto a name; dell’Acqua and the like are cut off before.
_ARTICLE = re.compile(r"(?:a[ldrstnzh]|ash|e[ldrstnz]|ul|ou?l)-[A-ZÀ-Þ]")
# What may be a name's own possessive inside it: People’s Party.
_OWN_POSSESSIVE = frozenset(("people", "women", "children", "men", "workers", "farmers", "king", "queen"))
_MOST_HEADLINE_WORDS = 25
_HEADLINE_SHARE = 0.85
_ENDS = frozenset('.!?:\n“”"«»„…•|')
_JOINED = (True, False)
_SPACE = frozenset((" ", "\u00a0", "\u202f"))


class Word(NamedTuple):
    """A word of a text; offsets in the text."""

    start: int
    end: int
    text: str
    folded: str
    is_joined: bool
    """Only a space stands before it, or an abbreviation's full stop and a space."""
    begins_sentence: bool
    is_capitalised: bool
    """It begins with a capital, behind a written-on article too: al-Assad."""

    @property
    def is_particle(self) -> bool:
        """Whether it is a small word that stands inside names."""
        return self.text in lexicon("particles")

    @property
    def is_initial(self) -> bool:
        """Whether it is one letter or dotted letters: J., J.K."""
        return len(self.text) == 1 or "." in self.text


def read(text: str) -> list[Word]:
    """The words in order."""
    folded = fold(text)
    words: list[Word] = []
    # Split in one go, and the tuple's own constructor: match objects and the named tuple's would double the time.
    parts = (_WORD_BESIDE_UNDERSCORES if "_" in text else _WORD).split(text)
    new = tuple.__new__
    last_end = place = 0
    for before, written in zip(parts[::2], parts[1::2], strict=False):
        start, surface = place + len(before), written
        place = end = start + len(written)
        has_capital = surface[0].isupper()
        if not surface.isalnum():
            start, end = _bare(text, start, end)
            surface = text[start:end]
            if not surface:
                continue
            has_capital = surface[0].isupper() or _ARTICLE.match(surface) is not None
        gap = text[last_end:start]
        is_joined, begins = _JOINED if gap == " " and words else _judge(gap, words)
        shape = folded[start:end]
        if " " in shape:
            shape = " ".join(shape.split())
        words.append(new(Word, (start, end, surface, shape, is_joined, begins, has_capital)))
        last_end = end
    return words


def _bare(text: str, start: int, end: int) -> tuple[int, int]:
    """Where a word stands without what is elided before it and the possessive behind it."""
    if (elided := _ELISION.match(text, start, end)) is not None:
        start = elided.end()
    possessive = _POSSESSIVE.search(text, start, end)
    return start, possessive.start() if possessive is not None else end


def runs(words: list[Word]) -> Iterator[range]:
    """The longest stretches of joined capitalised words, particles inside them included, as places in `words`."""
    stop = 0
    for place, word in enumerate(words):
        if word.is_capitalised and place >= stop:
            stop = _run_end(words, place)
            yield range(place, stop)


def is_headline(words: list[Word]) -> bool:
    """Whether it is a short line of mostly capitalised words, so that a capital tells nothing."""
    if len(words) > _MOST_HEADLINE_WORDS:
        return False
    long = [word for word in words if len(word.text) > 3 and word.text[0].isalpha()]
    return len(long) > 2 and sum(word.is_capitalised for word in long) > _HEADLINE_SHARE * len(long)


def lower_case_words(words: list[Word]) -> frozenset[str]:
    """The folded words that also occur without a capital."""
    return frozenset(word.folded for word in words if word.text[0].islower())


def headline_places(words: list[Word], text: str) -> frozenset[int]:
    """The places of words in lines that are capitalised throughout."""
    found: set[int] = set()
    first = 0
    for place in range(1, len(words) + 1):
        if place == len(words) or _begins_line(words, place, text):
            ends_sentence = text[words[place - 1].end : words[place - 1].end + 1] == "."
            if not ends_sentence and is_headline(words[first:place]):
                found.update(range(first, place))
            first = place
    return frozenset(found)


def _begins_line(words: list[Word], place: int, text: str) -> bool:
    # No joined word does, which most are.
    return not words[place].is_joined and "\n" in text[words[place - 1].end : words[place].start]


def _run_end(words: list[Word], start: int) -> int:
    stop = start + 1
    while stop < len(words) and words[stop].is_joined:
        ahead = stop
        while ahead < len(words) and words[ahead].is_joined and words[ahead].is_particle and ahead - stop < 3:
            ahead += 1
        if ahead >= len(words) or not words[ahead].is_joined or not words[ahead].is_capitalised:
            break
        stop = ahead + 1
    return stop


def _judge(gap: str, before: list[Word]) -> tuple[bool, bool]:
    if not before:
        return False, True
    if gap in _SPACE:
        return _JOINED
    previous = before[-1]
    if gap in ("'s ", "’s ") and previous.folded in _OWN_POSSESSIVE:
        return previous.is_capitalised, False
    if gap == ". " and (previous.is_initial or previous.folded in lexicon("abbreviations")):
        return previous.is_capitalised, False
    return False, not _ENDS.isdisjoint(gap)
