"""The schedule of retries: Standard Webhooks' own, spread, and longer where the receiver asks."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.adapters.channels.webhook import read_retry_after
from pipeline.delivery.retry import pause_after

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("attempt", "seconds"), [(1, 5), (2, 300), (3, 1800), (4, 7200), (5, 18_000), (6, 36_000), (40, 36_000)]
)
def test_the_pause_grows_by_the_schedule_and_is_spread_by_a_fifth(attempt: int, seconds: int) -> None:
    pauses = {pause_after(attempt, delivery_id=f"{number}") for number in range(200)}
    assert min(pauses) >= timedelta(seconds=seconds)
    assert max(pauses) <= timedelta(seconds=seconds * 1.2)
    assert len(pauses) > 190


@given(st.integers(1, 60), st.text(), st.integers(0, 10**7))
def test_the_pause_is_the_same_every_time_and_never_shorter_than_asked(attempt: int, name: str, asked_s: int) -> None:
    asked = timedelta(seconds=asked_s)
    pause = pause_after(attempt, delivery_id=name, asked=asked)
    assert pause == pause_after(attempt, delivery_id=name, asked=asked)
    assert pause >= min(asked, timedelta(days=1))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        pytest.param(None, None, id="none"),
        pytest.param("120", 120, id="seconds"),
        pytest.param(" 7 ", 7, id="spaces"),
        pytest.param("9" * 400, 10**8, id="absurd"),
        pytest.param("Wed, 04 Mar 2026 12:01:00 GMT", 60, id="date"),
        pytest.param("Wed, 04 Mar 2026 12:01:00", 60, id="date without a zone"),
        pytest.param("Wed, 04 Mar 2026 11:00:00 GMT", None, id="date gone by"),
        pytest.param("soon", None, id="words"),
        pytest.param("-5", None, id="negative"),
        pytest.param("²", None, id="a digit that is no number"),
        pytest.param("Wed, 99 Mar 2026 12:01:00 GMT", None, id="no such day"),
    ],
)
def test_retry_after_is_read_as_seconds_or_a_date(value: str | None, seconds: int | None) -> None:
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert read_retry_after(value, now=NOW) == expected
