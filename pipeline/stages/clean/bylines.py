"""Who wrote it: authors from JSON-LD, `meta` elements, marked bylines, last from what begins as a byline."""

import re
from collections.abc import Iterable, Iterator

from lxml.etree import XPath
from lxml.html import HtmlElement

from pipeline.stages.clean import furniture, jsonld, labels
from pipeline.stages.clean.jsonld import Linked
from pipeline.stages.clean.words import count, key, on_one_line, text_of

_META_NAMES = (
    *("author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator", "byl"),
    *("citation_author", "bt:author", "cxenseparse:author"),
)
_BY = re.compile(
    r"^(written by|reported by|story by|posted by|by|par|von|autore?n?|автор|текст|بقلم|كتب)\b\s*:?\s*", re.IGNORECASE
)
_BETWEEN = re.compile(r"\s*[;|•]\s*|,\s+(?!(?:jr|sr|md|phd)\b)|\s+(?:and|et|und|и|та|&)\s+", re.IGNORECASE)
_ROLE = re.compile(
    r"(staff|senior|reporter|correspondent|editor|writer|journalist|contributor|newspaper|newsroom|agenc(y|ies)|"
    r"redaktion|rédaction|редакция|редакція)",
    re.IGNORECASE,
)
_NO_NAME = re.compile(r"https?:|[@\d{}<>]|\.(com|org|net)\b", re.IGNORECASE)
# By their attributes, which are fewer than elements.
_marked = XPath(
    "//@rel[. = 'author']/parent::a | //@itemprop[. = 'author']/.."
    " | descendant-or-self::*/@class[contains(., 'byline')]/.."
)
_LONGEST_BYLINE = 160
_LONGEST_NAME, _MOST_WORDS, _MOST_AUTHORS = 80, 6, 12


def authors(tree: HtmlElement, linked: Linked, named: dict[str, str], site_name: str | None) -> tuple[str, ...]:
    """Authors' names in their order, from the first source that has any; the site itself is no author."""
    sources = (
        _from_linked(linked),
        (named[name] for name in _META_NAMES if name in named),
        _from_marks(tree),
        _from_beginnings(tree),
    )
    for source in sources:
        names = {key(name): name for text in source for name in split(text)}
        names.pop(key(site_name or ""), None)
        if names:
            return tuple(names.values())[:_MOST_AUTHORS]
    return ()


def _from_linked(linked: Linked) -> Iterator[str]:
    for value in jsonld.as_list(linked.article.get("author")):
        author = linked.resolve(value)
        found = author.get("name") if isinstance(author, dict) else author
        yield from (text for text in jsonld.as_list(found) if isinstance(text, str))


def _from_marks(tree: HtmlElement) -> Iterable[str]:
    for element in _marked(tree)[:_MOST_AUTHORS]:
        text = on_one_line(text_of(element))
        is_stated = element.get("rel") == "author" or element.get("itemprop") == "author" or _BY.match(text)
        if is_stated and len(text) <= 2 * _LONGEST_NAME:
            yield text


def _from_beginnings(tree: HtmlElement) -> Iterator[str]:
    """The first short element that begins as a byline and goes on with names."""
    for element in tree.iter("p", "div", "span", "li", "address", "a"):
        start = (element.text or "").strip()
        if start and (labels.BY.match(start) or labels.BY_LABEL.match(start)):
            text = on_one_line(text_of(element))
            names = furniture.named_in(text) if len(text) <= _LONGEST_BYLINE else None
            if names is not None:
                yield names
                return


def split(text: str) -> Iterator[str]:
    """The persons in a byline, without what introduces them."""
    for part in _BETWEEN.split(_BY.sub("", on_one_line(text))):
        name = _BY.sub("", part).strip(" .,:-–—")
        is_name = name and not _NO_NAME.search(name) and count(name) <= _MOST_WORDS and len(name) <= _LONGEST_NAME
        if is_name and not (_ROLE.search(name) and count(name) > 1):
            yield name
