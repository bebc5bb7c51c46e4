"""Reading as one of a group whose offsets are kept elsewhere, on the real broker."""

from collections.abc import Iterator

import pytest

from pipeline.adapters.group_reader import GroupReader, Partition
from pipeline.adapters.kafka import Producer
from pipeline.adapters.offsets import GroupOffsets
from pipeline.settings import Settings
from tests.delivering import match_of
from tests.waiting import until
from topics import registry

pytestmark = pytest.mark.broker
STAGE = "reading"


class Stored:
    """Positions as a process that was killed has left them."""

    def __init__(self, position: int) -> None:
        self._position = position

    def load(self, partition: Partition) -> int:
        return self._position

    def rewind(self, partition: Partition, position: int, to: int) -> None:
        raise AssertionError(f"{partition} was taken back from {position} to {to}")


@pytest.fixture
def offsets(settings: Settings) -> Iterator[GroupOffsets]:
    read = GroupOffsets(settings, stage=STAGE, source=registry.MATCHES)
    yield read
    read.close()


def send(settings: Settings, count: int) -> None:
    """So many matches to each partition."""
    producer = Producer(settings)
    for future in [
        producer.send(registry.MATCHES, match_of(f"p{number}"), partition=partition)
        for partition in range(producer.partitions_of(registry.MATCHES))
        for number in range(count)
    ]:
        future.result(30)
    producer.close()


def test_what_a_killed_process_did_not_tell_the_broker_is_told_by_its_successor(
    settings: Settings, offsets: GroupOffsets
) -> None:
    send(settings, 3)
    reader = GroupReader(settings, stage=STAGE, sources=(registry.MATCHES,), positions=Stored(3))

    def is_told() -> bool:
        assert reader.poll(0.1) == []
        return {each.lag for each in offsets.read().values()} == {0}

    until(is_told)
    reader.close()
