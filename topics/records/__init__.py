"""The records that travel between stages, one frozen dataclass per phase, standard library only.

Every datetime is aware; writers use UTC. Identifiers are hexadecimal digests of content, never random. Offsets count
code points of the field they name, end exclusive. A record may gain optional fields; anything else is a new topic.
"""

from topics.records.articles import Article, Figure, Keyword, Mention, Quotation, TaggedArticle
from topics.records.feeds import Feed, FeedState, PendingEntry
from topics.records.kinds import LIVE_RUN, ActorKind, Event, Mode, OutcomeKind, Qualifier, SpeakerEvidence, TextField
from topics.records.matches import Alert, Hit, Match, Snippet
from topics.records.pages import Origin, RawPage
from topics.records.reports import MatchReport, RecordedOutcome, WatchCost, WatchFault
from topics.records.watches import Actor, Watch

__all__ = [
    "LIVE_RUN",
    "Actor",
    "ActorKind",
    "Alert",
    "Article",
    "Event",
    "Feed",
    "FeedState",
    "Figure",
    "Hit",
    "Keyword",
    "Match",
    "MatchReport",
    "Mention",
    "Mode",
    "Origin",
    "OutcomeKind",
    "PendingEntry",
    "Qualifier",
    "Quotation",
    "RawPage",
    "RecordedOutcome",
    "Snippet",
    "SpeakerEvidence",
    "TaggedArticle",
    "TextField",
    "Watch",
    "WatchCost",
    "WatchFault",
]
