"""What a page says of itself, read once from its tree: JSON-LD first, then `meta` elements, then what readers see."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape

from lxml.etree import XPath
from lxml.html import HtmlElement

from pipeline.stages.clean import bylines, jsonld
from pipeline.stages.clean.jsonld import Linked
from pipeline.stages.clean.words import count, key, on_one_line, text_of
from pipeline.stages.urls import host_of

_LONGEST = 1000
_item_types = XPath("//@itemtype", smart_strings=False)
_SEPARATED = re.compile(r"\s+[|\u2013\u2014\u00b7\u2022»:-]\s+")
# Names as publishers use them in the public sets; Open Graph (https://ogp.me), Dublin Core, Parse.ly, Sailthru.
_TITLE_NAMES = ("og:title", "twitter:title", "dc.title", "citation_title", "parsely-title")
_DATE_NAMES = (
    *("article:published_time", "datepublished", "og:published_time", "article:published", "parsely-pub-date"),
    *("sailthru.date", "pubdate", "publishdate", "publish-date", "publish_date", "publication_date", "date"),
    *("cxenseparse:recs:publishtime", "dc.date.issued", "dcterms.created", "dc.date.created", "dc.date"),
    *("rnews:datepublished", "citation_publication_date", "bt:pubdate", "originalpublicationdate"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What a page says of itself. Texts are on one line, dates as they were written."""

    title: str = ""
    titles: tuple[str, ...] = ()
    """Every title the page or its feed gives it."""
    page_title: str = ""
    """What a browser shows in its tab."""
    authors: tuple[str, ...] = ()
    site_name: str | None = None
    section: str | None = None
    languages: tuple[str, ...] = ()
    """ISO 639-1, as declared, most specific first."""
    canonical_links: tuple[str, ...] = ()
    """Addresses the page calls its own, as written: link element, Open Graph, JSON-LD."""
    linked_dates: tuple[str, ...] = ()
    meta_dates: tuple[str, ...] = ()
    time_dates: tuple[str, ...] = ()
    is_article: bool = False
    """JSON-LD, Open Graph or microdata call the page an article."""
    types: frozenset[str] = field(default_factory=frozenset)
    """JSON-LD's types."""
    body: str = ""
    """JSON-LD's `articleBody`, perhaps with markup in it."""


def read(tree: HtmlElement, *, url: str, entry_title: str | None) -> Metadata:
    """What the page says of itself."""
    linked = jsonld.read(tree, url=url)
    named = _named(tree)
    site_name = _site_name(linked, named)
    page_title = on_one_line(next(map(text_of, tree.iter("title")), ""))[:_LONGEST]
    titles = tuple(_titles(tree, linked, named, page_title, entry_title))
    return Metadata(
        title=_choose_title(titles, site_name or host_of(url)),
        titles=titles,
        page_title=page_title,
        authors=bylines.authors(tree, linked, named, site_name),
        site_name=site_name,
        section=next(_texts(linked.article.get("articleSection")), None) or named.get("article:section"),
        languages=_languages(tree, linked, named),
        canonical_links=tuple(_canonical_links(tree, linked, named)),
        linked_dates=tuple(_texts(linked.article.get("datePublished"))),
        meta_dates=tuple(named[name] for name in _DATE_NAMES if name in named),
        time_dates=tuple(_time_dates(tree)),
        is_article=_is_article(tree, linked, named),
        types=linked.types,
        body=next((body for body in jsonld.as_list(linked.article.get("articleBody")) if isinstance(body, str)), ""),
    )


def _named(tree: HtmlElement) -> dict[str, str]:
    """The first content of each `meta` element, by its lower-case property, name or itemprop."""
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        content = on_one_line(unescape(element.get("content") or ""))[:_LONGEST]
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            name = (element.get(attribute) or "").lower()
            if name and content:
                found.setdefault(name, content)
    return found


def _texts(value: object) -> Iterator[str]:
    for item in jsonld.as_list(value):
        text = on_one_line(unescape(item))[:_LONGEST] if isinstance(item, str) else ""
        if text:
            yield text


def _titles(
    tree: HtmlElement, linked: Linked, named: dict[str, str], page_title: str, entry_title: str | None
) -> Iterator[str]:
    """Titles, the most trusted first; a heading counts when it is the page's only one."""
    for name in ("headline", "alternativeHeadline"):
        yield from _texts(linked.article.get(name))
    yield from (named[name] for name in _TITLE_NAMES if name in named)
    headings = [text for element in tree.iter("h1") if (text := on_one_line(text_of(element)))]
    yield from (heading[:_LONGEST] for heading in headings if len(headings) == 1)
    yield from (text for text in (page_title, on_one_line(entry_title or "")) if text)


def _choose_title(titles: tuple[str, ...], site: str) -> str:
    for title in titles:
        bare = _without_site(title, site)
        if bare and key(bare) != key(site):
            return bare
    return ""


def _without_site(title: str, site: str) -> str:
    """The title without the site's name before or after it. Without that name known, nothing is cut."""
    parts = _SEPARATED.split(title)
    names = {key(site), key(site.removeprefix("www.")), key(site.removeprefix("www.").partition(".")[0])} - {""}
    if len(parts) > 1 and key(parts[-1]) in names:
        return title[: title.rindex(parts[-1])].rstrip(" |\u2013\u2014\u00b7\u2022»:-")
    if len(parts) > 1 and key(parts[0]) in names and count(title) > count(parts[0]) + 2:
        return title[len(parts[0]) :].lstrip(" |\u2013\u2014\u00b7\u2022»:-")
    return title


def _site_name(linked: Linked, named: dict[str, str]) -> str | None:
    publisher = linked.resolve(next(iter(jsonld.as_list(linked.article.get("publisher"))), None))
    name = next(_texts(publisher.get("name")), None) if isinstance(publisher, dict) else None
    return named.get("og:site_name") or name or named.get("application-name")


def _languages(tree: HtmlElement, linked: Linked, named: dict[str, str]) -> tuple[str, ...]:
    declared = (
        *_texts(linked.article.get("inLanguage")),
        tree.get("lang") or tree.get("xml:lang") or "",
        named.get("og:locale", ""),
        named.get("content-language", ""),
    )
    codes = (re.match(r"[a-z]{2}(?![a-z])", language.lower()) for language in declared)
    return tuple(dict.fromkeys(code.group() for code in codes if code))


def _canonical_links(tree: HtmlElement, linked: Linked, named: dict[str, str]) -> Iterator[str]:
    for element in tree.iter("link"):
        if "canonical" in (element.get("rel") or "").lower().split():
            yield element.get("href") or ""
    yield named.get("og:url", "")
    yield from _texts(linked.article.get("url"))


def _time_dates(tree: HtmlElement) -> Iterator[str]:
    """Dates of `time` elements: those marked as publication; else the first one, if it is in an article or header."""
    elements = [element for element in tree.iter("time") if element.get("datetime")]
    for element in elements:
        if element.get("pubdate") is not None or "datepublished" in (element.get("itemprop") or "").lower():
            yield element.get("datetime")
    for element in elements[:1]:
        if any(ancestor.tag in ("article", "main", "header") for ancestor in element.iterancestors()):
            yield element.get("datetime")


def _is_article(tree: HtmlElement, linked: Linked, named: dict[str, str]) -> bool:
    if linked.article or named.get("og:type", "").lower() in ("article", "news", "blog"):
        return True
    if "article:published_time" in named or "citation_title" in named:
        return True
    items: list[str] = _item_types(tree)
    return sum(item.rstrip("/").endswith(("Article", "BlogPosting")) for item in items) == 1
