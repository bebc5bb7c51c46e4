"""Pages that are no article, and why.

1. A front page by its address, unless the page calls itself an article under a query.
2. An error page or a robot check by its title, when there is little text.
3. A consent wall by its address, or by what it says when there is little text.
4. A section or list of headlines: nothing calls it an article, and its address, its type or its body's class says
   list, or most of it is headline links with hardly a paragraph between them.
5. No text at all, or too little to be a report.
"""

import re
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlsplit

from lxml.etree import XPath
from lxml.html import HtmlElement

from pipeline.stages.clean import cues
from pipeline.stages.clean.metadata import Metadata
from pipeline.stages.clean.words import count, key, length, text_of
from pipeline.stages.outcome import Drop, DropReason
from pipeline.stages.urls import host_of

_FRONT = re.compile(r"/?|/(index|default|home)(\.\w{2,5})?/?|/[a-z]{2}(-[a-z]{2})?/?", re.IGNORECASE)
_LIST_PATH = re.compile(
    r"/(tags?|categor(y|ies)|authors?|topics?|sections?|rubri[ck]\w*|search|archives?|themen?|themes?|auteurs?|page)/"
    r"[^/]+/?$|/(search|archives?)/?$",
    re.IGNORECASE,
)
_ARTICLE_NAME = re.compile(r"/[^/]*(-[^/-]+){4}[^/]*/?$|\d{5,}[^/]*/?$")
_LIST_TYPES = {"CollectionPage", "SearchResultsPage", "ProfilePage", "ItemList"}
_LIST_CLASSES = {"archive", "category", "tag", "home", "search", "author", "blog"}
_SINGLE_CLASSES = {"single", "single-post", "postid"}
_LITTLE_TEXT = 1200
_SHORTEST_TEXT, _FEWEST_WORDS = 100, 15
_HEADLINE_WORDS = 4
_PARAGRAPH = 120
_MANY_LINKS, _LINKS_TO_A_PARAGRAPH = 500, 20
_visible_texts = XPath("//text()[not(parent::script or parent::style or parent::noscript)]", smart_strings=False)
_WORD = re.compile(r"\w+")
_SPACELESS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")


@dataclass(frozen=True, slots=True)
class Look:
    """What a page looks like before anything is cut."""

    characters: int
    """Of visible text, spaces left out."""
    linked: int
    """Those of them in links."""
    headline_links: int
    classes: frozenset[str]
    """Of the body."""
    beginning: str
    """Key of the page's first words."""


def look_at(tree: HtmlElement, known: Metadata) -> Look | None:
    """What the page looks like; None for one that calls itself an article, and no error: its look decides nothing."""
    if known.is_article and not any(map(_says_error, _shown_titles(known))):
        return None
    visible = " ".join(_visible_texts(tree))
    links = [text_of(element) for element in tree.iter("a")]
    body = tree.find(".//body")
    classes = (body.get("class") or "") if body is not None else ""
    return Look(
        characters=length(visible),
        linked=sum(map(length, links)),
        headline_links=sum(count(text) >= _HEADLINE_WORDS for text in links),
        classes=frozenset(classes.lower().split()),
        beginning=key(" ".join(visible[:10_000].split())[:_LITTLE_TEXT]),
    )


def refuse_address(url: str, known: Metadata) -> Drop | None:
    """A front page, or a consent server."""
    parts = urlsplit(url)
    if host_of(url).startswith(("consent.", "cmp.")) or re.match(r"/(consent|privacy-gate)\b", parts.path):
        return Drop(DropReason.CONSENT_WALL, url[:200])
    if _FRONT.fullmatch(parts.path) and not (parts.query and known.is_article):
        return Drop(DropReason.HOME_PAGE, parts.path or "/")
    return None


def refuse_error(known: Metadata, look: Look | None) -> Drop | None:
    """An error page that was served as if it were fine."""
    if look is None or look.characters - look.linked >= _LITTLE_TEXT:
        return None
    title = next(filter(_says_error, _shown_titles(known)), None)
    return Drop(DropReason.ERROR_PAGE, title[:200]) if title is not None else None


def refuse_look(url: str, known: Metadata, look: Look | None, text: str) -> Drop | None:
    """A consent wall, or a list of headlines; `text` is what the extractor gave."""
    if look is None or known.is_article:
        return None
    if len(text) < _LITTLE_TEXT and look.characters - look.linked < 3 * _LITTLE_TEXT:
        wall = f"{look.beginning} {key(text)}"
        if cues.CONSENT.search(wall) and ("cookie" in wall or cues.COOKIES.is_in(wall, wall)):
            return Drop(DropReason.CONSENT_WALL, "asks for consent")
    share = look.linked / max(look.characters, 1)
    detail = f"{look.headline_links} headline links, {share:.0%} of the text in links"
    paragraphs = _paragraphs(text)
    if _says_list(url, known, look) and share >= 0.3 and look.headline_links >= 5:
        return Drop(DropReason.SECTION_PAGE, detail)
    needed = 1 if _ARTICLE_NAME.search(urlsplit(url).path) else 3
    if share >= 0.5 and look.headline_links >= 15 and paragraphs < needed:
        return Drop(DropReason.SECTION_PAGE, detail)
    return None


def refuse_plain(known: Metadata, html: str, text: str) -> Drop | None:
    """A list of headlines too long for the extractor; `text` is the plain reading."""
    links = html.count("</a") + html.count("</A")
    paragraphs = _paragraphs(text)
    if known.is_article or links < _MANY_LINKS or paragraphs * _LINKS_TO_A_PARAGRAPH >= links:
        return None
    return Drop(DropReason.SECTION_PAGE, f"{links} links, {paragraphs} paragraphs")


def refuse_text(text: str) -> Drop | None:
    """No text, or too little; scripts written without spaces need a third of the letters."""
    words = sum(1 for _word in islice(_WORD.finditer(text), _FEWEST_WORDS))
    if words == 0:
        return Drop(DropReason.NO_TEXT)
    if words == _FEWEST_WORDS and len(text) >= _SHORTEST_TEXT:
        return None
    spaceless = len(_SPACELESS.findall(text))
    if len(text) + 2 * spaceless < _SHORTEST_TEXT or words + spaceless < _FEWEST_WORDS:
        return Drop(DropReason.TOO_SHORT, f"{len(text)} characters")
    return None


def _shown_titles(known: Metadata) -> tuple[str, str]:
    return known.page_title, known.title


def _says_error(title: str) -> bool:
    return cues.ERROR_TITLES.search(key(title)) is not None


def _paragraphs(text: str) -> int:
    return sum(len(line) >= _PARAGRAPH and line[-1:] in '.!?"”»؟。…' for line in text.splitlines())


def _says_list(url: str, known: Metadata, look: Look) -> bool:
    if look.classes & _SINGLE_CLASSES:
        return False
    return bool(known.types & _LIST_TYPES or look.classes & _LIST_CLASSES or _LIST_PATH.search(urlsplit(url).path))
