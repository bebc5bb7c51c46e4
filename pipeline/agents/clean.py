"""Raw pages to articles, in child processes."""

import asyncio
from contextlib import ExitStack
from datetime import timedelta

from pipeline.adapters.pool import StagePool
from pipeline.agents.shell import Agent
from pipeline.settings import Settings
from pipeline.stages.clean import VERSION, clean, load
from topics import registry
from topics.records import Article, RawPage


def prepare(settings: Settings, stack: ExitStack) -> Agent:
    """The clean agent over a pool of children, which end when the stack unwinds."""
    pool: StagePool[RawPage, Article] = StagePool(clean, settings.work, load=load)
    stack.callback(pool.close)
    asyncio.run(pool.warm_up())
    return Agent(
        name="clean",
        version=VERSION,
        source=registry.RAW_PAGES,
        sink=registry.ARTICLES,
        origin_of=lambda page: page.origin,
        stage=pool.run,
        longest=timedelta(seconds=pool.longest_s),
    )
