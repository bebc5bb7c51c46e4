"""How digests are promoted and sent, on SQLite and on PostgreSQL alike: give a class a fixture `database`."""

import json
import multiprocessing
from datetime import datetime, timedelta

import pytest
from sqlalchemy import make_url, select

from pipeline.adapters.database import Database, alerts, digests, runs
from pipeline.adapters.database.channels import StoredChannel
from pipeline.adapters.database.runs import Asked, Notify, Progress, Run, RunStatus
from pipeline.adapters.database.schema import deliveries
from pipeline.replay.telling import TOLD, tell
from pipeline.settings import Settings
from pipeline.stages.compose import end_of_event
from pipeline.stages.fold import Join, Part, Raise, Recall
from tests.delivering import NOW, WINDOW, file, fold_all_into, fold_into, introduce, match_of, webhook
from tests.runs_suite import SOON, end, pruned, replayed, started, told
from tests.waiting import until
from topics.records import Mode


def promote(database: Database, run_id: str, *, after: int = 0) -> digests.Slice:
    """One slice, with the run's sign of life, as `pipeline/replay/telling.py` does it."""
    with database.write() as connection:
        done = digests.promote(connection, run_id, after=after, story_window=WINDOW, now=NOW)
        runs.advance(connection, run_id, Progress(), now=NOW)
    return done


def send(database: Database, *, now: datetime = NOW) -> int:
    """As the deliverer does it, all the time."""
    with database.read() as connection:
        wanted = digests.due(connection, now=now)
    sent = 0
    for each in wanted:
        with database.write() as connection:
            sent += digests.send(connection, each, now=now)
    return sent


def digested(database: Database) -> list[tuple[str, int]]:
    """Channel and count of every digest, in the order in which they were made."""
    with database.read() as connection:
        rows = connection.execute(select(deliveries).order_by(deliveries.c.alert_sequence, deliveries.c.channel)).all()
    return [(row.channel, json.loads(row.body)["data"]["count"]) for row in rows]


def introduced(database: Database, *given: StoredChannel) -> str:
    """The id of a run whose digest goes to these channels."""
    with database.write() as connection:
        introduce(connection, *given)
    return started(database, Asked(kind="replay", mode=Mode.BACKFILL, words={}, notify=Notify.DIGEST)).run_id


def with_alerts(database: Database, alerts: int, *given: StoredChannel) -> str:
    """The id of a run that has raised so many alerts, and whose digest goes to these channels."""
    run_id = introduced(database, *given)
    fold_all_into(database, [replayed(f"p{number}", f"t{number}", run_id=run_id) for number in range(alerts)])
    return run_id


def found(database: Database, run_id: str) -> Run:
    with database.read() as connection:
        return runs.find(connection, run_id)


def tell_all(database: Database, run_id: str, *, stop_after: int | None = None) -> bool:
    """As a run does it, stopped by its operator after so many transactions."""
    seen: list[int] = []

    def is_stopping() -> bool:
        return stop_after is not None and len(seen) >= stop_after

    return tell(
        Settings(),
        database,
        found(database, run_id),
        is_stopping=is_stopping,
        on_told=lambda _, left: seen.append(left),
    )


def tell_in_child(address: str, run_id: str) -> None:
    """What the child does that is killed."""
    tell_all(Database(make_url(address)), run_id)


