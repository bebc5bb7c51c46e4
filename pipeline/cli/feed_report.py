"""What `tocsin feeds list` and `check` say, as tables and as JSON."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import typer
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from pipeline.cli.feed_probe import Probe
from pipeline.settings import PollSettings
from pipeline.stages import identity
from pipeline.stages.feeds.schedule import Bounds, PollResult, next_interval
from pipeline.wording import in_a_row
from topics.records import Feed, FeedState


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLine:
    """One feed of the list."""

    feed_id: str
    url: str
    title: str | None
    folders: tuple[str, ...]
    state: str
    """`failing`, `never polled`, `ok` or `switched off`."""
    succeeded_at: datetime | None
    next_poll_at: datetime | None
    interval_s: float | None
    error_streak: int
    last_error: str | None
    pending: int
    """Entries whose pages are still to be had."""
    moved_to: str | None
    """Where the feed went for good, if it did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedFeed:
    """What a check found; None for what could not be known."""

    url: str
    is_reachable: bool
    status: int | None
    redirects: tuple[tuple[int, str], ...]
    moved_to: str | None
    robots: str
    kind: str | None
    title: str | None
    entries: int | None
    newest_at: datetime | None
    interval_s: float | None
    """How long the first wait would be, with the spread of this moment."""
    error: str | None
    announced: tuple[str, ...]
    """Feeds that the page names, where the address is no feed itself."""


def line(feed: Feed, state: FeedState | None) -> FeedLine:
    """The feed with what the pollers remember of it."""
    return FeedLine(
        feed_id=feed.feed_id,
        url=feed.url,
        title=feed.title or (state.title if state is not None else None),
        folders=feed.folders,
        state=_state(feed, state),
        succeeded_at=state.succeeded_at if state is not None else None,
        next_poll_at=state.next_poll_at if state is not None else None,
        interval_s=state.interval_s if state is not None else None,
        error_streak=state.error_streak if state is not None else 0,
        last_error=state.last_error if state is not None else None,
        pending=len(state.pending) if state is not None else 0,
        moved_to=state.url if state is not None and state.url != feed.url else None,
    )


def checked(probe: Probe, poll: PollSettings) -> CheckedFeed:
    """The probe's findings, with the interval a poller of these settings would begin with."""
    response, feed = probe.response, probe.feed
    dates = [entry.dated_at for entry in feed.entries if entry.dated_at is not None] if feed is not None else []
    return CheckedFeed(
        url=probe.url,
        is_reachable=response is not None,
        status=response.status if response is not None else None,
        redirects=response.redirects if response is not None else (),
        moved_to=response.moved_to if response is not None else None,
        robots=probe.robots,
        kind=feed.kind.value if feed is not None else None,
        title=feed.title if feed is not None else None,
        entries=len(feed.entries) if feed is not None else None,
        newest_at=max(dates, default=None),
        interval_s=_first_wait_s(probe, poll) if feed is not None else None,
        error=probe.error,
        announced=probe.announced,
    )


def show_list(lines: list[FeedLine], *, as_json: bool, now: datetime) -> None:
    """Print the feeds to standard output."""
    if as_json:
        for feed in lines:
            _print_json(asdict(feed))
        return
    table = Table("feed", *(Column(name, no_wrap=True) for name in _COLUMNS), box=None, header_style="bold")
    for feed in lines:
        style = "red" if feed.state == "failing" else ""
        moments = (_distance(feed.succeeded_at, now), _due(feed, now))
        table.add_row(_name(feed), Text(feed.state, style=style), *moments)
    Console().print(table)
    typer.echo(f"{len(lines)} feeds")


def show_check(found: CheckedFeed, *, as_json: bool) -> None:
    """Print the findings to standard output."""
    if as_json:
        _print_json(asdict(found))
        return
    redirects = "\n".join(f"{status} → {target}" for status, target in found.redirects)
    newest = found.newest_at.isoformat(timespec="minutes") if found.newest_at is not None else None
    rows = {
        "reachable": f"yes, HTTP {found.status}" if found.is_reachable else "no",
        "redirects": redirects or "none",
        "moved to": found.moved_to,
        "robots.txt": found.robots,
        "kind": found.kind or "no feed",
        "title": found.title,
        "entries": None if found.entries is None else str(found.entries),
        "newest": newest,
        "interval": None if found.interval_s is None else f"{timedelta(seconds=round(found.interval_s))} at first",
        "problem": found.error,
        "announces": "\n".join(found.announced),
    }
    table = Table(show_header=False, box=None)
    for name, value in rows.items():
        if value:
            table.add_row(Text(name, style="bold"), Text(value, overflow="fold"))
    Console().print(table)


def _name(feed: FeedLine) -> Text:
    """Title, address and what is wrong, a line each."""
    name = Text(feed.title or feed.url, overflow="fold")
    if feed.title:
        name.append(f"\n{feed.url}", style="dim")
    if feed.moved_to:
        name.append(f"\nmoved to {feed.moved_to}", style="dim")
    if feed.error_streak:
        name.append(f"\nfailed {in_a_row(feed.error_streak)}, last: {feed.last_error}", style="red")
    return name


def _state(feed: Feed, state: FeedState | None) -> str:
    if not feed.enabled:
        return "switched off"
    if state is None or state.polled_at is None:
        return "never polled"
    return "failing" if state.error_streak else "ok"


def _first_wait_s(probe: Probe, poll: PollSettings) -> float:
    entries, ttl_s = (len(probe.feed.entries), probe.feed.ttl_s) if probe.feed is not None else (0, None)
    result = PollResult(polled_at=probe.asked_at, new_entries=entries, ttl_s=ttl_s, max_age_s=probe.max_age_s)
    bounds = Bounds(floor=poll.interval_floor, ceiling=poll.interval_ceiling)
    return next_interval(identity.feed_id(probe.url), 0.0, result, bounds=bounds).wait.total_seconds()


def _distance(moment: datetime | None, now: datetime) -> str:
    """`3 min ago`, `in 2 h`; empty for none."""
    if moment is None:
        return ""
    seconds = (moment - now).total_seconds()
    size, unit = next((size, unit) for size, unit in _UNITS if abs(seconds) >= size or size == 1)
    count = round(abs(seconds) / size)
    return f"in {count} {unit}" if seconds > 0 else f"{count} {unit} ago"


def _due(feed: FeedLine, now: datetime) -> str:
    """When it is asked again; a moment that has come stays a promise until a poller keeps it."""
    if feed.state == "switched off":
        return ""
    if feed.next_poll_at is None or feed.next_poll_at <= now + _NOW:
        return "due now"
    return _distance(feed.next_poll_at, now)


def _print_json(values: Mapping[str, Any]) -> None:
    typer.echo(json.dumps(values, ensure_ascii=False, default=_plain))


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")


_NOW = timedelta(seconds=1)
_COLUMNS = ("state", "last success", "next poll")
_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))
