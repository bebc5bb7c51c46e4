"""`tocsin deliver` on the real broker: every story told once, through kills, redelivery and a broker made anew."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from pipeline.adapters import topics
from pipeline.adapters.database import Database, alerts, open_database, upgrade
from pipeline.adapters.database.deliveries import Status
from pipeline.adapters.kafka import Producer
from pipeline.settings import Settings
from pipeline.stages import provenance
from tests.delivering import NOW, Receiver, file, introduce, match_of, webhook
from tests.integration.postgresql import server
from tests.integration.running import Reader, running
from topics import registry
from topics.records import Alert, Match, Mode

pytestmark = pytest.mark.broker

DELIVER = ("-m", "pipeline", "deliver")


@asynccontextmanager
async def receiving(database: Database) -> AsyncIterator[Receiver]:
    """A receiver to which, and to a file, the alerts of the watch `sanctions` go."""
    async with Receiver() as receiver:
        with database.write() as connection:
            introduce(connection, webhook(url=receiver.url), file())
        yield receiver


def send(producer: Producer, *matches: Match) -> None:
    steps = [(provenance.STEPS_HEADER, provenance.encode_steps({"match": NOW}))]
    for future in [producer.send(registry.MATCHES, match, headers=steps) for match in matches]:
        future.result(30)


async def until_stored(database: Database, *, raised: int, counted: int = 0, delivered: int = 0) -> None:
    """Until so many alerts are stored, other matches counted to them and deliveries made."""
    state = (0, 0, 0)
    async with asyncio.timeout(60):
        while state != (raised, counted, delivered):
            with database.read() as connection:
                stored = alerts.newest(connection, limit=10_000)
            sent = [one.status for alert in stored for one in alert.deliveries]
            state = (
                len(stored),
                sum(alert.copies + alert.repeats for alert in stored),
                sent.count(Status.DELIVERED),
            )
            await asyncio.sleep(0.05)


def lines_of(settings: Settings) -> list[str]:
    return [json.loads(line)["id"] for line in (settings.data_folder / "alerts.jsonl").read_text().splitlines()]


async def test_matches_become_alerts_deliveries_and_recorded_outcomes(
    settings: Settings, database: Database, producer: Producer
) -> None:
    raising = [match_of("a", "x"), match_of("b", "y"), match_of("c", "z", watch="nobody's")]
    joining = [match_of("d", "x"), match_of("a", "changed"), match_of("a", "x", version="2")]
    shadow = match_of("e", "w", mode=Mode.SHADOW, run_id="r1")
    reader = Reader(settings, registry.ALERTS, registry.OUTCOMES, registry.MATCHES.dead_letter)
    async with receiving(database) as receiver:
        with running(settings, *DELIVER):
            send(producer, *raising, *joining, shadow, *raising, *joining)
            producer.send_bytes(registry.MATCHES, key=b"sanctions", value=b"no match").result(30)
            await until_stored(database, raised=4, counted=3, delivered=4)
            found = await asyncio.to_thread(
                reader.read_until, lambda records: len(records) >= 8, timeout_s=30, what="alerts, outcomes, dead letter"
            )
    reader.close()
    raised = [one.record for one in found if one.spec == registry.ALERTS]
    assert sorted(alert.match.match_id for alert in raised) == sorted(one.match_id for one in (*raising, shadow))
    assert all(isinstance(alert, Alert) and set(alert.steps) == {"match", "fold"} for alert in raised)
    outcomes = [one.record for one in found if one.spec == registry.OUTCOMES]
    assert sorted(outcome.reason for outcome in outcomes) == ["copy", "same-page", "same-page"]
    (dead,) = [one for one in found if one.spec == registry.MATCHES.dead_letter]
    assert (dead.key, dead.value, dead.headers["stage"]) == (b"sanctions", b"no match", "fold")
    assert dead.headers["reason"] == "undecodable"
    ids = sorted(alert.alert_id for alert in raised if alert.watch_id == "sanctions" and alert.mode is Mode.LIVE)
    assert sorted(request.webhook_id for request in receiver.requests) == sorted(lines_of(settings)) == ids


async def test_a_deliverer_killed_at_random_moments_tells_every_story_once(
    settings: Settings, database: Database, producer: Producer
) -> None:
    random = Random(7)
    stories = 120
    async with receiving(database) as receiver:
        sent = 0
        for _ in range(4):
            with running(settings, *DELIVER) as process:
                enough = len(receiver.requests) + random.randint(3, 12)
                while len(receiver.requests) < enough and sent < stories:
                    send(producer, match_of(f"p{sent}", f"t{sent}"), match_of(f"copy{sent}", f"t{sent}"))
                    sent += 1
                    await asyncio.sleep(random.random() / 20)
                process.kill()
                process.wait()
        with running(settings, *DELIVER):
            send(producer, *(match_of(f"p{number}", f"t{number}") for number in range(sent, stories)))
            await until_stored(database, raised=stories, counted=sent, delivered=2 * stories)
    ids = {request.webhook_id for request in receiver.requests}
    assert len(ids) == stories
    by_id = {request.webhook_id: request.body for request in receiver.requests}
    assert all(by_id[request.webhook_id] == request.body for request in receiver.requests)
    assert len(lines_of(settings)) == len(set(lines_of(settings))) == stories


async def test_two_deliverers_share_the_work_and_tell_nothing_twice(
    settings: Settings, database: Database, producer: Producer
) -> None:
    async with receiving(database) as receiver:
        with running(settings, *DELIVER, log=settings.data_folder / "1.log"):
            send(producer, *(match_of(f"p{number}", f"t{number}") for number in range(40)))
            with running(settings, *DELIVER, log=settings.data_folder / "2.log"):
                send(producer, *(match_of(f"p{number}", f"t{number}") for number in range(20, 80)))
                await until_stored(database, raised=80, delivered=160)
            send(producer, *(match_of(f"p{number}", f"t{number}") for number in range(100)))
            await until_stored(database, raised=100, delivered=200)
    assert len(receiver.requests) == 100
    assert len(lines_of(settings)) == 100


@pytest.mark.postgresql
async def test_deliverers_work_on_postgresql_too(settings: Settings, producer: Producer) -> None:
    reader = Reader(settings, registry.MATCHES.dead_letter)
    with server() as url:
        chosen = settings.model_copy(update={"database_url": url})
        upgrade(chosen)
        database = open_database(chosen)
        async with receiving(database) as receiver:
            with (
                running(chosen, *DELIVER, log=Path(settings.data_folder / "1.log")),
                running(chosen, *DELIVER, log=Path(settings.data_folder / "2.log")),
            ):
                send(producer, *(match_of(f"p{number}", f"t{number % 30}") for number in range(60)))
                await until_stored(database, raised=30, counted=30, delivered=60)
                unfit = [replace(match_of("unfit", "unfit"), url="https://unfit.example/\0"), match_of("p99", "t99")]
                send(producer, *unfit)
                await until_stored(database, raised=31, counted=30, delivered=62)
                (dead,) = await asyncio.to_thread(reader.read_until, bool, timeout_s=30, what="the dead letter")
        database.close()
    reader.close()
    assert len(receiver.requests) == 31
    assert (dead.key.decode(), dead.headers["reason"]) == (unfit[0].watch_id, "unsendable")


async def test_after_a_loss_of_records_a_partition_is_folded_again_and_nothing_told_twice(
    settings: Settings, database: Database, producer: Producer
) -> None:
    async with receiving(database) as receiver:
        with running(settings, *DELIVER):
            send(producer, *(match_of(f"p{number}", f"t{number}") for number in range(10)))
            await until_stored(database, raised=10, delivered=20)
        with database.write() as connection:
            # As if the topic had been longer.
            connection.exec_driver_sql("UPDATE offsets SET next_offset = next_offset + 1000")
        send(producer, *(match_of(f"p{number}", f"t{number}") for number in range(15)))
        with running(settings, *DELIVER):
            await until_stored(database, raised=15, delivered=30)
    assert len(receiver.requests) == 15


async def test_topics_made_anew_are_folded_from_their_beginning(
    settings: Settings, database: Database, producer: Producer
) -> None:
    async with receiving(database):
        with running(settings, *DELIVER):
            send(producer, *(match_of(f"p{number}", f"t{number}") for number in range(10)))
            await until_stored(database, raised=10, delivered=20)
        topics.remove(settings)
        topics.apply(settings)
        fresh = Producer(settings)
        with running(settings, *DELIVER):
            send(fresh, *(match_of(f"p{number}", f"t{number}") for number in range(5, 15)))
            await until_stored(database, raised=15, delivered=30)
        fresh.close(10)
