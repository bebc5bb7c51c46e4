"""What the control database must do, run on SQLite and on PostgreSQL alike: give a class a fixture `database`."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from pipeline.adapters.database import (
    Change,
    Database,
    actors,
    alerts,
    channels,
    deliveries,
    exclusive,
    exclusive_if_free,
    folding,
    leases,
    offsets,
    outbox,
    sending,
    watches,
)
from pipeline.adapters.database.channels import OnInterrupted
from pipeline.adapters.database.deliveries import Status
from pipeline.adapters.database.offsets import StaleOffsetError
from pipeline.adapters.database.schema import metadata
from pipeline.adapters.database.sending import Claim, Draft, Ending, Room
from pipeline.adapters.database.upgrade import upgrade_database
from pipeline.adapters.kafka import UnsendableError
from pipeline.adapters.outbox import Outbox
from pipeline.adapters.partition import Partition
from pipeline.errors import TransientError, UsageError
from pipeline.stages.fold import Ignore, Join, Part, Raise, Recall
from pipeline.stages.watchfile import ChannelKind
from tests.delivering import (
    NOW,
    SECRET,
    MemoryProducer,
    file,
    fold_into,
    introduce,
    match_of,
    watch_of,
    webhook,
)
from topics import codec, registry
from topics.records import Actor, ActorKind, Mode

PARTITION = Partition("matches", "uuid-1", 3)
SOON = NOW + timedelta(seconds=1)
DELIVERED = Ending(status=Status.DELIVERED, outcome="delivered", status_code=204)


def body_of(draft: Draft) -> bytes:
    return f"{draft.delivery_id} {draft.copies}".encode()


def claim(database: Database, *, by: str = "p1", after_s: float = 1, total: int = 10) -> tuple[Claim, ...]:
    """Claim what is due so many seconds after NOW, by a process whose lease is renewed."""
    now = NOW + timedelta(seconds=after_s)
    room = Room(total=total, of_channel=lambda kind: total, under_way={})
    with database.write() as connection:
        leases.renew(connection, by, now=now)
        return sending.claim(connection, incarnation=by, room=room, render=body_of, now=now)


def statuses(database: Database) -> dict[str, Status]:
    """By channel, of the newest alert."""
    with database.read() as connection:
        return {sent.channel: sent.status for sent in alerts.newest(connection)[0].deliveries}


def waiting(database: Database) -> list[tuple[str, bytes | None]]:
    """Topic and value of what lies in the outbox."""
    with database.read() as connection:
        return [(letter.topic, letter.value) for letter in outbox.oldest(connection, limit=1000)]


class DatabaseSuite:
    """The behaviour of the control database."""

    def test_the_migrations_make_exactly_the_declared_tables(self, database: Database) -> None:
        with database.read() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, metadata) == []

    def test_processes_that_start_together_upgrade_once(self, database: Database) -> None:
        with database.write() as connection:
            metadata.drop_all(connection)
            connection.exec_driver_sql("DELETE FROM alembic_version")
        together = Barrier(4)

        def start(_number: int) -> None:
            together.wait()
            upgrade_database(database)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(start, range(4)))
        self.test_the_migrations_make_exactly_the_declared_tables(database)

    def test_a_database_of_a_newer_version_is_refused(self, database: Database) -> None:
        with database.write() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        with pytest.raises(UsageError, match="newer Tocsin"):
            upgrade_database(database)

    def test_an_exception_undoes_the_whole_transaction(self, database: Database) -> None:
        def fail() -> None:
            with database.write() as connection:
                introduce(connection, webhook())
                raise RuntimeError

        with pytest.raises(RuntimeError):
            fail()
        with database.read() as connection:
            assert watches.list_all(connection) == ()
        assert waiting(database) == []

    def test_a_watch_counts_a_revision_for_each_change_and_none_without_one(self, database: Database) -> None:
        changes = []
        for query in ("one", "one", "two"):
            with database.write() as connection:
                changes.append(watches.put(connection, watch_of(query=query), channels=(), now=NOW))
        assert changes == [Change.ADDED, Change.UNCHANGED, Change.CHANGED]
        sent = [codec.decode(registry.WATCHES, value) for _, value in waiting(database)]
        assert [(watch.query, watch.revision) for watch in sent] == [("one", 1), ("two", 2)]

    def test_a_removed_watch_leaves_a_tombstone_and_comes_back_with_a_later_revision(self, database: Database) -> None:
        with database.write() as connection:
            introduce(connection, file())
            assert watches.remove(connection, "sanctions", now=NOW)
            assert not watches.remove(connection, "sanctions", now=NOW)
            assert watches.list_all(connection) == ()
            assert watches.put(connection, watch_of(), channels=["log"], now=NOW) is Change.ADDED
            stored = watches.get(connection, "sanctions")
        assert stored is not None
        assert (stored.watch.revision, stored.channels) == (3, ("log",))
        assert [value is None for _, value in waiting(database)] == [False, True, False]

    def test_a_watch_that_goes_elsewhere_has_changed_but_is_not_sent_again(self, database: Database) -> None:
        with database.write() as connection:
            introduce(connection, file("a"), file("b"))
            assert watches.put(connection, watch_of(), channels=["b", "a"], now=NOW) is Change.CHANGED
            assert watches.list_all(connection)[0].channels == ("b", "a")
            assert len(outbox.oldest(connection, limit=9)) == 1

    def test_a_watch_of_an_unknown_channel_is_refused(self, database: Database) -> None:
        with pytest.raises(UsageError, match="no channel nowhere"), database.write() as connection:
            watches.put(connection, watch_of(), channels=["nowhere"], now=NOW)
        assert waiting(database) == []

    def test_watches_put_at_the_same_time_go_out_in_the_order_of_their_revisions(self, database: Database) -> None:
        def put(number: int) -> None:
            with database.write() as connection:
                watches.put(connection, watch_of(query=f"q{number}"), channels=(), now=NOW)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(put, range(20)))
        sent = [codec.decode(registry.WATCHES, value) for _, value in waiting(database)]
        assert [watch.revision for watch in sent] == list(range(1, 21))

    def test_an_actor_is_sent_when_it_changes_and_when_it_goes(self, database: Database) -> None:
        actor = Actor(actor_id="who", name="WHO", kind=ActorKind.ORGANISATION, aliases=("=WHO", "ВООЗ"))
        with database.write() as connection:
            assert actors.put(connection, actor, now=NOW) is Change.ADDED
            assert actors.put(connection, actor, now=SOON) is Change.UNCHANGED
            assert actors.put(connection, replace(actor, aliases=("ВООЗ",)), now=SOON) is Change.CHANGED
            assert actors.list_all(connection) == (replace(actor, aliases=("ВООЗ",), updated_at=SOON),)
            assert actors.remove(connection, "who", now=SOON)
            assert not actors.remove(connection, "who", now=SOON)
        assert [value is None for _, value in waiting(database)] == [False, False, True]

    def test_a_webhook_without_a_secret_is_given_one_and_keeps_it(self, database: Database) -> None:
        with database.write() as connection:
            assert channels.put(connection, webhook(secrets=()), now=NOW) is Change.ADDED
            given = channels.list_all(connection)[0].secrets
            assert channels.put(connection, webhook(secrets=()), now=NOW) is Change.UNCHANGED
            assert channels.put(connection, webhook(url="https://b.example/", secrets=()), now=NOW) is Change.CHANGED
            assert channels.list_all(connection)[0].secrets == given
            assert channels.put(connection, webhook(), now=NOW) is Change.CHANGED
            assert channels.list_all(connection)[0].secrets == (SECRET,)
        assert given[0].startswith("whsec_")

    @pytest.mark.parametrize(
        ("channel", "said"),
        [
            (webhook(url="ftp://a.example/"), "no http or https address"),
            (webhook(secrets=("whsec_short",)), "24 to 64 bytes"),
            (webhook(secrets=(SECRET.removeprefix("whsec_"),)), "24 to 64 bytes"),
            (replace(file(), path=None), "needs a path"),
            (file(name=""), "needs a name"),
        ],
        ids=["another scheme", "short secret", "secret without prefix", "no path", "no name"],
    )
    def test_a_channel_that_cannot_work_is_refused(
        self, database: Database, channel: channels.StoredChannel, said: str
    ) -> None:
        with pytest.raises(UsageError, match=said), database.write() as connection:
            channels.put(connection, channel, now=NOW)

    def test_a_channel_in_use_cannot_be_removed_and_what_waits_for_a_removed_one_has_failed(
        self, database: Database
    ) -> None:
        with database.write() as connection:
            introduce(connection, file())
        fold_into(database, match_of())
        with pytest.raises(UsageError, match="in use by watch sanctions"), database.write() as connection:
            channels.remove(connection, "log", now=NOW)
        with database.write() as connection:
            watches.put(connection, watch_of(), channels=(), now=NOW)
            assert channels.remove(connection, "log", now=NOW)
        assert statuses(database) == {"log": Status.FAILED}

    def test_an_alert_is_stored_with_a_delivery_for_each_channel_and_goes_out(self, database: Database) -> None:
        with database.write() as connection:
            introduce(connection, webhook(), file())
        decision = fold_into(database, match_of())
        assert isinstance(decision, Raise)
        assert waiting(database)[-1] == ("alerts", codec.encode(registry.ALERTS, decision.alert))
        with database.read() as connection:
            (stored,) = alerts.newest(connection)
            assert alerts.get(connection, decision.alert.alert_id) == stored
        assert (stored.sequence, stored.alert, stored.copies) == (1, decision.alert, 0)
        assert {(sent.channel, sent.kind, sent.status) for sent in stored.deliveries} == {
            ("hook", ChannelKind.WEBHOOK, Status.PENDING),
            ("log", ChannelKind.FILE, Status.PENDING),
        }

    def test_copies_and_repeats_are_counted_and_recorded_once_each(self, database: Database) -> None:
        story = [
            match_of("a", "text"),
            match_of("b", "text", hours=1),
            match_of("a", "changed", hours=2),
            match_of("b", "text", hours=1),
            match_of("c", "changed", hours=100),
        ]
        decisions = [fold_into(database, match) for match in story]
        assert isinstance(decisions[0], Raise)
        assert decisions[1:] == [Join(1, Part.COPY), Join(1, Part.SAME_PAGE), Ignore(), Join(1, Part.COPY)]
        with database.read() as connection:
            (stored,) = alerts.newest(connection)
            pages = [(page.part, page.url) for page in alerts.pages_of(connection, 1)]
        assert (stored.copies, stored.repeats) == (2, 1)
        assert pages == [
            (Part.RAISED, "https://a.example/story"),
            (Part.COPY, "https://b.example/story"),
            (Part.SAME_PAGE, "https://a.example/story"),
            (Part.COPY, "https://c.example/story"),
        ]
        recorded = [codec.decode(registry.OUTCOMES, value) for topic, value in waiting(database) if topic == "outcomes"]
        assert [(one.stage, one.outcome, one.reason) for one in recorded] == [
            ("fold", "duplicate", "copy"),
            ("fold", "duplicate", "same-page"),
            ("fold", "duplicate", "copy"),
        ]
        assert len({one.outcome_id for one in recorded}) == 3

    def test_replays_send_nothing_and_keep_no_alert_from_anyone(self, database: Database) -> None:
        with database.write() as connection:
            introduce(connection, file())
        for _ in range(2):
            fold_into(database, match_of(mode=Mode.BACKFILL, run_id="r1"))
            fold_into(database, match_of(mode=Mode.SHADOW, run_id="r2"))
        with database.read() as connection:
            silent = alerts.newest(connection)
        assert [(stored.alert.mode, stored.deliveries) for stored in silent] == [(Mode.SHADOW, ()), (Mode.BACKFILL, ())]
        live = fold_into(database, match_of())
        assert isinstance(live, Raise)
        assert statuses(database) == {"log": Status.PENDING}
        assert isinstance(fold_into(database, match_of(mode=Mode.BACKFILL, run_id="r3")), Recall)
        with database.read() as connection:
            found = alerts.get(connection, live.alert.alert_id)
        assert found is not None
        assert found.alert.mode is Mode.LIVE

    def test_alerts_are_read_by_sequence_without_gaps(self, database: Database) -> None:
        for number in range(5):
            fold_into(database, match_of(f"p{number}", f"t{number}", watch=f"w{number % 2}"))
        with database.read() as connection:
            assert [stored.sequence for stored in alerts.newest(connection, limit=2)] == [5, 4]
            assert [stored.sequence for stored in alerts.newest(connection, limit=2, before=4)] == [3, 2]
            assert [stored.sequence for stored in alerts.newest(connection, watch_id="w1")] == [4, 2]
            assert [stored.sequence for stored in alerts.after(connection, 2, limit=2)] == [3, 4]
            assert alerts.newest(connection, mode=Mode.SHADOW) == ()
            assert alerts.last_sequence(connection) == 5

    def test_a_sequence_never_appears_behind_one_already_seen(self, database: Database) -> None:
        seen: list[int] = []

        def raise_some(writer: int) -> None:
            for number in range(10):
                fold_into(database, match_of(f"p{writer}-{number}", f"t{writer}-{number}", watch=f"w{writer}"))
                with database.read() as connection:
                    sequences = [stored.sequence for stored in alerts.after(connection, 0, limit=1000)]
                seen.append(len(sequences))
                assert sequences == list(range(1, len(sequences) + 1))

        with ThreadPoolExecutor(3) as pool:
            list(pool.map(raise_some, range(3)))
        assert max(seen) == 30

    def test_offsets_move_only_from_where_they_are_expected(self, database: Database) -> None:
        def move(expected: int, to: int, partition: Partition = PARTITION) -> None:
            with database.write() as connection:
                offsets.move(connection, partition, reader="deliver", expected=expected, to=to)

        move(0, 5)
        with pytest.raises(StaleOffsetError):
            move(0, 5)
        with pytest.raises(StaleOffsetError):
            move(6, 7)
        move(5, 6)
        move(0, 1, replace(PARTITION, topic_uuid="made anew"))
        with database.read() as connection:
            assert offsets.load(connection, PARTITION, reader="deliver") == 6
            assert offsets.load(connection, replace(PARTITION, topic_uuid="never read"), reader="deliver") == 0
            assert offsets.load(connection, PARTITION, reader="another") == 0

    def test_a_process_that_has_lost_its_partition_can_write_nothing(self, database: Database) -> None:
        def fold_at(expected: int, page: str) -> None:
            with database.write() as connection:
                folding.store_join(connection, match_of(page), Join(1, Part.COPY), now=NOW)
                offsets.move(connection, PARTITION, reader="deliver", expected=expected, to=expected + 1)

        fold_into(database, match_of())
        fold_at(0, "first")
        before = waiting(database)
        with pytest.raises(StaleOffsetError):
            fold_at(0, "zombie")
        assert waiting(database) == before

    def test_a_claim_is_counted_before_anything_is_sent_and_given_to_one_process(self, database: Database) -> None:
        with database.write() as connection:
            introduce(connection, webhook())
        fold_into(database, match_of())
        (claimed,) = claim(database)
        assert (claimed.attempt, claimed.channel.name, claimed.channel.secrets) == (1, "hook", (SECRET,))
        assert claim(database, by="p2") == ()
        with database.read() as connection:
            (attempt,) = deliveries.attempts_of(connection, claimed.delivery_id)
            assert deliveries.queue(connection) == (1, NOW)
        assert (attempt.attempt, attempt.outcome) == (1, None)
        with database.write() as connection:
            assert sending.finish(connection, claimed, DELIVERED, now=SOON)
            assert not sending.finish(connection, claimed, DELIVERED, now=SOON)
        with database.read() as connection:
            (attempt,) = deliveries.attempts_of(connection, claimed.delivery_id)
            assert deliveries.queue(connection) == (0, None)
        assert (attempt.outcome, attempt.status_code, attempt.ended_at) == ("delivered", 204, SOON)

    def test_every_attempt_has_the_body_of_the_first(self, database: Database) -> None:
        with database.write() as connection:
            introduce(connection, webhook())
        fold_into(database, match_of("a"))
        (first,) = claim(database)
        again = Ending(status=Status.PENDING, outcome="failed", due_at=NOW + timedelta(seconds=5), status_code=500)
        with database.write() as connection:
            sending.finish(connection, first, again, now=SOON)
        fold_into(database, match_of("b"))
        assert claim(database, after_s=4) == ()
        (second,) = claim(database, after_s=6)
        assert (second.attempt, second.body) == (2, first.body)

    def test_no_more_is_claimed_of_a_channel_than_there_is_room_for(self, database: Database) -> None:
        with database.write() as connection:
            introduce(connection, webhook(), file())
        for number in range(6):
            fold_into(database, match_of(f"p{number}", f"t{number}"))
        limits = {ChannelKind.WEBHOOK: 3, ChannelKind.FILE: 1}
        room = Room(total=10, of_channel=limits.__getitem__, under_way={"hook": 1})
        with database.write() as connection:
            claimed = sending.claim(connection, incarnation="p1", room=room, render=body_of, now=SOON)
        assert sorted(one.channel.name for one in claimed) == ["hook", "hook", "log"]

    @pytest.mark.parametrize(
        ("channel", "expected"),
        [
            (webhook(), Status.PENDING),
            (webhook(on_interrupted=OnInterrupted.HOLD), Status.UNKNOWN),
            (file(), Status.PENDING),
            (replace(file(), kind=ChannelKind.STDOUT), Status.UNKNOWN),
        ],
        ids=["webhook", "webhook that holds", "file", "terminal"],
    )
    def test_what_a_dead_process_was_sending_is_sent_again_or_held(
        self, database: Database, channel: channels.StoredChannel, expected: Status
    ) -> None:
        with database.write() as connection:
            introduce(connection, channel)
        fold_into(database, match_of())
        (claimed,) = claim(database)
        alive, dead = SOON + leases.LEASE / 2, SOON + leases.LEASE
        with database.write() as connection:
            assert sending.end_interrupted(connection, now=alive) == (0, 0)
            resent = expected is Status.PENDING
            assert sending.end_interrupted(connection, now=dead) == (int(resent), int(not resent))
            assert sending.end_interrupted(connection, now=dead) == (0, 0)
        assert statuses(database) == {channel.name: expected}
        again = claim(database, by="p2", after_s=60)
        assert [one.attempt for one in again] == ([2] if resent else [])
        with database.read() as connection:
            assert deliveries.attempts_of(connection, claimed.delivery_id)[0].outcome == "interrupted"

    def test_a_result_that_comes_late_counts_unless_another_attempt_has_begun(self, database: Database) -> None:
        with database.write() as connection:
            introduce(connection, webhook("a"), webhook("b"))
        fold_into(database, match_of())
        late = {one.channel.name: one for one in claim(database)}
        with database.write() as connection:
            sending.end_interrupted(connection, now=NOW + timedelta(minutes=1))
            assert sending.finish(connection, late["a"], DELIVERED, now=SOON)
        (again,) = claim(database, by="p2", after_s=60)
        assert (again.channel.name, again.attempt) == ("b", 2)
        with database.write() as connection:
            assert not sending.finish(connection, late["b"], DELIVERED, now=SOON)
        assert statuses(database) == {"a": Status.DELIVERED, "b": Status.SENDING}

    def test_claims_a_process_does_not_know_of_are_taken_back_at_once(self, database: Database) -> None:
        with database.write() as connection:
            introduce(connection, webhook("a"), webhook("b"))
        fold_into(database, match_of())
        known = next(one for one in claim(database) if one.channel.name == "a")
        with database.write() as connection:
            assert sending.take_back(connection, incarnation="p1", under_way={known.delivery_id}, now=SOON) == 1
        assert statuses(database) == {"a": Status.SENDING, "b": Status.PENDING}

    def test_a_disabled_channel_keeps_what_waits_until_it_is_put_again(self, database: Database) -> None:
        with database.write() as connection:
            introduce(connection, webhook())
            channels.disable(connection, "hook", "gone", now=NOW)
        fold_into(database, match_of())
        assert claim(database) == ()
        with database.write() as connection:
            assert channels.list_all(connection)[0].disabled_reason == "gone"
            assert channels.put(connection, webhook(), now=NOW) is Change.CHANGED
        assert len(claim(database)) == 1

    def test_what_has_waited_too_long_has_failed(self, database: Database) -> None:
        with database.write() as connection:
            introduce(connection, webhook())
        fold_into(database, match_of())
        with database.write() as connection:
            assert sending.give_up(connection, after=timedelta(days=5), now=NOW + timedelta(days=5)) == 0
            assert sending.give_up(connection, after=timedelta(days=5), now=NOW + timedelta(days=5, seconds=1)) == 1
        assert statuses(database) == {"hook": Status.FAILED}

    def test_the_outbox_is_sent_in_order_and_emptied(self, database: Database) -> None:
        for query in ("one", "two", "three"):
            with database.write() as connection:
                watches.put(connection, watch_of(query=query), channels=(), now=NOW)
        expected = waiting(database)
        producer = MemoryProducer()
        assert Outbox(database).publish(producer) == 3  # type: ignore[arg-type]
        assert [(topic, value) for topic, _, value in producer.sent] == expected
        assert waiting(database) == []

    def test_after_a_failure_everything_from_there_is_sent_again_so_that_the_latest_stays_the_latest(
        self, database: Database
    ) -> None:
        for query in ("one", "two", "three"):
            with database.write() as connection:
                watches.put(connection, watch_of(query=query), channels=(), now=NOW)
        producer = MemoryProducer([None, TransientError("away")])
        with pytest.raises(TransientError):
            Outbox(database).publish(producer)  # type: ignore[arg-type]
        assert Outbox(database).publish(producer) == 2  # type: ignore[arg-type]
        revisions = [codec.decode(registry.WATCHES, value).revision for _, _, value in producer.sent]
        assert revisions == [1, 3, 2, 3]

    def test_a_record_the_broker_refuses_for_good_holds_up_no_other(self, database: Database) -> None:
        for number in range(3):
            with database.write() as connection:
                watches.put(connection, watch_of(f"w{number}"), channels=(), now=NOW)
        producer = MemoryProducer([None, UnsendableError("too large")])
        assert Outbox(database).publish(producer) == 2  # type: ignore[arg-type]
        assert [key for _, key, _ in producer.sent] == [b"w0", b"w2"]
        assert waiting(database) == []

    def test_of_two_publishers_one_sends(self, database: Database) -> None:
        with database.write() as connection:
            watches.put(connection, watch_of(), channels=(), now=NOW)
        with exclusive(database, "outbox"):
            assert Outbox(database).publish(MemoryProducer()) == 0  # type: ignore[arg-type]
        assert Outbox(database).publish(MemoryProducer(), wait_s=1) == 1  # type: ignore[arg-type]

    def test_a_lock_is_held_by_one_and_free_again_after(self, database: Database) -> None:
        with (
            exclusive(database, "a"),
            exclusive_if_free(database, "a") as second,
            exclusive_if_free(database, "b") as b,
        ):
            assert (second, b) == (False, True)
        with exclusive_if_free(database, "a") as is_held:
            assert is_held

    def test_writers_wait_for_each_other(self, database: Database) -> None:
        def count(_number: int) -> None:
            with database.write() as connection:
                leases.renew(connection, "p", now=NOW)
                stored = offsets.load(connection, PARTITION, reader="deliver")
                offsets.move(connection, PARTITION, reader="deliver", expected=stored, to=stored + 1)

        with ThreadPoolExecutor(4) as pool:
            retried(count, pool)
        with database.read() as connection:
            assert offsets.load(connection, PARTITION, reader="deliver") == 20


def retried(work: Callable[[int], None], pool: ThreadPoolExecutor) -> None:
    """Do the work twenty times, each again while another was faster."""

    def stubborn(number: int) -> None:
        while True:
            try:
                return work(number)
            except StaleOffsetError:
                continue

    list(pool.map(stubborn, range(20)))
