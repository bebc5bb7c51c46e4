"""What became of an address, in a sentence or two. Pure.

The first that holds: it belongs to alerts; a stage refused it; it ended at a stage; it is under way; it waits to be
fetched; it was never listed, by the feeds there are or because there is none.
"""

from collections.abc import Sequence
from datetime import datetime

from pipeline.adapters.database.auditing import STAGES
from pipeline.adapters.database.dead_letters import DeadLetter, LetterStatus
from pipeline.adapters.database.outcomes import StageOutcome
from pipeline.ledger.explanation import AlertStory, Explanation, FeedStory
from pipeline.ledger.noting import EMITTED, REJECTED
from pipeline.stages.outcome import DropReason, RejectReason
from pipeline.stages.urls import host_of
from topics.records import LIVE_RUN

SAID_OF_DROPS = {
    DropReason.TOO_OLD: "its feed dates it before what is still wanted (TOCSIN_POLL__MAX_ENTRY_AGE)",
    DropReason.GONE: "its server says there is no such page",
    DropReason.FORBIDDEN: "its server does not let us have it (a login, a paywall or a block)",
    DropReason.ROBOTS: "the site's robots.txt asks not to fetch it",
    DropReason.FETCH_FAILED: "it could not be fetched",
    DropReason.BODY_TOO_LARGE: "it is larger than what is fetched (TOCSIN_FETCH__MAX_BODY_BYTES)",
    DropReason.PRIVATE_ADDRESS: "it lies at a private address (TOCSIN_FETCH__ALLOW_PRIVATE_ADDRESSES)",
    DropReason.NOT_HTML: "it is no HTML page",
    DropReason.HOME_PAGE: "it is a front page, not an article",
    DropReason.SECTION_PAGE: "it is a list of articles, not one",
    DropReason.CONSENT_WALL: "the server gave a page that asks for consent instead",
    DropReason.ERROR_PAGE: "it is an error page",
    DropReason.NO_TEXT: "no text was found on it",
    DropReason.TOO_SHORT: "its text is too short to be an article",
    DropReason.COPY: "its text is a copy of one that has its alert",
    DropReason.SAME_PAGE: "it is a later version of a page that has its alert",
    DropReason.NO_WATCH: "no watch in force then matched it",
    DropReason.KNOWN: "it was folded before",
}
SAID_OF_REJECTS = {
    RejectReason.UNDECODABLE: "its record cannot be read",
    RejectReason.TOO_LARGE: "it is too large to be handled",
    RejectReason.UNPARSABLE: "it cannot be parsed",
    RejectReason.DEADLINE: "it took too long (TOCSIN_WORK__PAGE_DEADLINE)",
    RejectReason.CHILD_DIED: "the process that handled it died twice",
    RejectReason.OUT_OF_MEMORY: "it took too much memory (TOCSIN_WORK__CHILD_MEMORY_MEGABYTES)",
    RejectReason.UNSENDABLE: "what came of it was refused by the broker or the database",
    RejectReason.UNEXPECTED: "the stage failed in a way nobody foresaw: a mistake of ours, please report it",
}


def of_page(found: Explanation) -> str:
    """The verdict on a page that was seen."""
    if found.alerts:
        return " ".join(map(_of_alert, found.alerts))
    last = last_outcome(found.outcomes)
    if last is None:
        return "It is known by name only: nothing of it has been indexed yet."
    if last.outcome == REJECTED:
        return _of_refusal(last, found.letters)
    if last.outcome == EMITTED:
        return _under_way(last)
    return f"It ended at the stage {last.stage}: {last.outcome}, because {said_of(last.reason)}{_detail(last.detail)}."


def of_watch(found: Explanation, name: str) -> str:
    """The verdict on a page that was seen, for the one watch the explanation is about."""
    if found.alerts or not found.near:
        return of_page(found)
    miss = found.near[0]
    if not miss.is_enabled:
        return f"The watch {name!r} is switched off."
    if miss.failed:
        return f"The watch {name!r} did not match: it requires {'; '.join(miss.failed)}."
    if any(one.stage == "match" and one.watch_id == miss.watch_id for one in found.outcomes):
        return f"The watch {name!r} matched; its match has not been folded yet."
    when = f" (last changed {_time(miss.revised_at)})" if miss.revised_at is not None else ""
    return (
        f"The watch {name!r} would match it now and did not then: it, or an actor it names, came later{when}. "
        f"`tocsin watch backfill {miss.watch_id}` looks back."
    )


