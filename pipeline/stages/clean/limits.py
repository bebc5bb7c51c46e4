"""What the extractor may be given. Its time is 0.1 to 0.25 ms an element, and libxml2 loses text below 256 levels.

Real news pages: at most 4,300 elements, 50 levels and 2.3 MB in a public set of 181.
"""

import re
from collections.abc import Iterable

from lxml.etree import XPath
from lxml.html import HtmlElement

MOST_ELEMENTS = 20_000
DEEPEST = 200
LARGEST_EXTRACTED_BYTES = 5 << 20
"""Pages over this get the plain reading."""
LARGEST_BODY_BYTES = 32 << 20
"""Bodies over this are not read at all: the plain reading takes about seven times their memory."""
LARGEST_TEXT_BYTES = 2 << 20
"""Text over this would not leave room for mentions in a message of 4 MiB."""

# Parsers compare each attribute of an element with all before it: 400,000 would take minutes. The first pattern finds
# tags whole, which is quick; the second takes them apart where one may have so many.
_WHOLE_TAG = re.compile(r"""<[a-zA-Z](?>[^>=]*+=(?:\s*+"[^"]*"|\s*+'[^']*'|))*+[^>=]*+""")
_TAG = re.compile(r"""<([a-zA-Z][\w:-]{0,40})((?:[^>=]++|=\s*+"[^"]*"|=\s*+'[^']*'|=)*+)>?""")
_QUOTED = re.compile(r"""=\s*("[^"]*"|'[^']*')""")
_READ_AT_ONCE = 1 << 20
_MOST_ATTRIBUTES, _LEAST_CHARACTERS = 1_000, 3_000
_START_TAG = re.compile(r"<[a-zA-Z]")
_END_OF_HEAD = re.compile(r"</head\s*>|<body\b", re.IGNORECASE)
_LARGEST_HEAD = 256 << 10
_is_deeper = XPath(f"boolean({'/*' * (DEEPEST + 1)})")


def fits_extractor(html: str) -> bool:
    """The page is small enough; depth is not looked at. Markup inside scripts counts, so this errs to the safe side."""
    if len(html) > LARGEST_EXTRACTED_BYTES:
        return False
    return html.count("<") <= MOST_ELEMENTS or len(_START_TAG.findall(html)) <= MOST_ELEMENTS


def with_few_attributes(html: str) -> str:
    """The page; tags with more attributes than any page has lose them all."""
    return _TAG.sub(_with_few, html) if any(_may_have_many(tag) for tag in _tags(html)) else html


def _tags(html: str) -> Iterable[str]:
    if len(html) <= _READ_AT_ONCE:
        return _WHOLE_TAG.findall(html)
    # One by one: a page may have ten million tags.
    return (tag[0] for tag in _WHOLE_TAG.finditer(html))


def _may_have_many(tag: str) -> bool:
    return len(tag) > _LEAST_CHARACTERS and _attributes(tag) > _MOST_ATTRIBUTES


def _attributes(text: str) -> int:
    """At most so many attributes; less if what is quoted is left out."""
    return max(text.count("="), len(text.split()))


def _with_few(tag: re.Match[str]) -> str:
    if len(tag[2]) <= _LEAST_CHARACTERS:
        return tag[0]
    return f"<{tag[1]}>" if _attributes(_QUOTED.sub("=", tag[2])) > _MOST_ATTRIBUTES else tag[0]


def is_too_deep(tree: HtmlElement) -> bool:
    """The tree has more levels than the extractor may be given."""
    return bool(_is_deeper(tree.getroottree()))


def head_of(html: str) -> str:
    """The page's head, bounded, as a page of its own."""
    start = html[:_LARGEST_HEAD]
    end = _END_OF_HEAD.search(start)
    return f"{start[: end.start()] if end else start}</head><body></body></html>"
