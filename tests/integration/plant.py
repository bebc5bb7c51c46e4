"""A whole Tocsin that is fed while things are killed round it, and then has to balance."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from random import Random
from typing import Self

from examples.newsroom.newsroom import Newsroom
from examples.newsroom.script import Behaviour, ScriptedArticle, expected_alerts, load
from examples.newsroom.variations import programme
from pipeline.settings import Settings
from tests.integration.conftest import environment_of
from tests.integration.pipeline import QUICK, Accountant, alerts_received, introduce, stories_of, tocsin
from tests.integration.running import REPOSITORY
from tests.waiting import until

COMMANDS = ("poll", "work", "deliver", "ledger")
AGENTS = ("clean", "tag", "match")


def stories(count: int) -> list[ScriptedArticle]:
    """So many articles of the newsroom's programme, the slow ones left out."""
    running_order = programme(load(), first_edition=7_000)
    return list(islice((one for one in running_order if one.behaviour is not Behaviour.SLOW), count))


class Plant:
    """The processes of one Tocsin; what is killed is started again, as an operator's supervisor would."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self.kills: Counter[str] = Counter()

    def __enter__(self) -> Self:
        for command in COMMANDS:
            self.start(command)
        return self

    def __exit__(self, *_error: object) -> None:
        for process in self._processes.values():
            process.terminate()
        for process in self._processes.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(40)
            process.kill()
            process.wait()

    def start(self, command: str, *, name: str | None = None) -> None:
        """Start a command; under a name of its own it is one more of the kind."""
        log = self.settings.data_folder / f"{name or command}.log"
        with log.open("ab") as output:
            self._processes[name or command] = subprocess.Popen(
                [sys.executable, "-m", "pipeline", command],
                env=environment_of(self.settings) | QUICK,
                stdout=output,
                stderr=output,
                cwd=REPOSITORY,
            )

    def leave(self, name: str) -> int:
        """End one process as an operator would; its exit code."""
        process = self._processes.pop(name)
        process.terminate()
        return process.wait(60)

    def kill(self, victim: str) -> None:
        """SIGKILL a command, or the process of one agent; either comes back. One that is about to is waited for.

        A command that had ended by itself is started again, too, and counted as what it was.
        """
        if victim in AGENTS:
            os.kill(until(lambda: self._agent(victim), within_s=60), signal.SIGKILL)
            self.kills[victim] += 1
            return
        process = self._processes.pop(victim)
        self.kills[victim if process.poll() is None else f"{victim}, ended by itself"] += 1
        process.kill()
        process.wait()
        self.start(victim)

    def _agent(self, name: str) -> int | None:
        for pid in _children(self._processes["work"].pid):
            if _command_line(pid).endswith(f"pipeline.agents {name}"):
                return pid
        return None


async def publish(newsroom: Newsroom, articles: Sequence[ScriptedArticle], *, pause_s: float) -> None:
    """Publish the articles, one after the other."""
    for article in articles:
        newsroom.publish(article)
        await asyncio.wait([asyncio.create_task(asyncio.sleep(pause_s))])


async def at_work(newsroom: Newsroom) -> None:
    """Wait for the first alert: from here on everything works, and what is broken is broken in the middle of work."""
    await _until(lambda: newsroom.receiver.received > 0, 120, lambda: "no alert came")


async def storm(
    plant: Plant,
    newsroom: Newsroom,
    articles: Sequence[ScriptedArticle],
    victims: Sequence[str],
    *,
    seed: int,
    pause_s: float,
) -> None:
    """Publish the articles; at random moments between them kill the victims, each once, in random order.

    Each falls while work is under way: after the first alert, and when an alert of what was published is not there yet.
    """
    random = Random(seed)
    opening = len(articles) // 5
    moments = sorted(random.sample(range(opening, len(articles)), len(victims)))
    order = random.sample(list(victims), len(victims))
    due = dict(zip(moments, order, strict=True))
    before = Counter(plant.kills)
    waiting: list[str] = []
    story_of = {newsroom.url_of(article): article.story for article in articles}

    def is_under_way(published: Sequence[ScriptedArticle]) -> bool:
        told = {(watch, story_of[url]) for watch, url in alerts_received(newsroom) if url in story_of}
        return not told >= expected_alerts(published)

    await publish(newsroom, articles[:opening], pause_s=pause_s)
    await at_work(newsroom)
    for number, article in enumerate(articles[opening:], opening):
        await publish(newsroom, [article], pause_s=pause_s)
        if number in due:
            waiting.append(due[number])
        if waiting and is_under_way(articles[: number + 1]):
            await asyncio.to_thread(plant.kill, waiting.pop(0))
    assert plant.kills - before == Counter(victims), "one was not killed while it worked, or had ended by itself"


async def settle(
    newsroom: Newsroom, accountant: Accountant, articles: Sequence[ScriptedArticle], *, within_s: float
) -> str:
    """Wait until every expected alert is there and every page has ended; then check all that must hold.

    Returns the counts in one line. A webhook repeated under its own id is the same message by Standard Webhooks; two
    ids for one watch and story would be a second notification.
    """
    expected = expected_alerts(articles)

    def received() -> Counter[tuple[str, str]]:
        return stories_of(alerts_received(newsroom), newsroom, list(articles))

    await _until(lambda: expected <= set(received()), within_s, lambda: f"missing {sorted(expected - set(received()))}")
    account = await asyncio.to_thread(accountant.balance)
    await _until(
        lambda: not accountant.balance().missing, within_s, lambda: f"without an end: {accountant.balance().missing}"
    )
    account = await asyncio.to_thread(accountant.balance)
    ids = {delivery.webhook_id for delivery in newsroom.receiver.deliveries}
    assert set(received()) == expected, f"unexpected {sorted(set(received()) - expected)}"
    assert len(ids) == len(expected), "two notifications of one alert"
    assert newsroom.receiver.refused == 0
    assert not account.contradicted
    return (
        f"{len(account.pages)} pages in, {len(account.ended)} ended, 0 missing; {len(expected)} alerts, "
        f"0 notified twice; {newsroom.receiver.repeated} webhooks repeated under their id, "
        f"{account.repeated} records repeated under their name"
    )


async def audited(settings: Settings) -> None:
    """A second opinion, by the ledger: nothing is missing and nothing contradicts itself."""
    account = json.loads(await asyncio.to_thread(tocsin, settings, "audit", "--from", "2h", "--wait", "60", "--json"))
    assert account["is_whole"], account
    assert account["contradicted"] == []
    assert account["stages"][0]["given"] > 0
    assert all(stage["under_way"] == 0 for stage in account["stages"])


async def opened(settings: Settings, newsroom: Newsroom, folder: Path) -> Accountant:
    """Introduce the newsroom to Tocsin."""
    await asyncio.to_thread(introduce, settings, newsroom, folder)
    return Accountant(settings)


async def _until(claim: Callable[[], bool], within_s: float, complaint: Callable[[], str]) -> None:
    loop = asyncio.get_running_loop()
    until = loop.time() + within_s
    while not await asyncio.to_thread(claim):
        assert loop.time() < until, complaint()
        await asyncio.sleep(0.2)


def _children(pid: int) -> list[int]:
    with suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def _command_line(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ").strip()
    return ""
