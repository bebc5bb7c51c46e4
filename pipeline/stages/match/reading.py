"""An article as watches look at it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pipeline.stages.match.query import Named, Phrase
from pipeline.stages.match.words import Words, split
from topics.records import Article, Keyword, Mention, TaggedArticle, TextField


@dataclass(frozen=True, slots=True)
class Reading:
    """An article's words, and its mentions by every name they can be asked for."""

    article: Article
    keywords: tuple[Keyword, ...]
    fields: dict[TextField, Words]
    """The title first."""
    named: dict[str, tuple[Mention, ...]]
    """Mentions by the folded ids, names and aliases of their actors, title first, in the order of the text."""

    def in_fields(self, phrase: Phrase) -> Iterable[tuple[TextField, Words]]:
        """The fields the phrase is looked for in."""
        return self.fields.items() if phrase.field is None else ((phrase.field, self.fields[phrase.field]),)

    def mentions(self, leaf: Named) -> tuple[Mention, ...]:
        """The mentions of the actor."""
        return self.named.get(leaf.name, ())


def read(tagged: TaggedArticle, *, names_of: Callable[[str], Iterable[str]]) -> Reading:
    """The article as watches look at it; `names_of` gives the folded names and aliases of a listed actor by its id."""
    article = tagged.article
    return Reading(
        article=article,
        keywords=tagged.keywords,
        fields={TextField.TITLE: split(article.title), TextField.TEXT: split(article.text)},
        named=_by_name(tagged.mentions, names_of),
    )


def folded_name(name: str) -> str:
    """An id or name as `actor:` finds it: its words folded, single spaces between them."""
    return " ".join(split(name).words)


def _by_name(mentions: Iterable[Mention], names_of: Callable[[str], Iterable[str]]) -> dict[str, tuple[Mention, ...]]:
    found: dict[str, list[Mention]] = {}
    for mention in sorted(mentions, key=lambda one: (one.field is TextField.TEXT, one.start, one.end)):
        listed = () if mention.actor_id is None else (folded_name(mention.actor_id), *names_of(mention.actor_id))
        for name in {folded_name(mention.name), *listed}:
            found.setdefault(name, []).append(mention)
    return {name: tuple(those) for name, those in found.items()}
