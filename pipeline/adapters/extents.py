"""Where topics begin and end on the broker now, each partition with the incarnation of its topic."""

from collections.abc import Iterable
from dataclasses import dataclass

from kafka import TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import KafkaError

from pipeline.adapters.kafka import admin, topic_name
from pipeline.adapters.partition import Partition
from pipeline.errors import TransientError
from pipeline.settings import Settings
from topics.spec import TopicSpec


@dataclass(frozen=True, slots=True)
class Extent:
    """What of a partition is there."""

    beginning: int
    end: int
    """The offset the next record will have."""


def extents_of(settings: Settings, specs: Iterable[TopicSpec]) -> dict[Partition, Extent]:
    """By partition. UnavailableError without a broker, TransientError when it does not answer."""
    client = admin(settings)
    try:
        found = client.describe_topics([topic_name(settings, spec) for spec in specs])
        partitions = {
            TopicPartition(topic["name"], each["partition_index"]): str(topic.get("topic_id") or "")
            for topic in found
            if not topic["error_code"]
            for each in topic["partitions"]
        }
        beginnings = client.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.EARLIEST))
        ends = client.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.LATEST))
    except KafkaError as error:
        raise TransientError(f"offsets of topics: {error!r}") from error
    finally:
        client.close()
    return {
        Partition(each.topic, uuid, each.partition): Extent(beginnings[each].offset, ends[each].offset)
        for each, uuid in partitions.items()
    }
