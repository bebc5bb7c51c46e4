"""HTML pages and feeds, rendered from `templates/` and `chrome.yaml`."""

import json
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from examples.newsroom.outlets import FeedKind, Outlet
from examples.newsroom.press import Press, Release, path_of, slug_of
from examples.newsroom.script import HERE, ScriptedArticle, read_yaml

FEED_TYPES = {
    FeedKind.RSS: "application/rss+xml",
    FeedKind.ATOM: "application/atom+xml",
    FeedKind.RDF: "application/rdf+xml",
    FeedKind.JSON_FEED: "application/feed+json",
    FeedKind.NEWS_SITEMAP: "application/xml",
}
_CAPTION_EVERY = 2
"""A picture stands after every second paragraph, while there are any."""


def article_page(press: Press, release: Release, *, base_url: str) -> bytes:
    """The article amid everything an outlet puts round it."""
    article = release.article
    outlet = press.outlet
    return _encode(
        outlet,
        _template(outlet.template).render(
            **_frame(press, base_url),
            article=article,
            blocks=_blocks(article),
            url=base_url + release.path,
            released_at=release.released_at,
            teasers=_chrome()["teasers"][outlet.outlet_id],
            others=[other for other in press.newest if other is not release][:4],
            linked_data=_linked_data(outlet, release, base_url),
        ),
    )


def list_page(press: Press, releases: Sequence[Release], *, base_url: str, heading: str) -> bytes:
    """A home or section page: headlines with a line each."""
    body = _template("list.html").render(**_frame(press, base_url), releases=releases, heading=heading)
    return _encode(press.outlet, body)


def consent_page(press: Press, *, base_url: str) -> bytes:
    """What stands before pages whose reader has not chosen yet."""
    return _encode(press.outlet, _template("consent.html").render(**_frame(press, base_url)))


def feed(press: Press, *, base_url: str) -> bytes:
    """The outlet's feed as it stands; depends on nothing but the releases."""
    if press.outlet.feed_kind is FeedKind.JSON_FEED:
        return _json_feed(press, base_url)
    frame = _frame(press, base_url) | {"releases": press.newest}
    return _encode(press.outlet, _template(f"{press.outlet.feed_kind}.xml").render(**frame))


def url_of(outlet: Outlet, article: ScriptedArticle, *, base_url: str) -> str:
    """The page's full address."""
    return base_url + path_of(outlet, article)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(["html", "xml"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"slug": slug_of, "mail_date": format_datetime, "iso": datetime.isoformat}
    return environment


def _template(name: str) -> Any:
    return _environment().get_template(name)


@cache
def _chrome() -> Any:
    return read_yaml(HERE / "chrome.yaml")


def _frame(press: Press, base_url: str) -> dict[str, object]:
    outlet = press.outlet
    return {
        "outlet": outlet,
        "words": _chrome()["words"][outlet.language],
        "sections": press.sections(),
        "base_url": base_url,
        "feed_type": FEED_TYPES[outlet.feed_kind],
        "direction": "rtl" if outlet.language == "ar" else "ltr",
        "is_sitemap": outlet.feed_kind is FeedKind.NEWS_SITEMAP,
    }


def _blocks(article: ScriptedArticle) -> list[tuple[str, str | None]]:
    """Each paragraph with the caption of the picture that follows it."""
    captions = iter(article.captions)
    return [
        (paragraph, next(captions, None) if number % _CAPTION_EVERY == 0 else None)
        for number, paragraph in enumerate(article.paragraphs, start=1)
    ]


def _linked_data(outlet: Outlet, release: Release, base_url: str) -> dict[str, object]:
    """A schema.org NewsArticle; the templates decide how much of it they show."""
    article = release.article
    return {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": article.title,
        "url": base_url + release.path,
        "inLanguage": outlet.language,
        "author": [{"@type": "Person", "name": name} for name in article.authors],
        "publisher": {"@type": "NewsMediaOrganization", "name": outlet.name},
        "articleSection": article.section,
        "datePublished": release.released_at.isoformat(),
    }


def _json_feed(press: Press, base_url: str) -> bytes:
    outlet = press.outlet
    items = [
        {
            "id": base_url + release.path,
            "url": base_url + release.path,
            "title": release.article.title,
            "date_published": release.released_at.isoformat(),
            "authors": [{"name": name} for name in release.article.authors],
            "content_text": release.article.title,
        }
        for release in press.newest
    ]
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.name,
        "home_page_url": base_url + "/",
        "feed_url": base_url + outlet.feed_path,
        "language": outlet.language,
        "items": items,
    }
    return json.dumps(document, ensure_ascii=False).encode()


def _encode(outlet: Outlet, text: str) -> bytes:
    return text.encode(outlet.charset, "xmlcharrefreplace")
