"""How far a consumer group is: committed and end offsets, from a client of its own."""

from dataclasses import dataclass

from kafka import TopicPartition
from kafka.errors import KafkaError

from pipeline.adapters.kafka import consumer, group_name, topic_name
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
        self._consumer = consumer(settings, group=group_name(settings, stage))
        self._topic = topic_name(settings, source)

    def read(self) -> dict[int, PartitionOffsets]:
        """By partition. TransientError when the broker does not answer."""
        try:
            numbers = self._consumer.partitions_for_topic(self._topic) or set()
            partitions = [TopicPartition(self._topic, number) for number in numbers]
            ends = self._consumer.end_offsets(partitions)
            beginnings = self._consumer.beginning_offsets(partitions)
            committed = {partition: self._consumer.committed(partition) for partition in partitions}
        except KafkaError as error:
            raise TransientError(f"offsets of {self._topic}: {error!r}") from error
        return {
            partition.partition: PartitionOffsets(
                committed=beginnings[partition] if committed[partition] is None else committed[partition],
                end=ends[partition],
            )
            for partition in partitions
        }

    def close(self) -> None:
        """Close the client."""
        self._consumer.close()
