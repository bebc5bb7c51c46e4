"""An article as it is handed to the kernel: its fields, what it has beside words, its mentions."""

from array import array
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from pipeline.stages.match.engine.kernel import KeyKind
from pipeline.stages.match.engine.programs import AUTHOR, KEYWORD, SECTION, SITE, TEXT, TITLE
from pipeline.stages.match.exact.reading import folded_name, lead_end
from pipeline.stages.text.fold import words
from pipeline.stages.urls import host_of
from topics.records import Article, Mention, TaggedArticle, TextField

if TYPE_CHECKING:
    from pipeline.stages.match.engine._kernel import Engine as Kernel
    from pipeline.stages.match.engine._kernel import Handed

FIELDS = (TextField.TITLE, TextField.TEXT)
"""By the numbers the kernel calls them by."""

_BETWEEN = "\n"
"""Between the authors, or keywords: words in a row across it are told apart by the exact evaluator."""


def hand_over(
    tagged: TaggedArticle, kernel: "Kernel", *, names_of: Callable[[str], Iterable[str]]
) -> "tuple[Handed, list[Mention]]":
    """The article for the kernel, and its mentions by the numbers they have there, from 1.

    Only names and attributes that some watch asks for are handed over.
    """
    counts = kernel.counts()
    mentions = _numbered(tagged.mentions) if counts["named"] else []
    known = array("I", _known(tagged, kernel) if counts["attributes"] else ())
    places = array("I", _places(mentions, kernel, names_of))
    return (_fields(tagged), known.tobytes(), places.tobytes()), mentions


def _fields(tagged: TaggedArticle) -> tuple[tuple[str, int, int], ...]:
    article = tagged.article
    terms = _BETWEEN.join([keyword.term for keyword in tagged.keywords])
    return (
        (article.title, TITLE, 0),
        (article.text, TEXT, lead_end(article.text)),
        (_BETWEEN.join(article.authors), AUTHOR, 0),
        (terms, KEYWORD, 0),
        (article.section or "", SECTION, 0),
        (article.site_name or "", SITE, 0),
    )


def _known(tagged: TaggedArticle, kernel: "Kernel") -> list[int]:
    found = (kernel.find(KeyKind.ATTRIBUTE, name) for name in set(_names_of_attributes(tagged)))
    return [key for key in found if key >= 0]


def _names_of_attributes(tagged: TaggedArticle) -> Iterator[str]:
    article = tagged.article
    yield f"lang:{article.language}"
    yield f"feed:{article.origin.feed_id}"
    for host in _hosts(article):
        labels = host.split(".")
        yield from ("site:" + ".".join(labels[place:]) for place in range(len(labels)))
    for figure in tagged.figures:
        yield f"figure:{figure.event or ''}"
        yield from (f"figure:{one}" for one in words(figure.unit or ""))
        yield from (f"figure:{one}" for one in words(figure.counted or ""))


def _hosts(article: Article) -> set[str]:
    return {host_of(address) for address in {article.canonical_url, article.url, article.origin.url}}


def _numbered(mentions: Iterable[Mention]) -> list[Mention]:
    """In the order in which one of several at the same words is told: by alias, then by actor."""
    return sorted(mentions, key=lambda one: (one.alias or "", one.actor_id or "", one.field, one.start, one.end))


def _places(mentions: Iterable[Mention], kernel: "Kernel", names_of: Callable[[str], Iterable[str]]) -> Iterator[int]:
    for number, mention in enumerate(mentions, start=1):
        listed = () if mention.actor_id is None else (folded_name(mention.actor_id), *names_of(mention.actor_id))
        for name in {folded_name(mention.name), *listed}:
            key = kernel.find(KeyKind.NAMED, name)
            if key >= 0:
                yield from (key, FIELDS.index(mention.field), mention.start, mention.end, number)
