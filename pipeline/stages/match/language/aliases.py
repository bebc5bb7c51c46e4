"""An actor spelled out in a query: `actor:("Lukashenko" | "Лукашенко" | =AL)`.

Each alias counts in every spelling that tagging would look for if the actor were listed: transliterated, with umlauts
spelled out, with its case endings in Slavic languages. It is looked for in the title and the text themselves. A surname
that only follows from a full name does not count alone: list it.
"""

import re
from functools import lru_cache

from pipeline.stages.match.language.query import Phrase, QueryError, Term, Variant, Wildcard, Word
from pipeline.stages.match.words import split
from pipeline.stages.tag import slavic
from pipeline.stages.tag.spellings import Spelling, spellings_of
from topics.records import Actor, ActorKind

_QUOTES = '"“”„‟«»＂'
ALIAS = re.compile(rf"\s*(?:(?P<exact>=)?[{_QUOTES}](?P<quoted>[^{_QUOTES}]*)[{_QUOTES}]|(?P<word>[^\s()|{_QUOTES}]+))")
BAR = re.compile(r"\s*(?P<sign>[|)])")
LISTS_ALIASES = re.compile(rf"(?:[{_QUOTES}][^{_QUOTES}]*[{_QUOTES}]|[^()|{_QUOTES}])*\|")
_HANGUL_END = re.compile("[\uac00-\ud7af]$")


def spelled_out(aliases: tuple[str, ...], *, start: int, position: int) -> Phrase:
    """The places of any of the aliases. QueryError at `start` when one has no letter or digit."""
    found: dict[tuple[Term, ...], Variant] = {}
    for alias in aliases:
        spelled = _spelled(alias)
        if not spelled:
            raise QueryError(start, f"the alias {alias!r} has no letter or digit", "leave it out")
        for variant in spelled:
            found.setdefault(variant.terms, variant)
    listed = " | ".join(f'="{alias[1:]}"' if alias.startswith("=") else f'"{alias}"' for alias in aliases)
    return Phrase(f"actor:({listed})", position, tuple(found.values()))


@lru_cache(maxsize=20_000)
def _spelled(alias: str) -> tuple[Variant, ...]:
    actor = Actor(actor_id="", name=alias, kind=ActorKind.PERSON)
    spellings = [one for one in spellings_of(actor) if one.evidence != "surname"]
    variants = (Variant(terms, alias.removeprefix("=")) for one in spellings if (terms := _terms(one)))
    return tuple(dict.fromkeys(variants))


def _terms(spelling: Spelling) -> tuple[Term, ...]:
    words = split(spelling.key).words
    letters = _letters(spelling, words)
    if letters is not None:
        return tuple(Word((word,), written) for word, written in zip(words, letters, strict=True))
    terms: list[Term] = [Word(_forms(word, spelling.alias)) for word in words]
    if terms and len(words[-1]) > 2 and _HANGUL_END.search(words[-1]):
        # Korean particles are written onto the name's end.
        terms[-1] = Wildcard(words[-1] + "*")
    return tuple(terms)


def _letters(spelling: Spelling, words: tuple[str, ...]) -> list[str] | None:
    """How each word must be written, where case counts."""
    if not spelling.is_exact:
        return None
    written = "".join(filter(str.isalnum, spelling.alias))
    if len(written) != sum(map(len, words)):
        return None
    ends = [sum(map(len, words[: place + 1])) for place in range(len(words))]
    return [written[end - len(word) : end] for end, word in zip(ends, words, strict=True)]


def _forms(word: str, alias: str) -> tuple[str, ...]:
    forms = {word: None}
    if slavic.is_cyrillic(word):
        forms.update(dict.fromkeys(sorted(frozenset().union(*slavic.forms(word)))))
    if "ة" in alias and word.endswith("ه"):
        forms[word[:-1] + "ة"] = None
    return tuple(forms)
