"""Small things the command line says: numbers with their nouns, lengths of time, how far something is."""

from dataclasses import replace
from datetime import timedelta
from io import StringIO

import pytest
from rich.console import Console

from pipeline.adapters.database.alerts import StoredAlert
from pipeline.adapters.database.auditing import EndCount
from pipeline.cli import audit, feed_report, run
from pipeline.cli.spoken import Spoken, percent
from pipeline.ledger.audit import Account, StageAccount
from pipeline.wording import counted, lasting
from tests.delivering import match_of
from tests.samples import AT
from topics.records import Alert, Feed, FeedState


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(), "0 seconds"),
        (timedelta(seconds=1), "1 second"),
        (timedelta(seconds=59.7), "1 minute"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=40), "40 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=2.5), "2.5 hours"),
        (timedelta(days=1), "1 day"),
        (timedelta(days=14), "14 days"),
    ],
    ids=str,
)
def test_a_length_of_time_is_in_its_largest_unit(length: timedelta, said: str) -> None:
    assert lasting(length) == said


def test_a_number_agrees_with_its_noun() -> None:
    assert [counted(number, "alert") for number in (0, 1, 1204)] == ["0 alerts", "1 alert", "1,204 alerts"]
    assert counted(2, "match", many="matches") == "2 matches"


def test_how_far_something_is_is_said_once_a_tenth_where_there_is_no_terminal() -> None:
    said = StringIO()
    spoken = Spoken(Console(file=said))
    for passed in range(1, 101):
        spoken.say(percent(passed, 100), passed=passed, size=100)
    assert said.getvalue().split("\n")[:-1] == [f"{tenth} %" for tenth in range(10, 101, 10)]


def test_what_moves_slowly_is_said_after_a_while() -> None:
    said = StringIO()
    spoken = Spoken(Console(file=said), every_s=0.0)
    spoken.say("1 %", passed=1, size=100)
    spoken.say("fold: 3 left [now]")
    assert said.getvalue().splitlines() == ["1 %", "fold: 3 left [now]"]


def test_a_terminal_shows_its_bar_and_no_lines() -> None:
    said = StringIO()
    Spoken(Console(file=said, force_terminal=True), every_s=0.0).say("50 %", passed=1, size=2)
    assert not said.getvalue()


def test_an_audit_says_what_its_columns_and_its_reasons_mean(capsys: pytest.CaptureFixture[str]) -> None:
    def end(outcome: str, reason: str | None, records: int) -> EndCount:
        return EndCount(outcome=outcome, reason=reason, records=records)

    matched = StageAccount(
        stage="match", given=9, ends=(end("emitted", None, 2), end("unmatched", "no-watch", 7)), missing=0, under_way=0
    )
    account = Account(
        run_id="live",
        since=None,
        until=None,
        listed=(end("emitted", None, 9), end("dropped", "gone", 2)),
        stages=(matched,),
        deliveries={"pending": 1},
        missing=(),
        contradicted=(),
        unended_retries=(),
    )
    audit.show(account, timedelta(minutes=10))
    said = capsys.readouterr().out
    for words in (
        "9 fetched, 2 gone",
        "2 matched",
        "1 waits to be",
        "given: passed on by the stage before (–:",
        "under way: has none, for less than 10 minutes; missing:",
        "gone: its server says there is no such page",
        "no-watch: no watch that was in force then, and not put aside, matched it",
    ):
        assert words in said, said


@pytest.mark.parametrize(
    ("enabled", "state", "said"),
    [
        (True, None, "due now"),
        (True, FeedState(feed_id="1", url="u", polled_at=AT, next_poll_at=AT), "due now"),
        (True, FeedState(feed_id="1", url="u", polled_at=AT, next_poll_at=AT - timedelta(minutes=3)), "due now"),
        (True, FeedState(feed_id="1", url="u", polled_at=AT, next_poll_at=AT + timedelta(minutes=3)), "in 3 min"),
        (False, FeedState(feed_id="1", url="u", polled_at=AT, next_poll_at=AT), "switched off"),
    ],
    ids=["never polled", "at this moment", "overdue", "later", "switched off"],
)
def test_the_list_of_feeds_says_when_one_is_asked_next(
    capsys: pytest.CaptureFixture[str], enabled: bool, state: FeedState | None, said: str
) -> None:
    feed = Feed(feed_id="1", url="https://news.example/rss", added_at=AT, enabled=enabled)
    feed_report.show_list([feed_report.line(feed, state)], as_json=False, now=AT)
    shown = capsys.readouterr().out
    assert said in shown
    assert (" 0 s" in shown, "due" in shown and not enabled) == (False, False)


@pytest.mark.parametrize("is_terminal", [True, False], ids=["a terminal", "a log"])
def test_an_alert_is_three_lines_with_its_whole_address(is_terminal: bool) -> None:
    match = match_of("a-page-of-a-" + "very-" * 20 + "long-name")
    match = replace(match, title="A title that goes on and on " * 5)
    alert = Alert(alert_id="ab" * 16, watch_id="w", story_id="s", match=match, raised_at=AT, steps={})
    said = StringIO()
    console = Console(file=said, force_terminal=is_terminal, width=80, highlight=False, color_system=None)
    run.show(StoredAlert(sequence=1, alert=alert, copies=0, repeats=0, deliveries=()), console)
    head, why, where = said.getvalue().splitlines()
    assert max(len(head), len(why)) <= 80 or not is_terminal
    assert ("…" in head) == is_terminal
    assert where.split() == [match.url, "abababababab"]
