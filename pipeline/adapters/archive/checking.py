"""Whether an archive is what it says: every file against its name, its index and its own digests."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from pipeline.adapters import warc
from pipeline.adapters.archive.contents import Kept
from pipeline.adapters.archive.segment import BadIndexError, IndexLine, Segment, read_index
from pipeline.adapters.archive.store import ArchiveStore, MissingFileError
from pipeline.adapters.warc import BrokenArchiveError, Lying
from topics.spec import TopicSpec


@dataclass(frozen=True, slots=True)
class Checked:
    """What a file turned out to be."""

    segment: Segment
    records: int
    complaint: str | None
    """Why it is not whole; None when it is."""


def check(store: ArchiveStore, kept: Kept, spec: TopicSpec) -> Iterator[Checked]:
    """Each file of the part, read whole. TransientError when the store does not answer."""
    for segment, _ in kept.files:
        yield _check(store, segment, spec)


def _check(store: ArchiveStore, segment: Segment, spec: TopicSpec) -> Checked:
    try:
        lines = list(read_index(store.get(segment.index_name), name=segment.index_name))
        content = store.get(segment.name)
        found = list(warc.read(BytesIO(content), spec, name=segment.name))
    except (BrokenArchiveError, BadIndexError, MissingFileError) as error:
        return Checked(segment, 0, str(error))
    return Checked(segment, len(found), _complaint(segment, lines, found, len(content)))


def _complaint(segment: Segment, lines: list[IndexLine], found: list[Lying], size: int) -> str | None:
    named = (segment.first, segment.behind, segment.earliest_ms, segment.latest_ms)
    if [(one.offset, one.arrived_ms) for one in lines] != [(one.offset, one.arrived_ms) for one in found]:
        return f"{segment.name}: holds {len(found)} records, and its index names {len(lines)} or others"
    if not found:
        return f"{segment.name}: empty"
    times = [one.arrived_ms for one in found]
    if named != (found[0].offset, found[-1].offset + 1, min(times), max(times)):
        return f"{segment.name}: its records are not those of its name"
    ends = [line.start + line.length for line in lines]
    if [line.start for line in lines] != [0, *ends[:-1]] or ends[-1] != size:
        return f"{segment.name}: {size} bytes, and its index ends at {ends[-1]}"
    return None
