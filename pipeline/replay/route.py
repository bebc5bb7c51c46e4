"""The way of a replayed record: from the topic it is taken from to the last stage it is to reach."""

from dataclasses import dataclass

from pipeline.adapters.kafka import stage_in
from pipeline.errors import UsageError
from topics import registry
from topics.spec import Lane, TopicSpec


@dataclass(frozen=True, slots=True)
class Step:
    """One stage: what it is called, the topic it reads, who reads it."""

    stage: str
    topic: TopicSpec
    reader: str
    """The process whose consumer group it is."""

    @property
    def lane_topic(self) -> TopicSpec:
        """What it reads when replaying."""
        return self.topic.in_lane(Lane.REPLAY)

    @property
    def lane_reader(self) -> str:
        """Whose consumer group it is when replaying."""
        return stage_in(self.reader, Lane.REPLAY)

    @property
    def is_agent(self) -> bool:
        """Worked by `tocsin work`; the others by the deliverer."""
        return self.reader == self.stage


STEPS = (
    Step("clean", registry.RAW_PAGES, "clean"),
    Step("tag", registry.ARTICLES, "tag"),
    Step("match", registry.TAGGED_ARTICLES, "match"),
    Step("fold", registry.MATCHES, "deliver"),
)
"""In the data's order."""


def route(topic: TopicSpec, last_stage: str = STEPS[-1].stage) -> tuple[Step, ...]:
    """The steps from that topic as far as that stage. UsageError when there is no such way."""
    topics, stages = [step.topic for step in STEPS], [step.stage for step in STEPS]
    if topic not in topics:
        raise UsageError(f"{topic.name} is not replayed; {', '.join(each.name for each in topics)} are")
    if last_stage not in stages:
        raise UsageError(f"--into {last_stage}: there is no such stage; there are {', '.join(stages)}")
    first, last = topics.index(topic), stages.index(last_stage)
    if last < first:
        raise UsageError(f"--into {last_stage}: what lies in {topic.name} has been through {last_stage} already")
    return STEPS[first : last + 1]
