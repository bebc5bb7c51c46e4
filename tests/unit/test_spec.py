"""What a topic declaration refuses, and what is derived from one."""

from datetime import timedelta
from typing import Any

import pytest

from tests.records import AT
from topics.records import Article, Feed
from topics.spec import Cleanup, Encoding, Lane, TopicSpec


def spec(**changes: Any) -> TopicSpec:
    fields: dict[str, Any] = {
        "name": "articles",
        "key": "origin.page_id",
        "record": Article,
        "producer": "clean",
        "consumers": ("tag",),
        "description": "Cleaned pages.",
        "retention": timedelta(days=2),
        "has_dead_letters": True,
    }
    return TopicSpec(**(fields | changes))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "raw.pages"}, "kebab-case"),
        ({"name": "RawPages"}, "kebab-case"),
        ({"name": ""}, "kebab-case"),
        ({"key": "page_id"}, "no field of Article"),
        ({"key": "origin.nothing"}, "no field of Article"),
        ({"key": "title.page_id"}, "no field of Article"),
        ({"retention": None}, "unlimited retention needs compaction"),
        ({"partitions": 0}, "at least 1"),
    ],
    ids=["dot", "capitals", "no name", "no such field", "no inner field", "field of text", "for ever", "none"],
)
def test_a_declaration_that_cannot_work_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        spec(**changes)


def test_the_key_is_the_declared_field_in_utf8() -> None:
    feeds = spec(name="feeds", record=Feed, key="url", cleanup=Cleanup.COMPACT, retention=None)
    assert feeds.key_of(Feed(feed_id="f", url="https://é.example/", added_at=AT)) == "https://é.example/".encode()


def test_a_dead_letter_topic_keeps_bytes_longer_and_has_none_of_its_own() -> None:
    letters = spec().dead_letter
    assert letters.name == "articles-dlq"
    assert letters.encoding is Encoding.BYTES
    assert letters.retention == timedelta(days=32)
    assert letters.max_message_bytes > spec().max_message_bytes
    assert letters.consumers == ("operators",)
    with pytest.raises(ValueError, match="no dead letters"):
        _ = letters.dead_letter


def test_a_kept_topic_asks_for_its_retention_in_milliseconds() -> None:
    config = spec().broker_config()
    assert config["retention.ms"] == "172800000"
    assert config["cleanup.policy"] == "delete"


def test_a_compacted_topic_asks_for_no_retention_and_a_short_tail() -> None:
    config = spec(cleanup=Cleanup.COMPACT, retention=None).broker_config()
    assert config["cleanup.policy"] == "compact"
    assert "retention.ms" not in config
    assert config["segment.ms"] == "3600000"


def test_a_topic_of_the_replay_lane_is_like_its_own_and_shares_its_dead_letters() -> None:
    live = spec(is_replayable=True)
    lane = live.in_lane(Lane.REPLAY)
    assert live.in_lane(Lane.LIVE) is live
    assert lane.name == "articles-replay"
    assert (lane.key, lane.record, lane.encoding, lane.partitions) == (
        live.key,
        live.record,
        live.encoding,
        live.partitions,
    )
    assert lane.max_message_bytes == live.max_message_bytes
    assert lane.dead_letter == live.dead_letter
    with pytest.raises(ValueError, match="is not replayed"):
        spec().in_lane(Lane.REPLAY)
