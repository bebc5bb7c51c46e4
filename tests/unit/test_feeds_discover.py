"""Finding a site's feeds by its page."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.stages.feeds.discover import discover, usual_places

URL = "https://site.example/news/"
RSS = "application/rss+xml"

PAGES = {
    "announced": (f'<link rel="alternate" type="{RSS}" href="/rss">', ["https://site.example/rss"]),
    "unquoted-and-upper-case": (f"<LINK REL=Alternate TYPE={RSS.upper()} HREF=/rss>", ["https://site.example/rss"]),
    "in-order": (
        f'<link rel=alternate type="{RSS}" href=a><link rel=alternate type="application/feed+json" href=b>',
        ["https://site.example/news/a", "https://site.example/news/b"],
    ),
    "each-once": (f'<link rel=alternate type="{RSS}" href=a>' * 2, ["https://site.example/news/a"]),
    "comments-last": (
        f'<link rel=alternate type="{RSS}" title="Comments" href="/c"><link rel=alternate type="{RSS}" href="/f">',
        ["https://site.example/f", "https://site.example/c"],
    ),
    "base": (f'<base href="https://cdn.example/x/"><link rel=feed type="{RSS}" href=f>', ["https://cdn.example/x/f"]),
    "references": (f'<link rel=alternate type="{RSS}" href="/f?a=1&amp;b=2">', ["https://site.example/f?a=1&b=2"]),
    "interface-of-wordpress": ('<link rel=alternate type="application/json" href="/wp-json/wp/v2/pages/2">', []),
    "other-language": ('<link rel=alternate hreflang=fr href="/fr">', []),
    "style-sheet": ('<link rel=stylesheet type="text/css" href="/s.css">', []),
    "not-the-web": (f'<link rel=alternate type="{RSS}" href="mailto:me@site.example">', []),
    "called-so": (
        '<a href="/feed/">x</a><a href="/world.rss">x</a><a href="/feedback">x</a><a href="/a/rss.xml">x</a>',
        ["https://site.example/feed/", "https://site.example/world.rss", "https://site.example/a/rss.xml"],
    ),
    "announced-before-called-so": (
        f'<a href="/feed">x</a><link rel=alternate type="{RSS}" href="/f">',
        ["https://site.example/f"],
    ),
    "nothing": ("<p>hello", []),
    "empty": ("", []),
}


@pytest.mark.parametrize(("html", "expected"), PAGES.values(), ids=PAGES)
def test_a_page_tells_where_its_feeds_are(html: str, expected: list[str]) -> None:
    assert list(discover(html.encode(), url=URL)) == expected


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_no_page_raises(html: bytes) -> None:
    discover(html, url=URL)
    discover(b'<link rel=alternate type="application/rss+xml" href="' + html, url=URL)


def test_many_links_give_few_feeds() -> None:
    assert len(discover(b"".join(b"<a href='/%d.rss'>x</a>" % number for number in range(10_000)), url=URL)) == 20


def test_the_usual_places_are_of_the_site() -> None:
    places = usual_places("https://site.example/news/today")
    assert places[0] == "https://site.example/feed"
    assert all(place.startswith("https://site.example/") for place in places)
