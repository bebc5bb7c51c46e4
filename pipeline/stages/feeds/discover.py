"""Where a site keeps its feeds, by its page.

In order: the feeds the page's head announces (`link rel="alternate"` of a feed's type, RFC 4287's and the JSON Feed
practice), those for comments last; then, where it announces none, links in its body that are called like feeds.
"""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from lxml import etree
from resiliparse.parse.encoding import bytes_to_str, detect_encoding

from pipeline.stages import urls

_TYPES = frozenset(
    {
        "application/rss+xml",
        "application/atom+xml",
        "application/rdf+xml",
        "application/feed+json",
        "application/json",
        "application/xml",
        "text/xml",
    }
)
_MOST_HTML_BYTES = 1 << 20
"""A page's head and navigation are in its first megabyte."""
_MOST_FOUND = 20
_CALLED_A_FEED = re.compile(r"(^|/)(rss|atom|feeds?)(\.(xml|rss|php|json))?/?$|\.(rss|atom)$", re.IGNORECASE)
_COMMENTS = re.compile(r"comment|kommentar|commentaire", re.IGNORECASE)
# What content systems answer at by default: WordPress, Drupal, Ghost, Jekyll, Hugo, Micro.blog.
_USUAL_PATHS = ("/feed", "/rss.xml", "/rss", "/feed.xml", "/atom.xml", "/index.xml", "/feed.json")


def discover(html: bytes, *, url: str) -> tuple[str, ...]:
    """Absolute addresses of the page's feeds, best first, at most 20; none for what is no HTML. Never raises."""
    root = _tree(html[:_MOST_HTML_BYTES])
    if root is None:
        return ()
    base = _base(root, url)
    announced = [(link.get("href"), _is_for_comments(link)) for link in root.iter("link") if _announces(link)]
    announced.sort(key=lambda found: found[1])
    hrefs = [href for href, _ in announced] or [link.get("href") for link in root.iter("a") if _is_called_so(link)]
    return tuple(_distinct(urls.join(base, href) for href in hrefs))[:_MOST_FOUND]


def usual_places(url: str) -> tuple[str, ...]:
    """Where a site that announces no feed may still have one; for asking politely, one after the other."""
    return tuple(_distinct(urls.join(url, path) for path in _USUAL_PATHS))


def _tree(html: bytes) -> Any:
    text = bytes_to_str(html, detect_encoding(html) or "utf-8", errors="replace")
    parser = etree.HTMLParser(recover=True, no_network=True, encoding="utf-8")
    try:
        return etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _base(root: Any, url: str) -> str:
    base = next((element.get("href") for element in root.iter("base") if element.get("href")), None)
    return (urls.join(url, base) if base else None) or url


def _announces(link: Any) -> bool:
    relations = (link.get("rel") or "").lower().split()
    kind = (link.get("type") or "").partition(";")[0].strip().lower()
    # WordPress announces its API as alternate JSON, too.
    is_interface = kind == "application/json" and "wp-json" in (link.get("href") or "")
    return bool(link.get("href")) and bool({"alternate", "feed"} & {*relations}) and kind in _TYPES and not is_interface


def _is_for_comments(link: Any) -> bool:
    return _COMMENTS.search(f"{link.get('title') or ''} {link.get('href')}") is not None


def _is_called_so(link: Any) -> bool:
    try:
        return _CALLED_A_FEED.search(urlsplit((link.get("href") or "").strip()).path) is not None
    except ValueError:
        return False


def _distinct(found: Iterable[str | None]) -> list[str]:
    return [address for address in dict.fromkeys(found) if address is not None]
