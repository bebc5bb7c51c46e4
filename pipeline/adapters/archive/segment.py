"""One file of an archive: the records of one partition from one offset to another, told by its name alone.

`<topic>/<incarnation>/<partition>/<first>-<behind>_<earliest>-<latest>.warc.gz`; beside it, under the same name,
`.index.jsonl` with a line for each record. An incarnation is the topic's id on the broker: a topic made anew counts its
offsets anew.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from pipeline.errors import TocsinError

SUFFIX = ".warc.gz"
INDEX_SUFFIX = ".index.jsonl"

_TIME = "%Y%m%dT%H%M%S"
_NAME = re.compile(
    r"(?P<topic>[^/]+)/(?P<incarnation>[^/]+)/(?P<partition>\d+)/"
    r"(?P<first>\d+)-(?P<behind>\d+)_(?P<earliest>\d{8}T\d{6}\.\d{3}Z)-(?P<latest>\d{8}T\d{6}\.\d{3}Z)"
    + re.escape(SUFFIX)
)


class BadIndexError(TocsinError):
    """An index that cannot be read; the message names file and line."""


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """One partition of one incarnation of a topic."""

    topic: str
    """Name on the broker."""
    incarnation: str
    partition: int

    @property
    def folder(self) -> str:
        """Where its files lie."""
        return f"{self.topic}/{self.incarnation}/{self.partition:03d}"


@dataclass(frozen=True, slots=True, order=True)
class Segment:
    """A file that is complete."""

    part: Part
    first: int
    """Offset of its first record."""
    behind: int
    """The offset behind its last record."""
    earliest_ms: int
    """The least of its records' arrival times."""
    latest_ms: int

    @property
    def name(self) -> str:
        """Path within the archive."""
        times = f"{_written(self.earliest_ms)}-{_written(self.latest_ms)}"
        return f"{self.part.folder}/{self.first:019d}-{self.behind:019d}_{times}{SUFFIX}"

    @property
    def index_name(self) -> str:
        """Path of its index within the archive."""
        return self.name.removesuffix(SUFFIX) + INDEX_SUFFIX


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexLine:
    """Where in its file one record lies, and what it is."""

    offset: int
    """In its partition."""
    arrived_ms: int
    start: int
    """Of its gzip member in the file."""
    length: int
    page_id: str | None
    """None for a record that is no page."""
    url_digest: str | None
    """Digest of the address that answered, normalised."""


def parse(path: str) -> Segment | None:
    """The segment of that path within the archive; None for any other file."""
    found = _NAME.fullmatch(path)
    if found is None:
        return None
    return Segment(
        Part(found["topic"], found["incarnation"], int(found["partition"])),
        first=int(found["first"]),
        behind=int(found["behind"]),
        earliest_ms=_read(found["earliest"]),
        latest_ms=_read(found["latest"]),
    )


def write_index(lines: Iterable[IndexLine]) -> bytes:
    """The index file's bytes."""
    return b"".join(json.dumps(asdict(line)).encode() + b"\n" for line in lines)


def read_index(content: bytes, *, name: str) -> Iterator[IndexLine]:
    """Its lines, in the order of offsets. BadIndexError for one that is none."""
    for number, line in enumerate(content.splitlines(), 1):
        try:
            yield IndexLine(**json.loads(line))
        except (ValueError, TypeError) as error:
            raise BadIndexError(f"{name}:{number}: {error}") from error


def without_overlaps(segments: Iterable[Segment]) -> list[tuple[Segment, int]]:
    """The segments of one part in order, each with the first offset that none before it has; the needless left out.

    Two archivers that for a moment both held a partition may have written some records twice.
    """
    chosen: list[tuple[Segment, int]] = []
    behind = 0
    for segment in sorted(segments, key=lambda one: (one.first, -one.behind)):
        if segment.behind > behind:
            chosen.append((segment, max(segment.first, behind)))
            behind = segment.behind
    return chosen


def _written(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds // 1000, UTC)
    return f"{moment:{_TIME}}.{milliseconds % 1000:03d}Z"


def _read(text: str) -> int:
    seconds, thousandths = text.removesuffix("Z").split(".")
    return int(datetime.strptime(seconds, _TIME).replace(tzinfo=UTC).timestamp()) * 1000 + int(thousandths)
