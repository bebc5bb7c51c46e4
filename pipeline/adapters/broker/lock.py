"""One command at a time in a folder: two at once would both fetch, start or stop what is there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.adapters import file_lock


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder, made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    with file_lock.held(folder / "lock"):
        yield
