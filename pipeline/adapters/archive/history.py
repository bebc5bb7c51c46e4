"""A range of a topic with what its archive holds beyond it, read as if all of it were in the topic.

1. A range is offsets, fixed when it is asked for: of the topic as it is now, and of the topic before it was made anew.
2. The topic is read. Where offsets of the range are no longer in it, at its beginning or because retention took them
   meanwhile, the archive's records of exactly those offsets come in their place: no record twice, none left out.
3. What neither has is counted as missing.

A part of the present topic goes by its partition's number, one of an earlier topic by `incarnation/number`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from pipeline.adapters import horizon
from pipeline.adapters.archive.contents import Kept, first_at, of_part, parts, records
from pipeline.adapters.archive.store import ArchiveStore
from pipeline.adapters.kafka import topic_name
from pipeline.adapters.ranges import Bounds, Positions, RangeBatch, RangeRecord, TopicRange
from pipeline.adapters.ranges import bounds_of as topic_bounds
from pipeline.adapters.warc import Lying
from pipeline.settings import Settings
from topics import registry
from topics.spec import TopicSpec

Extent = dict[str, dict[int, Bounds]]
"""Bounds by partition, by the topic's declared name, and by `name@incarnation` for a topic that is no more."""

ARCHIVED = (registry.RAW_PAGES,)
"""The topics that are archived."""


def bounds_of(
    settings: Settings, spec: TopicSpec, *, since: datetime | None = None, until: datetime | None = None
) -> Extent:
    """What arrived from `since` on and before `until`, in the topic and in the archive, where there is one.

    UsageError when the broker lacks the topic, TransientError when broker or archive do not answer.
    """
    live = topic_bounds(settings, spec, since=since, until=until)
    if not _is_archived(settings, spec):
        return {spec.name: live}
    return _Reach(settings, spec, since=since, until=until).beyond(live)


def size_of(extent: Extent) -> int:
    """Offsets in it."""
    return sum(each.end - each.start for parts_ in extent.values() for each in parts_.values())


class _Reach:
    """Looks up one range in the archive."""

    def __init__(self, settings: Settings, spec: TopicSpec, *, since: datetime | None, until: datetime | None) -> None:
        self._spec = spec
        self._store = ArchiveStore(settings)
        (self._topic,) = horizon.read(settings, [spec])
        self._kept = parts(self._store.segments(topic_name(settings, spec)))
        self._since, self._until = _milliseconds(since), _milliseconds(until)

    def beyond(self, live: Mapping[int, Bounds]) -> Extent:
        present = {number: self._present(number) for number in live}
        extent: Extent = {
            self._spec.name: {number: self._widen(number, live[number], present[number]) for number in live}
        }
        for kept in self._kept:
            if kept not in present.values():
                name = f"{self._spec.name}@{kept.part.incarnation}"
                extent.setdefault(name, {})[kept.part.partition] = self._within(kept, kept.behind)
        return extent

    def _present(self, number: int) -> Kept | None:
        return of_part(self._kept, topic=self._topic.name, incarnation=self._topic.incarnation, partition=number)

    def _widen(self, number: int, live: Bounds, kept: Kept | None) -> Bounds:
        if kept is None:
            return live
        below = self._topic.starts[number]
        start = first_at(self._store, kept, since_ms=self._since, below=below)
        end = None if self._until is None else first_at(self._store, kept, since_ms=self._until, below=below)
        low = live.start if start is None else start
        return Bounds(low, max(low, live.end if end is None else end))

    def _within(self, kept: Kept, behind: int) -> Bounds:
        start = first_at(self._store, kept, since_ms=self._since, below=behind)
        end = None if self._until is None else first_at(self._store, kept, since_ms=self._until, below=behind)
        low = behind if start is None else start
        return Bounds(low, max(low, behind if end is None else end))


