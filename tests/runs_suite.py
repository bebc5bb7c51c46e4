"""How runs are stored, on SQLite and on PostgreSQL alike: give a class a fixture `database`."""

from collections import Counter
from datetime import datetime, timedelta

import pytest

from pipeline.adapters.database import Database, alerts, folding, pruning, runs
from pipeline.adapters.database.runs import PASSED, Asked, Notify, Progress, Run, RunStatus
from pipeline.adapters.ranges import Bounds
from pipeline.errors import UsageError
from pipeline.stages.fold import Join, Part, Raise, Recall
from tests.delivering import NOW, file, fold_into, introduce, match_of
from topics.records import Match, Mode

ASKED = Asked(kind="replay", mode=Mode.BACKFILL, words={"topic": "raw-pages", "from": "7d"})
BOUNDS = {"raw-pages": {0: Bounds(0, 10), 1: Bounds(5, 9)}}
SOON = NOW + timedelta(seconds=1)


def started(database: Database, asked: Asked = ASKED) -> Run:
    with database.write() as connection:
        return runs.start(connection, asked, bounds=BOUNDS, size=14, now=NOW)


def replayed(page: str = "page", text: str = "text", run_id: str = "r1", hours: float = 0) -> Match:
    return match_of(page, text, mode=Mode.BACKFILL, run_id=run_id, hours=hours)


def told(database: Database) -> list[tuple[Mode, str]]:
    """Mode of the alert and channel of every delivery."""
    with database.read() as connection:
        stored = alerts.newest(connection, limit=1000)
    return sorted((one.alert.mode, sent.channel) for one in stored for sent in one.deliveries)


def end(database: Database, run_id: str, status: RunStatus = RunStatus.DONE) -> None:
    with database.write() as connection:
        runs.end(connection, run_id, status, now=SOON)


def pruned(database: Database, *, before: datetime) -> Counter[str]:
    """How many rows of each table went."""
    removed: Counter[str] = Counter()
    for table, rows in pruning.prune(database, outcomes_before=NOW, alerts_before=before):
        removed[table] += rows
    return removed


