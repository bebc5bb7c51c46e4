"""Bounded ranges on a real broker: exactly what lay there when the bounds were taken, resumable, whatever the gaps."""

from datetime import UTC, datetime, timedelta

import pytest
from kafka import KafkaProducer

from pipeline.adapters import ranges
from pipeline.adapters.kafka import Producer, client_options, topic_name
from pipeline.adapters.ranges import Bounds, RangeRecord, TopicRange
from pipeline.errors import UsageError
from pipeline.settings import Settings
from tests.samples import raw_page
from topics import registry

pytestmark = pytest.mark.broker

TOPIC = registry.RAW_PAGES


def send(settings: Settings, first: int, count: int) -> None:
    producer = Producer(settings)
    pages = [raw_page(f"https://site{number}.example/{number}") for number in range(first, first + count)]
    for future in [producer.send(TOPIC, page, partition=number % 3) for number, page in enumerate(pages)]:
        future.result(30)
    producer.close()


def read(source: TopicRange) -> list[RangeRecord]:
    try:
        return [record for batch in source.batches() for record in batch.records]
    finally:
        source.close()


def test_what_arrives_after_the_bounds_were_taken_is_not_read(settings: Settings) -> None:
    send(settings, 0, 30)
    bounds = ranges.bounds_of(settings, TOPIC)
    send(settings, 30, 12)
    source = TopicRange(settings, TOPIC, bounds)
    assert source.size == 30
    found = read(source)
    assert sorted((one.partition, one.offset) for one in found) == [(part, at) for part in range(3) for at in range(10)]
    assert all(one.value and one.key and one.arrived_ms > 0 for one in found)


def test_bounds_go_by_arrival_and_a_time_behind_the_end_is_the_end(settings: Settings) -> None:
    send(settings, 0, 6)
    between = datetime.now(UTC) + timedelta(milliseconds=1)
    while datetime.now(UTC) <= between:
        pass
    send(settings, 6, 9)
    later = datetime.now(UTC) + timedelta(hours=1)
    early = ranges.bounds_of(settings, TOPIC, until=between)
    late = ranges.bounds_of(settings, TOPIC, since=between, until=later)
    assert early == dict.fromkeys(range(3), Bounds(0, 2))
    assert late == dict.fromkeys(range(3), Bounds(2, 5))
    assert ranges.bounds_of(settings, TOPIC, since=later) == dict.fromkeys(range(3), Bounds(5, 5))
    assert read(TopicRange(settings, TOPIC, ranges.bounds_of(settings, TOPIC, since=later))) == []


def test_a_range_goes_on_where_its_positions_say(settings: Settings) -> None:
    send(settings, 0, 30)
    bounds = ranges.bounds_of(settings, TOPIC)
    first = TopicRange(settings, TOPIC, bounds, max_records=7)
    positions: ranges.Positions = {}
    seen: list[RangeRecord] = []
    passed = 0
    for batch in first.batches():
        seen += batch.records
        passed += batch.passed
        positions |= batch.positions
        if passed >= 10:
            break
    first.close()
    second = TopicRange(settings, TOPIC, bounds, positions=positions)
    assert second.size == 30 - passed
    seen += read(second)
    assert sorted((one.partition, one.offset) for one in seen) == [(part, at) for part in range(3) for at in range(10)]


def test_a_partition_whose_last_offsets_hold_no_record_ends_all_the_same(settings: Settings) -> None:
    producer = KafkaProducer(**client_options(settings), transactional_id=settings.kafka.prefix + "gaps")
    producer.init_transactions()
    for number in range(3):
        producer.begin_transaction()
        producer.send(topic_name(settings, TOPIC), key=b"k", value=b"%d" % number, partition=0)
        producer.commit_transaction()
    producer.close()
    bounds = ranges.bounds_of(settings, TOPIC)
    assert bounds[0] == Bounds(0, 6)
    source = TopicRange(settings, TOPIC, bounds)
    batches = list(source.batches())
    source.close()
    assert [record.value for batch in batches for record in batch.records] == [b"0", b"1", b"2"]
    assert sum(batch.passed for batch in batches) == 6


def test_a_topic_that_is_missing_is_named(settings: Settings) -> None:
    other = settings.model_copy(update={"kafka": settings.kafka.model_copy(update={"prefix": "t-nowhere-"})})
    with pytest.raises(UsageError, match="t-nowhere-raw-pages does not exist"):
        ranges.bounds_of(other, TOPIC)
