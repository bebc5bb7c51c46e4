"""Tagged articles to matches, with the watches in force."""

from contextlib import ExitStack

from pipeline.agents.ending import end_on_failure
from pipeline.agents.shell import Agent, Started
from pipeline.agents.watches import Watches
from pipeline.settings import Settings
from pipeline.stages.match import VERSION, match
from pipeline.stages.outcome import Outcome
from topics import registry
from topics.records import Match, TaggedArticle


def prepare(settings: Settings, stack: ExitStack) -> tuple[Agent, Started]:
    """The match agent, holding all watches; they are followed until the stack unwinds."""
    watches = Watches(settings, on_failure=end_on_failure)
    watches.start()
    stack.callback(watches.stop)

    async def stage(tagged: TaggedArticle) -> Outcome[Match]:
        return match(tagged, watches=watches.index)

    agent = Agent(
        name="match",
        version=VERSION,
        source=registry.TAGGED_ARTICLES,
        sink=registry.MATCHES,
        origin_of=lambda tagged: tagged.article.origin,
        stage=stage,
    )
    return agent, watches.follow_on
