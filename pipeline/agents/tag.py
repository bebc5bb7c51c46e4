"""Articles to tagged articles, with the actors in force."""

from contextlib import ExitStack

from pipeline.agents.actors import Actors
from pipeline.agents.shell import Agent
from pipeline.settings import Settings
from pipeline.stages.outcome import Outcome
from pipeline.stages.tag import VERSION, tag
from topics import registry
from topics.records import Article, TaggedArticle


def prepare(settings: Settings, stack: ExitStack) -> Agent:
    """The tag agent, holding all actors; they are followed until the stack unwinds."""
    actors = Actors(settings)
    actors.start()
    stack.callback(actors.stop)

    async def stage(article: Article) -> Outcome[TaggedArticle]:
        return tag(article, actors=actors.index)

    return Agent(
        name="tag",
        version=VERSION,
        source=registry.ARTICLES,
        sink=registry.TAGGED_ARTICLES,
        origin_of=lambda article: article.origin,
        stage=stage,
    )
