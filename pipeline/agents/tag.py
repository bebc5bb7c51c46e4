"""Articles to tagged articles, with the actors in force."""

from contextlib import ExitStack

from pipeline import log, metrics
from pipeline.agents.actors import Actors
from pipeline.agents.ending import end_on_failure
from pipeline.agents.shell import Agent
from pipeline.settings import Settings
from pipeline.stages.outcome import Emit, Outcome
from pipeline.stages.tag import IS_BUILT, VERSION, tag
from topics import registry
from topics.records import Article, SpeakerEvidence, TaggedArticle

_logger = log.get(__name__)


def prepare(settings: Settings, stack: ExitStack) -> Agent:
    """The tag agent, holding all actors; they are followed until the stack unwinds."""
    actors = Actors(settings, on_failure=end_on_failure)
    actors.start()
    stack.callback(actors.stop)
    _say_how_texts_are_cut()

    async def stage(article: Article) -> Outcome[TaggedArticle]:
        outcome = tag(article, actors=actors.index)
        if isinstance(outcome, Emit):
            _count(outcome.records[0])
        return outcome

    return Agent(
        name="tag",
        version=VERSION,
        source=registry.ARTICLES,
        sink=registry.TAGGED_ARTICLES,
        origin_of=lambda article: article.origin,
        stage=stage,
    )


def _say_how_texts_are_cut() -> None:
    metrics.TAG_KERNEL.set(IS_BUILT)
    if not IS_BUILT:
        _logger.warning(
            "tagging in Python alone, half as fast: the compiled kernel was not built from the sources that are here; "
            "install a C compiler and Python's headers (deploy/scripts/deps.sh), then `make setup`"
        )


def _count(tagged: TaggedArticle) -> None:
    """Every kind is set, so that one that stays at nought can be seen."""
    listed = sum(mention.actor_id is not None for mention in tagged.mentions)
    cued = sum(quotation.confidence is SpeakerEvidence.CUE for quotation in tagged.quotations)
    counts = {
        "mention-listed": listed,
        "mention-unlisted": len(tagged.mentions) - listed,
        "quotation-cue": cued,
        "quotation-carried": len(tagged.quotations) - cued,
        "figure": len(tagged.figures),
    }
    for kind, count in counts.items():
        metrics.TAGS.labels(kind=kind).inc(count)
