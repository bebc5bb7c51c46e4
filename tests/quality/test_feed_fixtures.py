"""Scores on other projects' feed fixtures, which may not fall unseen. They lie beside the checkout, not in it."""

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import pytest

from pipeline.stages.feeds import dates
from pipeline.stages.feeds.entry import ParsedFeed
from pipeline.stages.feeds.parse import parse

SHARED = Path(__file__).parents[3] / "shared"
FEEDS = SHARED / "data" / "feeds"
URL = "http://example.org/dir/feed"

pytestmark = [
    pytest.mark.may_skip("a clone by itself has no fixtures of others"),
    pytest.mark.skipif(not SHARED.exists(), reason="no ../shared beside the checkout: the fixtures are not part of it"),
]


def members(archive: str, *suffixes: str) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of the archive's files with one of those endings."""
    with tarfile.open(FEEDS / archive) as opened:
        for member in opened:
            content = opened.extractfile(member)
            if content is not None and member.name.endswith(suffixes):
                yield member.name, content.read()


def read(body: bytes) -> ParsedFeed | None:
    """The feed, or None."""
    parsed = parse(body, url=URL, content_type=None)
    return parsed if isinstance(parsed, ParsedFeed) else None


def test_real_feeds_give_every_entry_that_has_a_page() -> None:
    stored = dict(members("feed-rs-fixture.tar.xz", ".xml", ".serde.json"))
    expected = {name.replace(".serde.json", ".xml"): body for name, body in stored.items() if name.endswith(".json")}
    feeds = {name: body for name, body in expected.items() if name in stored}
    wrong = [name for name, body in feeds.items() if not is_complete(stored[name], json.loads(body)["entries"])]
    assert len(feeds) == 61
    # In two feeds only the entry's own id is an address, which is not taken for a link there.
    assert len(wrong) <= 2, wrong


def is_complete(body: bytes, entries: list[dict[str, list[dict[str, str]]]]) -> bool:
    """As many entries as the expectation has with a page."""
    feed = read(body)
    return feed is not None and len(feed.entries) == sum(page_of(entry) for entry in entries)


def page_of(entry: dict[str, list[dict[str, str]]]) -> bool:
    """The entry links to a page."""
    return any(link.get("rel") in (None, "alternate") for link in entry["links"])


def test_links_titles_and_dates_are_those_expected() -> None:
    stored = dict(members("gofeed-testdata.tar.xz", ".xml", ".json"))
    cases = [(name, body, stored.get(name[:-4] + ".json")) for name, body in stored.items() if name.endswith(".xml")]
    wrong = [name for name, body, expected in cases if expected is not None and not agrees(body, json.loads(expected))]
    assert len(cases) > 500
    # Items with several `link` elements: the first is taken here, the last there.
    assert len(wrong) <= 3, wrong


def agrees(body: bytes, expected: dict[str, list[dict[str, object]]]) -> bool:
    """The items that have a link are the entries, in order, with the same title and date."""
    items = [item for item in expected.get("items") or expected.get("entries") or [] if link_of(item)]
    feed = read(body)
    if not items or feed is None:
        return True
    return len(items) == len(feed.entries) and all(
        urljoin(URL, link_of(item)) == entry.url
        and str(item.get("title") or "") == (entry.title or "")
        and (not item.get("publishedParsed") or dates.read(str(item["publishedParsed"])) == entry.published_at)
        for item, entry in zip(items, feed.entries, strict=True)
    )


def link_of(item: dict[str, object]) -> str:
    """The item's page as gofeed gives it; empty for none."""
    links = item.get("links")
    first = item.get("link") or (links[0] if isinstance(links, list) and links else "")
    return str((first.get("href") if isinstance(first, dict) else first) or "").strip()


def test_well_formed_and_ill_formed_feeds_are_recognised() -> None:
    bodies = dict(members("feedparser-tests.tar.xz", ".xml"))
    refused = [name for name, body in bodies.items() if read(body) is None]
    assert len(bodies) == 2106
    # Seven of Microsoft's CDF, which nothing writes since 1999, and the empty document.
    assert len(refused) <= 8, refused
