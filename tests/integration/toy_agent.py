"""An agent with a stage that does as the page tells it, run by the real runtime in a process of its own."""

import asyncio

from pipeline import log, settings
from pipeline.agents.shell import Agent
from pipeline.agents.worker import serve
from pipeline.stages.outcome import Drop, DropReason, Emit, Outcome
from tests.samples import article
from topics import registry
from topics.records import Article, RawPage


async def obey(page: RawPage) -> Outcome[Article]:
    """Emit, drop, raise or take its time, by the body."""
    command = page.body.decode()
    if command == "slow":
        await asyncio.sleep(1.0)
    if command == "poison":
        raise ValueError("poison")
    if command == "drop":
        return Drop(DropReason.TOO_SHORT)
    return Emit((article(command, url=page.origin.url),))


if __name__ == "__main__":
    loaded = settings.load()
    log.configure(level="info", process="toy")
    serve(
        loaded,
        Agent(
            name="clean",
            version="toy/1",
            source=registry.RAW_PAGES,
            sink=registry.ARTICLES,
            origin_of=lambda page: page.origin,
            stage=obey,
        ),
        lambda loop: None,
    )
