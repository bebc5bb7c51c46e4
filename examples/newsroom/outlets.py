"""The invented outlets: their language, feed, page template and addresses."""

from dataclasses import dataclass
from enum import StrEnum


class FeedKind(StrEnum):
    """The format an outlet publishes its entries in."""

    RSS = "rss"
    ATOM = "atom"
    RDF = "rdf"
    JSON_FEED = "json-feed"
    NEWS_SITEMAP = "news-sitemap"


FEED_PATHS = {
    FeedKind.RSS: "/rss.xml",
    FeedKind.ATOM: "/atom.xml",
    FeedKind.RDF: "/index.rdf",
    FeedKind.JSON_FEED: "/feed.json",
    FeedKind.NEWS_SITEMAP: "/news-sitemap.xml",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """One newspaper, agency or aggregator."""

    outlet_id: str
    """Also the name of its folder of articles."""
    name: str
    language: str
    """ISO 639-1."""
    feed_kind: FeedKind
    template: str
    """File in `templates/` its article pages are made from."""
    article_path: str
    """With `{section}` and `{slug}`."""
    charset: str = "utf-8"
    """Of feed and pages; what it cannot express becomes a character reference."""

    @property
    def feed_path(self) -> str:
        """Path of the feed."""
        return FEED_PATHS[self.feed_kind]


OUTLETS = (
    Outlet(
        outlet_id="courier",
        name="The Ostrel Courier",
        language="en",
        feed_kind=FeedKind.RSS,
        template="broadsheet.html",
        article_path="/{section}/{slug}",
    ),
    Outlet(
        outlet_id="meridian",
        name="Meridian Wire",
        language="en",
        feed_kind=FeedKind.ATOM,
        template="wire.html",
        article_path="/article/{slug}",
    ),
    Outlet(
        outlet_id="phare",
        name="Le Phare du Littoral",
        language="fr",
        feed_kind=FeedKind.RDF,
        template="magazine.html",
        article_path="/{section}/{slug}.html",
    ),
    Outlet(
        outlet_id="kuestenbote",
        name="Küstenbote",
        language="de",
        feed_kind=FeedKind.JSON_FEED,
        template="portal.html",
        article_path="/{section}/{slug}",
    ),
    Outlet(
        outlet_id="vestnik",
        name="Вестник залива",
        language="ru",
        feed_kind=FeedKind.RSS,
        template="magazine.html",
        article_path="/news/{slug}/",
        charset="windows-1251",
    ),
    Outlet(
        outlet_id="hromada",
        name="Прибережна громада",
        language="uk",
        feed_kind=FeedKind.ATOM,
        template="portal.html",
        article_path="/{section}/{slug}",
    ),
    Outlet(
        outlet_id="manara",
        name="منارة الساحل",
        language="ar",
        feed_kind=FeedKind.NEWS_SITEMAP,
        template="portal.html",
        article_path="/article/{slug}",
    ),
    Outlet(
        outlet_id="digest",
        name="NewsHarbour Digest",
        language="en",
        feed_kind=FeedKind.RSS,
        template="aggregator.html",
        article_path="/{slug}/",
    ),
)
"""In the order of their addresses: 127.0.0.2 for the first, and so on."""
