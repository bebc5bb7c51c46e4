"""The feeds as they stand in Kafka, and `tocsin feeds` as users run it."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pipeline.adapters.feed_store import FeedStore
from pipeline.adapters.kafka import Producer
from pipeline.settings import Settings
from pipeline.stages import identity
from tests.integration.running import REPOSITORY
from topics import registry
from topics.records import Feed, FeedState

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def feed(url: str) -> Feed:
    """A feed at that address."""
    return Feed(feed_id=identity.feed_id(url), url=url, added_at=NOW)


def tocsin(environment: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    """The command line in a child, with what it said."""
    return subprocess.run(
        [sys.executable, "-m", "pipeline", "feeds", *arguments],
        env=environment,
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_what_is_put_stands_until_it_is_removed(settings: Settings) -> None:
    one, two = feed("https://a.example/1"), feed("https://b.example/2")
    with FeedStore(settings) as store:
        store.put_all([one, two])
        store.put(replace(one, title="One"))
        assert store.all() == {one.feed_id: replace(one, title="One"), two.feed_id: two}
        assert store.remove(one.feed_id)
        assert not store.remove(one.feed_id)
        assert store.all() == {two.feed_id: two}


def test_states_are_those_the_pollers_left(settings: Settings) -> None:
    state = FeedState(feed_id="f", url="https://a.example/1", error_streak=3)
    producer = Producer(settings)
    producer.send(registry.FEED_STATES, state, partition=1).result()
    producer.close()
    with FeedStore(settings) as store:
        assert store.states() == {"f": state}


def test_feeds_go_in_and_come_out(environment: dict[str, str], tmp_path: Path) -> None:
    listed = tmp_path / "mine.yaml"
    listed.write_text("feeds:\n  - {url: https://a.example/1, title: One, folders: [World]}\n  - https://b.example/2\n")
    first, again = tocsin(environment, "import", str(listed)), tocsin(environment, "import", str(listed))
    assert (first.returncode, first.stdout) == (0, "feeds: 2 added, 0 changed, 0 as they were\n")
    assert again.stdout == "feeds: 0 added, 0 changed, 2 as they were\n"

    for wanted in ("opml", "yaml"):
        exported = tocsin(environment, "export", "--format", wanted)
        copy = tmp_path / f"copy.{wanted}"
        copy.write_text(exported.stdout)
        assert tocsin(environment, "import", str(copy)).stdout == "feeds: 0 added, 0 changed, 2 as they were\n"

    assert tocsin(environment, "rm", "https://b.example/2").returncode == 0
    assert tocsin(environment, "rm", "https://b.example/2").returncode == 2
    shown = tocsin(environment, "list", "--json")
    assert [json.loads(line)["url"] for line in shown.stdout.splitlines()] == ["https://a.example/1"]
    assert shown.stderr == ""


def test_a_file_with_a_fault_writes_nothing(environment: dict[str, str], settings: Settings, tmp_path: Path) -> None:
    listed = tmp_path / "mine.yaml"
    listed.write_text("- https://a.example/1\n- url: https://b.example/2\n  colour: red\n")
    refused = tocsin(environment, "import", str(listed))
    assert refused.returncode == 2
    assert refused.stderr.startswith(f"tocsin: {listed}:3: unknown key 'colour'")
    assert refused.stderr.count("\n") == 1
    with FeedStore(settings) as store:
        assert store.all() == {}
