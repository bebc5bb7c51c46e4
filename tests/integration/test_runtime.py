"""The runtime on a real broker: whatever happens to workers, every record ends in an outcome."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from pipeline.adapters.kafka import Producer
from pipeline.agents.worker import EXIT_REJECTS
from pipeline.settings import Settings
from tests.integration.running import Found, Reader, running
from tests.samples import raw_page
from tests.waiting import until
from topics import registry

pytestmark = pytest.mark.broker

TOY = ("-m", "tests.integration.toy_agent")


@pytest.fixture
def outcomes(settings: Settings) -> Iterator[Reader]:
    reader = Reader(settings, registry.ARTICLES, registry.OUTCOMES, registry.RAW_PAGES.dead_letter)
    yield reader
    reader.close()


def publish(producer: Producer, commands: list[str], *, start: int = 0) -> None:
    for number, command in enumerate(commands, start):
        page = raw_page(f"https://host{number % 40}.example/{number}", body=command.encode())
        producer.send(registry.RAW_PAGES, replace(page, host=f"host{number % 40}.example"))
    producer.flush()


def mixture(count: int) -> list[str]:
    return [
        "slow"
        if number % 100 == 0
        else "poison"
        if number % 97 == 0
        else "drop"
        if number % 10 == 1
        else f"ok {number}"
        for number in range(count)
    ]


def sources(found: list[Found]) -> set[str]:
    return {one.source for one in found}


def outcome_of_each(found: list[Found]) -> dict[str, set[str]]:
    by_source: dict[str, set[str]] = {}
    for one in found:
        by_source.setdefault(one.source, set()).add(one.spec.name)
    return by_source


def test_no_record_is_lost_when_workers_join_are_killed_and_leave(
    settings: Settings, producer: Producer, outcomes: Reader
) -> None:
    commands, parts = mixture(800), 4
    size = len(commands) // parts
    with ExitStack() as stack:
        first = stack.enter_context(running(settings, *TOY))
        publish(producer, commands[:size])
        outcomes.read_until(
            lambda found: len(sources(found)) >= size // 3, timeout_s=60, what="the first worker at work"
        )
        second = stack.enter_context(running(settings, *TOY))
        publish(producer, commands[size : 2 * size], start=size)
        outcomes.read_until(lambda found: len(sources(found)) >= size, timeout_s=60, what="work before the kill")
        first.kill()
        publish(producer, commands[2 * size : 3 * size], start=2 * size)
        stack.enter_context(running(settings, *TOY))
        outcomes.read_until(lambda found: len(sources(found)) >= 2 * size, timeout_s=90, what="work after the kill")
        second.terminate()
        assert second.wait(40) == 0
        publish(producer, commands[3 * size :], start=3 * size)
        outcomes.read_until(lambda found: len(sources(found)) >= len(commands), timeout_s=90, what="every outcome")
    each = outcome_of_each(outcomes.found)
    assert len(each) == len(commands)
    assert all(len(topics) == 1 for topics in each.values()), "a record has outcomes of two kinds"
    dead = {one.source for one in outcomes.found if one.spec.name == "raw-pages-dlq"}
    assert len(dead) == sum(command == "poison" for command in commands)
    print(f"{len(commands)} in, 0 missing, {len(outcomes.found) - len(commands)} repeated")


def test_an_undecodable_record_is_dead_lettered_and_its_neighbours_go_on(
    settings: Settings, producer: Producer, outcomes: Reader
) -> None:
    publish(producer, ["ok 1"])
    producer.send_bytes(registry.RAW_PAGES, key=b"host1.example", value=b"\xc1 not msgpack").result(10)
    producer.send_bytes(registry.RAW_PAGES, key=b"host1.example", value=None).result(10)
    publish(producer, ["ok 2"], start=1)
    with running(settings, *TOY):
        outcomes.read_until(lambda found: len(sources(found)) == 4, timeout_s=60, what="four outcomes")
    dead = [one for one in outcomes.found if one.spec.name == "raw-pages-dlq"]
    assert {(one.value, one.headers["reason"]) for one in dead} == {
        (b"\xc1 not msgpack", "undecodable"),
        (b"", "undecodable"),
    }


def test_a_release_that_rejects_everything_stops_with_most_of_the_topic_untouched(
    settings: Settings, producer: Producer, outcomes: Reader
) -> None:
    publish(producer, ["poison"] * 400)
    with running(settings, *TOY) as worker:
        assert worker.wait(60) == EXIT_REJECTS
    outcomes.read_until(lambda found: len(found) >= 50, timeout_s=20, what="the dead letters that were written")
    outcomes.read()
    assert len(sources(outcomes.found)) <= 100


def test_a_worker_told_to_stop_leaves_nothing_in_hand(settings: Settings, producer: Producer, outcomes: Reader) -> None:
    publish(producer, mixture(300))
    with running(settings, *TOY) as worker:
        outcomes.read_until(lambda found: len(found) >= 20, timeout_s=60, what="a worker at work")
        worker.terminate()
        assert worker.wait(40) == 0
    with running(settings, *TOY):
        outcomes.read_until(lambda found: len(sources(found)) == 300, timeout_s=60, what="the rest by the next worker")
    assert len(outcomes.found) == 300, "a clean stop repeats nothing"


def test_an_idle_worker_takes_a_record_at_once(settings: Settings, producer: Producer, outcomes: Reader) -> None:
    with running(settings, *TOY):
        publish(producer, ["ok warm-up"])
        outcomes.read_until(lambda found: len(found) == 1, timeout_s=60, what="the first record")
        publish(producer, ["ok 2"], start=1)
        until(outcomes.read, within_s=5)
