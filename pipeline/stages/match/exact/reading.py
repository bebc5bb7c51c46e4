"""An article as watches look at it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from pipeline.stages.match.exact.work import Work
from pipeline.stages.match.language.query import LEAD_CHARACTERS, LEAD_LINES
from pipeline.stages.match.words import Words, split
from pipeline.stages.text.fold import fold
from topics.records import Actor, Article, Figure, Keyword, Mention, Quotation, TaggedArticle, TextField


class Scope(NamedTuple):
    """A stretch of the article: what lies in it, its ends included."""

    field: TextField
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reading:
    """An article's words, and its mentions by every name they can be asked for."""

    article: Article
    keywords: tuple[Keyword, ...]
    quotations: tuple[Quotation, ...]
    figures: tuple[Figure, ...]
    fields: dict[TextField, Words]
    """The title first."""
    named: dict[str, tuple[Mention, ...]]
    """Mentions by the folded ids, names and aliases of their actors, title first, in the order of the text."""
    names_of: Callable[[str], Iterable[str]]
    """The folded names and aliases of a listed actor by its id."""
    lead_end: int
    """Where the lead ends in the text."""
    work: Work = field(default_factory=Work)
    """Of the query that is evaluated."""


def read(tagged: TaggedArticle, *, names_of: Callable[[str], Iterable[str]]) -> Reading:
    """The article as watches look at it; `names_of` gives the folded names and aliases of a listed actor by its id."""
    article = tagged.article
    title = split(article.title)
    return Reading(
        article=article,
        keywords=tagged.keywords,
        quotations=tagged.quotations,
        figures=tagged.figures,
        fields={TextField.TITLE: title, TextField.TEXT: split(article.text, earlier=title.places)},
        named=_by_name(tagged.mentions, names_of),
        names_of=names_of,
        lead_end=lead_end(article.text),
    )


@lru_cache(maxsize=100_000)
def folded_name(name: str) -> str:
    """An id or name as `actor:` finds it: its words folded, single spaces between them."""
    return " ".join(split(name).words)


def folded_names(actor: Actor) -> tuple[str, ...]:
    """The actor's name and aliases as `actor:` finds them, each once."""
    written = (actor.name, *(alias.removeprefix("=") for alias in actor.aliases))
    return tuple(dict.fromkeys(map(folded_name, written)))


def found_by(actor: Actor) -> frozenset[str]:
    """What `actor:` finds the actor by: those, and the id."""
    return frozenset((folded_name(actor.actor_id), *folded_names(actor)))


def lead_end(text: str) -> int:
    """Where the lead of the text ends: with its second line that holds a word, at `LEAD_CHARACTERS` at the latest."""
    lines = start = 0
    while start < min(len(text), LEAD_CHARACTERS) and lines < LEAD_LINES:
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        lines += end > LEAD_CHARACTERS or fold(text[start:end]).strip() != ""
        start = end + 1
    return min(max(start - 1, 0), LEAD_CHARACTERS)


def _by_name(mentions: Iterable[Mention], names_of: Callable[[str], Iterable[str]]) -> dict[str, tuple[Mention, ...]]:
    found: dict[str, list[Mention]] = {}
    for mention in sorted(mentions, key=lambda one: (one.field is TextField.TEXT, one.start, one.end)):
        listed = () if mention.actor_id is None else (folded_name(mention.actor_id), *names_of(mention.actor_id))
        for name in {folded_name(mention.name), *listed}:
            found.setdefault(name, []).append(mention)
    return {name: tuple(those) for name, those in found.items()}
