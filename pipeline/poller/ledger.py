"""What is remembered of a feed, and how a poll or a page changes it. Pure.

An entry is in one of three places. *Pending*: listed, its page not yet acknowledged by Kafka. *Seen*: ended, with a
page or an outcome. Neither: never listed, or forgotten because the feed no longer lists it and much has come since.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from pipeline.settings import PollSettings
from pipeline.stages.feeds.entry import Entry, ParsedFeed
from pipeline.stages.feeds.schedule import Bounds, NextPoll, PollResult, next_interval
from topics.records import Feed, FeedState, PendingEntry

# State is one Kafka record: what a feed may put into it is bounded. 2,048 is what sitemaps allow an address.
MAX_URL = 2048
_MAX_TITLE = 300
_MAX_ERROR = 300
# A feed that shows an entry again after leaving it out for a while repeats nothing within so many others.
_SEEN_AT_LEAST = 500
_SEEN_PER_LISTED = 4
# An address a feed moved to for good is given up after so many failures in a row; the feed's own is asked again.
_MOVED_STREAK = 5
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age=\"?(\d{1,9})", re.IGNORECASE)
_VALIDATOR = re.compile(r"[\x21-\x7e\x20]{1,1024}")


class PollOutcome(StrEnum):
    """How a poll ended; the metric's label."""

    NEW_ENTRIES = "new-entries"
    NOTHING_NEW = "nothing-new"
    NOT_MODIFIED = "not-modified"
    GONE = "gone"
    ROBOTS = "robots"
    PAUSED = "paused"
    FAILED = "failed"
    UNPARSABLE = "unparsable"
    CRASHED = "crashed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one poll brought. `error` says why it failed; `parsed` is None unless there was a new body."""

    error: str | None = None
    outcome: PollOutcome | None = None
    """None for a success: what it is, is known when its entries are looked up."""
    parsed: ParsedFeed | None = None
    etag: str | None = None
    last_modified: str | None = None
    body_digest: str | None = None
    moved_to: str | None = None
    max_age_s: float | None = None
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Intake:
    """A feed's entries, sorted."""

    new: tuple[PendingEntry, ...] = ()
    too_old: tuple[PendingEntry, ...] = ()
    unusable: tuple[PendingEntry, ...] = ()
    """Their address is too long to be kept."""
    is_whole: bool = True
    """False when some new entries found no room; the feed must be read again."""


def sort_entries(state: FeedState, entries: Iterable[Entry], *, now: datetime, settings: PollSettings) -> Intake:
    """Which of the listed entries are new, and which of those are wanted."""
    known = {*state.seen, *(entry.entry_id for entry in state.pending)}
    room = settings.max_pending_entries - len(state.pending)
    new: list[PendingEntry] = []
    too_old: list[PendingEntry] = []
    unusable: list[PendingEntry] = []
    is_whole = True
    for entry in entries:
        if entry.entry_id in known:
            continue
        known.add(entry.entry_id)
        if len(entry.url) > MAX_URL:
            unusable.append(_pending(entry, now))
        elif entry.dated_at is not None and entry.dated_at < now - settings.max_entry_age:
            too_old.append(_pending(entry, now))
        elif len(new) < room:
            new.append(_pending(entry, now))
        else:
            is_whole = False
    return Intake(tuple(new), tuple(too_old), tuple(unusable), is_whole)


def after_poll(
    feed: Feed, state: FeedState, report: Report, intake: Intake, *, now: datetime, settings: PollSettings
) -> FeedState:
    """The state after a poll, its new entries pending and its unwanted ones seen."""
    outcome = outcome_of(report, intake)
    streak = _streak(state, outcome)
    result = PollResult(
        polled_at=now,
        new_entries=len(intake.new),
        # A paused host says nothing of the feed: as after an error, its interval stays.
        error_streak=streak if outcome is not PollOutcome.PAUSED else max(streak, 1),
        is_gone=outcome is PollOutcome.GONE,
        ttl_s=report.parsed.ttl_s if report.parsed is not None else None,
        max_age_s=report.max_age_s,
        retry_after_s=report.retry_after_s,
    )
    default = Bounds(floor=settings.interval_floor, ceiling=settings.interval_ceiling)
    bounds = Bounds.of(feed.interval_floor_s, feed.interval_ceiling_s, default=default)
    upcoming = next_interval(feed.feed_id, state.interval_s, result, bounds=bounds)
    polled = _polled(state, outcome, upcoming, streak=streak, now=now)
    if report.error is not None:
        return _failed(feed, polled, report.error)
    return _succeeded(polled, report, intake, settings)


def outcome_of(report: Report, intake: Intake) -> PollOutcome:
    """How the poll ended."""
    if report.outcome is not None:
        return report.outcome
    return PollOutcome.NEW_ENTRIES if intake.new else PollOutcome.NOTHING_NEW


def settle(state: FeedState, entry_id: str) -> FeedState:
    """The entry ended: its page or its outcome is acknowledged."""
    pending = tuple(entry for entry in state.pending if entry.entry_id != entry_id)
    seen = tuple(name for name in state.seen if name != entry_id)
    return replace(state, pending=pending, seen=(*seen, entry_id))


