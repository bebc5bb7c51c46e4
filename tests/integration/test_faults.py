"""The whole pipeline while things are killed round it: pages in equal outcomes recorded, and nobody is told twice.

The short versions run in `make test`, the long ones (marked chaos) in `make chaos`. Each prints its counts.
"""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from examples.newsroom.newsroom import Newsroom
from pipeline.adapters import broker
from pipeline.adapters.kafka import admin, group_name
from pipeline.settings import Settings
from tests.integration.plant import AGENTS, Plant, at_work, audited, opened, publish, settle, stories, storm
from tests.waiting import until

pytestmark = [pytest.mark.broker, pytest.mark.timeout(900)]

PROCESSES = (*AGENTS, "poll", "deliver", "ledger")
SEED = int(os.environ.get("CHAOS_SEED", "20261124"))


async def run_storm(
    settings: Settings, folder: Path, *, count: int, victims: tuple[str, ...], pause_s: float = 0.25
) -> str:
    articles = stories(count)
    async with Newsroom() as newsroom:
        accountant = await opened(settings, newsroom, folder)
        with Plant(settings) as plant:
            await storm(plant, newsroom, articles, victims, seed=SEED, pause_s=pause_s)
            counts = await settle(newsroom, accountant, articles, within_s=180)
            await audited(settings)
            return f"seed {SEED}, kills {dict(plant.kills)}: {counts}"


async def test_every_process_is_killed_once_while_it_works(settings: Settings, tmp_path: Path) -> None:
    print(await run_storm(settings, tmp_path, count=80, victims=PROCESSES))


@pytest.mark.chaos
async def test_every_process_is_killed_again_and_again(settings: Settings, tmp_path: Path) -> None:
    print(await run_storm(settings, tmp_path, count=700, victims=PROCESSES * 6, pause_s=0.35))


def is_shared(settings: Settings) -> bool:
    """Two processes of each agent have divided the partitions among them."""
    client = admin(settings)
    names = [group_name(settings, agent) for agent in AGENTS]
    groups = client.describe_groups(names)
    client.close()
    return all((groups[name]["group_state"], len(groups[name]["members"])) == ("Stable", 2) for name in names)


async def test_a_second_worker_joins_and_leaves(settings: Settings, tmp_path: Path) -> None:
    articles = stories(60)
    async with Newsroom() as newsroom:
        accountant = await opened(settings, newsroom, tmp_path)
        with Plant(settings) as plant:
            await publish(newsroom, articles[:15], pause_s=0.2)
            await at_work(newsroom)
            plant.start("work", name="second")
            await publish(newsroom, articles[15:30], pause_s=0.2)
            await asyncio.to_thread(until, lambda: is_shared(settings), within_s=90)
            await publish(newsroom, articles[30:45], pause_s=0.2)
            assert await asyncio.to_thread(plant.leave, "second") == 0
            await publish(newsroom, articles[45:], pause_s=0.2)
            print(await settle(newsroom, accountant, articles, within_s=180))


async def broker_away(settings: Settings, folder: Path, *, count: int, away_s: float) -> str:
    articles = stories(count)
    async with Newsroom() as newsroom:
        accountant = await opened(settings, newsroom, folder)
        with Plant(settings):
            await publish(newsroom, articles[: count // 2], pause_s=0.2)
            await at_work(newsroom)
            await asyncio.to_thread(broker.stop, settings)
            await publish(newsroom, articles[count // 2 :], pause_s=away_s / (count - count // 2))
            await asyncio.to_thread(broker.start, settings)
            return await settle(newsroom, accountant, articles, within_s=240)


async def test_the_broker_is_away_and_comes_back(start_cluster: Callable[[int], Settings], tmp_path: Path) -> None:
    print(await broker_away(start_cluster(1), tmp_path, count=50, away_s=15))


async def test_one_of_three_brokers_dies_for_good(start_cluster: Callable[[int], Settings], tmp_path: Path) -> None:
    settings, articles = start_cluster(3), stories(55)
    async with Newsroom() as newsroom:
        accountant = await opened(settings, newsroom, tmp_path)
        with Plant(settings):
            await publish(newsroom, articles[:20], pause_s=0.2)
            await at_work(newsroom)
            await asyncio.to_thread(broker.kill_node, settings, 1 + SEED % 3)
            await publish(newsroom, articles[20:], pause_s=0.3)
            print(await settle(newsroom, accountant, articles, within_s=240))


@pytest.mark.chaos
async def test_the_broker_is_away_for_a_minute(start_cluster: Callable[[int], Settings], tmp_path: Path) -> None:
    print(await broker_away(start_cluster(1), tmp_path, count=200, away_s=60))


@pytest.mark.chaos
async def test_processes_and_a_broker_of_three_are_killed_together(
    start_cluster: Callable[[int], Settings], tmp_path: Path
) -> None:
    settings, articles = start_cluster(3), stories(300)
    async with Newsroom() as newsroom:
        accountant = await opened(settings, newsroom, tmp_path)
        with Plant(settings) as plant:
            await storm(plant, newsroom, articles[:100], PROCESSES, seed=SEED, pause_s=0.3)
            await asyncio.to_thread(broker.kill_node, settings, 2)
            await storm(plant, newsroom, articles[100:200], PROCESSES, seed=SEED + 1, pause_s=0.4)
            await asyncio.to_thread(broker.start_node, settings, 2)
            await storm(plant, newsroom, articles[200:], PROCESSES, seed=SEED + 2, pause_s=0.4)
            print(f"kills {dict(plant.kills)}: {await settle(newsroom, accountant, articles, within_s=300)}")
