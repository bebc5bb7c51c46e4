"""When to ask a feed again, and when to try a page again. Pure: the same poll always gives the same answer.

The wait until the next poll, in order, first rule that holds:

1. The server said when (Retry-After): then, not earlier, but within `_LONGEST_RETRY_AFTER`.
2. The feed is gone (410): the ceiling.
3. The poll failed: the floor doubled with every failure in a row, up to the ceiling; the interval itself stays.
4. Otherwise the interval: halved when the poll brought new entries, grown by half when it brought none, begun at
   `_FIRST_FLOORS` floors. What the feed (`ttl`) or the server (`max-age`) says of the body's life is a lower bound,
   within `_LONGEST_HINT`: systems write an hour or a day there by default, and news would come that much too late.

Every result lies between floor and ceiling (rule 1 may exceed it) and is spread over the tenth above it by a digest
of the feed and the moment, so that feeds added together do not stay together.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.stages.identity import digest

_LONGEST_RETRY_AFTER = timedelta(days=1)
_LONGEST_HINT = timedelta(minutes=30)
_FIRST_FLOORS = 4
_SPREAD = 0.1
_FIRST_RETRY = timedelta(seconds=30)
_LONGEST_RETRY = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Between what the interval of one feed stays."""

    floor: timedelta
    ceiling: timedelta

    @classmethod
    def of(cls, floor_s: float | None, ceiling_s: float | None, *, default: "Bounds") -> "Bounds":
        """The feed's own bounds where it has some; a floor above the ceiling lifts the ceiling."""
        floor = default.floor if floor_s is None else timedelta(seconds=floor_s)
        ceiling = default.ceiling if ceiling_s is None else timedelta(seconds=ceiling_s)
        return cls(floor=floor, ceiling=max(floor, ceiling))


@dataclass(frozen=True, slots=True, kw_only=True)
class PollResult:
    """What one poll brought, as far as it bears on the next."""

    polled_at: datetime
    new_entries: int = 0
    error_streak: int = 0
    """Failures in a row, this poll included; 0 when it succeeded."""
    is_gone: bool = False
    """The server said 410."""
    ttl_s: float | None = None
    max_age_s: float | None = None
    """Cache-Control max-age of the answer."""
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class NextPoll:
    """What to remember and how long to wait."""

    interval_s: float
    """For `FeedState.interval_s` and the next call: without spread and back-off."""
    wait: timedelta
    """From `polled_at` to the next poll."""


def next_interval(feed_id: str, previous_s: float, result: PollResult, *, bounds: Bounds) -> NextPoll:
    """When to ask next. `previous_s` is the remembered interval, 0 for a feed never polled."""
    interval = _adapt(timedelta(seconds=previous_s), result, bounds)
    if result.retry_after_s is not None:
        asked = min(timedelta(seconds=max(result.retry_after_s, 0)), _LONGEST_RETRY_AFTER)
        base = max(asked, bounds.floor)
    else:
        base = _within(_wanted(interval, result, bounds), bounds)
    return NextPoll(interval.total_seconds(), base * (1 + _SPREAD * _share(feed_id, result.polled_at)))


def next_attempt(entry_id: str, attempts: int, *, failed_at: datetime, retry_after_s: float | None = None) -> datetime:
    """When to fetch a page again after its `attempts`-th failure: 30 s, 2 min, 8 min, 32 min, then hourly; later when
    the server asks for it."""
    wait = min(_FIRST_RETRY * (1 << 2 * min(max(attempts - 1, 0), 8)), _LONGEST_RETRY)
    if retry_after_s is not None:
        wait = max(wait, min(timedelta(seconds=max(retry_after_s, 0)), _LONGEST_RETRY_AFTER))
    return failed_at + wait * (1 + _SPREAD * _share(entry_id, failed_at))


def _adapt(previous: timedelta, result: PollResult, bounds: Bounds) -> timedelta:
    if not previous:
        return min(bounds.floor * _FIRST_FLOORS, bounds.ceiling)
    if result.error_streak or result.is_gone:
        return previous
    changed = previous / 2 if result.new_entries else previous * 1.5
    return min(max(changed, bounds.floor), bounds.ceiling)


def _wanted(interval: timedelta, result: PollResult, bounds: Bounds) -> timedelta:
    if result.is_gone:
        return bounds.ceiling
    if result.error_streak:
        return bounds.floor * (1 << min(result.error_streak, 20))
    hint = timedelta(seconds=min(max(result.ttl_s or 0, result.max_age_s or 0), _LONGEST_HINT.total_seconds()))
    return max(interval, hint)


def _within(wait: timedelta, bounds: Bounds) -> timedelta:
    """Room is left below the ceiling for the spread: feeds that all stand at it must not meet there."""
    return max(bounds.floor, min(wait, bounds.ceiling / (1 + _SPREAD)))


def _share(name: str, moment: datetime) -> float:
    """Between 0 and 1, evenly spread over names and moments."""
    return int(digest("spread", name, moment.isoformat())[:8], 16) / 0xFFFF_FFFF
