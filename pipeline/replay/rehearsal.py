"""What a replay would feed, counted without writing anything."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pipeline.adapters.ranges import Source
from pipeline.replay.selection import origin_of
from pipeline.stages.urls import host_of
from topics import codec
from topics.spec import TopicSpec


@dataclass(slots=True)
class Rehearsal:
    """The counts, and what time they span."""

    read: int = 0
    taken: int = 0
    left_out: int = 0
    unreadable: int = 0
    taken_bytes: int = 0
    sites: Counter[str] = field(default_factory=Counter)
    """Of what is taken."""
    first_arrived_ms: int | None = None
    last_arrived_ms: int | None = None

    @property
    def span(self) -> tuple[datetime, datetime] | None:
        """From the first arrival to the last of what is taken; None when nothing is."""
        if self.first_arrived_ms is None or self.last_arrived_ms is None:
            return None
        return _moment(self.first_arrived_ms), _moment(self.last_arrived_ms)


def rehearse(
    source: Source, topic: TopicSpec, is_taken: Callable[[Any], bool], *, on_passed: Callable[[int], None]
) -> Rehearsal:
    """Read the range to its end and count; `on_passed` is told how much lies behind, as it comes."""
    result = Rehearsal()
    for batch in source.batches():
        for record in batch.records:
            result.read += 1
            try:
                decoded = codec.decode(topic, record.value)
            except codec.UndecodableError:
                result.unreadable += 1
                continue
            if not is_taken(decoded):
                result.left_out += 1
                continue
            _take(result, decoded, len(record.value or b""), record.arrived_ms)
        on_passed(batch.passed)
    return result


def _take(result: Rehearsal, decoded: Any, size: int, arrived_ms: int) -> None:
    result.taken += 1
    result.taken_bytes += size
    result.sites[_host(decoded)] += 1
    first, last = result.first_arrived_ms, result.last_arrived_ms
    result.first_arrived_ms = arrived_ms if first is None else min(first, arrived_ms)
    result.last_arrived_ms = arrived_ms if last is None else max(last, arrived_ms)


def _host(decoded: Any) -> str:
    return host_of(origin_of(decoded).url)


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
