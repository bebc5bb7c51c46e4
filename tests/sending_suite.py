"""How deliveries and the outbox are sent, on SQLite and on PostgreSQL alike: give a class a fixture `database`."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pipeline.adapters.database import (
    Change,
    Database,
    alerts,
    channels,
    deliveries,
    exclusive,
    leases,
    outbox,
    sending,
    watches,
)
from pipeline.adapters.database.channels import OnInterrupted
from pipeline.adapters.database.deliveries import Status
from pipeline.adapters.database.sending import Claim, Draft, Ending, Room
from pipeline.adapters.kafka import UnsendableError
from pipeline.adapters.outbox import Outbox
from pipeline.errors import TransientError
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


class SendingSuite:
    """Claims, attempts and the outbox."""

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
