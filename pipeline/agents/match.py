"""Tagged articles to matches, with the watches in force."""

import asyncio
from contextlib import ExitStack

from pipeline import log, metrics
from pipeline.adapters.kafka import Producer
from pipeline.agents.ending import end_on_failure
from pipeline.agents.reporting import Reporter
from pipeline.agents.shell import Agent, Started
from pipeline.agents.watches import Watches
from pipeline.settings import Settings
from pipeline.stages.match import IS_BUILT, VERSION, match
from pipeline.stages.outcome import Emit, Outcome
from topics import registry
from topics.records import Match, TaggedArticle
from topics.spec import Lane

_logger = log.get(__name__)


def prepare(settings: Settings, stack: ExitStack, *, lane: Lane) -> tuple[Agent, Started]:
    """The match agent, holding all watches; they are followed until the stack unwinds. For records of that lane."""
    watches = Watches(settings, on_failure=end_on_failure, lane=lane)
    watches.start()
    stack.callback(watches.stop)
    reporter = Reporter(Producer(settings), watches.index)
    stack.callback(reporter.stop)
    _say_which_engine()

    async def stage(tagged: TaggedArticle) -> Outcome[Match]:
        with metrics.MATCH_SECONDS.time():
            outcome = match(tagged, watches=watches.index)
        reporter.note(len(outcome.records) if isinstance(outcome, Emit) else 0)
        return outcome

    def started(loop: asyncio.AbstractEventLoop) -> None:
        watches.follow_on(loop)
        reporter.start(loop)

    agent = Agent(
        name="match",
        version=VERSION,
        source=registry.TAGGED_ARTICLES,
        sink=registry.MATCHES,
        origin_of=lambda tagged: tagged.article.origin,
        stage=stage,
    )
    return agent, started


def _say_which_engine() -> None:
    metrics.MATCH_ENGINE.set(IS_BUILT)
    if not IS_BUILT:
        _logger.warning(
            "matching in Python alone, many times slower: the compiled kernel was not built; "
            "install a C compiler and Python's headers (deploy/scripts/deps.sh), then `make setup`"
        )
