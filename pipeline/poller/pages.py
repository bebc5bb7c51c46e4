"""The records a listed entry ends in: its raw page, or the outcome that says why there is none. Pure."""

from datetime import datetime

from pipeline.adapters.http import Response
from pipeline.stages import identity, urls
from pipeline.stages.outcome import Drop
from topics.records import Origin, PendingEntry, RawPage, RecordedOutcome

STAGE = "poll"
VERSION = "poll/1"


def page_id(entry: PendingEntry) -> str:
    """The page the entry leads to."""
    return identity.page_id(urls.normalise(entry.url) or entry.url)


def raw_page(entry: PendingEntry, response: Response, *, feed_id: str, fetched_at: datetime) -> RawPage:
    """The page as it was served."""
    page = page_id(entry)
    origin = Origin(
        page_id=page,
        version_id=identity.version_id(page, response.body),
        url=entry.url,
        fetched_at=fetched_at,
        seen_at=entry.first_seen_at,
        published_at=entry.published_at,
        feed_id=feed_id,
        entry_id=entry.entry_id,
        made_by=(VERSION,),
    )
    return RawPage(
        origin=origin,
        final_url=response.final_url,
        host=urls.host_of(response.final_url),
        body=response.body,
        content_type=response.content_type,
        entry_title=entry.title,
    )


def outcome(entry: PendingEntry, drop: Drop, *, feed_id: str) -> RecordedOutcome:
    """Why the entry has no page. The same entry always gets the same identifier."""
    page = page_id(entry)
    return RecordedOutcome(
        outcome_id=identity.outcome_id(STAGE, page, entry.entry_id, "live"),
        stage=STAGE,
        outcome=drop.reason.kind,
        reason=drop.reason.value,
        page_id=page,
        url=entry.url,
        feed_id=feed_id,
        detail=drop.detail,
    )
