"""What is remembered of a feed: nothing forgotten that is still listed, nothing ended twice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.poller import ledger
from pipeline.poller.ledger import Intake, PollOutcome, Report
from pipeline.settings import PollSettings
from pipeline.stages.feeds.entry import Entry, FeedKind, ParsedFeed
from topics.records import Feed, FeedState

_NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
_FEED = Feed(feed_id="f", url="http://news.example/feed", added_at=_NOW)
_STATE = FeedState(feed_id="f", url=_FEED.url)
_SETTINGS = PollSettings()


def _entry(name: str, *, age: timedelta | None = None, url: str | None = None) -> Entry:
    return Entry(name, url or f"http://news.example/{name}", f"Title {name}", None if age is None else _NOW - age)


def _parsed(*names: str) -> ParsedFeed:
    return ParsedFeed(FeedKind.RSS, "News", None, tuple(map(_entry, names)), None)


def _poll(state: FeedState, report: Report, settings: PollSettings = _SETTINGS) -> FeedState:
    entries = report.parsed.entries if report.parsed is not None else ()
    intake = ledger.sort_entries(state, entries, now=_NOW, settings=settings)
    return ledger.after_poll(_FEED, state, report, intake, now=_NOW, settings=settings)


def test_new_entries_become_pending_once() -> None:
    state = _poll(_STATE, Report(parsed=_parsed("a", "b", "a"), etag='"1"', body_digest="d"))
    assert [entry.entry_id for entry in state.pending] == ["a", "b"]
    assert (state.etag, state.body_digest, state.title, state.last_outcome) == ('"1"', "d", "News", "new-entries")
    again = _poll(ledger.settle(state, "a"), Report(parsed=_parsed("a", "b", "c")))
    assert [entry.entry_id for entry in again.pending] == ["b", "c"]


def test_old_and_unusable_entries_are_seen_and_told_apart() -> None:
    entries = (
        _entry("old", age=timedelta(days=8)),
        _entry("new", age=timedelta(days=6)),
        _entry("undated"),
        _entry("long", url="http://news.example/" + "a" * 2100),
        replace(_entry("revised", age=timedelta(days=30)), updated_at=_NOW),
    )
    intake = ledger.sort_entries(_STATE, entries, now=_NOW, settings=_SETTINGS)
    assert [entry.entry_id for entry in intake.new] == ["new", "undated", "revised"]
    assert [entry.entry_id for entry in intake.too_old] == ["old"]
    assert [entry.entry_id for entry in intake.unusable] == ["long"]
    parsed = replace(_parsed(), entries=entries)
    state = ledger.after_poll(_FEED, _STATE, Report(parsed=parsed), intake, now=_NOW, settings=_SETTINGS)
    assert set(state.seen) == {"old", "long"}


def test_a_feed_with_more_than_there_is_room_for_is_read_again() -> None:
    settings = PollSettings(max_pending_entries=2)
    state = _poll(_STATE, Report(parsed=_parsed("a", "b", "c"), etag='"1"', body_digest="d"), settings)
    assert [entry.entry_id for entry in state.pending] == ["a", "b"]
    assert (state.etag, state.last_modified, state.body_digest) == (None, None, None)
    state = _poll(ledger.settle(state, "a"), Report(parsed=_parsed("a", "b", "c"), etag='"1"'), settings)
    assert [entry.entry_id for entry in state.pending] == ["b", "c"]
    assert state.etag == '"1"'


@given(st.lists(st.sets(st.integers(0, 3000), max_size=60), max_size=12), st.integers(100, 700))
def test_no_listed_entry_is_ever_fetched_twice_in_a_row(polls: list[set[int]], most: int) -> None:
    settings = PollSettings(max_seen_entries=most)
    state, listed_before = _STATE, set[str]()
    for listed in polls:
        names = {str(number) for number in listed}
        state = _poll(state, Report(parsed=_parsed(*names)), settings)
        fetched = {entry.entry_id for entry in state.pending}
        assert not fetched & listed_before
        for name in fetched:
            state = ledger.settle(state, name)
        assert len(state.seen) == len(set(state.seen))
        assert len(state.seen) <= most + 2 * 60
        listed_before = names


@pytest.mark.parametrize("outcome", [PollOutcome.FAILED, PollOutcome.GONE, PollOutcome.ROBOTS, PollOutcome.UNPARSABLE])
def test_a_failure_keeps_what_is_known(outcome: PollOutcome) -> None:
    known = _poll(_STATE, Report(parsed=_parsed("a", "b"), etag='"1"', last_modified="m", body_digest="d"))
    state = _poll(ledger.settle(known, "a"), Report(outcome=outcome, error="HTTP 500"))
    assert (state.error_streak, state.last_error, state.last_outcome) == (1, "HTTP 500", outcome.value)
    assert (state.seen, len(state.pending), state.etag, state.body_digest) == (("a",), 1, '"1"', "d")
    assert state.succeeded_at == known.succeeded_at
    recovered = _poll(state, Report(outcome=PollOutcome.NOT_MODIFIED, etag='"1"', body_digest="d"))
    assert (recovered.error_streak, recovered.last_error) == (0, None)


def test_a_paused_host_is_no_failure_of_the_feed() -> None:
    state = _poll(_STATE, Report(outcome=PollOutcome.PAUSED, error="paused", retry_after_s=600))
    assert state.error_streak == 0
    assert state.next_poll_at is not None
    assert state.next_poll_at >= _NOW + timedelta(seconds=600)


def test_a_failing_feed_is_retried_for_ever_within_the_ceiling() -> None:
    state = _STATE
    for _ in range(40):
        state = _poll(state, Report(outcome=PollOutcome.FAILED, error="no answer"))
        assert state.next_poll_at is not None
        assert _NOW + _SETTINGS.interval_floor <= state.next_poll_at <= _NOW + _SETTINGS.interval_ceiling


def test_a_permanent_move_is_remembered_and_forgotten_when_it_leads_nowhere() -> None:
    state = _poll(_STATE, Report(parsed=_parsed("a"), moved_to="http://news.example/new", etag='"1"'))
    assert state.url == "http://news.example/new"
    for _ in range(5):
        assert state.url == "http://news.example/new"
        state = _poll(state, Report(outcome=PollOutcome.FAILED, error="HTTP 404"))
    assert (state.url, state.etag) == (_FEED.url, None)


def test_a_postponed_entry_waits_and_an_ended_one_does_not_come_back() -> None:
    state = _poll(_STATE, Report(parsed=_parsed("a", "b")))
    first = state.pending[0]
    later = ledger.failed_attempt(first, "HTTP 503", next_attempt_at=_NOW + timedelta(minutes=1), attempts=1)
    state = ledger.postpone(state, later)
    assert [entry.entry_id for entry in ledger.due_entries(state, now=_NOW)] == ["b"]
    state = ledger.settle(state, "b")
    assert ledger.next_due_in(state, now=_NOW) == timedelta(minutes=1)
    ended = ledger.settle(state, "a")
    assert ledger.postpone(ended, later) == ended
    assert ledger.next_due_in(ended, now=_NOW) is None


def test_a_state_too_large_is_halved_until_nothing_is_left() -> None:
    state = _poll(replace(_STATE, seen=("x", "y")), Report(parsed=_parsed("a", "b", "c"), etag='"1"'))
    for _ in range(5):
        state = ledger.halve(state)
    assert (state.pending, len(state.seen), state.etag) == ((), 0, None)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, None), ("", None), ('W/"1"', 'W/"1"'), ("a\nb", None), ("é", None), ("a" * 2000, None)],
)
def test_only_a_validator_that_can_be_sent_back_is_kept(value: str | None, expected: str | None) -> None:
    assert ledger.validator(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, None), ("max-age=60", 60.0), ("public, Max-Age=60", 60.0), ("s-maxage=60", None), ("max-age=x", None)],
)
def test_max_age_is_read(value: str | None, expected: float | None) -> None:
    assert ledger.max_age_s(value) == expected


def test_nothing_listed_is_nothing_new() -> None:
    assert ledger.outcome_of(Report(parsed=_parsed()), Intake()) is PollOutcome.NOTHING_NEW
