"""Reading as one of a group whose offsets are kept elsewhere, on the real broker."""

from collections.abc import Iterator
from contextlib import suppress
from functools import partial

import pytest
from kafka.errors import KafkaError

from pipeline.adapters import broker, kafka, topics
from pipeline.adapters.group_reader import GroupReader
from pipeline.adapters.kafka import Producer, group_name, topic_name
from pipeline.adapters.offsets import GroupOffsets
from pipeline.adapters.partition import Partition
from pipeline.errors import TransientError
from pipeline.settings import Settings
from tests.delivering import match_of
from tests.integration.conftest import StartCluster
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


def test_a_partition_without_a_leader_is_waited_for(start_cluster: StartCluster) -> None:
    settings = singly_kept(start_cluster(3))
    send(settings, 1)
    broker.kill_node(settings, leaders(settings)[0])
    until(lambda: -1 in leaders(settings), within_s=60)
    reader = GroupReader(settings, stage=STAGE, sources=(registry.MATCHES,), positions=Stored(0))
    until(lambda: is_troubled(reader), within_s=60)
    broker.start(settings)
    found: set[int] = set()

    def is_all_read() -> bool:
        with suppress(TransientError):
            found.update(batch.partition.number for batch in reader.poll(0.2))
        return found == {0, 1, 2}

    until(is_all_read, within_s=60)
    reader.close()


def test_a_member_that_waits_shortly_still_finishes_joining_when_its_topic_grows(settings: Settings) -> None:
    admin = kafka.admin(settings)
    member = kafka.consumer(settings, group=group_name(settings, STAGE), metadata_max_age_ms=200)
    name = topic_name(settings, registry.MATCHES)
    member.subscribe([name])

    def has(count: int) -> bool:
        member.poll(timeout_ms=1)
        return len(member.assignment()) == count

    until(lambda: has(3))
    for count in (4, 5):
        admin.create_partitions({name: count})
        until(partial(has, count))
    member.close()
    admin.close()


def singly_kept(cluster: Settings) -> Settings:
    """The cluster with topics of which each partition is on one node alone."""
    chosen = cluster.model_copy(
        update={"kafka": cluster.kafka.model_copy(update={"prefix": "single-", "replication_factor": 1})}
    )
    topics.apply(chosen)
    return chosen


def leaders(settings: Settings) -> list[int]:
    """The node that leads each partition of the matches, -1 for none; nothing while no node says."""
    admin = kafka.admin(settings)
    try:
        (topic,) = admin.describe_topics([topic_name(settings, registry.MATCHES)])
    except KafkaError:
        return []
    finally:
        admin.close()
    return [partition["leader_id"] for partition in topic["partitions"]]


def is_troubled(reader: GroupReader) -> bool:
    try:
        reader.poll(0.2)
    except TransientError as error:
        print(error)
        return True
    return False
