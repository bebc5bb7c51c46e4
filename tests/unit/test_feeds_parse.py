"""Parsing feeds: identifiers, dates, encodings, and input that means harm.

What whole feeds yield is in test_feeds_golden.
"""

from datetime import UTC, datetime, timedelta
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.stages.feeds import dates
from pipeline.stages.feeds.entry import Entry, FeedKind, ParsedFeed
from pipeline.stages.feeds.parse import MAX_BODY_BYTES, parse
from pipeline.stages.outcome import Reject, RejectReason

URL = "https://feeds.example/feed"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def read(body: bytes | str, *, content_type: str | None = None, now: datetime | None = NOW) -> ParsedFeed:
    """The feed, which must be one."""
    parsed = parse(body if isinstance(body, bytes) else body.encode(), url=URL, content_type=content_type, now=now)
    assert isinstance(parsed, ParsedFeed), parsed
    return parsed


def rss(*items: str) -> str:
    """A feed with these items."""
    listed = "".join(f"<item>{item}</item>" for item in items)
    return f"<rss version='2.0'><channel><title>T</title>{listed}</channel></rss>"


def atom(*updated: str) -> tuple[Entry, ...]:
    """The entries of an Atom feed, one for each stamp."""
    entries = "".join(
        f"<entry><id>urn:{number}</id><title>t</title><link href='/{number}'/><updated>{stamp}</updated></entry>"
        for number, stamp in enumerate(updated)
    )
    return read(f"<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title>{entries}</feed>").entries


def test_a_changed_stamp_makes_a_new_entry() -> None:
    before, after = atom("2026-11-24T09:00:00Z"), atom("2026-11-24T10:00:00Z")
    assert before[0].entry_id != after[0].entry_id
    assert before[0].url == after[0].url


def test_an_unchanged_entry_keeps_its_identifier_whatever_is_beside_it() -> None:
    alone, first = atom("2026-11-24T09:00:00Z"), atom("2026-11-24T09:00:00Z", "2026-11-24T10:00:00Z")
    assert alone[0].entry_id == first[0].entry_id


def test_a_stamp_that_all_entries_share_is_the_feeds_own() -> None:
    nine, ten = atom(*["2026-11-24T09:00:00Z"] * 3), atom(*["2026-11-24T10:00:00Z"] * 3)
    assert [entry.entry_id for entry in nine] == [entry.entry_id for entry in ten]


def test_a_day_may_be_shared() -> None:
    assert {e.entry_id for e in atom(*["2026-11-23"] * 3)}.isdisjoint(e.entry_id for e in atom(*["2026-11-24"] * 3))


def test_a_stamp_beyond_the_clock_does_not_change_the_identifier_later() -> None:
    body = (
        "<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>urn:1</id><link href='/1'/>"
        "<updated>2026-11-27T09:00:00Z</updated></entry></feed>"
    )
    early, late = read(body).entries[0], read(body, now=NOW + timedelta(days=5)).entries[0]
    assert early.updated_at is None
    assert late.updated_at is not None
    assert early.entry_id == late.entry_id


def test_an_entry_is_as_old_as_its_later_date() -> None:
    entry = Entry("id", URL, None, NOW - timedelta(days=9), NOW)
    assert entry.dated_at == NOW
    assert Entry("id", URL).dated_at is None


DATES = {
    "rfc-3339": ("2026-11-24T10:14:55Z", "2026-11-24T10:14:55+00:00"),
    "offset-without-colon": ("2026-11-24T10:14:55+0200", "2026-11-24T08:14:55+00:00"),
    "space-for-t": ("2026-11-24 10:14:55 +02:00", "2026-11-24T08:14:55+00:00"),
    "no-zone": ("2026-11-24 10:14:55", "2026-11-24T10:14:55+00:00"),
    "day-alone": ("2026-11-24", "2026-11-24T00:00:00+00:00"),
    "long-fraction": ("2026-11-24T10:14:55.1234567Z", "2026-11-24T10:14:55.123456+00:00"),
    "rfc-822": ("Tue, 24 Nov 2026 10:14:55 GMT", "2026-11-24T10:14:55+00:00"),
    "rfc-822-short": ("24 Nov 26 10:14 EST", "2026-11-24T15:14:00+00:00"),
    "summer-time": ("Fri, 24 Jul 2026 10:14:55 CEST", "2026-07-24T08:14:55+00:00"),
    "asctime": ("Tue Nov 24 10:14:55 MSK 2026", "2026-11-24T07:14:55+00:00"),
    "line-breaks": ("\n Tue, 24 Nov 2026\n 10:14:55 GMT ", "2026-11-24T10:14:55+00:00"),
}
NO_DATES = [
    *("", "now", "3 hours ago", "14:00", "17", "20260", "1998", "6/5/2026", "Mon", "1609459200"),
    *("Nov 24, 2026 4:05 pm", "2026-02-30T00:00:00Z", "Fri, 31 Feb 2026 00:00:00 GMT", "9" * 500),
    "0001-01-01T00:00:00+14:00",
]


