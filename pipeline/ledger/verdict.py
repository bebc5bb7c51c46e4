"""What became of an address: a line for each alert, or one for how it ended. Pure.

The first that holds: it belongs to alerts, and beside them some watch's match was refused; a stage refused it; it ended
at a stage; it is under way; it waits to be fetched; it was never listed, by the feeds there are or because there is
none. For one watch, whether that matched, once the page was held against the watches at all.
"""

from collections.abc import Sequence
from datetime import datetime

from pipeline.adapters.database.dead_letters import DeadLetter, LetterStatus
from pipeline.adapters.database.outcomes import StageOutcome
from pipeline.ledger import wording
from pipeline.ledger.explanation import AlertStory, Explanation, FeedStory, NearMiss
from pipeline.ledger.noting import EMITTED, REJECTED
from pipeline.stages.provenance import STAGES
from pipeline.stages.urls import host_of
from pipeline.wording import in_a_row, times
from topics.records import LIVE_RUN, Watch


def of_page(found: Explanation) -> str:
    """The verdict on a page that was seen."""
    if found.alerts:
        told = [_of_alert(alert) for alert in found.alerts]
        return "\n".join([*told, *_refused_beside(found)])
    last = last_outcome(found.outcomes)
    if last is None:
        return "It is known by name only: nothing of it has been indexed yet."
    return _of_last(last, found.letters)


def of_watch(found: Explanation, watch: Watch) -> str:
    """The verdict on a page that was seen, for the one watch the explanation is about."""
    last = last_outcome([one for one in found.outcomes if one.watch_id in (None, watch.watch_id)])
    if found.alerts:
        return "\n".join(map(_of_alert, found.alerts))
    if last is None:
        return of_page(found)
    if last.watch_id is not None:
        return f"The watch {watch.name!r} matched it. {_of_last(last, found.letters)}"
    if not was_held_against_watches(found):
        return _of_last(last, found.letters)
    return _of_no_match(found, watch)


def of_waiting(found: Explanation) -> str:
    """The verdict on a page that was listed and has not been had."""
    assert found.waiting is not None
    waiting, feed = found.waiting, found.feeds[0]
    tried = f"; tried {times(waiting.attempts)}, last: {waiting.last_error}" if waiting.attempts else ""
    if not waiting.attempts and waiting.last_error is not None:
        tried = f"; not asked yet: {waiting.last_error}"
    due = f", next at {_time(waiting.next_attempt_at)}" if waiting.next_attempt_at is not None else ""
    said = f"Listed by {feed.url} at {_time(waiting.listed_at)} and not fetched yet{tried}{due}."
    return said if feed.is_enabled else f"{said} The feed is switched off: it is not fetched as long as that is so."


def of_unseen(url: str, feeds: Sequence[FeedStory]) -> str:
    """The verdict on an address that no feed has listed."""
    host = host_of(url)
    if not feeds:
        return f"Never seen: no feed of {host} is polled. `tocsin feeds check https://{host}/` looks for one."
    said = "\n".join(map(_of_feed, feeds[:3]))
    return f"Never seen: the feeds of its site have not listed it while they were read.\n{said}"


def last_outcome(outcomes: Sequence[StageOutcome]) -> StageOutcome | None:
    """What the page came to: its newest version's furthest stage, the last try of it; live before any replay."""
    known = [one for one in outcomes if one.stage in STAGES]
    of_run = [one for one in known if one.run_id == LIVE_RUN] or known
    if not of_run:
        return None
    newest = max(of_run, key=lambda one: (one.stage == STAGES[0], one.arrived_at)).subject
    of_version = [one for one in of_run if one.subject in _subjects(of_run, newest)]
    return max(of_version, key=lambda one: (STAGES.index(one.stage), one.attempt, one.outcome != EMITTED))


def _subjects(outcomes: Sequence[StageOutcome], version: str) -> set[str]:
    """The version's own, and of records that came of it and cannot be read, which do not name it."""
    places = {f"{one.topic}/{one.partition}/{one.offset}" for one in outcomes if one.subject == version}
    return {version} | {one.subject for one in outcomes if one.source in places}


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
    return ", ".join(
        f"{one.delivery.channel}: {wording.SAID_OF_DELIVERIES[one.delivery.status]}" for one in alert.deliveries
    )


