"""Every topic, declared once; bindings, creation, dead letters, documentation and manifests are derived from here."""

from datetime import timedelta

from topics import records
from topics.spec import Cleanup, Encoding, Lane, TopicSpec

_HOST = "host of the feed's address, so that one poller keeps one site's manners"

FEEDS = TopicSpec(
    name="feeds",
    key="feed_id",
    record=records.Feed,
    cleanup=Cleanup.COMPACT,
    producer="tocsin feeds",
    consumers=("poll",),
    partition_by=_HOST,
    description="The sources to poll.",
)
FEED_STATES = TopicSpec(
    name="feed-states",
    key="feed_id",
    record=records.FeedState,
    cleanup=Cleanup.COMPACT,
    producer="poll",
    consumers=("poll",),
    partition_by=_HOST,
    description="What a poller must remember of each feed.",
)
RAW_PAGES = TopicSpec(
    name="raw-pages",
    key="host",
    record=records.RawPage,
    encoding=Encoding.MSGPACK,
    max_message_bytes=6 << 20,
    retention=timedelta(days=14),
    producer="poll",
    consumers=("clean",),
    has_dead_letters=True,
    is_replayable=True,
    description="Pages as they were served: the source of truth that replay starts from.",
)
ARTICLES = TopicSpec(
    name="articles",
    key="origin.page_id",
    record=records.Article,
    retention=timedelta(days=30),
    producer="clean",
    consumers=("tag",),
    has_dead_letters=True,
    is_replayable=True,
    description="Cleaned pages.",
)
TAGGED_ARTICLES = TopicSpec(
    name="tagged-articles",
    key="page_id",
    record=records.TaggedArticle,
    retention=timedelta(days=30),
    producer="tag",
    consumers=("match",),
    has_dead_letters=True,
    is_replayable=True,
    description="Articles with their actors, keywords, quotations and figures.",
)
MATCHES = TopicSpec(
    name="matches",
    key="watch_id",
    record=records.Match,
    retention=timedelta(days=30),
    producer="match",
    consumers=("deliver",),
    has_dead_letters=True,
    is_replayable=True,
    description="Watches found in articles.",
)
ALERTS = TopicSpec(
    name="alerts",
    key="watch_id",
    record=records.Alert,
    retention=timedelta(days=30),
    producer="deliver",
    consumers=("subscribers' own systems",),
    description="Watches found in stories: one for each story, however many copies of it there are.",
)
OUTCOMES = TopicSpec(
    name="outcomes",
    key="page_id",
    record=records.RecordedOutcome,
    retention=timedelta(days=30),
    producer="poll, clean, tag, match and deliver",
    consumers=("operators",),
    description="How records ended that have neither an output nor a dead letter.",
)
WATCHES = TopicSpec(
    name="watches",
    key="watch_id",
    record=records.Watch,
    cleanup=Cleanup.COMPACT,
    producer="control plane",
    consumers=("match",),
    description="The standing queries in force.",
)
ACTORS = TopicSpec(
    name="actors",
    key="actor_id",
    record=records.Actor,
    cleanup=Cleanup.COMPACT,
    producer="control plane",
    consumers=("tag", "match"),
    description="The people and organisations to recognise.",
)
MATCH_REPORTS = TopicSpec(
    name="match-reports",
    key="worker",
    record=records.MatchReport,
    partitions=1,
    retention=timedelta(days=1),
    producer="match",
    consumers=("tocsin watch",),
    description="Every half minute, which watches cost each match agent most, and which it has put aside.",
)

DECLARED = (
    FEEDS,
    FEED_STATES,
    RAW_PAGES,
    ARTICLES,
    TAGGED_ARTICLES,
    MATCHES,
    ALERTS,
    OUTCOMES,
    WATCHES,
    ACTORS,
    MATCH_REPORTS,
)
"""In the data's order."""

REPLAYABLE = tuple(spec for spec in DECLARED if spec.is_replayable)
"""What can be run through the stages again, in the data's order."""

REPLAYED = tuple(spec.in_lane(Lane.REPLAY) for spec in REPLAYABLE)
"""The topics of the replay lane, in the same order."""

ALL = DECLARED + REPLAYED + tuple(spec.dead_letter for spec in DECLARED if spec.has_dead_letters)
"""What a broker must have: the declared topics, the replay lane and the dead letters of both lanes."""


def by_name(name: str) -> TopicSpec:
    """The topic of that name, dead letters included. KeyError when there is none."""
    return {spec.name: spec for spec in ALL}[name]
