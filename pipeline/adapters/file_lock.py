"""Locks between processes, on a file: the system lets one go when its holder dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Condition, Lock, Thread


@contextmanager
def held(path: Path, *, is_waiting: bool = True) -> Iterator[bool]:
    """Hold the lock; gives whether it is held, as it always is by one who waits. OSError when there can be no file."""
    descriptor = _open(path)
    try:
        yield _take(descriptor, is_waiting=is_waiting)
    finally:
        _let_go(descriptor)


class Turns:
    """Turns at something, one at a time among the threads of all processes that name the same file.

    Who waits for it holds a second file, without which nobody asks for the first: so whoever lets it go cannot have it
    back before the one who waits. The system knows no limit to such waiting, so a thread of ours waits in the place of
    the one who asks; when that one gives up it waits on, for whoever asks next.
    """

    def __init__(self, path: Path, *, longest_wait_s: float) -> None:
        self._path = path
        self._longest_wait_s = longest_wait_s
        self._own = Lock()
        self._changed = Condition()
        self._is_queued = False
        self._is_wanted = False
        self._got: int | OSError | None = None

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Have a turn. TimeoutError when it did not come in time, OSError when there can be no file."""
        if not self._own.acquire(timeout=self._longest_wait_s):
            raise self._late()
        try:
            descriptor = self._wait()
            try:
                yield
            finally:
                _let_go(descriptor)
        finally:
            self._own.release()

    def _wait(self) -> int:
        with self._changed:
            if not self._is_queued:
                descriptor = self._enter(is_waiting=False)
                if descriptor is not None:
                    return descriptor
                self._is_queued = True
                Thread(target=self._queue, name="file-lock", daemon=True).start()
            self._is_wanted = True
            try:
                self._changed.wait_for(lambda: self._got is not None, self._longest_wait_s)
            finally:
                self._is_wanted = False
                got, self._got = self._got, None
        if isinstance(got, OSError):
            raise got
        if got is None:
            raise self._late()
        return got

    def _queue(self) -> None:
        got: int | OSError | None
        try:
            got = self._enter(is_waiting=True)
        except OSError as error:
            got = error
        with self._changed:
            self._is_queued = False
            if self._is_wanted:
                self._got = got
                self._changed.notify()
                return
        if isinstance(got, int):
            _let_go(got)

    def _enter(self, *, is_waiting: bool) -> int | None:
        """The lock, had by way of the second file; None where it is not to be had at once and nobody waits."""
        with held(self._path.with_name(f"{self._path.name}.next"), is_waiting=is_waiting) as is_next:
            if not is_next:
                return None
            descriptor = _open(self._path)
            try:
                if _take(descriptor, is_waiting=is_waiting):
                    return descriptor
            except OSError:
                os.close(descriptor)
                raise
            os.close(descriptor)
            return None

    def _late(self) -> TimeoutError:
        return TimeoutError(None, f"held by another for {self._longest_wait_s:.0f} s", str(self._path))


def _open(path: Path) -> int:
    # To lock it needs no right to write: it may have been made by another user, as by one who once ran as root.
    return os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o666)


def _take(descriptor: int, *, is_waiting: bool) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if is_waiting else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _let_go(descriptor: int) -> None:
    # Closing alone would leave it to a child that was forked meanwhile.
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)
