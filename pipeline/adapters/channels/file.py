"""A file that alerts are appended to, one event on each line, each once.

A process that died may have written its line or not, and may have written part of it: before a second attempt the file
is looked through for the line's end, and a line that was begun is ended before the next.
"""

import fcntl
import os
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import IO

from pipeline.adapters.channels.sent import Sent

_LINE_END = b"\n"


def append(path: Path, body: bytes, *, ending: bytes, is_repeated: bool) -> Sent:
    """Write the body and a line end, on the disk when this returns; blocks.

    `ending` is what the body ends with and no other line does. A repeated attempt writes nothing where a line has it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if is_repeated and _holds(file, ending):
                return Sent(is_accepted=True, detail=f"already in {path}")
            _write(file, (b"" if _is_at_line_start(file) else _LINE_END) + body + _LINE_END)
            os.fsync(file.fileno())
    except OSError as error:
        return Sent(is_accepted=False, detail=f"{path}: {error.strerror or error}")
    return Sent(is_accepted=True, detail=f"written to {path}")


def _holds(file: IO[bytes], ending: bytes) -> bool:
    if os.fstat(file.fileno()).st_size == 0:
        return False
    with mmap(file.fileno(), 0, access=ACCESS_READ) as content:
        return content.find(ending) >= 0


def _is_at_line_start(file: IO[bytes]) -> bool:
    size = os.fstat(file.fileno()).st_size
    return size == 0 or os.pread(file.fileno(), 1, size - 1) == _LINE_END


def _write(file: IO[bytes], data: bytes) -> None:
    """All of it, or OSError: a disk that fills up may take a part."""
    written = file.write(data)
    if written != len(data):
        raise OSError(f"only {written} of {len(data)} bytes could be written")
