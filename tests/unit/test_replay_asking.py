"""What an operator's words come to: times, rates, ways, and which records are meant."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.adapters.database.runs import Notify
from pipeline.errors import UsageError
from pipeline.replay.asking import Request, read_rate, read_time, request_of
from pipeline.replay.job import plan
from pipeline.replay.route import route
from pipeline.replay.selection import Selection, origin_of, stamp
from pipeline.stages import identity
from tests.records import FULL, MATCH
from tests.samples import article, raw_page, tagged_article
from topics import codec, registry
from topics.records import Mode

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        (None, None),
        ("now", None),
        ("7d", NOW - timedelta(days=7)),
        ("1.5h", NOW - timedelta(minutes=90)),
        ("2026-03-04T05:06Z", datetime(2026, 3, 4, 5, 6, tzinfo=UTC)),
        ("2026-03-04T05:06:07+02:00", datetime(2026, 3, 4, 3, 6, 7, tzinfo=UTC)),
        ("2026-03-04", datetime(2026, 3, 4, tzinfo=UTC)),
    ],
)
def test_times_are_read_as_moments_or_as_so_long_ago(words: str | None, moment: datetime | None) -> None:
    assert read_time(words, option="--from", now=NOW) == moment


@pytest.mark.parametrize("words", ["", "yesterday", "7", "7x", "-3h", "2026-13-01", "9" * 400 + "d"])
def test_a_time_that_is_none_names_its_option(words: str) -> None:
    with pytest.raises(UsageError, match="--from"):
        read_time(words, option="--from", now=NOW)


@pytest.mark.parametrize(("words", "rate"), [(None, None), ("200/s", 200), ("30/m", 0.5), ("5", 5), ("1.5/s", 1.5)])
def test_rates_are_records_a_second(words: str | None, rate: float | None) -> None:
    assert read_rate(words) == rate


@pytest.mark.parametrize("words", ["0", "-1", "fast", "10/y", "", "1e5"])
def test_a_rate_that_is_none_is_refused(words: str) -> None:
    with pytest.raises(UsageError, match="--rate"):
        read_rate(words)


def test_a_request_comes_back_from_what_is_stored_of_it() -> None:
    selection = Selection(feeds=("f",), sites=("s.example",), languages=("uk",), ids=("i",), published_from=NOW)
    request = Request(source="articles", since="7d", selection=selection, last_stage="match", notify=Notify.DIGEST)
    assert request_of(request.asked) == request
    assert request_of(Request(source="x.jsonl").asked) == Request(source="x.jsonl")


def test_how_fast_a_request_goes_is_no_part_of_what_is_asked() -> None:
    assert Request(source="articles", rate=1.0).asked.digest == Request(source="articles").asked.digest
    assert Request(source="articles", since="1h").asked.digest != Request(source="articles").asked.digest
    assert Request(source="articles", mode=Mode.SHADOW).asked.digest != Request(source="articles").asked.digest


def test_a_way_begins_at_the_topics_reader_and_ends_where_it_is_to() -> None:
    assert [step.stage for step in route(registry.RAW_PAGES)] == ["clean", "tag", "match", "fold"]
    assert [step.stage for step in route(registry.ARTICLES, "match")] == ["tag", "match"]
    assert [step.lane_topic.name for step in route(registry.MATCHES)] == ["matches-replay"]
    for topic, last in ((registry.MATCHES, "tag"), (registry.RAW_PAGES, "deliver"), (registry.ALERTS, "fold")):
        with pytest.raises(UsageError):
            route(topic, last)


@pytest.mark.parametrize("notify", Notify)
def test_history_cannot_be_replayed_as_live_work(notify: Notify) -> None:
    with pytest.raises(UsageError, match="--mode live"):
        plan(Request(source="raw-pages", mode=Mode.LIVE, notify=notify))
    assert plan(Request(source="raw-pages", mode=Mode.BACKFILL, notify=notify)).topic == registry.RAW_PAGES


@pytest.mark.parametrize("notify", [Notify.DIGEST, Notify.LIVE])
def test_nobody_is_told_of_a_shadow_run(notify: Notify) -> None:
    with pytest.raises(UsageError, match=f"--notify {notify.value} goes with --mode backfill"):
        plan(Request(source="raw-pages", mode=Mode.SHADOW, notify=notify))
    assert plan(Request(source="raw-pages", mode=Mode.SHADOW)).topic == registry.RAW_PAGES


PAGE = raw_page("https://www.news.example/a")
TAGGED = tagged_article()
DATED = replace(article(), published_at=NOW)


@pytest.mark.parametrize(
    ("selection", "record", "is_taken"),
    [
        pytest.param(Selection(), PAGE, True, id="everything"),
        pytest.param(Selection(feeds=("https://news.example/feed",)), PAGE, True, id="feed by address"),
        pytest.param(Selection(feeds=(identity.feed_id("https://news.example/feed"),)), TAGGED, True, id="feed by id"),
        pytest.param(Selection(feeds=("https://news.example/other",)), PAGE, False, id="another feed"),
        pytest.param(Selection(sites=("news.example",)), PAGE, True, id="subdomain of the site"),
        pytest.param(Selection(sites=("ews.example",)), PAGE, False, id="end of a label is no site"),
        pytest.param(Selection(sites=("other.example", "NEWS.example")), TAGGED, True, id="one of two sites"),
        pytest.param(Selection(languages=("EN",)), TAGGED, True, id="language"),
        pytest.param(Selection(languages=("uk",)), article(), False, id="another language"),
        pytest.param(Selection(languages=("en",)), replace(article(), language=None), False, id="no language known"),
        pytest.param(Selection(ids=(PAGE.origin.page_id,)), PAGE, True, id="page id"),
        pytest.param(Selection(ids=(PAGE.origin.version_id,)), PAGE, True, id="version id"),
        pytest.param(Selection(ids=("https://www.news.example/a?utm_source=x",)), PAGE, True, id="address"),
        pytest.param(Selection(ids=(MATCH.match_id,)), MATCH, True, id="match id"),
        pytest.param(Selection(ids=("x",)), PAGE, False, id="another id"),
        pytest.param(Selection(published_from=NOW), DATED, True, id="published at the beginning"),
        pytest.param(Selection(published_to=NOW), DATED, False, id="published at the end"),
        pytest.param(Selection(published_from=NOW), article(), False, id="no date known"),
        pytest.param(Selection(sites=("news.example",), languages=("uk",)), TAGGED, False, id="all have to hold"),
    ],
)
def test_a_selection_takes_what_fits_all_its_conditions(selection: Selection, record: object, is_taken: bool) -> None:
    assert selection.compile()(record) is is_taken


def test_raw_pages_cannot_be_chosen_by_language() -> None:
    with pytest.raises(UsageError, match="replay articles"):
        Selection(languages=("en",)).check(registry.RAW_PAGES)
    Selection(languages=("en",)).check(registry.ARTICLES)


@pytest.mark.parametrize("spec", registry.REPLAYABLE, ids=lambda spec: spec.name)
def test_a_marked_record_differs_from_its_own_in_mode_and_run_alone(spec) -> None:  # type: ignore[no-untyped-def]
    record = FULL[spec.name]
    marked = stamp(record, mode=Mode.SHADOW, run_id="r9")
    assert (origin_of(marked).mode, origin_of(marked).run_id) == (Mode.SHADOW, "r9")
    again = stamp(marked, mode=origin_of(record).mode, run_id=origin_of(record).run_id)
    assert codec.encode(spec, again) == codec.encode(spec, record)
