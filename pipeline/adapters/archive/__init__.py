"""Raw pages beyond what their topic keeps: WARC files with an index each, and a range that reads both as one."""

from pipeline.adapters.archive.contents import Kept, of_part, parts
from pipeline.adapters.archive.history import HistoryRange, bounds_of
from pipeline.adapters.archive.segment import IndexLine, Part, Segment, write_index
from pipeline.adapters.archive.store import ArchiveStore

__all__ = [
    "ArchiveStore",
    "HistoryRange",
    "IndexLine",
    "Kept",
    "Part",
    "Segment",
    "bounds_of",
    "of_part",
    "parts",
    "write_index",
]
