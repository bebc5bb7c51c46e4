"""How watches, actors and channels are stored, on SQLite and on PostgreSQL alike: give a class a fixture `database`."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from pipeline.adapters.database import (
    Change,
    Database,
    actors,
    channels,
    outbox,
    watches,
)
from pipeline.adapters.database.deliveries import Status
from pipeline.errors import UsageError
from tests.delivering import (
    NOW,
    SECRET,
    file,
    fold_into,
    introduce,
    match_of,
    watch_of,
    webhook,
)
from tests.sending_suite import statuses, waiting
from topics import codec, registry
from topics.records import Actor, ActorKind

SOON = NOW + timedelta(seconds=1)


class WatchesSuite:
    """Watches, actors and channels."""

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
