"""What an operator does with the ledger on the real broker: dead letters, feeds in trouble, old rows."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from pipeline.adapters import clock
from pipeline.adapters.database import Database, outcomes
from pipeline.adapters.feed_store import FeedStore, partition_of
from pipeline.adapters.kafka import Producer
from pipeline.ledger import progress
from pipeline.settings import Settings
from pipeline.stages import identity
from tests.integration.pipeline import tocsin_running
from tests.integration.running import ended, running
from tests.ledger_suite import ended as outcome_of
from tests.samples import raw_page
from tests.waiting import until
from topics import registry
from topics.records import Feed, FeedState, RawPage

pytestmark = [pytest.mark.broker, pytest.mark.timeout(240)]

LEDGER = ("-m", "pipeline", "ledger")


def test_a_letter_that_fails_again_is_a_new_one_and_one_that_is_dropped_is_done_with(
    settings: Settings, producer: Producer
) -> None:
    producer.send_bytes(registry.RAW_PAGES, key=b"news.example", value=b"no page").result(30)
    with running(settings, *LEDGER), tocsin_running(settings, "work", "--agents", "clean"):
        (first,) = until(lambda: letters(settings), within_s=60)
        assert (first["stage"], first["reason"], first["attempt"], first["status"]) == (
            "clean",
            "undecodable",
            1,
            "open",
        )
        assert ended(settings, "dlq", "retry", first["letter_id"][:12]) == (0, "1 put back\n")
        both = until(lambda: found if len(found := letters(settings)) == 2 else [], within_s=60)
        again, before = both
        assert (before["letter_id"], before["status"]) == (first["letter_id"], "retried")
        assert (again["attempt"], again["status"], again["retried_from"]) == (2, "open", first["letter_id"])
        assert ended(settings, "dlq", "drop", "--stage", "clean", "--because", "never was a page") == (
            0,
            "1 given up\n",
        )
    dropped, retried = letters(settings)
    assert (dropped["status"], dropped["note"], retried["status"]) == ("dropped", "never was a page", "retried")
    code, said = ended(settings, "dlq", "retry", dropped["letter_id"])
    assert (code, "is dropped already, by" in said) == (2, True), said
    assert "never was a page" in ended(settings, "dlq", "show", dropped["letter_id"][:12])[1]


def letters(settings: Settings) -> list[dict[str, object]]:
    """The dead letters, the newest first; none while some are still to be indexed."""
    code, said = ended(settings, "dlq", "list", "--json")
    assert code == 0, said
    return [json.loads(line) for line in said.splitlines() if line.startswith("{")]


def test_feeds_that_are_quiet_failing_or_not_polled_are_named(
    settings: Settings, database: Database, producer: Producer
) -> None:
    now = clock.now()
    assert ended(settings, "feeds", "quiet") == (0, "0 feeds, none quiet, failing or left out\n")
    fine, quiet, failing, left_out = (feed_of(name, now) for name in ("fine", "quiet", "failing", "left-out"))
    with FeedStore(settings) as store:
        store.put_all([fine, quiet, failing, left_out])
    answering = {"polled_at": now, "succeeded_at": now, "next_poll_at": now + timedelta(hours=1)}
    remember(producer, FeedState(feed_id=fine.feed_id, url=fine.url, **answering))
    remember(producer, FeedState(feed_id=quiet.feed_id, url=quiet.url, **answering))
    trouble = {"succeeded_at": now - timedelta(days=3), "error_streak": 40, "last_error": "HTTP 500"}
    remember(producer, FeedState(feed_id=failing.feed_id, url=failing.url, **(answering | trouble)))
    for feed, silent in ((fine, timedelta(minutes=10)), (quiet, timedelta(days=1))):
        for page in hourly(feed, now - silent):
            producer.send(registry.RAW_PAGES, page)
    producer.flush()
    with running(settings, *LEDGER):
        assert progress.catch_up(settings, database, within_s=60) == 0
    code, said = ended(settings, "feeds", "quiet", "--json")
    found = {one["url"]: one for one in map(json.loads, said.splitlines())}
    assert {url: one["trouble"] for url, one in found.items()} == {
        quiet.url: "quiet",
        failing.url: "failing",
        left_out.url: "not-polled",
    }
    assert code == 1
    assert found[quiet.url]["pages_per_day"] == pytest.approx(24, rel=0.2)


def feed_of(name: str, now: datetime) -> Feed:
    url = f"https://{name}.example/rss"
    return Feed(feed_id=identity.feed_id(url), url=url, added_at=now - timedelta(days=30))


def remember(producer: Producer, state: FeedState) -> None:
    """Store the state where a poller would."""
    partition = partition_of(state.url, producer.partitions_of(registry.FEED_STATES))
    producer.send(registry.FEED_STATES, state, partition=partition).result(30)


def hourly(feed: Feed, until_when: datetime) -> Iterator[RawPage]:
    """A page an hour for ten days, the last one then."""
    for hours in range(10 * 24):
        seen_at = until_when - timedelta(hours=hours)
        page = raw_page(f"{feed.url}/{hours}")
        origin = replace(page.origin, feed_id=feed.feed_id, seen_at=seen_at, fetched_at=seen_at, published_at=seen_at)
        yield replace(page, origin=origin)


def test_old_rows_are_removed_at_the_operators_word(settings: Settings, database: Database) -> None:
    now = clock.now()
    with database.write() as connection:
        ages = {"old": 46, "young": 44}
        outcomes.store(
            connection, [outcome_of(name, arrived_at=now - timedelta(days=days)) for name, days in ages.items()]
        )
    assert ended(settings, "ledger", "prune") == (0, "stage_outcomes: 1 row removed\n")
    assert ended(settings, "ledger", "prune") == (0, "nothing is that old\n")
    assert "Under way: it was fetched" in ended(settings, "explain", "https://news.example/young")[1]
    assert "Never seen" in ended(settings, "explain", "https://news.example/old")[1]
