"""News sitemaps (and plain ones): each `url` an item, with the title and date of the news extension where it has them.

sitemaps.org protocol 0.9; Google News sitemap 0.9. Read by local name, because publishers get the namespaces wrong.
"""

from itertools import islice
from typing import Any

from pipeline.stages.feeds.entry import MAX_ITEMS, FeedKind, Item, Listing
from pipeline.stages.feeds.nodes import local_name, texts_of

_OF_PAGE = frozenset({"loc", "lastmod"})
_OF_NEWS = frozenset({"title", "publication_date"})


def read(root: Any) -> Listing:
    """The pages of a `urlset`."""
    pages = (_item(element) for element in root if local_name(element) == "url")
    return Listing(kind=FeedKind.SITEMAP, items=tuple(islice(pages, MAX_ITEMS)))


def children(root: Any) -> tuple[str, ...]:
    """The sitemaps a `sitemapindex` names, as written."""
    found = (texts_of(element, _OF_PAGE).get("loc") for element in root if local_name(element) == "sitemap")
    return tuple(location for location in found if location is not None)


def _item(element: Any) -> Item:
    texts = texts_of(element, _OF_PAGE)
    news = next((texts_of(child, _OF_NEWS) for child in element if local_name(child) == "news"), {})
    return Item(
        link=texts.get("loc"),
        title=news.get("title"),
        published=news.get("publication_date"),
        updated=texts.get("lastmod"),
    )
