"""The clocks, read nowhere else."""

from datetime import UTC, datetime
from time import thread_time_ns


def now() -> datetime:
    """The time, aware, UTC."""
    return datetime.now(UTC)


def spent_ns() -> int:
    """Nanoseconds of the processor that the calling thread has used so far."""
    return thread_time_ns()
