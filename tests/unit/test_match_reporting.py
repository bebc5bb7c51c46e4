"""A match agent's reports go on through any trouble, which is said once, and end when it stops."""

import asyncio
from concurrent.futures import Future
from typing import cast

from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from pipeline.adapters.kafka import Producer
from pipeline.agents.reporting import Reporter
from pipeline.errors import TransientError
from pipeline.stages.match import WatchIndex
from tests.unit.matching import index_of, watch
from tests.waiting import until
from topics import codec, registry
from topics.records import MatchReport
from topics.spec import TopicSpec


class MemoryProducer:
    """Keeps what is sent; raises, or fails to have acknowledged, what it was told to, in turn, before it accepts."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.reports: list[MatchReport] = []
        self.taken_back: list[bytes] = []
        self.is_closed = False

    def send(self, spec: TopicSpec, record: object) -> "Future[None]":
        """Accept the report, or fail."""
        sent: Future[None] = Future()
        if self.failures and isinstance(self.failures[0], TransientError):
            sent.set_exception(self.failures.pop(0))
        elif self.failures:
            raise self.failures.pop(0)
        else:
            self.reports.append(codec.decode(spec, codec.encode(spec, record)))
            sent.set_result(None)
        return sent

    def send_bytes(self, spec: TopicSpec, *, key: bytes, value: bytes | None) -> "Future[None]":
        """Accept a tombstone."""
        assert (spec, value) == (registry.MATCH_REPORTS, None)
        self.taken_back.append(key)
        return Future()

    def close(self, timeout_s: float) -> None:
        """As with a broker that is away."""
        self.is_closed = True
        raise TransientError(f"not acknowledged within {timeout_s:g} s")


def reporter_of(producer: MemoryProducer, index: WatchIndex) -> Reporter:
    return Reporter(cast(Producer, producer), index, interval_s=0.01)


async def _until_reported(producer: MemoryProducer, times: int) -> None:
    await asyncio.to_thread(until, lambda: len(producer.reports) >= times, within_s=10)


async def test_reports_go_on_whatever_one_of_them_met_and_the_trouble_is_said_once() -> None:
    producer = MemoryProducer(
        *(error for _ in range(3) for error in (TransientError("away"), AssertionError("closed")))
    )
    reporter = reporter_of(producer, index_of(watch("minsk")))
    with capture_logs() as said:
        reporter.start(asyncio.get_running_loop())
        await _until_reported(producer, 2)
        await asyncio.to_thread(reporter.stop)
    assert [line["event"] for line in said] == ["trying again until it succeeds", "works again"]


async def test_an_agent_that_stops_takes_its_report_back_and_reports_no_more() -> None:
    producer = MemoryProducer()
    reporter = reporter_of(producer, index_of(watch("minsk")))
    reporter.start(asyncio.get_running_loop())
    await _until_reported(producer, 1)
    await asyncio.to_thread(reporter.stop)
    loop, this = asyncio.get_running_loop(), asyncio.current_task()
    await asyncio.to_thread(until, lambda: asyncio.all_tasks(loop) == {this}, within_s=10)
    assert (producer.taken_back, producer.is_closed) == ([producer.reports[0].worker.encode()], True)


def test_one_that_never_reported_has_nothing_to_take_back() -> None:
    producer = MemoryProducer()
    reporter_of(producer, index_of()).stop()
    assert (producer.taken_back, producer.is_closed) == ([], True)


async def test_a_watch_put_aside_is_logged_once_for_each_revision_and_counted() -> None:
    producer, index = MemoryProducer(), index_of(watch("minsk", "good"))
    index.refuse("bad", "cannot be read", revision=2)
    reporter = reporter_of(producer, index)
    with capture_logs() as said:
        reporter.start(asyncio.get_running_loop())
        await _until_reported(producer, 3)
        assert REGISTRY.get_sample_value("tocsin_watches_aside") == 1
        index.refuse("bad", "cannot be read", revision=3)
        await _until_reported(producer, len(producer.reports) + 2)
        index.remove("bad")
        await _until_reported(producer, len(producer.reports) + 2)
        await asyncio.to_thread(reporter.stop)
    assert [(line["event"], line["watch_id"], line["revision"]) for line in said] == [
        ("watch put aside", "bad", 2),
        ("watch put aside", "bad", 3),
    ]
    assert REGISTRY.get_sample_value("tocsin_watches_aside") == 0
    assert [one.revision for one in producer.reports[0].faults] == [2]
