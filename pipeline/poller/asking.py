"""One poll of one feed, from the request to what it brought."""

from dataclasses import replace
from datetime import datetime

from pipeline.adapters import clock
from pipeline.adapters.http import Failure, Fetcher, FetchError, Request, Response
from pipeline.poller.ledger import MAX_URL, PollOutcome, Report, max_age_s, validator
from pipeline.poller.reading import FeedBody, FeedReader
from pipeline.stages.identity import digest
from pipeline.stages.outcome import Reject
from topics.records import Feed, FeedState

_ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
_WHOLE_EVERY_S = 6 * 3600
_FAILED_AS = {Failure.ROBOTS: PollOutcome.ROBOTS, Failure.HOST_PAUSED: PollOutcome.PAUSED}


async def ask(feed: Feed, state: FeedState, *, fetcher: Fetcher, reader: FeedReader) -> Report:
    """Ask the feed for what is new since `state`; a failure is a report, too."""
    request = Request(url=state.url, kind="feed", accept=_ACCEPT, obey_robots=feed.obey_robots)
    if not must_read_whole(state, now=clock.now()):
        request = replace(request, etag=state.etag, last_modified=state.last_modified)
    try:
        async with fetcher.get(request) as response:
            return await _read(state, response, reader)
    except FetchError as error:
        outcome = _FAILED_AS.get(error.failure, PollOutcome.FAILED)
        return Report(outcome=outcome, error=str(error), retry_after_s=error.retry_after_s)


def must_read_whole(state: FeedState, *, now: datetime) -> bool:
    """Four times a day, at its own hours, a feed is asked without validators: some servers repeat an ETag over a body
    that has changed, and would say "not modified" for ever."""
    if state.polled_at is None:
        return True
    shift_s = int(digest("whole", state.feed_id)[:8], 16) % _WHOLE_EVERY_S
    return (state.polled_at.timestamp() + shift_s) // _WHOLE_EVERY_S != (now.timestamp() + shift_s) // _WHOLE_EVERY_S


async def _read(state: FeedState, response: Response, reader: FeedReader) -> Report:
    if response.status == 304:
        return _unchanged(state, response)
    if not response.is_success:
        outcome = PollOutcome.GONE if response.status == 410 else PollOutcome.FAILED
        return Report(outcome=outcome, error=f"HTTP {response.status}", retry_after_s=response.retry_after_s)
    body_digest = digest(response.body)
    if body_digest == state.body_digest:
        return _unchanged(state, response)
    body = FeedBody(url=response.final_url, body=response.body, content_type=response.content_type, read_at=clock.now())
    parsed = await reader.parse(body)
    if isinstance(parsed, Reject):
        return Report(outcome=PollOutcome.UNPARSABLE, error=f"{parsed.reason}: {parsed.detail}")
    return Report(
        parsed=parsed,
        etag=validator(response.headers.get("etag")),
        last_modified=validator(response.headers.get("last-modified")),
        body_digest=body_digest,
        moved_to=_moved_to(response),
        max_age_s=max_age_s(response.headers.get("cache-control")),
    )


def _unchanged(state: FeedState, response: Response) -> Report:
    """The body last parsed still stands; a 304 that names no validators leaves ours (RFC 9110, section 15.4.5)."""
    is_confirmed = response.status == 304
    return Report(
        outcome=PollOutcome.NOT_MODIFIED,
        etag=validator(response.headers.get("etag")) or (state.etag if is_confirmed else None),
        last_modified=validator(response.headers.get("last-modified"))
        or (state.last_modified if is_confirmed else None),
        body_digest=state.body_digest,
        moved_to=_moved_to(response),
        max_age_s=max_age_s(response.headers.get("cache-control")),
    )


def _moved_to(response: Response) -> str | None:
    return response.moved_to if response.moved_to is not None and len(response.moved_to) <= MAX_URL else None
