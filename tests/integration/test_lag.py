"""Lag, measured from outside, against a real broker."""

import re
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
from kafka import TopicPartition
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata

from pipeline import metrics
from pipeline.adapters import kafka
from pipeline.adapters.kafka import Producer, group_name, topic_name
from pipeline.adapters.lag import Lag, LagReader, Reading
from pipeline.settings import Settings
from tests.integration.conftest import free_ports
from tests.integration.running import running
from tests.samples import raw_page
from tests.waiting import until
from topics import registry


@pytest.fixture
def reader(settings: Settings) -> LagReader:
    return LagReader(settings)


def test_nothing_sent_is_no_lag(reader: LagReader) -> None:
    reading = until(lambda: read(reader))
    assert reading is not None
    assert reading.stages == {stage: Lag(0, 0.0) for stage in ("clean", "tag", "match", "deliver")}
    assert set(reading.ends.values()) == {0}


def test_a_group_that_never_committed_is_behind_by_everything_and_ages(settings: Settings, reader: LagReader) -> None:
    send(settings, 5)
    now = datetime.now(UTC)
    until(lambda: read(reader))
    soon = reader.read(now + timedelta(seconds=100)).stages["clean"]
    later = reader.read(now + timedelta(seconds=200)).stages["clean"]
    assert soon.records == later.records == 5
    assert soon.seconds is not None
    assert later.seconds == pytest.approx(soon.seconds + 100)
    assert soon.seconds == pytest.approx(100, abs=10)


def test_what_is_committed_is_not_behind(settings: Settings, reader: LagReader) -> None:
    partition = send(settings, 5)
    commit(settings, partition, 3)
    until(lambda: read(reader))
    reading = reader.read(datetime.now(UTC))
    assert reading.stages["clean"].records == 2
    assert reading.ends["raw-pages"] == 5
    commit(settings, partition, 5)
    assert reader.read(datetime.now(UTC)).stages["clean"] == Lag(0, 0.0)


def test_the_command_exports_what_the_ledger_has_not_indexed(settings: Settings) -> None:
    send(settings, 5)
    port = free_ports(1)
    with running(settings, "-m", "pipeline", "lag", TOCSIN_METRICS__PORT=str(port - metrics.PORT_OFFSETS["lag"])):
        until(lambda: exported(port) == {"clean": 5, "tag": 0, "match": 0, "deliver": 0, "ledger": 5}, within_s=60)
        with running(settings, "-m", "pipeline", "ledger"):
            until(lambda: exported(port).get("ledger") == 0, within_s=60)


def exported(port: int) -> dict[str, float]:
    """Records behind, by what is behind, as Prometheus reads them; nothing while nothing listens."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            page = answer.read().decode()
    except OSError:
        return {}
    found = re.findall(r'^tocsin_consumer_lag_records\{stage="([^"]+)"\} (\S+)$', page, re.MULTILINE)
    return {stage: float(records) for stage, records in found}


def read(reader: LagReader) -> Reading | None:
    """A reading, or nothing while the broker's group coordinator is being made."""
    try:
        return reader.read(datetime.now(UTC))
    except KafkaError:
        return None


def send(settings: Settings, count: int) -> TopicPartition:
    """Send pages of one host; gives the partition they are in."""
    producer = Producer(settings)
    for future in [producer.send(registry.RAW_PAGES, raw_page(), partition=1) for _ in range(count)]:
        future.result(30)
    producer.close()
    return TopicPartition(topic_name(settings, registry.RAW_PAGES), 1)


def commit(settings: Settings, partition: TopicPartition, offset: int) -> None:
    """Commit as the clean stage does."""
    consumer = kafka.consumer(settings, group=group_name(settings, "clean"))
    consumer.assign([partition])
    consumer.commit({partition: OffsetAndMetadata(offset, "", -1)})
    consumer.close()
