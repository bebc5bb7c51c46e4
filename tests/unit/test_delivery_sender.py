"""The sender on a real database and real channels: each alert once, by the schedule, whatever is interrupted."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from pipeline.adapters import clock
from pipeline.adapters.channels import Outlets
from pipeline.adapters.database import Database, alerts, channels, open_database, sending, upgrade
from pipeline.adapters.database.alerts import StoredAlert
from pipeline.adapters.database.deliveries import Status, attempts_of
from pipeline.delivery.sender import Sender, render
from pipeline.settings import Settings
from tests.delivering import Receiver, file, fold_into, introduce, match_of, webhook


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    deliver = {"allow_private_addresses": True, "timeout": "PT2S", "concurrency": 4}
    return Settings.model_validate({"data_folder": tmp_path, "deliver": deliver})


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    upgrade(settings)
    opened = open_database(settings)
    yield opened
    opened.close()


@asynccontextmanager
async def sending_with(settings: Settings, database: Database, name: str = "p1") -> AsyncIterator[Sender]:
    outlets = Outlets(settings)
    sender = Sender(settings, database, outlets, incarnation=name)
    running = asyncio.create_task(sender.run())
    try:
        yield sender
    finally:
        sender.stop()
        await running
        await outlets.close()


def newest(database: Database) -> StoredAlert:
    with database.read() as connection:
        return alerts.newest(connection)[0]


async def ended(database: Database, status: Status, *, number: int = 1) -> None:
    """Until so many deliveries stand so."""
    async with asyncio.timeout(10):
        while True:
            with database.read() as connection:
                stored = alerts.newest(connection, limit=1000)
            if sum(sent.status is status for one in stored for sent in one.deliveries) >= number:
                return
            await asyncio.sleep(0.01)


def raise_alert(database: Database, page: str = "page", text: str = "text") -> None:
    fold_into(database, match_of(page, text), now=clock.now())


async def test_an_alert_reaches_each_of_its_channels_once(settings: Settings, database: Database) -> None:
    async with Receiver() as receiver, sending_with(settings, database) as sender:
        with database.write() as connection:
            introduce(connection, webhook(url=receiver.url), file())
        raise_alert(database)
        sender.wake()
        await ended(database, Status.DELIVERED, number=2)
        sender.wake()
        await asyncio.sleep(0)
    (request,) = receiver.requests
    (line,) = (settings.data_folder / "alerts.jsonl").read_text().splitlines()
    alert = newest(database).alert
    assert request.webhook_id == alert.alert_id == json.loads(request.body)["id"] == json.loads(line)["id"]


async def test_a_failure_is_tried_again_with_the_same_id_and_bytes(settings: Settings, database: Database) -> None:
    async with Receiver(web.Response(status=503)) as receiver, sending_with(settings, database) as sender:
        with database.write() as connection:
            introduce(connection, webhook(url=receiver.url))
        raise_alert(database)
        sender.wake()
        await ended(database, Status.DELIVERED)
    first, second = receiver.requests
    assert (first.webhook_id, first.body) == (second.webhook_id, second.body)
    assert int(second.attempt_at) - int(first.attempt_at) >= 4
    (sent,) = newest(database).deliveries
    with database.read() as connection:
        log = [(one.attempt, one.outcome, one.status_code) for one in attempts_of(connection, sent.delivery_id)]
    assert log == [(1, "failed", 503), (2, "delivered", 204)]


async def test_a_receiver_that_is_gone_disables_its_channel(settings: Settings, database: Database) -> None:
    async with Receiver(web.Response(status=410)) as receiver, sending_with(settings, database) as sender:
        with database.write() as connection:
            introduce(connection, webhook(url=receiver.url))
        raise_alert(database)
        sender.wake()
        await ended(database, Status.FAILED)
        raise_alert(database, "other", "other")
        sender.wake()
        await ended(database, Status.PENDING)
    with database.read() as connection:
        assert channels.list_all(connection)[0].disabled_at is not None
    assert len(receiver.requests) == 1


async def test_a_silent_receiver_does_not_hold_up_the_others(settings: Settings, database: Database) -> None:
    silent = await asyncio.start_server(lambda _reader, _writer: asyncio.sleep(60), "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    async with Receiver() as receiver:
        with database.write() as connection:
            introduce(connection, webhook("a", f"http://127.0.0.1:{port}/"), webhook("b", receiver.url))
        for number in range(8):
            raise_alert(database, f"p{number}", f"t{number}")
        async with sending_with(settings, database):
            async with asyncio.timeout(1.5):
                while len(receiver.requests) < 8:
                    await asyncio.sleep(0.01)
    silent.close()


async def test_what_a_killed_process_was_sending_is_sent_again_under_the_same_id(
    settings: Settings, database: Database
) -> None:
    async with Receiver() as receiver:
        with database.write() as connection:
            introduce(connection, webhook(url=receiver.url), file())
        raise_alert(database)
        room = sending.Room(total=9, of_channel=lambda _kind: 9, under_way={})
        with database.write() as connection:
            claims = sending.claim(connection, incarnation="dead", room=room, render=render, now=clock.now())
        outlets = Outlets(settings)
        for claim in claims:
            await outlets.send(claim)
        await outlets.close()
        async with sending_with(settings, database, "p2"):
            await ended(database, Status.DELIVERED, number=2)
    first, second = receiver.requests
    assert (first.webhook_id, first.body) == (second.webhook_id, second.body)
    assert len((settings.data_folder / "alerts.jsonl").read_text().splitlines()) == 1


async def test_stopping_waits_for_what_is_under_way(settings: Settings, database: Database) -> None:
    asked = asyncio.Event()
    answer = asyncio.Event()

    async def slow(_request: web.Request) -> web.Response:
        asked.set()
        await answer.wait()
        return web.Response(status=204)

    application = web.Application()
    application.router.add_post("/", slow)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    address = runner.addresses[0]
    with database.write() as connection:
        introduce(connection, webhook(url=f"http://{address[0]}:{address[1]}/"))
    raise_alert(database)
    async with sending_with(settings, database) as sender:
        await asked.wait()
        sender.stop()
        answer.set()
    assert newest(database).deliveries[0].status is Status.DELIVERED
    await runner.cleanup()
