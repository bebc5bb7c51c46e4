"""How far a consumer group is, and where partitions begin and end: asked of an admin client."""

from collections.abc import Iterable
from dataclasses import dataclass

from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import KafkaError

from pipeline.adapters.kafka import admin, group_name, topic_name
from pipeline.errors import TransientError
from pipeline.settings import Settings
from topics.spec import TopicSpec

_ANSWERED_WITHIN_MS = 5_000


def ends_of(admin: KafkaAdminClient, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
    """The offset behind each partition's last record. TransientError when one has no leader or nobody answers."""
    return _offsets(admin, partitions, OffsetSpec.LATEST)


def beginnings_of(admin: KafkaAdminClient, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
    """The offset of each partition's first record. TransientError when one has no leader or nobody answers."""
    return _offsets(admin, partitions, OffsetSpec.EARLIEST)


def _offsets(
    admin: KafkaAdminClient, partitions: Iterable[TopicPartition], which: OffsetSpec
) -> dict[TopicPartition, int]:
    wanted = sorted(partitions)
    try:
        # A consumer's end_offsets raises KeyError while a partition has no leader; this asks again for a while.
        found = admin.list_partition_offsets(dict.fromkeys(wanted, which), timeout_ms=_ANSWERED_WITHIN_MS)
    except (KafkaError, LookupError) as error:
        raise TransientError(f"offsets of {wanted}: {error!r}") from error
    return {partition: each.offset for partition, each in found.items()}


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
            ends, beginnings = ends_of(self._admin, partitions), beginnings_of(self._admin, partitions)
            committed = self._admin.list_group_offsets([self._group]).get(self._group, {})
        except (KafkaError, LookupError) as error:
            raise TransientError(f"offsets of {self._topic}: {error!r}") from error
        return {
            partition.partition: PartitionOffsets(
                committed=max(getattr(committed.get(partition), "offset", -1), beginnings[partition]),
                end=ends[partition],
            )
            for partition in partitions
        }

    def close(self) -> None:
        """Close the client."""
        self._admin.close()