def of_waiting(found: Explanation) -> str:
    """The verdict on a page that was listed and has not been had."""
    assert found.waiting is not None
    waiting, feed = found.waiting, found.feeds[0]
    tried = f"; tried {waiting.attempts} times, last: {waiting.last_error}" if waiting.attempts else ""
    due = f", next at {_time(waiting.next_attempt_at)}" if waiting.next_attempt_at is not None else ""
    return f"Listed by {feed.url} at {_time(waiting.listed_at)} and not fetched yet{tried}{due}."


def of_unseen(url: str, feeds: Sequence[FeedStory]) -> str:
    """The verdict on an address that no feed has listed."""
    host = host_of(url)
    if not feeds:
        return f"Never seen: no feed of {host} is polled. `tocsin feeds check https://{host}/` looks for one."
    said = " ".join(map(_of_feed, feeds[:3]))
    return f"Never seen: the feeds of its site have not listed it while they were read. {said}"


def last_outcome(outcomes: Sequence[StageOutcome]) -> StageOutcome | None:
    """What the page came to: its newest version's furthest stage, the last try of it; live before any replay."""
    known = [one for one in outcomes if one.stage in STAGES]
    of_run = [one for one in known if one.run_id == LIVE_RUN] or known
    if not of_run:
        return None
    newest = max(of_run, key=lambda one: (one.stage == STAGES[0], one.arrived_at)).subject
    of_version = [one for one in of_run if one.subject == newest] or of_run
    return max(of_version, key=lambda one: (STAGES.index(one.stage), one.attempt, one.outcome != EMITTED))


def said_of(reason: str | None) -> str:
    """The reason in words."""
    words = {known.value: said for known, said in (*SAID_OF_DROPS.items(), *SAID_OF_REJECTS.items())}
    return words.get(reason or "", reason or "no reason is recorded")


def _of_alert(alert: AlertStory) -> str:
    mode = "" if alert.mode == "live" else f" ({alert.mode}, run {alert.run_id})"
    match alert.part:
        case "raised":
            how = f"It raised an alert of the watch {alert.watch_name!r} at {_time(alert.raised_at)}{mode}"
        case "copy":
            how = (
                f"It is a copy of {alert.url}, which raised the alert of {alert.watch_name!r} at "
                f"{_time(alert.raised_at)}{mode}: counted, not told again"
            )
        case _:
            how = (
                f"It is the same page as that of the alert of {alert.watch_name!r} at "
                f"{_time(alert.raised_at)}{mode}: counted, not told again"
            )
    return f"{how}; {_sent(alert)}."


def _sent(alert: AlertStory) -> str:
    if not alert.deliveries:
        return "the alert went to no channel"
    return ", ".join(f"{one.delivery.channel}: {one.delivery.status.value}" for one in alert.deliveries)


def _of_refusal(last: StageOutcome, letters: Sequence[DeadLetter]) -> str:
    said = f"The stage {last.stage} refused it ({last.reason}): {said_of(last.reason)}{_detail(last.detail)}."
    for letter in reversed(letters):
        if letter.stage == last.stage and letter.status is LetterStatus.OPEN:
            return f"{said} `tocsin dlq retry {letter.letter_id[:12]}` tries it again."
        if letter.stage == last.stage and letter.status is LetterStatus.DROPPED:
            return f"{said} Given up by {letter.changed_by}: {letter.note}."
    return f"{said} It was put back and has not ended again yet." if letters else said


def _under_way(last: StageOutcome) -> str:
    following = STAGES[STAGES.index(last.stage) + 1 :]
    if not following:
        return "It was folded into an alert that is no longer kept."
    return f"Under way: {last.stage} was done at {_time(last.arrived_at)}, {following[0]} has not ended yet."


def _of_feed(feed: FeedStory) -> str:
    name = f"{feed.url} ({feed.title})" if feed.title else feed.url
    if not feed.is_enabled:
        return f"{name} is switched off."
    if feed.polled_at is None:
        return f"{name} has never been read: is `tocsin poll` running?"
    trouble = f", failing {feed.error_streak} times in a row: {feed.last_error}" if feed.error_streak else ""
    return f"{name} was last read {_time(feed.polled_at)} ({feed.last_outcome}{trouble})."


def _detail(detail: str | None) -> str:
    last_line = (detail or "").strip().rpartition("\n")[2]
    return f" ({last_line[:200]})" if last_line else ""


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