@pytest.mark.parametrize(("text", "expected"), DATES.values(), ids=DATES)
def test_a_date_is_read_into_utc(text: str, expected: str) -> None:
    moment = dates.read(text)
    assert moment is not None
    assert moment.isoformat() == expected


@pytest.mark.parametrize("text", NO_DATES)
def test_what_names_no_single_moment_is_no_date(text: str) -> None:
    assert dates.read(text) is None


@pytest.mark.parametrize(
    ("moment", "is_plausible"),
    [
        (NOW, True),
        (NOW + timedelta(hours=23), True),
        (NOW + timedelta(hours=25), False),
        (datetime(1970, 1, 1, tzinfo=UTC), False),
        (datetime(1985, 1, 1, tzinfo=UTC), True),
    ],
)
def test_absurd_dates_are_left_out(moment: datetime, is_plausible: bool) -> None:
    assert (dates.plausible(moment, now=NOW) is not None) is is_plausible


TITLE = "Прывітанне, Łódź"
CYRILLIC = "Привет, мир"
ENCODINGS = {
    "utf-8-undeclared": (TITLE, "utf-8", "", None),
    "utf-8-declared-otherwise": (
        TITLE,
        "utf-8",
        "<?xml version='1.0' encoding='iso-8859-1'?>",
        "text/xml; charset=latin1",
    ),
    "utf-8-mark": (TITLE, "utf-8-sig", "<?xml version='1.0' encoding='koi8-r'?>", None),
    "utf-16-mark": (TITLE, "utf-16", "<?xml version='1.0' encoding='utf-16'?>", None),
    "utf-16-without-mark": (TITLE, "utf-16-le", "<?xml version='1.0' encoding='utf-16'?>", None),
    "utf-32-mark": (TITLE, "utf-32", "<?xml version='1.0'?>", None),
    "prolog": (CYRILLIC, "koi8-r", "<?xml version='1.0' encoding='KOI8-R'?>", "text/xml"),
    "header-before-prolog": (
        CYRILLIC,
        "cp1251",
        "<?xml version='1.0' encoding='utf-8'?>",
        'text/xml; charset="windows-1251"',
    ),
    "latin-1-is-windows": ("“quoted” – d’accord", "cp1252", "<?xml version='1.0' encoding='iso-8859-1'?>", None),
    "iso-2022-jp": ("日本の新聞", "iso-2022-jp", "<?xml version='1.0' encoding='iso-2022-jp'?>", None),
    "unknown-charset": (TITLE, "utf-8", "", "text/xml; charset=nonsense"),
}


@pytest.mark.parametrize(("title", "encoding", "prolog", "content_type"), ENCODINGS.values(), ids=ENCODINGS)
def test_letters_survive_the_encoding(title: str, encoding: str, prolog: str, content_type: str | None) -> None:
    body = prolog + rss(f"<title>{title}</title><link>https://a.example/1</link>")
    assert read(body.encode(encoding), content_type=content_type).entries[0].title == title


def test_json_may_come_with_a_mark() -> None:
    body = b"\xef\xbb\xbf" + b'{"version": "https://jsonfeed.org/version/1", "items": []}'
    assert read(body).kind is FeedKind.JSON


def test_a_link_with_bare_ampersands_arrives_whole() -> None:
    entry = read(
        rss("<title>R&D &amp; caf&eacute; &unknown;</title><link>https://a.example/?a=1&b=2&copy=3</link>")
    ).entries[0]
    assert entry.url == "https://a.example/?a=1&b=2&copy=3"
    assert entry.title == "R&D & café &unknown;"


