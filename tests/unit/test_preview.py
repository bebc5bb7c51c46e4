"""Previews count stories as the deliverer does, and cut time so that nothing falls between."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pipeline.replay.preview import Stories, Summary, boundaries
from tests.delivering import match_of
from topics.records import Match

WINDOW = timedelta(hours=72)
NOW = datetime(2026, 3, 4, tzinfo=UTC)


def fetched(match: Match, hours: float) -> Match:
    return replace(match, origin=replace(match.origin, fetched_at=NOW + timedelta(hours=hours)))


def test_copies_and_later_versions_are_counted_to_their_alert() -> None:
    stories = Stories(WINDOW)
    taken = [
        stories.take(fetched(match_of("a", "x"), 0)),
        stories.take(fetched(match_of("b", "x"), 1)),
        stories.take(fetched(match_of("a", "changed", version="2"), 2)),
        stories.take(fetched(match_of("c", "changed"), 3)),
        stories.take(fetched(match_of("a", "changed again", version="3"), 100)),
        stories.take(fetched(match_of("d", "y"), 3)),
    ]
    assert taken == [True, False, False, False, True, True]
    assert (stories.matches, stories.alerts) == (6, 3)


def test_an_article_that_lies_there_twice_is_counted_once() -> None:
    stories = Stories(WINDOW)
    assert [stories.take(match_of("a", "x")) for _ in range(3)] == [True, False, False]
    assert (stories.matches, stories.alerts) == (1, 1)


@given(days=st.floats(min_value=0.0, max_value=400.0))
def test_windows_lie_side_by_side_from_now_back_to_the_beginning(days: float) -> None:
    since = NOW - timedelta(days=days)
    moments = boundaries(since, NOW)
    assert (moments[0], moments[-1]) == (NOW, since)
    assert moments == sorted(moments, reverse=True)
    assert len(moments) <= 16


def test_a_day_that_was_not_searched_is_no_part_of_the_estimate() -> None:
    summary = Summary(days=0.5, articles=50, matches=4, alerts=2, is_whole=False, undecodable=0, seconds=1.0)
    assert (summary.articles_per_day, summary.alerts_per_day) == (100.0, 4.0)
    nothing = replace(summary, days=0.0, articles=0, alerts=0)
    assert (nothing.articles_per_day, nothing.alerts_per_day) == (0.0, 0.0)
    assert summary.tells_of_a_day
    assert not replace(summary, days=0.01).tells_of_a_day
    assert not replace(summary, failure="evaluating it failed").tells_of_a_day
