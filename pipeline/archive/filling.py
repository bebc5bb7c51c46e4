"""A file of the archive while it is being filled: on disk under no name, so that a killed process leaves nothing."""

from pathlib import Path
from tempfile import TemporaryFile
from time import monotonic

from pipeline.adapters import warc
from pipeline.adapters.archive import IndexLine, Part, Segment, write_index
from pipeline.stages import identity, urls
from topics import codec, registry
from topics.records import RawPage


class Filling:
    """Records of one part, in order and without gaps."""

    def __init__(self, part: Part, *, first: int, folder: Path) -> None:
        self.part = part
        self.first = self.behind = first
        self.size = 0
        self.opened_at = monotonic()
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115  # closed by `close`
        self._lines: list[IndexLine] = []

    @property
    def count(self) -> int:
        """Records in it."""
        return len(self._lines)

    @property
    def earliest_ms(self) -> int:
        """Arrival of its first record, by time."""
        return min(line.arrived_ms for line in self._lines)

    def add(self, lying: warc.Lying) -> None:
        """Append the record."""
        member = warc.member(registry.RAW_PAGES, lying)
        page_id, url_digest = _names(lying.value)
        line = IndexLine(
            offset=lying.offset,
            arrived_ms=lying.arrived_ms,
            start=self.size,
            length=len(member),
            page_id=page_id,
            url_digest=url_digest,
        )
        self._file.write(member)
        self._lines.append(line)
        self.size += len(member)
        self.behind = lying.offset + 1

    def segment(self) -> Segment:
        """What it is when it is complete as it stands."""
        latest_ms = max(line.arrived_ms for line in self._lines)
        return Segment(self.part, self.first, self.behind, earliest_ms=self.earliest_ms, latest_ms=latest_ms)

    def content(self) -> bytes:
        """The file's bytes."""
        self._file.seek(0)
        content = self._file.read()
        self._file.seek(0, 2)
        return content

    def index(self) -> bytes:
        """The index's bytes."""
        return write_index(self._lines)

    def close(self) -> None:
        """Let go of it; what is not in the archive is gone."""
        self._file.close()


def _names(value: bytes | None) -> tuple[str | None, str | None]:
    """The page's id and the digest of the address that answered; none for what is no page."""
    try:
        page: RawPage = codec.decode(registry.RAW_PAGES, value)
    except codec.UndecodableError:
        return None, None
    return page.origin.page_id, identity.page_id(urls.normalise(page.final_url) or page.final_url)
