"""When a delivery that failed is tried again. Pure: the spread comes from the delivery's id, not from chance."""

from datetime import timedelta

from pipeline.stages.identity import digest

# Standard Webhooks 1.0, "Deliverability and reliability", schedule of retries; the last one repeats.
_PAUSES_S = (5, 300, 1800, 7200, 18_000, 36_000)
_SPREAD = 0.2
_LONGEST_REQUEST = timedelta(days=1)


def pause_after(attempt: int, *, delivery_id: str, asked: timedelta | None = None) -> timedelta:
    """The time until the next attempt, after that many (from 1).

    The schedule's pause and up to a fifth more. A receiver that asks (Retry-After) for longer gets it, up to a day.
    """
    pause_s = _PAUSES_S[min(attempt, len(_PAUSES_S)) - 1]
    share = int(digest("retry", delivery_id, str(attempt))[:8], 16) / 0xFFFF_FFFF
    scheduled = timedelta(seconds=pause_s * (1 + _SPREAD * share))
    return scheduled if asked is None else max(scheduled, min(asked, _LONGEST_REQUEST))
