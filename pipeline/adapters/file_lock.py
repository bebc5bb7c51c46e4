"""A lock between processes, on a file: the system lets it go when its holder dies."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def held(path: Path, *, is_waiting: bool = True) -> Iterator[bool]:
    """Hold the lock; gives whether it is held, as it always is by one who waits. OSError when there can be no file."""
    with path.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX if is_waiting else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            is_held = False
        else:
            is_held = True
        yield is_held