def _refused_beside(found: Explanation) -> list[str]:
    """Matches of other watches that became no alert."""
    told = {alert.watch_id for alert in found.alerts}
    last: dict[str, StageOutcome] = {}
    for one in found.outcomes:
        if one.stage == STAGES[-1] and one.watch_id is not None and one.watch_id not in told:
            last[one.watch_id] = one
    return [
        f"For the watch {watch_id}: {_of_refusal(one, found.letters)}"
        for watch_id, one in last.items()
        if one.outcome == REJECTED
    ]


def _of_no_match(found: Explanation, watch: Watch) -> str:
    if not watch.enabled:
        return f"The watch {watch.name!r} is switched off."
    if not found.near:
        return f"The watch {watch.name!r} did not match; {found.article_note or 'its query cannot be read'}."
    miss = found.near[0]
    if miss.error is not None:
        return f"Whether the watch {watch.name!r} matches cannot be said: {miss.error}."
    if miss.failed:
        return f"The watch {watch.name!r} did not match: it requires {'; '.join(miss.failed)}."
    look_back = f"`tocsin watch backfill {miss.watch_id}` looks back."
    if miss.put_aside is not None:
        look_back = f"It is in force again once it is changed, or disabled and enabled; then {look_back}"
    return f"The watch {watch.name!r} would match it now and did not then: {why_missed(miss)}. {look_back}"


def was_held_against_watches(found: Explanation) -> bool:
    """Whether the newest version of the page came so far that a watch could match it or not."""
    last = last_outcome(found.outcomes)
    ended = [one for one in found.outcomes if last is not None and one.subject == last.subject]
    return any(one.stage == "match" and one.outcome != REJECTED for one in ended)


def why_missed(miss: NearMiss) -> str:
    """Why a watch that would match now did not: as the match agents say, or else the ways there are."""
    when = f" (last changed {_time(miss.revised_at)})" if miss.revised_at is not None else ""
    if miss.put_aside is not None:
        return f"a match agent has put it aside{when}: {miss.put_aside}"
    return f"it, or an actor it names, came later{when}, or it was put aside then"


def _of_last(last: StageOutcome, letters: Sequence[DeadLetter]) -> str:
    if last.outcome == REJECTED:
        return _of_refusal(last, letters)
    if last.outcome == EMITTED:
        return _under_way(last)
    lead = wording.ENDED_AT.get(last.stage, f"It ended at the stage {last.stage}")
    return f"{lead}: {wording.said_of(last.reason)} {_codes(last)}."


def _of_refusal(last: StageOutcome, letters: Sequence[DeadLetter]) -> str:
    lead = wording.REFUSED_AT.get(last.stage, f"The stage {last.stage} refused it")
    said = f"{lead}: {wording.said_of(last.reason)} {_codes(last)}."
    letter = next((one for one in letters if f"{one.topic}/{one.partition}/{one.offset}" == last.source), None)
    if letter is None:
        return said
    match letter.status:
        case LetterStatus.OPEN:
            return f"{said} `tocsin dlq retry {letter.letter_id[:12]}` tries it again."
        case LetterStatus.DROPPED:
            return f"{said} Given up by {letter.changed_by}: {letter.note}."
        case LetterStatus.RETRIED:
            return f"{said} It was put back by {letter.changed_by} and has not ended again yet."


def _under_way(last: StageOutcome) -> str:
    following = STAGES[STAGES.index(last.stage) + 1 :]
    if not following:
        return "It was folded into an alert that is no longer kept."
    done, awaited = wording.WORK_OF[last.stage], wording.WORK_OF[following[0]]
    return f"Under way: it was {done} at {_time(last.arrived_at)} and has not been {awaited} yet."


def _of_feed(feed: FeedStory) -> str:
    name = f"{feed.url} ({feed.title})" if feed.title else feed.url
    if not feed.is_enabled:
        return f"{name} is switched off."
    if feed.polled_at is None:
        return f"{name} has never been read: is `tocsin poll` running?"
    due = f"; next at {_time(feed.next_poll_at)}" if feed.next_poll_at is not None else ""
    return f"{name} was last read {_time(feed.polled_at)}: {said_of_last_poll(feed)}{due}."


def said_of_last_poll(feed: FeedStory) -> str:
    """How it ended, and for how long it has been failing."""
    said = wording.said_of_poll(feed.last_outcome)
    trouble = f"; failed {in_a_row(feed.error_streak)}: {feed.last_error}" if feed.error_streak else ""
    return said + trouble


def _codes(last: StageOutcome) -> str:
    """Stage, reason and detail, as tables and metrics name them."""
    last_line = (last.detail or "").strip().rpartition("\n")[2]
    detail = f"; {last_line[:200]}" if last_line else ""
    return f"({last.stage}: {last.reason or last.outcome}{detail})"


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
