"""Which feeds are quiet and which are failing, from what the ledger counted and what the pollers remember."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pipeline.adapters.database.feed_volumes import FeedHours
from pipeline.settings import LedgerSettings
from pipeline.stages import volume
from topics.records import Feed, FeedState


class Trouble(StrEnum):
    """What is wrong with a feed."""

    FAILING = "failing"
    """It has not answered as a feed for longer than the operator's time."""
    QUIET = "quiet"
    """It answers, and has brought nothing for longer than its habit explains."""
    NOT_POLLED = "not-polled"
    """Nobody has asked it when it was due: look at the pollers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Polls:
    """What is remembered of a feed's polls."""

    polled_at: datetime | None
    succeeded_at: datetime | None
    next_poll_at: datetime | None
    error_streak: int
    last_outcome: str | None
    last_error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedHealth:
    """A feed that is not as it should be."""

    feed_id: str
    url: str
    title: str | None
    trouble: Trouble
    since: datetime
    """Its newest page was seen, or it last answered, or it was due."""
    pages_per_day: float | None
    """None for a feed that has brought none yet."""
    polls: Polls | None


def polls_of(state: FeedState) -> Polls:
    """The part of a feed's state that tells of its polls."""
    return Polls(
        polled_at=state.polled_at,
        succeeded_at=state.succeeded_at,
        next_poll_at=state.next_poll_at,
        error_streak=state.error_streak,
        last_outcome=state.last_outcome,
        last_error=state.last_error,
    )


def unwell(
    feeds: Iterable[Feed],
    polls: Mapping[str, Polls],
    hours: Mapping[str, FeedHours],
    *,
    now: datetime,
    settings: LedgerSettings,
) -> tuple[FeedHealth, ...]:
    """The enabled feeds that are not as they should be, those in trouble for longest first."""
    found = [
        health
        for feed in feeds
        if feed.enabled
        and (health := _judge(feed, polls.get(feed.feed_id), hours.get(feed.feed_id), now, settings)) is not None
    ]
    return tuple(sorted(found, key=lambda health: (health.since, health.url)))


def _judge(
    feed: Feed, polls: Polls | None, hours: FeedHours | None, now: datetime, settings: LedgerSettings
) -> FeedHealth | None:
    judged = (
        volume.judge(hours.pages, hours.newest_at, now=now, floor=settings.quiet_floor) if hours is not None else None
    )
    trouble, since = _trouble(feed, polls, now, settings.failing_after)
    if trouble is None and judged is not None and judged.is_quiet:
        trouble, since = Trouble.QUIET, now - judged.silent_for
    if trouble is None:
        return None
    return FeedHealth(
        feed_id=feed.feed_id,
        url=feed.url,
        title=feed.title,
        trouble=trouble,
        since=since,
        pages_per_day=judged.pages_per_day if judged is not None else None,
        polls=polls,
    )


def _trouble(feed: Feed, polls: Polls | None, now: datetime, after: timedelta) -> tuple[Trouble | None, datetime]:
    """What the polls say."""
    if polls is None:
        due = feed.added_at
    else:
        answered = polls.succeeded_at or feed.added_at
        if polls.error_streak and now - answered > after:
            return Trouble.FAILING, answered
        due = polls.next_poll_at or now
    return (Trouble.NOT_POLLED, due) if now - due > after else (None, now)
