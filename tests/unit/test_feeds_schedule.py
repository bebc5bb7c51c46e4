"""When a feed is asked again and a page tried again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.feeds.schedule import Bounds, NextPoll, PollResult, next_attempt, next_interval

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
BOUNDS = Bounds(floor=timedelta(minutes=2), ceiling=timedelta(hours=4))
MINUTE = 60.0


def after(previous_s: float, **result: float) -> NextPoll:
    """The next poll of a feed with that interval after such a poll."""
    return next_interval("feed", previous_s, PollResult(polled_at=NOW, **result), bounds=BOUNDS)  # type: ignore[arg-type]


def waits(upcoming: NextPoll, minutes: float) -> bool:
    """The wait is so long, or up to a tenth longer."""
    return minutes * MINUTE <= upcoming.wait.total_seconds() <= minutes * MINUTE * 1.1


INTERVALS = {
    "first-poll": (0.0, {"new_entries": 30}, 8),
    "new-entries-halve": (20 * MINUTE, {"new_entries": 1}, 10),
    "none-grow": (20 * MINUTE, {}, 30),
    "not-below-the-floor": (3 * MINUTE, {"new_entries": 9}, 2),
    "not-above-the-ceiling": (200 * MINUTE, {}, 240),
    "errors-leave-it": (20 * MINUTE, {"error_streak": 3}, 20),
}


@pytest.mark.parametrize(("previous_s", "result", "minutes"), INTERVALS.values(), ids=INTERVALS)
def test_the_interval_follows_what_polls_bring(previous_s: float, result: dict[str, float], minutes: float) -> None:
    assert after(previous_s, **result).interval_s == minutes * MINUTE


WAITS = {
    "interval": (20 * MINUTE, {"new_entries": 1}, 10),
    "ttl-is-a-lower-bound": (20 * MINUTE, {"new_entries": 1, "ttl_s": 15 * MINUTE}, 15),
    "max-age-is-a-lower-bound": (20 * MINUTE, {"new_entries": 1, "max_age_s": 20 * MINUTE}, 20),
    "a-day-of-ttl-is-not-believed": (20 * MINUTE, {"new_entries": 1, "ttl_s": 1440 * MINUTE}, 30),
    "first-error": (60 * MINUTE, {"error_streak": 1}, 4),
    "third-error": (60 * MINUTE, {"error_streak": 3}, 16),
    "retry-after": (20 * MINUTE, {"error_streak": 1, "retry_after_s": 50 * MINUTE}, 50),
    "retry-after-beats-the-ceiling": (20 * MINUTE, {"error_streak": 1, "retry_after_s": 600 * MINUTE}, 600),
    "retry-after-of-a-month": (20 * MINUTE, {"error_streak": 1, "retry_after_s": 43_200 * MINUTE}, 1440),
    "retry-after-of-nothing": (20 * MINUTE, {"error_streak": 1, "retry_after_s": 0.0}, 2),
}


@pytest.mark.parametrize(("previous_s", "result", "minutes"), WAITS.values(), ids=WAITS)
def test_the_wait_obeys_the_first_rule_that_holds(previous_s: float, result: dict[str, float], minutes: float) -> None:
    assert waits(after(previous_s, **result), minutes)


def test_a_feed_that_is_gone_is_asked_at_the_ceiling() -> None:
    gone = next_interval("feed", 1200, PollResult(polled_at=NOW, error_streak=1, is_gone=True), bounds=BOUNDS)
    assert timedelta(hours=3.5) < gone.wait <= BOUNDS.ceiling


def test_errors_back_off_to_the_ceiling_and_no_further() -> None:
    all_waits = [after(1200, error_streak=streak).wait for streak in range(1, 200)]
    assert max(all_waits) <= BOUNDS.ceiling
    assert min(all_waits[10:]) > BOUNDS.ceiling * 0.9


def test_feeds_added_together_do_not_stay_together() -> None:
    waited = {
        next_interval(f"feed-{number}", 0, PollResult(polled_at=NOW), bounds=BOUNDS).wait for number in range(100)
    }
    assert len(waited) > 95


@given(
    previous_s=st.floats(0, 1e6),
    new_entries=st.integers(0, 100),
    error_streak=st.integers(0, 1000),
    ttl_s=st.none() | st.floats(0, 1e9),
    is_gone=st.booleans(),
)
def test_the_wait_stays_within_its_bounds_and_is_repeatable(
    previous_s: float, new_entries: int, error_streak: int, ttl_s: float | None, is_gone: bool
) -> None:
    result = PollResult(polled_at=NOW, new_entries=new_entries, error_streak=error_streak, ttl_s=ttl_s, is_gone=is_gone)
    upcoming = next_interval("feed", previous_s, result, bounds=BOUNDS)
    assert BOUNDS.floor <= upcoming.wait <= BOUNDS.ceiling + timedelta(milliseconds=1)
    assert upcoming == next_interval("feed", previous_s, result, bounds=BOUNDS)


def test_a_feeds_own_bounds_go_before_the_operators() -> None:
    assert Bounds.of(60.0, None, default=BOUNDS) == Bounds(floor=timedelta(minutes=1), ceiling=BOUNDS.ceiling)
    assert Bounds.of(36_000.0, None, default=BOUNDS).ceiling == timedelta(hours=10)
    assert Bounds.of(None, None, default=BOUNDS) == BOUNDS


def test_a_page_is_tried_again_later_and_later() -> None:
    delays = [(next_attempt("entry", tries, failed_at=NOW) - NOW).total_seconds() for tries in range(1, 7)]
    for delay, least in zip(delays, (30, 120, 480, 1920, 3600, 3600), strict=True):
        assert least <= delay <= least * 1.1


def test_a_page_waits_for_retry_after_too() -> None:
    assert next_attempt("entry", 1, failed_at=NOW, retry_after_s=900.0) >= NOW + timedelta(minutes=15)
    assert next_attempt("entry", 1, failed_at=NOW, retry_after_s=1e9) <= NOW + timedelta(days=1.1)
