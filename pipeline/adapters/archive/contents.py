"""What an archive holds of a topic: its parts in order, and the records of a stretch of one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import groupby

from pipeline.adapters import warc
from pipeline.adapters.archive.segment import Part, Segment, read_index, without_overlaps
from pipeline.adapters.archive.store import ArchiveStore
from topics.spec import TopicSpec

_ANEW = "~"


@dataclass(frozen=True, slots=True)
class Kept:
    """The files of one part, those that hold nothing more than others left out."""

    part: Part
    files: tuple[tuple[Segment, int], ...]
    """In order, each with the first offset that no file before it has."""

    @property
    def first(self) -> int:
        """The first offset kept."""
        return self.files[0][1]

    @property
    def behind(self) -> int:
        """The offset behind the last kept."""
        return self.files[-1][0].behind

    @property
    def gaps(self) -> list[tuple[int, int]]:
        """Offsets between them that no file has: from, to before."""
        pairs = zip(self.files, self.files[1:], strict=False)
        return [(before.behind, first) for (before, _), (_, first) in pairs if first > before.behind]


def parts(segments: Iterable[Segment]) -> list[Kept]:
    """Each part with its files."""
    grouped = groupby(sorted(segments), key=lambda one: one.part)
    return [Kept(part, tuple(without_overlaps(files))) for part, files in grouped]


def of_part(found: Iterable[Kept], *, topic: str, incarnation: str, partition: int) -> Kept | None:
    """The part that continues in the topic as it is now: the newest of that id."""
    fitting = [
        (_anew(kept.part), kept)
        for kept in found
        if (kept.part.topic, kept.part.partition) == (topic, partition) and _base(kept.part) == (incarnation or "-")
    ]
    return max(fitting, key=lambda one: one[0])[1] if fitting else None


def incarnation_of(topic_uuid: str, anew: int) -> str:
    """The folder's name; `anew` counts how often the broker lost the end of the partition and it was read again."""
    return (topic_uuid or "-") + (f"{_ANEW}{anew}" if anew else "")


def anew_of(part: Part) -> int:
    """How often the partition was read again before."""
    return _anew(part)


def records(store: ArchiveStore, kept: Kept, spec: TopicSpec, *, start: int, end: int) -> Iterator[warc.Lying]:
    """The archived records of the part from `start` to before `end`, in order.

    BrokenArchiveError, BadIndexError or MissingFileError for an archive that is not whole; TransientError.
    """
    for segment, first in kept.files:
        low = max(first, start)
        if segment.behind <= low or segment.first >= end:
            continue
        at = _place(store, segment, low) if low > segment.first else 0
        content = store.get(segment.name, start=at)
        for lying in warc.read(BytesIO(content), spec, name=segment.name):
            if lying.offset >= end:
                return
            if lying.offset >= low:
                yield lying


def first_at(store: ArchiveStore, kept: Kept, *, since_ms: int | None, below: int) -> int | None:
    """The first offset, before `below`, of a record that arrived at that time or after it; None when there is none.

    The rule of Kafka's own look-up by time.
    """
    for segment, first in kept.files:
        if first >= below:
            return None
        if since_ms is None or (segment.earliest_ms >= since_ms and first == segment.first):
            return first
        if segment.latest_ms < since_ms:
            continue
        for line in read_index(store.get(segment.index_name), name=segment.index_name):
            if line.offset >= first and line.arrived_ms >= since_ms:
                return line.offset if line.offset < below else None
    return None


def _place(store: ArchiveStore, segment: Segment, offset: int) -> int:
    """Where in the file the first record at or behind the offset starts."""
    lines = read_index(store.get(segment.index_name), name=segment.index_name)
    return next((line.start for line in lines if line.offset >= offset), 0)


def _base(part: Part) -> str:
    return part.incarnation.partition(_ANEW)[0]


def _anew(part: Part) -> int:
    return int(part.incarnation.partition(_ANEW)[2] or 0)
