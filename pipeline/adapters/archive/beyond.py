"""What an archive holds beyond its topic's horizon, and how far it is behind."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from pipeline.adapters.archive.contents import Kept, of_part
from pipeline.adapters.horizon import Horizon


@dataclass(frozen=True, slots=True, kw_only=True)
class Beyond:
    """An archive beside its topic."""

    records: int
    """That the topic has no longer."""
    since: datetime | None
    """Arrival of the oldest of them; None where there are none."""
    waiting: int
    """Records the topic has and no complete file: retention must not overtake them."""


def beyond(topic: Horizon, kept: Iterable[Kept]) -> Beyond:
    """The archive's parts beside the topic as it is now."""
    known = list(kept)
    counts = {one: _gone(topic, one) for one in known}
    oldest = [segment.earliest_ms for one, count in counts.items() if count for segment, _ in one.files]
    return Beyond(
        records=sum(counts.values()),
        since=datetime.fromtimestamp(min(oldest) / 1000, UTC) if oldest else None,
        waiting=sum(_waiting(topic, known, partition) for partition in topic.ends),
    )


def _gone(topic: Horizon, kept: Kept) -> int:
    """Of the part, the records before the topic's beginning; all of them where it is not the topic's present part."""
    below = kept.behind
    if kept == of_part([kept], topic=topic.name, incarnation=topic.incarnation, partition=kept.part.partition):
        below = topic.starts.get(kept.part.partition, kept.behind)
    return sum(max(0, min(segment.behind, below) - first) for segment, first in kept.files)


def _waiting(topic: Horizon, kept: list[Kept], partition: int) -> int:
    present = of_part(kept, topic=topic.name, incarnation=topic.incarnation, partition=partition)
    behind = present.behind if present is not None else 0
    return max(0, topic.ends[partition] - max(behind, topic.starts[partition]))
