"""Following compacted topics: what can no longer be followed is said at once, never silently stale."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any, cast

import pytest
from kafka import KafkaConsumer
from kafka.errors import NotLeaderForPartitionError
from structlog.testing import capture_logs

from pipeline.adapters.compacted import Change, CompactedView
from pipeline.agents import actors as actors_module
from pipeline.agents.actors import Actors
from pipeline.agents.watches import Watches
from pipeline.errors import UnavailableError
from pipeline.settings import Settings
from pipeline.stages.match.engine import confirming
from pipeline.stages.tag import ActorIndex
from tests.fakes import MemoryConsumer
from tests.unit.matching import index_of, tagged, watch
from tests.waiting import until
from topics import registry
from topics.records import Actor, ActorKind
from topics.spec import Lane

WATCH = watch("word")
ACTOR = Actor(actor_id="a", name="An Actor", kind=ActorKind.PERSON)


class Followed:
    """A view of the watches on a consumer of the test's own."""

    def __init__(self) -> None:
        self.consumer = MemoryConsumer()
        self.seen: list[Change] = []
        self.failures: list[Exception] = []
        self.view = CompactedView(
            Settings(),
            registry.WATCHES,
            self._see,
            on_failure=self.failures.append,
            connect=lambda _: cast(KafkaConsumer, self.consumer),
        )

    def _see(self, changes: list[Change]) -> None:
        if any(record.query == "raise" for _, record in changes):
            raise ValueError("raise")
        self.seen += changes


@contextmanager
def started() -> Iterator[Followed]:
    followed = Followed()
    followed.consumer.put(registry.WATCHES, WATCH)
    followed.view.start(timeout_s=10)
    yield followed
    followed.view.stop()


def test_what_stood_in_the_topic_is_handed_over_before_start_returns() -> None:
    with started() as followed:
        assert followed.seen == [("w", WATCH)]
    assert followed.consumer.is_closed
    assert followed.failures == []


def test_a_broker_that_is_away_for_a_while_is_no_failure() -> None:
    with started() as followed:
        followed.consumer.fail(NotLeaderForPartitionError())
        followed.consumer.put(registry.WATCHES, WATCH)
        until(lambda: len(followed.seen) == 2)
    assert followed.failures == []


def test_a_view_that_has_been_quiet_is_asked_less_often_and_still_hears_of_a_change_at_once() -> None:
    with started() as followed:
        assert followed.consumer.longest_wait_ms < 500
        until(lambda: followed.consumer.longest_wait_ms >= 500)
        before = monotonic()
        followed.consumer.put(registry.WATCHES, WATCH)
        until(lambda: len(followed.seen) == 2)
        assert monotonic() - before < 0.5


@pytest.mark.parametrize("place", ["client", "receiver"])
def test_anything_else_that_ends_the_following_is_told(place: str) -> None:
    with started() as followed:
        if place == "client":
            followed.consumer.fail(ValueError("raise"))
        else:
            followed.consumer.put(registry.WATCHES, watch("raise"))
        (failure,) = until(lambda: followed.failures)
        assert str(failure) == "raise"
    assert followed.consumer.is_closed


def test_what_fails_before_all_is_loaded_is_raised_at_start() -> None:
    followed = Followed()
    followed.consumer.failure_of_ends = KeyError("a partition without a leader")
    with pytest.raises(UnavailableError):
        followed.view.start(timeout_s=10)
    followed.view.stop()
    assert followed.failures == []
    assert followed.consumer.is_closed


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_actors_that_can_no_longer_be_built_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def build(actors: tuple[Actor, ...]) -> ActorIndex:
        if actors:
            raise ValueError("build")
        return ActorIndex(actors)

    monkeypatch.setattr(actors_module, "ActorIndex", build)
    consumer, failures = MemoryConsumer(), list[Exception]()
    actors = Actors(Settings(), on_failure=failures.append, connect=lambda _: cast(KafkaConsumer, consumer))
    actors.start()
    consumer.put(registry.ACTORS, ACTOR)
    (failure,) = until(lambda: failures)
    actors.stop()
    assert str(failure) == "build"


async def test_watches_that_can_no_longer_be_applied_are_told() -> None:
    consumers = [MemoryConsumer(), MemoryConsumer()]
    connecting = iter(consumers)
    failures: list[Exception] = []
    has_failed = asyncio.Event()

    def on_failure(error: Exception) -> None:
        failures.append(error)
        has_failed.set()

    watches = Watches(Settings(), on_failure=on_failure, connect=lambda _: cast(KafkaConsumer, next(connecting)))
    watches.start()
    watches.follow_on(asyncio.get_running_loop())
    broken: Any = None
    watches.index = broken
    consumers[1].put(registry.WATCHES, WATCH)
    await asyncio.wait_for(has_failed.wait(), 10)
    await asyncio.to_thread(watches.stop)
    assert isinstance(failures[0], AttributeError)


@pytest.mark.parametrize(("lane", "is_put_aside"), [(Lane.LIVE, True), (Lane.REPLAY, False)])
def test_a_slow_watch_is_put_aside_where_live_work_waits_behind_it_only(
    lane: Lane, is_put_aside: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirming, "_BUDGET_NS", 0)
    consumers = [MemoryConsumer(), MemoryConsumer()]
    connecting = iter(consumers)

    def connect(_: object) -> KafkaConsumer:
        return cast(KafkaConsumer, next(connecting))

    watches = Watches(Settings(), on_failure=pytest.fail, lane=lane, connect=connect)
    consumers[1].put(registry.WATCHES, watch("/min[a-z]+/", "slow"))
    watches.start()
    watches.stop()
    for _ in range(40):
        watches.index.find(tagged("Minsk " * 1_000))
    assert bool(watches.index.faults()) == is_put_aside


def test_a_watch_of_a_newer_version_is_out_of_force_with_a_reason_and_no_other_is() -> None:
    consumers = [MemoryConsumer(), MemoryConsumer()]
    connecting = iter(consumers)
    watches = Watches(Settings(), on_failure=pytest.fail, connect=lambda _: cast(KafkaConsumer, next(connecting)))
    consumers[1].put(registry.WATCHES, watch("minsk", "unreadable"))
    consumers[1].put_bytes(b"unreadable", b'{"watch_id": "unreadable", "query": ["minsk"], "revision": 6}')
    consumers[1].put_bytes(b"nonsense", b'{"watch_id": "nonsense", "revision": "two"}')
    consumers[1].put(registry.WATCHES, watch("minsk AND unheard_of(riga)", "unknown"))
    consumers[1].put(registry.WATCHES, watch("minsk", "good"))
    with capture_logs() as said:
        watches.start()
        watches.stop()
    assert [one.watch.watch_id for one in watches.index.find(tagged("minsk")).found] == ["good"]
    faults = {one.watch_id: one for one in watches.index.faults()}
    assert {watch_id: one.revision for watch_id, one in faults.items()} == {
        "unreadable": 6,
        "nonsense": None,
        "unknown": 1,
    }
    assert "cannot read it" in faults["unreadable"].reason
    assert said == [], "the reporter says it, with all else that is put aside"


def test_a_watch_that_could_not_be_read_matches_again_once_it_can() -> None:
    index = index_of(watch("minsk"))
    index.refuse("w", "cannot be read", revision=1)
    assert index.find(tagged("minsk")).found == ()
    index.put(watch("minsk", revision=2))
    assert [one.watch.revision for one in index.find(tagged("minsk")).found] == [2]
    assert index.faults() == ()
