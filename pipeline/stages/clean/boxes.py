"""Parts of a page's tree that are not the article: boxes of teasers and captions of pictures.

A box of teasers is found by its heading (cues.heads_teasers), never by class names, which did not carry over from
one public set to another:

1. From the heading up to the outermost element with no other text: its parent is a box when it holds no first-level
   heading, is not most of the page, and at least a quarter of its other text is in links, or all of it is cut off
   with an ellipsis.
2. Otherwise the heading stands in the article's body: it goes with the siblings after it that are mostly links, and
   with their cut-off excerpts, up to the first that is neither.
"""

from collections.abc import Iterator

from lxml.etree import XPath
from lxml.html import HtmlElement

from pipeline.stages.clean.cues import heads_teasers
from pipeline.stages.clean.words import key, length, on_one_line, text_of

_HEADING_TAGS = (
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "div", "span", "strong", "b", "em", "header", "legend", "dt", "summary"),
    *("label", "section", "aside", "font", "li"),
)
_LONGEST_HEADING = 50
_LARGEST_SHARE = 0.4
_BEGINNING = 4
"""Times the characters of a box."""
_LEAST_LINKED = 0.25
_MOSTLY = 0.6
_FEWEST_WORDS, _MOST_WORDS = 4, 40
_ELLIPSES = ("…", "...", "[…]", "[...]", "[&hellip;]")
_MOST_SIBLINGS = 20
# Each costs a walk over what it stands in; a page built of nothing else would take half a minute.
_MOST_BOXES = 50
_LONGEST_CAPTION = 600
_MOST_CAPTIONS = 50
# By their attributes, which are fewer than elements; hardly any holds the first text.
_captioned = XPath(
    "//figcaption | descendant-or-self::*/@class[contains(., '-caption')]"
    "[contains(., 'wp-caption-text') or contains(., 'image-caption')]/.."
)


def cut_teasers(tree: HtmlElement) -> int:
    """Take the boxes of teasers out of the tree; how many there were."""
    headings = [element for element in tree.iter(*_HEADING_TAGS) if element.text and _is_heading(element.text.strip())]
    if not headings:
        return 0
    whole = tree.text_content()
    return sum(_cut(heading, whole) for heading in headings[:_MOST_BOXES] if _is_within(heading, tree))


def take_captions(tree: HtmlElement) -> tuple[str, ...]:
    """Take the captions out of the tree; their texts, in order, each once."""
    found: dict[str, None] = {}
    for element in _captioned(tree):
        text = on_one_line(text_of(element))
        if len(text) > _LONGEST_CAPTION or len(element.findall(".//p")) > 2:
            continue
        if text and len(found) < _MOST_CAPTIONS:
            found[text] = None
        if element.getparent() is not None:
            element.drop_tree()
    return tuple(found)


def link_texts(tree: HtmlElement) -> frozenset[str]:
    """Keys of the texts of links to other pages that are long enough to be headlines."""
    links = (element for element in tree.iter("a") if not (element.get("href") or "").startswith("#"))
    texts = map(text_of, links)
    return frozenset(key(text) for text in texts if _FEWEST_WORDS <= len(text.split()) <= _MOST_WORDS)


def headings(tree: HtmlElement) -> tuple[str, ...]:
    """Texts of the first-level headings."""
    texts = (on_one_line(text_of(element)) for element in tree.iter("h1"))
    return tuple(text for text in texts if text)


def _is_heading(text: str) -> bool:
    return 1 < len(text) < _LONGEST_HEADING and heads_teasers(key(text))


def _is_within(element: HtmlElement, tree: HtmlElement) -> bool:
    return any(ancestor is tree for ancestor in element.iterancestors())


def _cut(heading: HtmlElement, whole: str) -> bool:
    words = key(heading.text)
    parent = heading.getparent()
    while parent is not None and parent.tag not in ("body", "html") and _says_only(words, parent):
        heading, parent = parent, parent.getparent()
    if parent is None or not _says_only(words, heading):
        return False
    if _is_box(parent, heading, whole):
        parent.drop_tree()
        return True
    siblings = list(_teaser_siblings(heading))
    for element in (heading, *siblings) if siblings else ():
        element.drop_tree()
    return bool(siblings)


def _says_only(words: str, element: HtmlElement) -> bool:
    """The element's text has this key, which is short: mostly its beginning tells."""
    text = text_of(element)
    beginning = " ".join(text.split(None, _LONGEST_HEADING)[:_LONGEST_HEADING])
    return len(key(beginning)) <= len(words) and key(text) == words


def _is_box(parent: HtmlElement, heading: HtmlElement, whole: str) -> bool:
    if parent.tag in ("body", "html", "main") or parent.find(".//h1") is not None:
        return False
    text = parent.text_content()
    own = length(text)
    rest = own - length(text_of(heading))
    if rest <= 0 or _is_most(own, whole):
        return False
    linked = sum(length(text_of(link)) for link in parent.iter("a"))
    return linked >= _LEAST_LINKED * rest or (linked > 0 and text.rstrip().endswith(_ELLIPSES))


def _is_most(own: int, whole: str) -> bool:
    """So many characters are most of the text; told by its beginning where that is enough."""
    parts = (whole[: _BEGINNING * own], whole)
    return all(own > _LARGEST_SHARE * length(part) for part in parts)


def _teaser_siblings(heading: HtmlElement) -> Iterator[HtmlElement]:
    for element in list(heading.itersiblings())[:_MOST_SIBLINGS]:
        if (element.tail or "").strip():
            return
        text = on_one_line(text_of(element))
        linked = sum(len(on_one_line(text_of(link))) for link in element.iter("a"))
        if text and linked < _MOSTLY * len(text) and not text.endswith(_ELLIPSES):
            return
        yield element
