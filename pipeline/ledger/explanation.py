"""All that is known of an address, as one record: what `explain` gives, and what a page shows."""

from dataclasses import dataclass
from datetime import datetime

from pipeline.adapters.database.dead_letters import DeadLetter
from pipeline.adapters.database.deliveries import StoredAttempt, StoredDelivery
from pipeline.adapters.database.outcomes import StageOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedStory:
    """A feed that listed the page, or that would have."""

    feed_id: str
    url: str
    title: str | None
    is_enabled: bool
    polled_at: datetime | None
    """None: it has never been polled."""
    succeeded_at: datetime | None
    next_poll_at: datetime | None
    last_outcome: str | None
    error_streak: int
    last_error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The page was listed and has not been had yet."""

    listed_at: datetime
    attempts: int
    next_attempt_at: datetime | None
    last_error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorFound:
    """An actor in the article."""

    name: str
    actor_id: str | None
    """None for one that is not listed."""
    mentions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleStory:
    """The article as it was tagged."""

    title: str
    language: str | None
    published_at: datetime | None
    characters: int
    actors: tuple[ActorFound, ...]
    keywords: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMiss:
    """A watch that did not match, and what it lacked."""

    watch_id: str
    name: str
    satisfied: tuple[str, ...]
    """Its required clauses that hold."""
    failed: tuple[str, ...]
    """Those that do not; none for a watch that would match now."""
    revised_at: datetime | None
    error: str | None = None
    """Why it cannot be said which hold: evaluating it failed."""
    put_aside: str | None = None
    """Of a watch that would match now: why match agents have put it aside, as they report at present."""
    is_enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryStory:
    """One alert to one channel, with its attempts."""

    delivery: StoredDelivery
    attempts: tuple[StoredAttempt, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertStory:
    """The alert of a watch that the page belongs to."""

    watch_id: str
    watch_name: str
    part: str
    """`raised` the alert, or is the `same-page` again, or a `copy` of its text."""
    alert_id: str
    title: str
    url: str
    """Of the page that raised it."""
    raised_at: datetime
    mode: str
    run_id: str
    deliveries: tuple[DeliveryStory, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The whole story of an address."""

    url: str
    """As asked."""
    verdict: str
    """What became of it, in a sentence or two."""
    page_ids: tuple[str, ...] = ()
    """The pages known by the address; none for one never seen."""
    known_as: str | None = None
    """The other address under which it was found."""
    outcomes: tuple[StageOutcome, ...] = ()
    """How each version of the page ended at each stage, in the order of time; replays too."""
    feeds: tuple[FeedStory, ...] = ()
    """Those that listed it; for a page never seen, those that would have."""
    waiting: Waiting | None = None
    article: ArticleStory | None = None
    article_note: str | None = None
    """Why there is no article, where one was made."""
    near: tuple[NearMiss, ...] = ()
    """Watches that did not match, the nearest first."""
    watches_judged: int = 0
    watches_in_force: int = 0
    alerts: tuple[AlertStory, ...] = ()
    letters: tuple[DeadLetter, ...] = ()
    note: str | None = None
    """What the answer may lack."""
