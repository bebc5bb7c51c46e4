"""Where an archive lies: a folder, or an object store, through fsspec. A file is there whole or not at all."""

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, TypeVar

from fsspec.core import url_to_fs

from pipeline.adapters.archive.segment import Part, Segment, parse
from pipeline.errors import TocsinError, TransientError, UsageError
from pipeline.settings import Settings

T = TypeVar("T")

_UNFINISHED = ".part"
_ABANDONED_AFTER = timedelta(hours=1)
_ABOUT = b"""Raw pages archived by Tocsin: WARC files (ISO 28500) with an index each. A file is told by its name:
topic/id of the topic/partition/first offset-offset behind the last_first arrival-last arrival. See docs/history.md.
"""
_WHOLE_AT_ONCE = {"s3", "s3a", "gs", "gcs", "abfs", "az", "memory"}
"""Protocols whose objects appear when they are complete; elsewhere a file is written aside and renamed."""


def _failures() -> tuple[type[Exception], ...]:
    """What may pass: whatever a file system says, and what S3's own client says where it is installed."""
    try:
        from botocore.exceptions import BotoCoreError
    except ImportError:
        return (OSError,)
    return (OSError, BotoCoreError)


_FAILURES = _failures()


class MissingFileError(TocsinError):
    """A file of the archive is not where it was, or never had its index."""


class ArchiveStore:
    """The archive the settings name. UsageError when they name none, or one that cannot be reached this way."""

    def __init__(self, settings: Settings) -> None:
        self.url = settings.archive.url
        if not self.url:
            raise UsageError("there is no archive: name a folder or an s3:// address in TOCSIN_ARCHIVE__URL")
        endpoint = settings.archive.endpoint
        options: dict[str, Any] = {"endpoint_url": endpoint} if endpoint else {}
        try:
            self._files, self._root = url_to_fs(self.url, use_listings_cache=False, **options)
        except ImportError as error:
            raise UsageError(f"TOCSIN_ARCHIVE__URL: {self.url} needs a package more: {error}") from error
        except (ValueError, TypeError) as error:
            raise UsageError(f"TOCSIN_ARCHIVE__URL: {self.url}: {error}") from error
        self._root = self._root.rstrip("/")
        protocol = self._files.protocol
        self._is_whole_at_once = bool(_WHOLE_AT_ONCE & set([protocol] if isinstance(protocol, str) else protocol))

    def introduce(self) -> None:
        """Leave a note of what this is: nothing can be archived where that fails. UsageError, TransientError."""
        self.put("ABOUT.txt", _ABOUT)

    def segments(self, folder: str = "") -> list[Segment]:
        """Every complete file in the folder, in order. TransientError when the store does not answer."""
        return sorted(self.sizes(folder))

    def sizes(self, folder: str = "") -> dict[Segment, int]:
        """Every complete file in the folder with its bytes, counted."""
        top = f"{self._root}/{folder}".rstrip("/")
        listed = self._attempt(
            f"list {top}", lambda: self._files.find(top, detail=True) if self._files.exists(top) else {}
        )
        named = ((parse(path.removeprefix(self._root).lstrip("/")), facts) for path, facts in listed.items())
        return {segment: int(facts["size"]) for segment, facts in named if segment is not None}

    def position(self, part: Part) -> int:
        """The offset behind the part's last archived record; 0 when there is none."""
        return max((segment.behind for segment in self.segments(part.folder)), default=0)

    def put(self, name: str, content: bytes) -> None:
        """Store a file whole. TransientError when that failed; it is not there then, or whole.

        UsageError where nothing can be stored: no such bucket, a file in the folder's place, no permission.
        """
        target = f"{self._root}/{name}"

        def work() -> None:
            if self._is_whole_at_once:
                self._files.pipe_file(target, content)
                return
            self._files.makedirs(target.rpartition("/")[0], exist_ok=True)
            with self._files.open(target + _UNFINISHED, "wb") as file:
                file.write(content)
                _to_disk(file)
            self._files.mv(target + _UNFINISHED, target)

        try:
            self._attempt(f"write {target}", work)
        except FileNotFoundError as error:
            raise UsageError(f"archive: cannot write {target}: {error}") from error

    def get(self, name: str, *, start: int = 0) -> bytes:
        """A file's bytes, from `start` on. MissingFileError, TransientError."""
        target = f"{self._root}/{name}"
        try:
            content: bytes = self._attempt(
                f"read {target}", lambda: self._files.cat_file(target, start=start or None, end=None)
            )
        except FileNotFoundError as error:
            raise MissingFileError(f"archive: {target} is not there") from error
        return content

    def tidy(self, folder: str, *, now: datetime) -> None:
        """Remove what killed archivers have left half-written in the folder, unless another may be writing it."""
        top = f"{self._root}/{folder}"

        def work() -> None:
            for path in self._files.find(top) if self._files.exists(top) else []:
                if path.endswith(_UNFINISHED) and now - self._files.modified(path) > _ABANDONED_AFTER:
                    self._files.rm_file(path)

        if not self._is_whole_at_once:
            # Nothing depends on it: another archiver may do the same at the same time.
            with suppress(FileNotFoundError, TransientError):
                self._attempt(f"tidy {top}", work)

    def _attempt(self, what: str, work: Callable[[], T]) -> T:
        try:
            return work()
        except FileNotFoundError:
            raise
        except (NotADirectoryError, FileExistsError, PermissionError) as error:
            raise UsageError(f"archive: cannot {what}: {error.strerror or error}") from error
        except _FAILURES as error:
            raise TransientError(f"archive: cannot {what}: {error}") from error


def _to_disk(file: Any) -> None:
    """Flush to the disk where there is one: a name must not outlive a power cut without its content."""
    file.flush()
    with suppress(AttributeError, OSError):
        os.fsync(file.fileno())
