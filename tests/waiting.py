"""Waiting for a claim to become true, no longer than it takes."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(claim: Callable[[], T], *, within_s: float = 30.0) -> T:
    """The claim's first true value, asked for again and again. AssertionError with the last value after `within_s`."""
    deadline = time.monotonic() + within_s
    pause = threading.Event()
    while not (value := claim()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not true within {within_s} s; the last value was {value!r}")
        pause.wait(0.02)
    return value