class DigestSuite:
    """The behaviour."""

    def test_a_digest_tells_the_new_alerts_of_its_run_once_and_each_channel_in_one_message(
        self, database: Database
    ) -> None:
        run_id = with_alerts(database, 3, file(), webhook())
        fold_into(database, replayed("copy", "t1", run_id=run_id))
        fold_into(database, replayed("p9", "t9", run_id="another"))
        assert promote(database, run_id) == (3, 3, 3)
        assert promote(database, run_id, after=3) == (3, 0, 0)
        end(database, run_id)
        assert (send(database), send(database)) == (2, 0)
        assert promote(database, run_id) == (0, 0, 0)
        assert digested(database) == [("hook", 3), ("log", 3)]
        assert told(database) == [(Mode.BACKFILL, "hook")] * 3 + [(Mode.BACKFILL, "log")] * 3
        assert fold_into(database, match_of("elsewhere", "t2")) == Join(3, Part.COPY)
        assert isinstance(fold_into(database, match_of("copy", "t1")), Recall)
        assert isinstance(fold_into(database, match_of("p9", "t9")), Raise)

    def test_a_digest_leaves_out_what_was_told_live_meanwhile(self, database: Database) -> None:
        run_id = with_alerts(database, 3, file())
        fold_into(database, match_of("p0", "t0"))
        fold_into(database, match_of("elsewhere", "t1"))
        assert promote(database, run_id) == (3, 3, 1)
        end(database, run_id)
        assert send(database) == 1
        assert told(database) == [(Mode.BACKFILL, "log"), (Mode.LIVE, "log"), (Mode.LIVE, "log")]

    def test_many_alerts_are_promoted_in_slices_and_what_comes_live_between_them_is_told_once(
        self, database: Database
    ) -> None:
        run_id = with_alerts(database, 53, webhook())
        assert promote(database, run_id) == (50, 50, 50)
        assert send(database) == 0
        assert fold_into(database, match_of("elsewhere", "t5")) == Join(6, Part.COPY)
        assert isinstance(fold_into(database, match_of("another", "t51")), Raise)
        assert promote(database, run_id, after=50) == (53, 3, 2)
        end(database, run_id)
        assert send(database) == 1
        assert sorted(told(database)) == [(Mode.BACKFILL, "hook")] * 52 + [(Mode.LIVE, "hook")]

    def test_what_was_promoted_before_a_kill_waits_for_the_resumed_run_and_is_told_in_one_message(
        self, database: Database
    ) -> None:
        run_id = with_alerts(database, 53, webhook())
        promote(database, run_id)
        assert send(database, now=NOW + timedelta(seconds=50)) == 0
        with database.write() as connection:
            runs.resume(connection, run_id, now=NOW + timedelta(seconds=55))
        assert promote(database, run_id) == (53, 3, 3)
        end(database, run_id)
        assert send(database) == 1
        assert digested(database) == [("hook", 53)]

    @pytest.mark.parametrize("status", [RunStatus.CANCELLED, RunStatus.PAUSED, RunStatus.FAILED, None])
    def test_what_was_promoted_is_told_whatever_becomes_of_the_run_and_the_rest_stays_history(
        self, database: Database, status: RunStatus | None
    ) -> None:
        run_id = with_alerts(database, 53, webhook())
        promote(database, run_id)
        if status is RunStatus.PAUSED:
            with database.write() as connection:
                runs.pause(connection, run_id, note="by its operator", now=SOON)
        elif status is not None:
            end(database, run_id, status)
        assert send(database, now=NOW + timedelta(seconds=62)) == 1
        assert digested(database) == [("hook", 50)]
        assert isinstance(fold_into(database, match_of("p52", "t52")), Raise)

    def test_what_a_resumed_run_promotes_after_a_digest_was_sent_goes_into_another(self, database: Database) -> None:
        run_id = with_alerts(database, 53, webhook())
        promote(database, run_id)
        with database.write() as connection:
            runs.pause(connection, run_id, note="by its operator", now=SOON)
        assert send(database) == 1
        with database.write() as connection:
            runs.resume(connection, run_id, now=SOON)
        promote(database, run_id)
        end(database, run_id)
        assert send(database) == 1
        assert digested(database) == [("hook", 50), ("hook", 3)]

    def test_a_digest_that_was_due_is_not_sent_twice_nor_while_its_run_goes_on_again(self, database: Database) -> None:
        run_id = with_alerts(database, 3, file(), webhook())
        promote(database, run_id)
        with database.write() as connection:
            runs.pause(connection, run_id, note="by its operator", now=SOON)
        with database.read() as connection:
            first, second = digests.due(connection, now=SOON)
        with database.write() as connection:
            assert digests.send(connection, first, now=SOON)
            assert not digests.send(connection, first, now=SOON)
            runs.resume(connection, run_id, now=SOON)
            assert not digests.send(connection, second, now=SOON)
        assert digested(database) == [("hook", 3)]

    def test_a_digest_of_many_alerts_fits_a_message_and_says_what_it_leaves_out(self, database: Database) -> None:
        run_id = with_alerts(database, 80, webhook())
        tell_all(database, run_id)
        end(database, run_id)
        assert send(database) == 1
        with database.read() as connection:
            (row,) = connection.execute(select(deliveries)).all()
        data = json.loads(row.body)["data"]
        assert len(row.body) < 20_000
        assert 10 < len(data["alerts"]) == 80 - data["left_out"]
        assert data["count"] == 80
        assert row.body.endswith(end_of_event(row.delivery_id))
        assert row.message_id == row.delivery_id

    def test_alerts_of_a_digest_go_when_they_are_old_though_they_share_its_delivery(self, database: Database) -> None:
        run_id = introduced(database, webhook())
        fold_into(database, replayed("p0", "t0", run_id=run_id))
        fold_into(database, replayed("p1", "t1", run_id=run_id, hours=48), now=NOW + timedelta(days=2))
        promote(database, run_id)
        later = NOW + timedelta(days=9)
        assert pruned(database, before=later) == {}, "they are still to be told"
        end(database, run_id)
        send(database)
        with database.write() as connection:
            connection.exec_driver_sql("UPDATE deliveries SET status = 'delivered'")
        assert pruned(database, before=NOW + timedelta(days=1)) == {"alerts": 1}
        with database.read() as connection:
            (left,) = alerts.newest(connection)
        assert left.alert.match.url == "https://p1.example/story"
        assert pruned(database, before=later) == {"alerts": 1, "runs": 1}

    def test_killed_between_two_slices_and_resumed_it_tells_every_alert_once(self, database: Database) -> None:
        run_id = with_alerts(database, 180, webhook(), file())
        address = database.url.render_as_string(hide_password=False)
        child = multiprocessing.get_context("spawn").Process(target=tell_in_child, args=(address, run_id))
        child.start()
        until(lambda: found(database, run_id).counts.get(TOLD, 0) >= 50)
        child.kill()
        child.join()
        before = found(database, run_id).counts[TOLD]
        assert 50 <= before < 180
        assert tell_all(database, run_id)
        end(database, run_id)
        assert send(database, now=SOON) == 2
        assert digested(database) == [("hook", 180), ("log", 180)]
        assert found(database, run_id).counts[TOLD] == 180
        assert len(told(database)) == 360

    def test_cancelled_between_two_slices_it_ends_there_and_tells_what_it_has_promoted(
        self, database: Database
    ) -> None:
        run_id = with_alerts(database, 110, webhook())
        with database.write() as connection:
            runs.ask_to_cancel(connection, run_id, now=NOW)
        assert not tell_all(database, run_id)
        end(database, run_id, RunStatus.CANCELLED)
        assert send(database) == 1
        assert digested(database) == [("hook", 50)]
        assert isinstance(fold_into(database, match_of("p109", "t109")), Raise)

    def test_stopped_between_two_slices_it_goes_on_there(self, database: Database) -> None:
        run_id = with_alerts(database, 110, webhook())
        assert not tell_all(database, run_id, stop_after=2)
        assert found(database, run_id).counts[TOLD] == 100
        assert tell_all(database, run_id)
        end(database, run_id)
        send(database)
        assert digested(database) == [("hook", 110)]