def test_titles_carry_no_control_characters() -> None:
    entry = read(rss("<title>a&amp;#27;[31mred</title><link>https://a.example/1</link>")).entries[0]
    assert entry.title == "a[31mred"


NO_FEEDS = {
    "empty": b"",
    "space": b" \n ",
    "text": b"hello there",
    "page": b"<html><body>x</body></html>",
    "page-with-doctype": b"<!DOCTYPE html>\n<title>x",
    "other-xml": b"<catalog><book/></catalog>",
    "outline": b"<opml version='2.0'><body/></opml>",
    "json": b'{"a": 1}',
    "json-list": b"[1, 2]",
    "broken-json": b'{"items": [',
    "zeros": bytes(1000),
    "image": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "archive": b"PK\x03\x04" + bytes(range(256)),
}


@pytest.mark.parametrize("body", NO_FEEDS.values(), ids=NO_FEEDS)
def test_what_is_no_feed_is_rejected_with_what_it_is(body: bytes) -> None:
    parsed = parse(body, url=URL, content_type=None)
    assert isinstance(parsed, Reject)
    assert parsed.reason is RejectReason.UNPARSABLE
    assert parsed.detail


def test_a_body_over_the_cap_is_not_parsed() -> None:
    parsed = parse(b"<rss>" + b" " * MAX_BODY_BYTES, url=URL, content_type=None)
    assert isinstance(parsed, Reject)
    assert parsed.reason is RejectReason.TOO_LARGE


def test_entities_are_neither_expanded_nor_fetched() -> None:
    laughs = "".join(f"<!ENTITY l{n + 1} '{f'&l{n};' * 10}'>" for n in range(12))
    prolog = f"<!DOCTYPE rss [<!ENTITY l0 'lol'><!ENTITY file SYSTEM 'file:///etc/hostname'>{laughs}]>"
    feed = read(prolog + rss("<title>&l12; &file;</title><link>https://a.example/1</link>"))
    assert [entry.title for entry in feed.entries] == ["&l12; &file;"]


def test_deep_nesting_does_no_harm() -> None:
    deep = "<div>" * 50_000
    assert read(rss(f"<title>t</title><link>https://a.example/1</link><description>{deep}</description>")).entries


RSS = b"<rss><channel>"
HOSTILE = {
    "items": (RSS, b"<item><link>/a</link></item>"),
    "nested-items": (RSS, b"<item><title>x"),
    "empty-tags": (RSS, b"<p>x</p>"),
    "nested-bases": (b"<feed xml:base='http://a.example/'>", b"<d xml:base='x/'><entry/>"),
    "dates-that-are-none": (RSS, b"<item><link>/a</link><pubDate>1 2 3 4 5 6 7 8 9</pubDate></item>"),
    "ampersands": (RSS + b"<item><title>", b"&"),
    "unclosed-sections": (RSS, b"<![CDATA["),
    "json-items": (b'{"items": [', b'{"id": 1},'),
}


@pytest.mark.parametrize(("head", "part"), HOSTILE.values(), ids=HOSTILE)
def test_a_body_built_to_be_slow_takes_seconds_not_minutes(head: bytes, part: bytes) -> None:
    body = head + part * (MAX_BODY_BYTES // 2 // len(part))
    started = process_time()
    parse(body, url=URL, content_type=None)
    # At most 1.3 s where this was written. Parsers that guess at dates or look up every ancestor took minutes.
    assert process_time() - started < 15


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_raise(body: bytes) -> None:
    parse(body, url=URL, content_type=None, now=NOW)
    parse(b"<rss><channel><item>" + body, url=URL, content_type="text/xml; charset=" + repr(body[:9]))
    parse(b'{"items": [{"id": ' + body + b"}]}", url=URL, content_type=None)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_no_text_in_an_item_raises(text: str) -> None:
    parse(rss(f"<link>{text}</link><pubDate>{text}</pubDate>").encode("utf-8", "replace"), url=URL, content_type=None)


@settings(deadline=None)
@given(st.lists(st.integers(0, 30), unique=True, min_size=1, max_size=20))
def test_parsing_is_repeatable_and_entries_are_distinct(numbers: list[int]) -> None:
    body = rss(*(f"<title>{number}</title><link>https://a.example/{number}</link>" for number in numbers))
    first, second = read(body), read(body)
    assert first == second
    assert len({entry.entry_id for entry in first.entries}) == len(numbers)