def postpone(state: FeedState, entry: PendingEntry) -> FeedState:
    """The entry is to be tried again as it now says; nothing changes when it is no longer pending."""
    pending = tuple(entry if known.entry_id == entry.entry_id else known for known in state.pending)
    return replace(state, pending=pending)


def failed_attempt(entry: PendingEntry, detail: str, *, next_attempt_at: datetime, attempts: int) -> PendingEntry:
    """The entry after an attempt that may be repeated."""
    return replace(entry, attempts=attempts, next_attempt_at=next_attempt_at, last_error=detail[:_MAX_ERROR])


def halve(state: FeedState) -> FeedState:
    """A smaller state, for one that Kafka will not take: half of the pending entries, then of those seen.

    Nothing is lost while the feed lists them: it is read whole again. Equal to its input when there is no half.
    """
    kept = state.pending[: len(state.pending) // 2]
    seen = state.seen if state.pending else state.seen[(len(state.seen) + 1) // 2 :]
    return replace(state, pending=kept, seen=seen, etag=None, last_modified=None, body_digest=None)


def due_entries(state: FeedState, *, now: datetime) -> tuple[PendingEntry, ...]:
    """The pending entries to fetch now, oldest first."""
    return tuple(entry for entry in state.pending if entry.next_attempt_at is None or entry.next_attempt_at <= now)


def next_due_in(state: FeedState, *, now: datetime) -> timedelta | None:
    """How long until a pending entry is due; None when there is none."""
    moments = [entry.next_attempt_at or now for entry in state.pending]
    return max(min(moments) - now, timedelta(0)) if moments else None


def validator(value: str | None) -> str | None:
    """An ETag or Last-Modified worth sending back; None for one that could not stand in a header."""
    return value if value is not None and _VALIDATOR.fullmatch(value) else None


def max_age_s(cache_control: str | None) -> float | None:
    """Seconds of Cache-Control's max-age (RFC 9111, section 5.2.2.1)."""
    found = _MAX_AGE.search(cache_control or "")
    return float(found[1]) if found else None


def _pending(entry: Entry, now: datetime) -> PendingEntry:
    return PendingEntry(
        entry_id=entry.entry_id,
        url=entry.url,
        first_seen_at=now,
        title=entry.title[:_MAX_TITLE] if entry.title is not None else None,
        published_at=entry.published_at or entry.updated_at,
    )


def _streak(state: FeedState, outcome: PollOutcome) -> int:
    if outcome is PollOutcome.PAUSED:
        return state.error_streak
    is_error = outcome in (PollOutcome.GONE, PollOutcome.ROBOTS, PollOutcome.FAILED, PollOutcome.UNPARSABLE)
    return state.error_streak + 1 if is_error else 0


def _polled(state: FeedState, outcome: PollOutcome, upcoming: NextPoll, *, streak: int, now: datetime) -> FeedState:
    return replace(
        state,
        polled_at=now,
        next_poll_at=now + upcoming.wait,
        interval_s=upcoming.interval_s,
        error_streak=streak,
        last_outcome=outcome.value,
    )


def _failed(feed: Feed, state: FeedState, error: str) -> FeedState:
    state = replace(state, last_error=error[:_MAX_ERROR])
    if state.url != feed.url and state.error_streak >= _MOVED_STREAK:
        return replace(state, url=feed.url, etag=None, last_modified=None, body_digest=None)
    return state


def _succeeded(state: FeedState, report: Report, intake: Intake, settings: PollSettings) -> FeedState:
    state = replace(
        state,
        url=report.moved_to or state.url,
        etag=report.etag if intake.is_whole else None,
        last_modified=report.last_modified if intake.is_whole else None,
        body_digest=report.body_digest if intake.is_whole else None,
        succeeded_at=state.polled_at,
        last_error=None,
    )
    if report.parsed is None:
        return state
    title = report.parsed.title[:_MAX_TITLE] if report.parsed.title is not None else state.title
    listed = [entry.entry_id for entry in report.parsed.entries]
    ended = [entry.entry_id for entry in (*intake.too_old, *intake.unusable)]
    seen = _trim((*state.seen, *ended), listed, settings.max_seen_entries)
    return replace(state, title=title, seen=seen, pending=(*state.pending, *intake.new))


def _trim(seen: tuple[str, ...], listed: list[str], most: int) -> tuple[str, ...]:
    """What the feed still lists, all of it, and as much of the rest, newest first, as may show up again.

    `most` bounds the rest only: a listed entry that was forgotten would be fetched at every poll.
    """
    named = set(listed)
    current = [name for name in dict.fromkeys(seen) if name in named]
    rest = [name for name in dict.fromkeys(seen) if name not in named]
    room = min(max(_SEEN_AT_LEAST, _SEEN_PER_LISTED * len(listed)), most) - len(current)
    return (*(rest[-room:] if room > 0 else ()), *current)
