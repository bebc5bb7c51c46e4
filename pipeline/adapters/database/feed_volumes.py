"""When feeds brought pages, by the hour, for as long as a feed's habits are judged by."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, func, select

from pipeline.adapters.database.schema import feed_hours
from pipeline.adapters.database.statements import add_to

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPage:
    """A page that a feed brought."""

    feed_id: str
    published_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedHours:
    """What a feed brought."""

    pages: dict[int, int]
    """By the hour (since 1970) in which they were published; hours without any are left out."""
    newest_at: datetime
    """When the last one was seen."""


def hour_of(moment: datetime) -> int:
    """The hour since 1970."""
    return (moment - _EPOCH) // HOUR


def count(connection: Connection, pages: Iterable[ListedPage]) -> None:
    """Count each of the pages; none may be given twice."""
    hours: dict[tuple[str, int], tuple[int, datetime]] = {}
    for page in pages:
        place = page.feed_id, hour_of(page.published_at)
        counted, newest = hours.get(place, (0, page.seen_at))
        hours[place] = counted + 1, max(newest, page.seen_at)
    rows = [
        {"feed_id": feed_id, "hour": hour, "pages": counted, "newest_at": newest}
        for (feed_id, hour), (counted, newest) in hours.items()
    ]
    add_to(connection, feed_hours, rows, added="pages", newest="newest_at")


def of_feeds(connection: Connection, *, window: timedelta) -> dict[str, FeedHours]:
    """By feed, what it brought within that time before its newest page."""
    last = select(feed_hours.c.feed_id, func.max(feed_hours.c.hour).label("hour")).group_by(feed_hours.c.feed_id)
    ends = last.subquery()
    rows = connection.execute(
        select(feed_hours)
        .join(ends, ends.c.feed_id == feed_hours.c.feed_id)
        .where(feed_hours.c.hour > ends.c.hour - window // HOUR)
        .order_by(feed_hours.c.feed_id, feed_hours.c.hour)
    )
    found: dict[str, FeedHours] = {}
    for row in rows:
        before = found.get(row.feed_id)
        pages = before.pages if before is not None else {}
        pages[row.hour] = row.pages
        newest = row.newest_at if before is None else max(before.newest_at, row.newest_at)
        found[row.feed_id] = FeedHours(pages=pages, newest_at=newest)
    return found
