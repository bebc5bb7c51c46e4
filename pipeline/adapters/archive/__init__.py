"""Raw pages beyond what their topic keeps: WARC files with an index each, and a range that reads both as one."""

from pipeline.adapters.archive.beyond import Beyond, beyond
from pipeline.adapters.archive.contents import Kept, of_part, parts
from pipeline.adapters.archive.history import ARCHIVED, HistoryRange, bounds_of
from pipeline.adapters.archive.segment import IndexLine, Part, Segment, write_index
from pipeline.adapters.archive.store import ArchiveStore

__all__ = [
    "ARCHIVED",
    "ArchiveStore",
    "Beyond",
    "HistoryRange",
    "IndexLine",
    "Kept",
    "Part",
    "Segment",
    "beyond",
    "bounds_of",
    "of_part",
    "parts",
    "write_index",
]
