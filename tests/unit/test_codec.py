"""Bytes to records and back: what is wrong is refused with its place, what is new is let through."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.records import FULL
from topics import codec, registry
from topics.records import Feed, RawPage, Watch
from topics.spec import TopicSpec

ANY_TIME = st.datetimes(min_value=datetime(1990, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # hypothesis adds the zone
# Lone surrogates are no text: neither encoding has a place for them.
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=50)


@pytest.mark.parametrize("spec", registry.DECLARED, ids=lambda spec: spec.name)
def test_decoding_inverts_encoding(spec: TopicSpec) -> None:
    record = FULL[spec.name]
    assert codec.decode(spec, codec.encode(spec, record)) == record


@given(body=st.binary(max_size=500), title=st.none() | ANY_TEXT, url=ANY_TEXT)
def test_any_page_comes_back_as_it_went(body: bytes, title: str | None, url: str) -> None:
    page = FULL["raw-pages"]
    assert isinstance(page, RawPage)
    page = replace(page, body=body, entry_title=title, final_url=url)
    assert codec.decode(registry.RAW_PAGES, codec.encode(registry.RAW_PAGES, page)) == page


@given(
    name=ANY_TEXT, query=ANY_TEXT, revision=st.integers(min_value=-(2**63), max_value=2**63 - 1), updated_at=ANY_TIME
)
def test_any_watch_comes_back_as_it_went(name: str, query: str, revision: int, updated_at: datetime) -> None:
    watch = Watch(watch_id="w", name=name, query=query, revision=revision, updated_at=updated_at)
    assert codec.decode(registry.WATCHES, codec.encode(registry.WATCHES, watch)) == watch
    assert codec.from_builtins(codec.to_builtins(watch), Watch) == watch


@given(st.binary(max_size=200))
def test_any_bytes_decode_or_are_refused_and_nothing_else(value: bytes) -> None:
    for spec in registry.DECLARED:
        try:
            record = codec.decode(spec, value)
        except codec.UndecodableError:
            continue
        assert isinstance(record, spec.record)


def feed(**changes: Any) -> bytes:
    fields = {"feed_id": "f", "url": "https://news.example/", "added_at": "2026-03-04T05:06:07Z"} | changes
    return json.dumps({name: value for name, value in fields.items() if value is not ...}).encode()


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "tombstone"),
        (b"", "Feed: Input data was truncated"),
        (b"null", "Expected `object`, got `null`"),
        (b"\xff\xfe", "Feed: "),
        (b"[" * 100_000, "Feed: "),
        (feed(url=...), "missing required field `url`"),
        (feed(url=5), r"Expected `str`, got `int` - at `\$\.url`"),
        (feed(enabled="yes"), r"at `\$\.enabled`"),
        (feed(folders=["a", 1]), r"at `\$\.folders\[1\]`"),
        (feed(added_at="yesterday"), r"at `\$\.added_at`"),
        (feed(added_at="2026-03-04T05:06:07"), "added_at has no time zone"),
    ],
    ids=["tombstone", "empty", "null", "not text", "deep", "missing", "type", "bool", "nested", "no date", "naive"],
)
def test_what_cannot_be_read_is_refused_with_its_place(value: bytes | None, said: str) -> None:
    with pytest.raises(codec.UndecodableError, match=said):
        codec.decode(registry.FEEDS, value)


def test_a_field_of_a_later_version_is_let_through() -> None:
    assert codec.decode(registry.FEEDS, feed(colour="red")).url == "https://news.example/"
    page = msgspec.msgpack.decode(codec.encode(registry.RAW_PAGES, FULL["raw-pages"]))
    later = msgspec.msgpack.encode(page | {"colour": "red"})
    assert codec.decode(registry.RAW_PAGES, later) == FULL["raw-pages"]


def test_a_record_of_another_topic_is_not_encoded() -> None:
    with pytest.raises(TypeError, match="topic feeds does not carry Watch"):
        codec.encode(registry.FEEDS, FULL["watches"])


def test_dead_letters_are_bytes_and_not_encoded() -> None:
    with pytest.raises(TypeError, match="raw-pages-dlq"):
        codec.encode(registry.RAW_PAGES.dead_letter, FULL["raw-pages"])


def test_a_naive_time_is_refused_when_the_record_is_made() -> None:
    with pytest.raises(ValueError, match="added_at has no time zone"):
        Feed(feed_id="f", url="u", added_at=datetime(2026, 3, 4))  # noqa: DTZ001  # the point
