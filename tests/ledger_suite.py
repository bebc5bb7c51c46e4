"""What the ledger's tables must do, run on SQLite and on PostgreSQL alike: give a class a fixture `database`."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from pipeline.adapters.database import (
    Database,
    alerts,
    auditing,
    dead_letters,
    deliveries,
    feed_volumes,
    outcomes,
    pruning,
)
from pipeline.adapters.database.auditing import Cohort
from pipeline.adapters.database.dead_letters import DeadLetter, LetterStatus, Wanted
from pipeline.adapters.database.feed_volumes import HOUR, ListedPage, hour_of
from pipeline.adapters.database.outcomes import PageAddress, StageOutcome
from pipeline.ledger.audit import Account, audit
from pipeline.ledger.indexing import keep
from pipeline.ledger.noting import Note
from pipeline.stages import identity
from tests.delivering import NOW, fold_into, introduce, match_of, webhook

GRACE = timedelta(minutes=10)
LATER = NOW + timedelta(hours=1)
FEED = identity.feed_id("https://news.example/feed")


def page_of(name: str) -> str:
    return identity.page_id(f"https://news.example/{name}")


def ended(name: str, stage: str = "poll", outcome: str = "emitted", **more: object) -> StageOutcome:
    """How the page of that name ended at a stage."""
    page = page_of(name)
    base = StageOutcome(
        subject=identity.digest("version", page),
        page_id=page,
        stage=stage,
        version=f"{stage}/1",
        outcome=outcome,
        run_id="live",
        mode="live",
        topic="raw-pages",
        partition=0,
        offset=7,
        arrived_at=NOW,
        feed_id=FEED,
        url=f"https://news.example/{name}" if stage == "poll" else None,
    )
    return replace(base, **more)  # type: ignore[arg-type]


def letter(name: str = "letter", **more: object) -> DeadLetter:
    """A dead letter."""
    base = DeadLetter(
        letter_id=identity.digest(name),
        topic="raw-pages",
        partition=0,
        offset=7,
        stage="clean",
        version="clean/1",
        reason="deadline",
        detail="10 s",
        attempt=1,
        key="news.example",
        page_id=page_of("a"),
        url="https://news.example/a",
        run_id="live",
        retried_from=None,
        letter_topic="raw-pages-dlq",
        letter_partition=0,
        letter_offset=0,
        failed_at=NOW,
    )
    return replace(base, **more)  # type: ignore[arg-type]


def store(database: Database, *given: StageOutcome) -> None:
    with database.write() as connection:
        outcomes.store(connection, given)


def account(database: Database, *, now: datetime = LATER, run_id: str = "live") -> Account:
    since = NOW if run_id == "live" else None
    with database.read() as connection:
        return audit(connection, Cohort(run_id=run_id, since=since), now=now, grace=GRACE)


def whole(name: str) -> list[StageOutcome]:
    """A page that went all the way, to one alert."""
    stages = [ended(name, stage) for stage in ("poll", "clean", "tag")]
    return [*stages, *(ended(name, stage, watch_id="sanctions") for stage in ("match", "fold"))]


class LedgerSuite:
    """The behaviour of the ledger's tables."""

    def test_what_is_told_again_is_stored_once(self, database: Database) -> None:
        store(database, ended("a"))
        store(database, ended("a"), replace(ended("a"), offset=9, arrived_at=LATER))
        with database.read() as connection:
            assert outcomes.of_pages(connection, [page_of("a")]) == (ended("a"),)

    def test_a_page_is_found_by_all_its_addresses_and_its_own_comes_first(self, database: Database) -> None:
        other = identity.page_id("https://news.example/canonical")
        store(database, ended("a"), ended("b"))
        with database.write() as connection:
            known_as = [PageAddress(address=other, page_id=page_of(name), seen_at=NOW) for name in "ab"]
            outcomes.store_addresses(connection, [*known_as, *known_as])
            found = outcomes.pages_at(connection, [other, page_of("a"), page_of("unknown")])
        assert found[page_of("a")] == [page_of("a")]
        assert sorted(found[other]) == sorted([page_of("a"), page_of("b")])
        assert page_of("unknown") not in found

    def test_a_page_of_a_feed_is_counted_once_however_often_it_is_told(self, database: Database) -> None:
        page = ListedPage(feed_id=FEED, published_at=NOW, seen_at=NOW + timedelta(minutes=5))
        told = [Note(outcome=ended("a"), listed=page), Note(outcome=ended("b"), listed=page)]
        later = Note(outcome=ended("c"), listed=replace(page, published_at=NOW + 2 * HOUR, seen_at=NOW + 3 * HOUR))
        for notes in (told, told, [*told, later]):
            with database.write() as connection:
                keep(connection, notes)
        with database.read() as connection:
            hours = feed_volumes.of_feeds(connection, window=timedelta(days=28))[FEED]
            few = feed_volumes.of_feeds(connection, window=2 * HOUR)[FEED]
        assert hours.pages == {hour_of(NOW): 2, hour_of(NOW) + 2: 1}
        assert hours.newest_at == NOW + 3 * HOUR
        assert few.pages == {hour_of(NOW) + 2: 1}

    def test_a_balanced_day_is_whole(self, database: Database) -> None:
        store(database, *whole("a"), ended("b"), ended("b", "clean", "dropped", reason="too-short"))
        store(database, ended("c"), ended("c", "clean"), ended("c", "tag"), ended("c", "match", "unmatched"))
        store(database, ended("d", outcome="dropped", reason="gone", subject=identity.digest("entry d")))
        found = account(database)
        assert found.is_whole
        assert [(one.stage, one.given, one.missing, one.under_way) for one in found.stages] == [
            ("clean", 3, 0, 0),
            ("tag", 2, 0, 0),
            ("match", 2, 0, 0),
            ("fold", 1, 0, 0),
        ]
        assert {end.outcome: end.records for end in found.listed} == {"emitted": 3, "dropped": 1}
        assert all(one.is_balanced for one in found.stages)

    @pytest.mark.parametrize("stage", ["clean", "tag", "match", "fold"])
    def test_what_has_not_ended_is_missing_after_the_grace_time_and_named(self, database: Database, stage: str) -> None:
        store(database, *(one for one in whole("a") if auditing.STAGES.index(one.stage) < auditing.STAGES.index(stage)))
        soon, late = account(database, now=NOW + timedelta(minutes=5)), account(database)
        assert soon.is_whole
        assert [one.under_way for one in soon.stages if one.stage == stage] == [1]
        assert not late.is_whole
        (missing,) = late.missing
        assert (missing.stage, missing.url) == (stage, "https://news.example/a")
        assert (missing.topic, missing.partition, missing.offset) == ("raw-pages", 0, 7)

    def test_a_match_of_two_watches_needs_two_folds(self, database: Database) -> None:
        store(database, *whole("a"), ended("a", "match", watch_id="another"))
        (missing,) = account(database).missing
        assert (missing.stage, missing.watch_id) == ("fold", "another")

    def test_two_ends_at_one_stage_are_a_contradiction(self, database: Database) -> None:
        store(database, *whole("a"), ended("a", "clean", "dropped", reason="no-text"), ended("a", "match", "unmatched"))
        found = account(database).contradicted
        assert {(one.stage, one.outcomes) for one in found} == {
            ("clean", ("dropped", "emitted")),
            ("match", ("emitted", "unmatched")),
        }
        assert {one.page_id for one in found} == {page_of("a")}

    def test_a_try_that_failed_and_one_that_did_not_are_none(self, database: Database) -> None:
        store(database, *whole("a"), *(ended("b", stage) for stage in ("poll", "tag")))
        store(database, ended("b", "clean", "rejected", reason="deadline"), ended("b", "clean", attempt=2))
        store(database, ended("b", "match", "unmatched"))
        found = account(database)
        assert found.contradicted == ()
        assert [(end.outcome, end.records) for end in found.stages[0].ends] == [("emitted", 2)]
        assert found.is_whole

    def test_a_retried_letter_whose_page_has_not_ended_again_is_named(self, database: Database) -> None:
        store(database, ended("a"), ended("a", "clean", "rejected", reason="deadline"))
        with database.write() as connection:
            dead_letters.store(connection, [letter()])
            assert dead_letters.close(connection, letter().letter_id, LetterStatus.RETRIED, by="me", note=None, now=NOW)
        assert account(database).unended_retries == (letter().letter_id,)
        assert not account(database).is_whole
        store(database, ended("a", "clean", "rejected", reason="deadline", attempt=2))
        assert account(database).is_whole

    def test_a_run_is_balanced_by_itself_from_where_it_began(self, database: Database) -> None:
        run = {"run_id": "r1", "mode": "backfill"}
        store(database, *whole("a"), ended("a", "clean", **run), ended("a", "tag", **run))
        store(database, ended("a", "match", watch_id="sanctions", **run), ended("b", "clean", **run))
        store(database, ended("a", "fold", "dropped", reason="known", watch_id="sanctions", **run))
        found = account(database, run_id="r1")
        assert [(one.stage, one.given, one.missing) for one in found.stages] == [
            ("tag", 2, 1),
            ("match", 1, 0),
            ("fold", 1, 0),
        ]
        folded = [(end.outcome, end.reason, end.records) for end in found.stages[2].ends]
        assert folded == [("dropped", "known", 1)]

    def test_a_match_of_a_run_that_only_another_run_folded_is_missing(self, database: Database) -> None:
        run = {"run_id": "r1", "mode": "backfill"}
        store(database, *whole("a"), ended("a", "tag", **run), ended("a", "match", watch_id="sanctions", **run))
        found = account(database, run_id="r1")
        assert [(one.stage, one.watch_id) for one in found.missing] == [("fold", "sanctions")]
        assert not found.is_whole

    def test_the_deliveries_of_the_cohorts_alerts_are_counted(self, database: Database) -> None:
        with database.write() as connection:
            introduce(connection, webhook())
        match = match_of()
        fold_into(database, match)
        found = {"subject": match.origin.version_id, "page_id": match.origin.page_id}
        store(database, *(replace(one, **found) for one in whole("a")))  # type: ignore[arg-type]
        assert account(database).deliveries == {"pending": 1}

    def test_letters_are_found_by_what_they_say_and_closed_once(self, database: Database) -> None:
        late = letter("late", failed_at=LATER, stage="tag", topic="articles", reason="unexpected")
        with database.write() as connection:
            dead_letters.store(connection, [letter(), late])
            dead_letters.store(connection, [replace(letter(), reason="told again")])
            assert dead_letters.find(connection, Wanted()) == (late, letter())
            for wanted in (
                Wanted(stage="tag"),
                Wanted(reason="unexpected"),
                Wanted(topic="articles"),
                Wanted(since=LATER),
            ):
                assert dead_letters.find(connection, wanted) == (late,)
            assert dead_letters.find(connection, Wanted(until=LATER)) == (letter(),)
            assert dead_letters.find(connection, Wanted(ids=(letter().letter_id[:7],))) == (letter(),)
            assert dead_letters.open_by_stage(connection) == {"clean": 1, "tag": 1}
            args = {"by": "anna@desk", "note": "known", "now": LATER}
            assert dead_letters.close(connection, late.letter_id, LetterStatus.DROPPED, **args)
            assert not dead_letters.close(connection, late.letter_id, LetterStatus.RETRIED, **args)
            (closed,) = dead_letters.find(connection, Wanted(status=LetterStatus.DROPPED))
            assert (closed.changed_by, closed.note, closed.changed_at) == ("anna@desk", "known", LATER)
            assert dead_letters.count(connection, Wanted(status=LetterStatus.OPEN)) == 1

    def test_pruning_keeps_what_is_young_and_open(self, database: Database) -> None:
        with database.write() as connection:
            introduce(connection, webhook())
            dead_letters.store(connection, [letter(), letter("closed")])
            dead_letters.close(
                connection, letter("closed").letter_id, LetterStatus.DROPPED, by="me", note=None, now=NOW
            )
            other = identity.page_id("other")
            outcomes.store_addresses(connection, [PageAddress(address=other, page_id=page_of("a"), seen_at=NOW)])
            outcomes.store_addresses(connection, [PageAddress(address=other, page_id=page_of("b"), seen_at=LATER)])
            feed_volumes.count(connection, [ListedPage(feed_id=FEED, published_at=NOW, seen_at=NOW)])
        store(database, ended("a"), ended("b", arrived_at=LATER))
        kept = pruned(database, outcomes_before=LATER, alerts_before=NOW)
        assert kept == {"stage_outcomes": 1, "page_addresses": 1, "dead_letters": 1}
        with database.read() as connection:
            assert outcomes.of_pages(connection, [page_of("a"), page_of("b")]) == (ended("b", arrived_at=LATER),)
            assert dead_letters.find(connection, Wanted()) == (letter(),)

    def test_an_old_alert_goes_whole_and_only_when_its_story_is_over(self, database: Database) -> None:
        with database.write() as connection:
            introduce(connection, webhook())
        fold_into(database, match_of("a", "x"))
        fold_into(database, match_of("b", "x", hours=48), now=LATER)
        fold_into(database, match_of("c", "y"))
        with database.write() as connection:
            connection.exec_driver_sql("UPDATE deliveries SET status = 'delivered'")
        assert pruned(database, outcomes_before=NOW, alerts_before=NOW + timedelta(hours=24)) == {"alerts": 1}
        with database.read() as connection:
            (left,) = alerts.newest(connection)
            assert left.copies == 1
            assert deliveries.queue(connection)[0] == 0
        assert pruned(database, outcomes_before=NOW, alerts_before=NOW + timedelta(hours=49)) == {"alerts": 1}

    def test_an_alert_still_to_be_delivered_stays(self, database: Database) -> None:
        with database.write() as connection:
            introduce(connection, webhook())
        fold_into(database, match_of())
        assert pruned(database, outcomes_before=NOW, alerts_before=LATER) == {}


def pruned(database: Database, *, outcomes_before: datetime, alerts_before: datetime) -> dict[str, int]:
    """How many rows of each table went."""
    removed: dict[str, int] = {}
    for table, rows in pruning.prune(database, outcomes_before=outcomes_before, alerts_before=alerts_before):
        removed[table] = removed.get(table, 0) + rows
    return removed