class HistoryRange:
    """A range as a `Source` (`pipeline.adapters.ranges`). UnavailableError without a broker."""

    def __init__(
        self,
        settings: Settings,
        spec: TopicSpec,
        extent: Extent,
        *,
        positions: Positions | None = None,
        max_records: int = 2000,
    ) -> None:
        """Read `extent`, going on at `positions` where there are some; at most `max_records` a batch."""
        reached = positions or {}
        self._spec = spec
        self._max_records = max_records
        self._store = ArchiveStore(settings) if _is_archived(settings, spec) else None
        self._present = _ahead({str(number): each for number, each in extent.get(spec.name, {}).items()}, reached)
        self._former = _ahead(
            {
                f"{name.partition('@')[2]}/{number}": each
                for name, parts_ in extent.items()
                if name.startswith(f"{spec.name}@")
                for number, each in parts_.items()
            },
            reached,
        )
        self.size = sum(each.end - each.start for each in (*self._present.values(), *self._former.values()))
        self.missing = 0
        """Offsets of the range, so far, that neither topic nor archive has."""
        self._name = topic_name(settings, spec)
        self._settings = settings
        bounds = {int(number): each for number, each in self._present.items()}
        self._topic = TopicRange(settings, spec, bounds, max_records=max_records)

    def batches(self) -> Iterator[RangeBatch]:
        """All that lies ahead, each part in order."""
        for name, bounds in self._former.items():
            incarnation, _, number = name.rpartition("/")
            found = [
                one for one in self._kept() if (one.part.incarnation, one.part.partition) == (incarnation, int(number))
            ]
            yield from self._archived(name, found[0] if found else None, bounds)
        if self._store is None:
            yield from self._topic.batches()
            return
        at = {number: each.start for number, each in self._present.items()}
        for batch in self._topic.batches():
            yield from self._filled(batch, at)

    def close(self) -> None:
        """Close the client."""
        self._topic.close()

    def _filled(self, batch: RangeBatch, at: dict[str, int]) -> Iterator[RangeBatch]:
        """The batch, and before it what lies in the holes between its records."""
        filled = 0
        for number, hole in _holes(batch, at):
            filled += hole.end - hole.start
            for found in self._archived(number, self._part(int(number)), hole):
                # Behind a hole between records, the records before it may not count as read yet.
                yield found if hole.start == at[number] else replace(found, positions={})
        at |= batch.positions
        yield RangeBatch(batch.records, batch.positions, batch.passed - filled)

    def _archived(self, name: str, kept: Kept | None, bounds: Bounds) -> Iterator[RangeBatch]:
        """A stretch from the archive; what it lacks counts as passed and missing."""
        position = bounds.start
        found: list[RangeRecord] = []
        if kept is not None and self._store is not None:
            for lying in records(self._store, kept, self._spec, start=bounds.start, end=bounds.end):
                self.missing += lying.offset - (found[-1].offset + 1 if found else position)
                found.append(_as_fetched(lying))
                if len(found) >= self._max_records:
                    yield RangeBatch(found, {name: lying.offset + 1}, lying.offset + 1 - position)
                    position, found = lying.offset + 1, []
        self.missing += bounds.end - (found[-1].offset + 1 if found else position)
        if position < bounds.end:
            yield RangeBatch(found, {name: bounds.end}, bounds.end - position)

    def _part(self, number: int) -> Kept | None:
        (now,) = horizon.read(self._settings, [self._spec])
        return of_part(self._kept(), topic=self._name, incarnation=now.incarnation, partition=number)

    def _kept(self) -> list[Kept]:
        """Looked up whenever it is needed: an archiver may be at work."""
        return parts(self._store.segments(self._name)) if self._store is not None else []


def _is_archived(settings: Settings, spec: TopicSpec) -> bool:
    return bool(settings.archive.url) and spec in ARCHIVED


def _ahead(bounds: Mapping[str, Bounds], reached: Positions) -> dict[str, Bounds]:
    starts = {name: max(each.start, reached.get(name, 0)) for name, each in bounds.items()}
    return {name: Bounds(starts[name], each.end) for name, each in bounds.items() if starts[name] < each.end}


def _holes(batch: RangeBatch, at: Mapping[str, int]) -> Iterator[tuple[str, Bounds]]:
    """Offsets that the batch passes over, by part and in order."""
    expected = dict(at)
    for record in batch.records:
        number = str(record.partition)
        if record.offset > expected[number]:
            yield number, Bounds(expected[number], record.offset)
        expected[number] = record.offset + 1
    for number, position in batch.positions.items():
        if position > expected[number]:
            yield number, Bounds(expected[number], position)


def _as_fetched(lying: Lying) -> RangeRecord:
    headers = [(name, value or b"") for name, value in lying.headers]
    return RangeRecord(lying.partition, lying.offset, lying.key, lying.value, headers, lying.arrived_ms)


def _milliseconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp() * 1000)
