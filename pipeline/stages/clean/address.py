"""The address a page should be known by.

1. What the page calls its own address is taken from its link element, Open Graph or JSON-LD, the first that can be.
2. It can be when it is http(s) and not a site's front page, unless the page is one.
3. On another site it needs a path like an article's: republished pages do name their original.
4. Otherwise it is the address that answered. All in the canonical form of `urls.normalise`.
"""

import re
from urllib.parse import urlsplit

from pipeline.stages.clean.metadata import Metadata
from pipeline.stages.urls import host_of, join, normalise

_ARTICLE_PATH = re.compile(r"\d{3,}|[^/-]+(-[^/-]+){2,}|\.\w?html?$")
_LABELS = re.compile(r"^(www\d?|m|mobile|amp|edition)\.")


def canonical(final_url: str, known: Metadata) -> str:
    """The page's canonical address."""
    for link in known.canonical_links:
        candidate = normalise(join(final_url, link) or "") if link.strip() else None
        if candidate is not None and _can_be(candidate, final_url):
            return candidate
    return normalise(final_url) or final_url


def _can_be(candidate: str, final_url: str) -> bool:
    path = urlsplit(candidate).path
    if path == "/" and not urlsplit(candidate).query:
        return urlsplit(final_url).path in ("", "/")
    return _is_same_site(candidate, final_url) or _ARTICLE_PATH.search(path) is not None


def _is_same_site(left: str, right: str) -> bool:
    one, other = (_LABELS.sub("", host_of(url)) for url in (left, right))
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")
