"""Lists of feeds in and out."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import UsageError
from pipeline.stages import identity
from pipeline.stages.feeds import outline
from pipeline.stages.feeds.outlined import OutlinedFeed
from topics.records import Feed

OPML = """<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0"><head><title>Mine</title></head><body>
<outline text="Wörld"><outline text="Europe">
  <outline type="rss" text="Äther &amp; Co" xmlUrl="https://a.example/feed?x=1&amp;y=2"/>
</outline></outline>
<outline text="No folder" xmlURL="feed://b.example/rss"/>
<outline title="By category" xmlUrl=" https://c.example/rss " category="/Tech/AI,/Other"/>
<outline text="https://d.example/rss" xmlUrl="https://d.example/rss"/>
<outline text="Again" xmlUrl="https://d.example/rss"/>
<outline text="An empty folder"/>
</body></opml>
"""

YAML = """
feeds:
  - https://a.example/feed
  - url: https://b.example/feed
    title: "Ünïcode"
    folders: [World, Europe]
    interval_floor_s: 90
    obey_robots: false
    enabled: no
  - {url: https://c.example/feed, title: ~}
"""


def read(text: str) -> tuple[OutlinedFeed, ...]:
    """The feeds of a file called `mine`."""
    return outline.read(text.encode(), source="mine")


def test_opml_is_read_with_its_folders() -> None:
    assert read(OPML) == (
        OutlinedFeed(url="https://a.example/feed?x=1&y=2", title="Äther & Co", folders=("Wörld", "Europe")),
        OutlinedFeed(url="http://b.example/rss", title="No folder"),
        OutlinedFeed(url="https://c.example/rss", title="By category", folders=("Tech", "AI")),
        OutlinedFeed(url="https://d.example/rss"),
    )


def test_yaml_says_all_there_is_to_say() -> None:
    assert read(YAML) == (
        OutlinedFeed(url="https://a.example/feed"),
        OutlinedFeed(
            url="https://b.example/feed",
            title="Ünïcode",
            folders=("World", "Europe"),
            interval_floor_s=90.0,
            obey_robots=False,
            enabled=False,
        ),
        OutlinedFeed(url="https://c.example/feed"),
    )


def test_a_bare_list_of_addresses_will_do() -> None:
    assert [feed.url for feed in read("- https://a.example/1\n- https://a.example/2\n")] == [
        "https://a.example/1",
        "https://a.example/2",
    ]


MALFORMED = {
    "opml-not-well-formed": ("<opml>\n<body>\n<outline xmlUrl='http://a.example/?a&b'/></body></opml>", "mine:3: not"),
    "opml-cut-short": ("<opml><body>\n<outline xmlUrl='http://a.example/'/>\n", "mine:3: not well-formed"),
    "not-opml": ("<rss/>", "mine:1: not an OPML outline, but <rss>"),
    "opml-no-address": ("<opml><body>\n<outline xmlUrl='ftp://a.example'/></body></opml>", "mine:2: 'ftp://a.example'"),
    "opml-without-feeds": ("<opml><body/></opml>", "mine:1: names no feed"),
    "yaml-broken": ("feeds:\n  - [\n", "mine:3: not YAML"),
    "yaml-tab": ("feeds:\n\t- x\n", "mine:2: not YAML"),
    "yaml-control-character": ("feeds: \x00", "mine: not YAML"),
    "yaml-unknown-key": ("feeds:\n  - url: https://a.example/\n    colour: red\n", "mine:3: unknown key 'colour'"),
    "yaml-unknown-top": ("feeds: []\nwatches: []\n", "mine:2: unknown key 'watches'"),
    "yaml-key-twice": ("- url: https://a.example/\n  url: https://b.example/\n", "mine:2: 'url' is there twice"),
    "yaml-no-url": ("feeds:\n  - title: x\n", "mine:2: the feed has no url"),
    "yaml-no-address": ("- https://a.example/\n- nonsense\n", "mine:2: 'nonsense' is no http"),
    "yaml-number": ("- url: https://a.example/\n  interval_floor_s: soon\n", "mine:2: seconds are expected"),
    "yaml-negative": ("- url: https://a.example/\n  interval_floor_s: -5\n", "mine:2: seconds are expected"),
    "yaml-flag": ("- url: https://a.example/\n  enabled: maybe\n", "mine:2: true or false"),
    "yaml-quoted-flag": ("- url: https://a.example/\n  enabled: 'false'\n", "mine:2: true or false"),
    "yaml-folders": ("- url: https://a.example/\n  folders: World\n", "mine:2: a list of names"),
    "yaml-scalar": ("hello", "mine:1: a list of feeds"),
    "yaml-nested-list": ("- [a]\n", "mine:1: a feed is an address or a mapping"),
    "yaml-deep": ("[" * 5000, "mine"),
    "empty": ("", "mine:1: names no feed"),
}


@pytest.mark.parametrize(("text", "message"), MALFORMED.values(), ids=MALFORMED)
def test_a_file_that_cannot_be_used_is_refused_by_place(text: str, message: str) -> None:
    with pytest.raises(UsageError) as refused:
        read(text)
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)


def feed(url: str, title: str | None, folders: tuple[str, ...], floor_s: float | None = None) -> Feed:
    """A stored feed."""
    return Feed(
        feed_id=identity.feed_id(url),
        url=url,
        added_at=datetime(2026, 11, 24, tzinfo=UTC),
        title=title,
        folders=folders,
        interval_floor_s=floor_s,
        obey_robots=floor_s is None,
    )


words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Zs", "Cn")), min_size=1)
feeds = st.lists(
    st.builds(
        feed,
        st.integers(0, 99).map(lambda number: f"https://a.example/?n={number}&x=<y>"),
        st.none() | words,
        st.lists(words, max_size=3).map(tuple),
        st.none() | st.floats(1, 1e6),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda stored: stored.url,
)


@given(feeds)
def test_what_is_exported_as_yaml_reads_back(stored: list[Feed]) -> None:
    again = outline.read(outline.write_yaml(stored).encode(), source="out")
    assert [(f.url, f.title, f.folders, f.interval_floor_s, f.obey_robots) for f in again] == [
        (f.url, f.title, f.folders, f.interval_floor_s, None if f.obey_robots else False) for f in stored
    ]


@given(feeds)
def test_what_is_exported_as_opml_reads_back(stored: list[Feed]) -> None:
    again = outline.read(outline.write_opml(stored).encode(), source="out")
    assert {(f.url, f.title, f.folders) for f in again} == {(f.url, f.title, f.folders) for f in stored}
