"""How much a feed brings, and whether its silence is out of the ordinary. Pure.

1. A feed's habit is the share of hours in which it brought anything, for each hour of the day, on weekdays and at
   weekends apart (UTC). Hours are counted, not pages: pages come in bursts, and a burst says no more than one page.
2. An hour seen seldom is drawn towards the feed's mean.
3. What would have come during a silence is the sum of the habit over its hours, the first four weeks of it at most. A
   silence is alarming when a feed of that habit would be silent for so long with a probability below one in a
   thousand: exp(-expected) < 0.001.
4. Nothing is said of a feed known for less than three days or by fewer than twenty hours that brought something, nor
   of a silence shorter than the operator's floor.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import log

WINDOW = timedelta(days=28)
"""What a habit is learned from: so much before the newest page."""
_LEAST_HOURS = 20
_LEAST_SPAN_H = 72
_IMPROBABLE = -log(0.001)
_DRAWN_BY = 3.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """What is known of a feed's volume."""

    pages_per_day: float
    """On average, since the feed is known, up to four weeks."""
    silent_for: timedelta
    expected_hours: float | None
    """Hours of the silence in which something would have come; None while the feed is not known well enough."""
    is_quiet: bool
    """The silence is alarming."""


def judge(pages: dict[int, int], newest_at: datetime, *, now: datetime, floor: timedelta) -> Volume:
    """The feed's volume, by its pages in each hour since 1970 and when the newest was seen."""
    silent_for = max(now - newest_at, timedelta(0))
    first, last = min(pages), max(pages)
    span = last - first + 1
    per_day = 24 * sum(pages.values()) / max(span, 24)
    if span < _LEAST_SPAN_H or len(pages) < _LEAST_HOURS:
        return Volume(pages_per_day=per_day, silent_for=silent_for, expected_hours=None, is_quiet=False)
    expected = _expected(pages.keys(), newest_at, now)
    return Volume(
        pages_per_day=per_day,
        silent_for=silent_for,
        expected_hours=expected,
        is_quiet=silent_for >= floor and expected > _IMPROBABLE,
    )


def _expected(active: Collection[int], newest_at: datetime, now: datetime) -> float:
    first, last = min(active), max(active)
    mean = (len(active) - 1) / (last - first)
    brought = Counter(map(_slot, active))
    seen = Counter(map(_slot, range(first, last + 1)))
    habit = {slot: (brought[slot] + _DRAWN_BY * mean) / (seen[slot] + _DRAWN_BY) for slot in _SLOTS}
    begin, end = (newest_at - _EPOCH) / _HOUR, (min(now, newest_at + WINDOW) - _EPOCH) / _HOUR
    hours = range(int(begin), int(end) + 1)
    return sum(habit[_slot(hour)] * max(0.0, min(hour + 1, end) - max(hour, begin)) for hour in hours)


def _slot(hour: int) -> tuple[bool, int]:
    """Weekend or not, and the hour of the day. The first of January 1970 was a Thursday."""
    return (hour // 24 + 3) % 7 >= 5, hour % 24


_SLOTS = [(is_weekend, hour) for is_weekend in (False, True) for hour in range(24)]
