"""Markup that hides an article from an extractor: tables that only place things on a page, and boxes inside sentences.

1. A table is layout when a cell of it holds another table or a heading of the page, or enough text in paragraphs or
   line breaks. Extractors make one line of each row; so its cells become blocks, and breaks between them paragraphs.
2. An element inside a paragraph with nothing but two or more headline links opens when a reader points at a name; its
   headlines would stand in the middle of the sentence. The innermost such element goes, so that the name stays.
"""

from lxml.etree import XPath
from lxml.html import Element, HtmlElement

from pipeline.stages.clean.words import count, on_one_line, text_of

_PLACED = XPath(".//table | .//h1 | .//h2")
_BLOCKS = XPath(".//p | .//br | .//div")
_LEAST_TEXT, _LEAST_BLOCKS = 300, 3
_TABLE_PARTS = ("table", "tbody", "thead", "tfoot", "tr", "td", "th", "center", "caption")
_MOST_TABLES = 500
_HEADLINE_WORDS = 4
_LEAST_LINKED = 0.9
_popups = XPath("//p//span[count(.//a) > 1] | //p//div[count(.//a) > 1]")
_INLINE = {"a", "b", "i", "em", "strong", "span", "font", "u", "sup", "sub", "small", "mark", "abbr", "cite", "q"}


def straighten(tree: HtmlElement) -> None:
    """Change the tree so that an extractor finds its text."""
    _drop_popups(tree)
    for table in list(tree.iter("table"))[:_MOST_TABLES]:
        if _is_layout(table):
            _make_blocks(table)


def _is_layout(table: HtmlElement) -> bool:
    return any(_is_placed(cell) for row in _rows(table) for cell in row if cell.tag in ("td", "th"))


def _rows(table: HtmlElement) -> list[HtmlElement]:
    """The table's own rows, not those of tables inside it."""
    direct = [row for part in table if part.tag in ("tbody", "thead", "tfoot") for row in part if row.tag == "tr"]
    return [*(row for row in table if row.tag == "tr"), *direct]


def _is_placed(cell: HtmlElement) -> bool:
    if _PLACED(cell):
        return True
    return len(_BLOCKS(cell)) >= _LEAST_BLOCKS and len(on_one_line(cell.text_content())) >= _LEAST_TEXT


def _make_blocks(table: HtmlElement) -> None:
    for part in _own_parts(table):
        if part.tag in ("td", "th") and any(child.tag == "br" for child in part):
            _paragraphs_for_breaks(part)
        part.tag = "div"
        part.attrib.clear()


def _own_parts(table: HtmlElement) -> list[HtmlElement]:
    groups = [part for part in table if part.tag in _TABLE_PARTS]
    rows = _rows(table)
    return [table, *groups, *rows, *(cell for row in rows for cell in row if cell.tag in _TABLE_PARTS)]


def _paragraphs_for_breaks(cell: HtmlElement) -> None:
    """Runs of text and inline elements between line breaks become paragraphs; blocks stay as they are."""
    children, text = list(cell), cell.text
    cell.text = None
    run = _new_run(cell, text)
    for child in children:
        tail, child.tail = child.tail, None
        if child.tag == "br":
            cell.remove(child)
            run = _new_run(cell, tail)
        elif child.tag in _INLINE:
            run.append(child)
            child.tail = tail
        else:
            cell.append(child)
            run = _new_run(cell, tail)
    for paragraph in [element for element in cell if element.tag == "p"]:
        if not len(paragraph) and not (paragraph.text or "").strip():
            cell.remove(paragraph)


def _new_run(cell: HtmlElement, text: str | None) -> HtmlElement:
    paragraph = Element("p")
    paragraph.text = text
    cell.append(paragraph)
    return paragraph


def _drop_popups(tree: HtmlElement) -> None:
    for element in reversed(_popups(tree)):
        links = [on_one_line(text_of(link)) for link in element.iter("a")]
        headlines = sum(count(text) >= _HEADLINE_WORDS for text in links)
        text = on_one_line(element.text_content())
        own = sum(map(len, links))
        if headlines >= 2 and own >= _LEAST_LINKED * len(text) and element.getparent() is not None:
            element.drop_tree()