class RunsSuite:
    """The behaviour."""

    def test_a_run_is_named_by_what_was_asked_and_how_often(self, database: Database) -> None:
        first, second = started(database), started(database)
        other = started(database, Asked(kind="replay", mode=Mode.SHADOW, words=ASKED.words))
        assert len({first.run_id, second.run_id, other.run_id}) == 3
        assert first.bounds == BOUNDS
        assert (first.status, first.passed, first.size) == (RunStatus.RUNNING, 0, 14)
        with database.read() as connection:
            assert runs.find(connection, first.run_id[:9]) == first

    def test_progress_adds_up_and_says_how_the_run_stands(self, database: Database) -> None:
        run_id = started(database).run_id
        with database.write() as connection:
            runs.advance(connection, run_id, Progress(positions={"0": 4}, counts={PASSED: 4, "sent": 3}), now=NOW)
            runs.advance(connection, run_id, Progress(positions={"1": 7}, counts={PASSED: 2}), now=NOW)
            run = runs.advance(connection, run_id, Progress(positions={"0": 6}, counts={"sent": 1}), now=SOON)
            assert (run.positions, run.counts) == ({"0": 6, "1": 7}, {PASSED: 6, "sent": 4})
            assert run.updated_at == SOON
            assert run.cancel_asked_at is None
            assert runs.ask_to_cancel(connection, run_id, now=SOON).cancel_asked_at == SOON
            (one,) = runs.active(connection)
            assert (one.run_id, one.ahead) == (run_id, 8)
            assert one.state(now=SOON) == "running"
            assert one.state(now=SOON + timedelta(minutes=1)) == "interrupted"
            waiting = runs.advance(connection, run_id, Progress(note="waits: live clean is behind"), now=SOON)
            assert waiting.state(now=SOON) == "waiting"
            reported = runs.advance(connection, run_id, Progress(report={"put_aside": {"dyke": "why"}}), now=SOON)
            later = runs.advance(connection, run_id, Progress(counts={"sent": 1}), now=SOON)
            assert reported.report == later.report == {"put_aside": {"dyke": "why"}}

    def test_what_is_asked_again_finds_the_run_that_has_not_ended(self, database: Database) -> None:
        first = started(database)
        with database.write() as connection:
            assert runs.unfinished(connection, ASKED) == first
            runs.pause(connection, first.run_id, note="by its operator", now=SOON)
            paused = runs.unfinished(connection, ASKED)
            assert paused is not None
            assert (paused.status, paused.note) == (RunStatus.PAUSED, "by its operator")
            assert runs.resume(connection, first.run_id, now=SOON).status is RunStatus.RUNNING
            runs.end(connection, first.run_id, RunStatus.DONE, now=SOON, report={"balanced": True})
            assert runs.unfinished(connection, ASKED) is None
            assert runs.active(connection) == ()
            (ended,) = runs.newest(connection, kind="replay")
            assert (ended.report, ended.ended_at) == ({"balanced": True}, SOON)

    def test_a_run_that_has_ended_is_neither_resumed_nor_cancelled(self, database: Database) -> None:
        run_id = started(database).run_id
        with database.write() as connection:
            runs.end(connection, run_id, RunStatus.CANCELLED, now=SOON)
        with pytest.raises(UsageError, match="nothing to resume"), database.write() as connection:
            runs.resume(connection, run_id, now=SOON)
        with pytest.raises(UsageError, match="nothing to cancel"), database.write() as connection:
            runs.ask_to_cancel(connection, run_id, now=SOON)
        with pytest.raises(UsageError, match="no run has an id"), database.read() as connection:
            runs.find(connection, "%")

    def test_one_process_works_on_a_run(self, database: Database) -> None:
        run_id = started(database).run_id
        with runs.held(database, run_id):
            with pytest.raises(UsageError, match="another process"), runs.held(database, run_id):
                pass
            with database.write() as connection:
                runs.end(connection, run_id, RunStatus.DONE, now=SOON)
        with runs.held(database, run_id):
            pass

    def test_nobody_is_told_of_a_run_that_is_not_known(self, database: Database) -> None:
        told = started(database, Asked(kind="replay", mode=Mode.BACKFILL, words={}, notify=Notify.LIVE))
        with database.read() as connection:
            assert runs.notify_of(connection, told.run_id) is Notify.LIVE
            assert runs.notify_of(connection, "unknown") is Notify.NONE

    @pytest.mark.parametrize(
        ("mode", "notify", "is_told"),
        [
            (Mode.BACKFILL, Notify.NONE, False),
            (Mode.BACKFILL, Notify.DIGEST, False),
            (Mode.BACKFILL, Notify.LIVE, True),
            (Mode.SHADOW, Notify.LIVE, False),
            (Mode.LIVE, Notify.NONE, False),
            (Mode.LIVE, Notify.DIGEST, False),
        ],
    )
    def test_what_a_run_brings_is_told_as_the_run_was_asked_to(
        self, database: Database, mode: Mode, notify: Notify, *, is_told: bool
    ) -> None:
        run_id = started(database, Asked(kind="replay", mode=mode, words={}, notify=notify)).run_id
        with database.read() as connection:
            assert runs.is_told(connection, match_of(mode=mode, run_id=run_id).origin) is is_told

    @pytest.mark.parametrize(("mode", "is_told"), [(Mode.LIVE, True), (Mode.BACKFILL, False), (Mode.SHADOW, False)])
    def test_of_what_belongs_to_no_run_live_work_alone_is_told(
        self, database: Database, mode: Mode, *, is_told: bool
    ) -> None:
        with database.read() as connection:
            assert runs.is_told(connection, match_of(mode=mode).origin) is is_told

    def test_who_was_told_by_a_replay_is_not_told_again_by_what_comes_live(self, database: Database) -> None:
        with database.write() as connection:
            introduce(connection, file())
        assert isinstance(fold_into(database, replayed(), is_told=True), Raise)
        assert told(database) == [(Mode.BACKFILL, "log")]
        assert isinstance(fold_into(database, match_of()), Recall)
        assert fold_into(database, match_of("copy")) == Join(1, Part.COPY)
        assert fold_into(database, match_of(text="changed")) == Join(1, Part.SAME_PAGE)
        assert told(database) == [(Mode.BACKFILL, "log")]

    def test_what_joins_an_alert_of_which_a_replay_told_counts_as_live_too(self, database: Database) -> None:
        with database.write() as connection:
            introduce(connection, file())
        fold_into(database, replayed(), is_told=True)
        assert fold_into(database, replayed("page", "changed")) == Join(1, Part.SAME_PAGE)
        assert fold_into(database, match_of("elsewhere", "changed")) == Join(1, Part.COPY)
        assert told(database) == [(Mode.BACKFILL, "log")]

    def test_a_replay_tells_nothing_that_was_told_live(self, database: Database) -> None:
        with database.write() as connection:
            introduce(connection, file())
        fold_into(database, match_of())
        assert isinstance(fold_into(database, replayed(), is_told=True), Recall)
        assert fold_into(database, replayed("copy"), is_told=True) == Join(1, Part.COPY)
        assert told(database) == [(Mode.LIVE, "log")]

    def test_where_a_replay_had_nobody_to_tell_live_alerts_are_raised_as_ever(self, database: Database) -> None:
        assert isinstance(fold_into(database, replayed(), is_told=True), Raise)
        with database.write() as connection:
            introduce(connection, file())
        assert isinstance(fold_into(database, match_of()), Raise)
        assert told(database) == [(Mode.LIVE, "log")]

    def test_watches_are_held_without_harm_whether_they_exist_or_not(self, database: Database) -> None:
        with database.write() as connection:
            introduce(connection, file())
            folding.hold(connection, {"sanctions", "no such watch"})

    def test_runs_that_ended_long_ago_go_with_the_last_of_their_alerts(self, database: Database) -> None:
        first, second, unfinished = (started(database).run_id for _ in range(3))
        fold_into(database, replayed(run_id=second), now=NOW + timedelta(days=2))
        end(database, first)
        end(database, second)
        assert pruned(database, before=NOW) == {}
        assert pruned(database, before=NOW + timedelta(days=1)) == {"runs": 1}
        with database.read() as connection:
            assert {run.run_id for run in runs.newest(connection)} == {second, unfinished}
        with database.write() as connection:
            again = runs.start(connection, ASKED, bounds=BOUNDS, size=14, now=SOON)
        assert again.run_id not in (first, second, unfinished)
