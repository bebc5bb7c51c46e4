"""When an article was published, and what says so: the feed, then JSON-LD, `meta`, `time`, a search by htmldate, last
a line round the text that states a day.

A date without a zone is taken as UTC; one without a time is midnight. Dates before 1990, or later than a day after
the page was fetched, are mistakes and left out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from email.utils import parsedate_to_datetime

from htmldate import find_date
from lxml.html import HtmlElement

from pipeline.stages.clean import calendar
from pipeline.stages.clean.metadata import Metadata
from topics.records import RawPage

_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_LATITUDE = timedelta(days=1)
_LATEST = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Found:
    """A date and its source, as `Article.published_from` names it; both None where there is none."""

    published_at: datetime | None = None
    source: str | None = None


def choose(page: RawPage, known: Metadata, tree: HtmlElement | None) -> Found:
    """The first date that can be true. `tree` is searched last; None leaves that out."""
    latest = min(page.origin.fetched_at, _LATEST) + _LATITUDE
    stated = page.origin.published_at
    if stated is not None and _EARLIEST <= stated <= latest:
        return Found(stated, "feed")
    sources = {"json-ld": known.linked_dates, "meta": known.meta_dates, "time": known.time_dates}
    for source, texts in sources.items():
        moment = _first(texts, latest)
        if moment is not None:
            return Found(moment, source)
    moment = _search(tree, page.final_url, latest) if tree is not None else None
    return Found(moment, "htmldate") if moment is not None else Found()


def in_lines(page: RawPage, lines: Iterable[str], *, languages: tuple[str, ...]) -> Found:
    """The first day that lines cut from the text state, at midnight UTC; in English, 3/4/2026 is none."""
    latest = min(page.origin.fetched_at, _LATEST) + _LATITUDE
    is_day_first = bool(languages) and languages[0] != "en"
    for line in lines:
        day = calendar.day_in(line, is_day_first=is_day_first)
        moment = datetime.combine(day, time(), UTC) if day is not None else None
        if moment is not None and _EARLIEST <= moment <= latest:
            return Found(moment, "text")
    return Found()


def read(text: str) -> datetime | None:
    """The moment a text states in ISO 8601 or RFC 5322, in UTC; None for anything else."""
    stripped = text.strip()
    for reader in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = reader(stripped)
            return moment.astimezone(UTC) if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


def _first(texts: Iterable[str], latest: datetime) -> datetime | None:
    moments = (read(text) for text in texts)
    return next((moment for moment in moments if moment is not None and _EARLIEST <= moment <= latest), None)


def _search(tree: HtmlElement, url: str, latest: datetime) -> datetime | None:
    """htmldate without its extensive search, whose extra answers are wrong more often than right on news."""
    try:
        found = find_date(
            tree,
            extensive_search=False,
            original_date=True,
            url=url,
            min_date=_EARLIEST.date().isoformat(),
            max_date=latest.date().isoformat(),
        )
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError):
        return None  # a date is worth no page
    return read(found) if found is not None else None
