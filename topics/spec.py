"""What a topic declaration is, and everything derived from one."""

import re
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import timedelta
from enum import StrEnum
from operator import attrgetter
from typing import get_type_hints

_NAME = re.compile(r"[a-z]+(-[a-z]+)*")
_MEBIBYTE = 1 << 20
_HEADERS_BYTES = 64 << 10
_REPLAY_RETENTION = timedelta(days=7)
"""A run is settled within days; what it reads stays in the base topic."""


class Cleanup(StrEnum):
    """Kafka's cleanup.policy."""

    DELETE = "delete"
    COMPACT = "compact"


class Lane(StrEnum):
    """Records are replayed on topics of their own, beside the live ones, which wait for none of them."""

    LIVE = "live"
    REPLAY = "replay"


class Encoding(StrEnum):
    """How a record becomes bytes."""

    JSON = "json"
    MSGPACK = "msgpack"
    BYTES = "bytes"
    """The value is another topic's bytes, kept as they were."""


@dataclass(frozen=True, kw_only=True)
class TopicSpec:
    """One topic, declared. Raises ValueError for a declaration that cannot work."""

    name: str
    """Plural kebab-case; no dots (they collide with underscores in Kafka's metric names)."""
    key: str
    """Dotted path of the record's field that is the key."""
    record: type
    producer: str
    consumers: tuple[str, ...]
    description: str
    """One sentence."""
    partitions: int = 12
    retention: timedelta | None = None
    """None keeps records for ever, which only a compacted topic may."""
    cleanup: Cleanup = Cleanup.DELETE
    encoding: Encoding = Encoding.JSON
    max_message_bytes: int = 4 * _MEBIBYTE
    partition_by: str | None = None
    """What chooses the partition where that is not the key's hash."""
    has_dead_letters: bool = False
    """An agent reads the topic and may refuse a record."""
    is_replayable: bool = False
    """What it carries can be run through the stages again, from here on."""
    base: "TopicSpec | None" = None
    """For a topic of the replay lane: the live one it stands beside."""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"topic {self.name!r}: the name must be kebab-case letters")
        if self.encoding is not Encoding.BYTES:
            _check_path(self.record, self.key, self.name)
        if self.retention is None and self.cleanup is not Cleanup.COMPACT:
            raise ValueError(f"topic {self.name}: unlimited retention needs compaction")
        if self.partitions < 1:
            raise ValueError(f"topic {self.name}: partitions must be at least 1")

    def key_of(self, record: object) -> bytes:
        """The record's key, UTF-8."""
        return str(attrgetter(self.key)(record)).encode()

    def in_lane(self, lane: Lane) -> "TopicSpec":
        """This topic, or the one that carries its records when they are replayed."""
        if lane is Lane.LIVE:
            return self
        if not self.is_replayable:
            raise ValueError(f"topic {self.name} is not replayed")
        return replace(
            self,
            name=f"{self.name}-replay",
            producer=f"tocsin replay and {self.producer}" if self.producer != "poll" else "tocsin replay",
            description=f"Records of `{self.name}` that are run through the stages again, marked with mode and run.",
            retention=_REPLAY_RETENTION,
            is_replayable=False,
            base=self,
        )

    @property
    def dead_letter(self) -> "TopicSpec":
        """Where this topic's refused records go: same key and bytes, the story in headers, kept longer."""
        if self.base is not None:
            # Its headers say from which lane a letter came.
            return self.base.dead_letter
        if not self.has_dead_letters:
            raise ValueError(f"topic {self.name} has no dead letters")
        return replace(
            self,
            name=f"{self.name}-dlq",
            producer=" and ".join(self.consumers),
            consumers=("operators",),
            description=f"Records of `{self.name}` that a stage refused, as they were; headers say why.",
            partitions=1,
            # Room for the headers beside a value of the greatest size.
            max_message_bytes=self.max_message_bytes + _HEADERS_BYTES,
            retention=timedelta(days=30) + (self.retention or timedelta(0)),
            cleanup=Cleanup.DELETE,
            encoding=Encoding.BYTES,
            partition_by=None,
            has_dead_letters=False,
            is_replayable=False,
        )

    def broker_config(self) -> dict[str, str]:
        """The topic-level settings this declaration asks of the broker, by Kafka's names."""
        config = {
            "cleanup.policy": self.cleanup.value,
            "max.message.bytes": str(self.max_message_bytes),
            "compression.type": "producer",
        }
        if self.cleanup is Cleanup.COMPACT:
            # Readers load compacted topics whole at start: keep the uncompacted tail short.
            config |= {"segment.ms": "3600000", "min.cleanable.dirty.ratio": "0.1"}
        if self.retention is not None:
            config["retention.ms"] = str(int(self.retention.total_seconds() * 1000))
        return config


def _check_path(record: type, path: str, topic: str) -> None:
    current: object = record
    for name in path.split("."):
        if not is_dataclass(current) or name not in {field.name for field in fields(current)}:
            raise ValueError(f"topic {topic}: the key {path!r} is no field of {record.__name__}")
        current = get_type_hints(current)[name]
