"""Match agents report on a real broker, and what they report of a watch reaches its owner, wherever he asks."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from kafka import KafkaProducer

from pipeline.adapters import clock, match_reports
from pipeline.adapters.kafka import Producer, client_options, topic_name
from pipeline.agents.reporting import Reporter
from pipeline.settings import Settings
from pipeline.stages.match import QueryError, WatchIndex
from tests.integration.pipeline import tocsin, tocsin_running
from tests.integration.running import Found, Reader
from tests.records import FULL
from tests.unit.matching import tagged, watch
from tests.waiting import until
from topics import registry
from topics.records import MatchReport

pytestmark = pytest.mark.broker


def test_the_latest_report_of_each_agent_at_work_is_found(settings: Settings) -> None:
    sample = FULL["match-reports"]
    assert isinstance(sample, MatchReport)
    producer = Producer(settings)
    for worker, articles in (("one", 1), ("two", 2), ("one", 3)):
        at = clock.now() + timedelta(seconds=articles)
        producer.send(registry.MATCH_REPORTS, replace(sample, worker=worker, articles=articles, at=at)).result(30)
    producer.close()
    other_version = KafkaProducer(**client_options(settings))
    other_version.send(topic_name(settings, registry.MATCH_REPORTS), key=b"three", value=b'{"worker": 3}').get(30)
    other_version.close()
    assert [(one.worker, one.articles) for one in match_reports.latest(settings)] == [("one", 3), ("two", 2)]


async def test_an_agent_tells_what_its_watches_cost_and_which_it_put_aside(settings: Settings) -> None:
    index = WatchIndex(clock_ns=clock.spent_ns)
    index.put(watch("minsk", "good"))
    with pytest.raises(QueryError):
        index.put(watch("NOT minsk", "bad"))
    reporter = Reporter(Producer(settings), index, interval_s=0.1)
    for _ in range(16):
        reporter.note(len(index.find(tagged("minsk")).found))
    reporter.start(asyncio.get_running_loop())
    for _ in range(100):
        if found := await asyncio.to_thread(match_reports.latest, settings):
            break
    await asyncio.to_thread(reporter.stop)
    assert await asyncio.to_thread(match_reports.latest, settings) == [], "one that has stopped is not at work"
    assert [(one.watches, one.articles) for one in found] == [(1, 16)]
    assert [one.watch_id for one in found[0].costs] == ["good"]
    assert [(one.watch_id, one.revision) for one in found[0].faults] == [("bad", 1)]


def test_a_watch_the_agents_cannot_use_is_shown_to_its_owner_and_matches_once_he_has_mended_it(
    settings: Settings, producer: Producer
) -> None:
    for name in ("Newer", "Other"):
        tocsin(settings, "watch", "add", name, "minsk")
    newer = b'{"watch_id": "newer", "query": {"all_of": ["minsk"]}, "revision": 1}'
    producer.send_bytes(registry.WATCHES, key=b"newer", value=newer).result(30)
    reader = Reader(settings, registry.MATCHES)
    with tocsin_running(settings, "work", "--agents", "match"):
        put_aside = until(lambda: _put_aside(settings), within_s=60)
        assert list(put_aside) == ["newer"]
        assert "cannot read it" in put_aside["newer"]
        assert "newer, revision 1: this version of Tocsin cannot read it" in tocsin(settings, "watch", "cost")
        shown = tocsin(settings, "watch", "list")
        assert "put aside: this version of Tocsin cannot read it" in shown
        assert shown.count("put aside") == 1
        _publish(producer, "first")
        reader.read_until(lambda found: ("first", "other") in _matched(found), timeout_s=60, what="the first page")
        tocsin(settings, "watch", "disable", "newer")
        tocsin(settings, "watch", "enable", "newer")
        assert _put_aside(settings) == {}, "what is said of the former revision is not said of this one"
        _publish(producer, "second")
        reader.read_until(lambda found: len(_matched(found)) == 3, timeout_s=60, what="the second page")
    reader.close()
    assert _matched(reader.found) == {("first", "other"), ("second", "newer"), ("second", "other")}
    assert "no match agent" in tocsin(settings, "watch", "cost")


def _publish(producer: Producer, page: str) -> None:
    found = tagged("Minsk")
    origin = replace(found.article.origin, page_id=page)
    article = replace(found, page_id=page, article=replace(found.article, origin=origin))
    producer.send(registry.TAGGED_ARTICLES, article).result(30)


def _matched(found: list[Found]) -> set[tuple[str, str]]:
    return {(one.record.origin.page_id, one.record.watch_id) for one in found}


def _put_aside(settings: Settings) -> dict[str, str]:
    lines = map(json.loads, tocsin(settings, "watch", "list", "--json").splitlines())
    return {line["id"]: line["put_aside"] for line in lines if line["put_aside"]}
