"""When a feed's silence is out of the ordinary."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from pipeline.stages.volume import Volume, judge

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FLOOR = timedelta(hours=6)


def hour(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(hours=1)


def judged(moments: list[datetime], silence: timedelta, *, floor: timedelta = FLOOR) -> Volume:
    """The feed that published at those times, so long after the last."""
    pages: dict[int, int] = {}
    for moment in moments:
        pages[hour(moment)] = pages.get(hour(moment), 0) + 1
    return judge(pages, max(moments), now=max(moments) + silence, floor=floor)


def by_day(days: int, hours: range) -> list[datetime]:
    """A page in each of those hours of each day."""
    return [MONDAY + timedelta(days=day, hours=each) for day in range(days) for each in hours]


@pytest.mark.parametrize(
    ("moments", "silence_h", "is_quiet"),
    [
        pytest.param(by_day(14, range(24)), 5, False, id="before the floor, however much it brings"),
        pytest.param(by_day(14, range(24)), 12, True, id="round the clock, silent for half a day"),
        pytest.param(by_day(14, range(8, 18)), 14, False, id="a newsroom's night"),
        pytest.param(by_day(14, range(8, 18)), 24, True, id="a newsroom's day without news"),
        pytest.param(by_day(25, range(6, 7)), 3 * 24, False, id="one a day, silent for three"),
        pytest.param(by_day(25, range(6, 7)), 10 * 24, True, id="one a day, silent for ten"),
        pytest.param(by_day(2, range(24)), 240, False, id="known too short a time"),
        pytest.param(by_day(19, range(6, 7)), 240, False, id="known by too few hours"),
    ],
)
def test_a_silence_is_judged_by_the_feeds_own_habit(moments: list[datetime], silence_h: float, is_quiet: bool) -> None:
    assert judged(moments, timedelta(hours=silence_h)).is_quiet is is_quiet


def test_a_burst_says_no_more_than_one_page() -> None:
    days = [MONDAY + timedelta(days=day, hours=Random(day).randrange(24)) for day in range(0, 50, 2)]
    twenty_each = [moment + timedelta(minutes=minute) for moment in days for minute in range(20)]
    found = judged(twenty_each, timedelta(days=4))
    assert not found.is_quiet
    assert found.pages_per_day == pytest.approx(10, rel=0.1)


def test_a_feed_that_is_as_it_always_was_is_hardly_ever_called_quiet() -> None:
    """40 feeds of one to forty pages a day, few of them at night, looked at every four hours for a week."""
    random = Random(20261124)
    false_alarms = watched = 0
    for _ in range(40):
        per_day = 40 ** random.random()
        moments = [
            MONDAY + timedelta(hours=at, minutes=random.randrange(60))
            for at in range(24 * 35)
            for _ in range(2)
            if random.random() < per_day / 48 * (1.6 if 7 <= at % 24 < 21 else 0.16)
        ]
        known = [moment for moment in moments if moment < MONDAY + timedelta(days=28)]
        for step in range(0, 24 * 7, 4):
            now = MONDAY + timedelta(days=28, hours=step)
            known += [moment for moment in moments if now - timedelta(hours=4) <= moment < now]
            watched += 1
            false_alarms += judged(known, max(now - max(known), timedelta(0))).is_quiet
    assert false_alarms / watched < 0.002


def test_a_silence_of_years_costs_no_more_than_one_of_weeks() -> None:
    found = judged(by_day(14, range(24)), timedelta(days=4000))
    assert found.is_quiet
    assert found.expected_hours == pytest.approx(28 * 24, rel=0.1)
