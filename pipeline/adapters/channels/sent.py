"""What one attempt at sending came to."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What one attempt at sending came to."""

    is_accepted: bool
    status_code: int | None = None
    detail: str | None = None
    retry_after: timedelta | None = None
    """What the receiver asked for."""
    is_gone: bool = False
    """The receiver wants nothing any more."""
