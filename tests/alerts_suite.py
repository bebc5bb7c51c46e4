"""How alerts are folded and read, on SQLite and on PostgreSQL alike: give a class a fixture `database`."""

from concurrent.futures import ThreadPoolExecutor

from pipeline.adapters.database import (
    Database,
    alerts,
)
from pipeline.adapters.database.deliveries import Status
from pipeline.stages.fold import Ignore, Join, Part, Raise, Recall
from pipeline.stages.watchfile import ChannelKind
from tests.delivering import (
    file,
    fold_into,
    introduce,
    match_of,
    webhook,
)
from tests.sending_suite import statuses, waiting
from topics import codec, registry
from topics.records import Mode


class AlertsSuite:
    """Alerts and their deliveries."""

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
