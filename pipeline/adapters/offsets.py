"""How far a consumer group is: committed and end offsets, from a client of its own."""

from dataclasses import dataclass

from kafka import TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import KafkaError

from pipeline.adapters.kafka import admin, group_name, topic_name
from pipeline.errors import TransientError
from pipeline.settings import Settings
from topics.spec import TopicSpec


@dataclass(frozen=True, slots=True)
class PartitionOffsets:
    """One partition as a group has it."""

    committed: int
    """Next offset to read; the partition's beginning where nothing was committed."""
    end: int

    @property
    def lag(self) -> int:
        """Records not yet committed."""
        return max(0, self.end - self.committed)


class GroupOffsets:
    """Reads the offsets of a stage's group on its source topic. Not thread-safe."""

    def __init__(self, settings: Settings, *, stage: str, source: TopicSpec) -> None:
        self._admin = admin(settings)
        self._group = group_name(settings, stage)
        self._topic = topic_name(settings, source)

    def read(self) -> dict[int, PartitionOffsets]:
        """By partition. TransientError when the broker does not answer."""
        try:
            described = self._admin.describe_topics([self._topic])[0]["partitions"]
            partitions = [TopicPartition(self._topic, each["partition_index"]) for each in described]
            # A consumer's end_offsets raises KeyError while a partition has no leader; this asks again.
            ends = self._admin.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.LATEST))
            beginnings = self._admin.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.EARLIEST))
            committed = self._admin.list_group_offsets([self._group]).get(self._group, {})
        except (KafkaError, LookupError) as error:
            raise TransientError(f"offsets of {self._topic}: {error!r}") from error
        return {
            partition.partition: PartitionOffsets(
                committed=max(getattr(committed.get(partition), "offset", -1), beginnings[partition].offset),
                end=ends[partition].offset,
            )
            for partition in partitions
        }

    def close(self) -> None:
        """Close the client."""
        self._admin.close()
