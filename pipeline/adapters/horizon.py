"""What can be replayed, and until when: each topic as the broker has it now, not as it was declared.

Kafka deletes by segment, when the latest record of one is older than the retention: a topic's oldest record stays at
least until its own arrival and the retention have passed, and often longer. A limit on bytes can take it earlier.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, OffsetSpec
from kafka.errors import KafkaError

from pipeline.adapters.kafka import admin, topic_name
from pipeline.errors import UnavailableError
from pipeline.settings import Settings
from topics import registry
from topics.spec import TopicSpec

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizon:
    """How far back one topic reaches."""

    spec: TopicSpec
    name: str
    """On the broker."""
    incarnation: str
    """The broker's id of the topic: another one when it was made anew; empty where the broker gives none."""
    starts: dict[int, int]
    """By partition, the first offset it still has."""
    ends: dict[int, int]
    """By partition, the offset its next record gets."""
    stored_bytes: int | None
    """On disk, one copy; None where the broker does not say."""
    oldest_at: datetime | None
    """Arrival of the oldest record; None for an empty topic."""
    retention: timedelta | None
    """As set on the broker; None keeps for ever."""
    retention_bytes: int | None
    """The limit of one partition, where there is one."""
    is_compacted: bool
    """Keeps the last record of each key, whatever its age."""

    @property
    def records(self) -> int:
        """Offsets from start to end: compaction leaves fewer records."""
        return sum(end - self.starts[partition] for partition, end in self.ends.items())

    @property
    def goes_at(self) -> datetime | None:
        """Before this the oldest record does not go for its age; None where age takes nothing."""
        if self.oldest_at is None or self.retention is None or self.is_compacted:
            return None
        return self.oldest_at + self.retention


def read(settings: Settings, specs: Sequence[TopicSpec] = registry.ALL) -> list[Horizon]:
    """The topics that exist, in the order given. UnavailableError when the broker does not answer."""
    client = admin(settings)
    try:
        return _Looking(client, settings).at(specs)
    except KafkaError as error:
        raise UnavailableError(f"the broker at {settings.bootstrap} did not describe the topics: {error}") from error
    finally:
        client.close()


class _Looking:
    def __init__(self, client: KafkaAdminClient, settings: Settings) -> None:
        self._client = client
        self._settings = settings

    def at(self, specs: Sequence[TopicSpec]) -> list[Horizon]:
        wanted = {topic_name(self._settings, spec): spec for spec in specs}
        found = {one["name"]: one for one in self._client.describe_topics(list(wanted)) if not one["error_code"]}
        if not found:
            return []
        partitions = [
            TopicPartition(name, each["partition_index"]) for name in found for each in found[name]["partitions"]
        ]
        starts = self._offsets(partitions, OffsetSpec.EARLIEST)
        ends = self._offsets(partitions, OffsetSpec.LATEST)
        # Asked for the first record since 1970, the broker tells its time, too.
        firsts = self._client.list_partition_offsets(dict.fromkeys(partitions, 0))
        arrivals = {each: one.timestamp for each, one in firsts.items() if one.timestamp >= 0}
        sizes = self._sizes(list(found))
        configs = self._configs(list(found))
        return [
            Horizon(
                spec=spec,
                name=name,
                incarnation=str(found[name].get("topic_id") or ""),
                starts=_of_topic(starts, name),
                ends=_of_topic(ends, name),
                stored_bytes=sizes.get(name),
                oldest_at=_moment(min(_of_topic(arrivals, name).values(), default=None)),
                retention=_limit(configs[name], "retention.ms", lambda value: timedelta(milliseconds=value)),
                retention_bytes=_limit(configs[name], "retention.bytes", int),
                is_compacted=configs[name].get("cleanup.policy") == "compact",
            )
            for name, spec in wanted.items()
            if name in found
        ]

    def _offsets(self, partitions: Sequence[TopicPartition], which: OffsetSpec) -> dict[TopicPartition, int]:
        found = self._client.list_partition_offsets(dict.fromkeys(partitions, which))
        return {partition: int(each.offset) for partition, each in found.items()}

    def _configs(self, names: list[str]) -> dict[str, dict[str, str]]:
        asked = [ConfigResource(ConfigResourceType.TOPIC, name, None) for name in names]
        described = self._client.describe_configs(asked, config_filter="all")["topic"]
        return {name: {key: one["value"] for key, one in described[name].items()} for name in names}

    def _sizes(self, names: list[str]) -> dict[str, int]:
        """Bytes by topic, from the broker that has most of each partition; nothing where it may not be asked."""
        try:
            brokers = self._client.describe_log_dirs(names)
        except KafkaError:
            return {}
        largest: dict[TopicPartition, int] = {}
        for topic in (one for broker in brokers for folder in broker["log_dirs"] for one in folder["topics"]):
            for each in topic["partitions"]:
                partition = TopicPartition(topic["name"], each["partition_index"])
                largest[partition] = max(largest.get(partition, 0), int(each["partition_size"]))
        return {name: sum(_of_topic(largest, name).values()) for name in names} if largest else {}


def _of_topic(values: dict[TopicPartition, int], name: str) -> dict[int, int]:
    return {partition.partition: value for partition, value in values.items() if partition.topic == name}


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)


def _limit(config: dict[str, Any], key: str, read_value: Callable[[int], T]) -> T | None:
    """A limit as set; -1 is Kafka's word for none."""
    value = int(config.get(key) or -1)
    return read_value(value) if value >= 0 else None
