"""What a watch would have brought: matches in stored articles, the newest hours first, and how many alerts a day.

One function for the command, a page and the estimate of alerts a day. It reads `tagged-articles` and writes nothing.

1. Time is cut into windows, the newest first and each as long as all before it, so that something is shown at once and
   an answer cut short is about the newest hours.
2. Every article of a window is held against the watch by the matcher that matches live (`searching`).
3. What is found is folded as the deliverer folds (`stages/fold`): copies and later versions of a page are counted to
   their alert. Partitions are read side by side, so that of two copies the later may be the one that is shown.
4. The search ends with the range, when its time is up, or where evaluating the query fails; showing ends before it, at
   the limit.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from time import monotonic

from pipeline import metrics
from pipeline.adapters import horizon
from pipeline.adapters.ranges import Bounds, bounds_of
from pipeline.replay.spread import Question, Searched, Window, search
from pipeline.settings import Settings
from pipeline.stages import fold
from pipeline.stages.match import parse_query
from topics import registry
from topics.records import Actor, Match, Watch

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_LEAST_DAYS = 1 / 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How far a preview goes."""

    days: float = 7.0
    """Of arrival, back from now."""
    shown: int = 20
    """Alerts shown; those beyond are counted."""
    time: timedelta = timedelta(seconds=30)
    processes: int = field(default_factory=lambda: os.cpu_count() or 1)


@dataclass(frozen=True, slots=True)
class Shown:
    """A match that would have raised an alert."""

    match: Match


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the search is."""

    passed: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What it came to."""

    days: float
    """Searched: less than asked for when the topic does not reach so far back, or the time was up."""
    articles: int
    matches: int
    """Articles that matched, copies and later versions among them."""
    alerts: int
    is_whole: bool
    """All that was asked for and is stored was searched."""
    undecodable: int
    seconds: float
    failure: str | None = None
    """Why the query was put aside: what it would have brought from then on is not known. None: it was not."""

    @property
    def articles_per_day(self) -> float:
        """As arrived."""
        return self.articles / self.days if self.days else 0.0

    @property
    def alerts_per_day(self) -> float:
        """The estimate: what the watch would have brought on a day of those searched."""
        return self.alerts / self.days if self.days else 0.0

    @property
    def tells_of_a_day(self) -> bool:
        """An hour or more was searched, and well: of less, no figure of a day is worth showing."""
        return self.failure is None and self.days >= _LEAST_DAYS


Event = Shown | Progress | Summary


def preview(
    settings: Settings, query: str, *, actors: Sequence[Actor], now: datetime, limits: Limits | None = None
) -> Iterator[Event]:
    """Matches as they are found, and the summary at the end.

    QueryError for a query that cannot be read, UnavailableError without a broker, TransientError when it goes away.
    """
    parse_query(query)
    return _run(_Preview(settings, limits or Limits(), now), query, tuple(actors))


def estimate(settings: Settings, query: str, *, actors: Sequence[Actor], now: datetime, limits: Limits) -> Summary:
    """The summary alone: how many alerts a day, and of how many days. Raises what `preview` does."""
    *_, summary = preview(settings, query, actors=actors, now=now, limits=replace(limits, shown=0))
    assert isinstance(summary, Summary)
    return summary


def _run(running: "_Preview", query: str, actors: tuple[Actor, ...]) -> Iterator[Event]:
    started = monotonic()
    watch = Watch(watch_id="preview", name="preview", query=query, revision=1)
    question = Question(running.settings, watch, actors, running.windows)
    until = started + running.limits.time.total_seconds()
    for searched in search(question, processes=running.limits.processes, until=until):
        yield from running.take(searched)
    summary = running.summary(monotonic() - started)
    metrics.PREVIEWED_ARTICLES.inc(summary.articles)
    metrics.PREVIEW_SECONDS.observe(summary.seconds)
    yield summary


class _Preview:
    """One preview's counts."""

    def __init__(self, settings: Settings, limits: Limits, now: datetime) -> None:
        self.settings = settings
        self.limits = limits
        # Without the topic there is no horizon; `bounds_of` says so.
        oldest = [topic.oldest_at for topic in horizon.read(settings, [registry.TAGGED_ARTICLES])]
        since = max(now - limits.days * _DAY, *(moment or now for moment in oldest))
        moments = boundaries(since, now)
        self._spans = [newer - older for older, newer in zip(moments[1:], moments, strict=False)]
        self.windows = _windows(settings, moments)
        self._sizes = [_size(window) for window in self.windows]
        self._passed = [0] * len(self.windows)
        self._stories = Stories(settings.deliver.story_window)
        self._articles = self._undecodable = self._shown = 0
        self._failure: str | None = None

    def take(self, searched: Searched) -> Iterator[Event]:
        self._passed[searched.window] += searched.passed
        self._articles += searched.articles
        self._undecodable += searched.undecodable
        self._failure = self._failure or searched.failure
        for match in searched.matches:
            if self._stories.take(match) and self._shown < self.limits.shown:
                self._shown += 1
                yield Shown(match)
        yield Progress(sum(self._passed), sum(self._sizes))

    def summary(self, seconds: float) -> Summary:
        shares = [passed / size if size else 1.0 for passed, size in zip(self._passed, self._sizes, strict=True)]
        searched = sum((span * share for span, share in zip(self._spans, shares, strict=True)), timedelta())
        return Summary(
            days=searched / _DAY,
            articles=self._articles,
            matches=self._stories.matches,
            alerts=self._stories.alerts,
            is_whole=self._failure is None and self._passed == self._sizes,
            undecodable=self._undecodable,
            seconds=seconds,
            failure=self._failure,
        )


class Stories:
    """Matches of one watch folded into alerts, in memory."""

    def __init__(self, story_window: timedelta) -> None:
        self._story_window = story_window
        self._folded: set[str] = set()
        self._of_page: dict[str, list[fold.KnownAlert]] = {}
        self._of_text: dict[str, list[fold.KnownAlert]] = {}
        self.alerts = 0

    @property
    def matches(self) -> int:
        """Matches so far, each counted once."""
        return len(self._folded)

    def take(self, match: Match) -> bool:
        """True when the match raises an alert."""
        page, text = match.origin.page_id, match.text_digest
        known = fold.Known(
            folded_by=frozenset({match.origin.run_id} if match.match_id in self._folded else ()),
            of_page=tuple(self._of_page.get(page, ())),
            of_text=tuple(self._of_text.get(text, ())),
        )
        at = match.origin.fetched_at
        decision = fold.fold(match, known=known, story_window=self._story_window, steps={}, now=at)
        self._folded.add(match.match_id)
        if isinstance(decision, fold.Raise):
            self.alerts += 1
            alert = fold.KnownAlert(sequence=self.alerts, fetched_at=at)
        elif isinstance(decision, fold.Join):
            alert = next(one for one in (*known.of_page, *known.of_text) if one.sequence == decision.sequence)
        else:
            return False
        for table, name in ((self._of_page, page), (self._of_text, text)):
            if alert not in table.setdefault(name, []):
                table[name].append(alert)
        return isinstance(decision, fold.Raise)


def boundaries(since: datetime, now: datetime) -> list[datetime]:
    """Moments between windows, the newest first: an hour back, two, four, …"""
    moments = [now]
    back = _HOUR
    while now - back > since:
        moments.append(now - back)
        back *= 2
    return [*moments, since] if since < now else [now, now]


def _windows(settings: Settings, moments: Sequence[datetime]) -> tuple[Window, ...]:
    """The offsets between the moments; nothing falls between two windows."""
    whole = bounds_of(settings, registry.TAGGED_ARTICLES)
    ends = {number: bounds.end for number, bounds in whole.items()}
    windows = []
    for moment in moments[1:]:
        starts = _starts(settings, moment, ends)
        windows.append({number: Bounds(starts[number], end) for number, end in ends.items()})
        ends = starts
    return tuple(windows)


def _starts(settings: Settings, moment: datetime, ends: Mapping[int, int]) -> dict[int, int]:
    found = bounds_of(settings, registry.TAGGED_ARTICLES, since=moment)
    return {number: min(found[number].start, end) for number, end in ends.items()}


def _size(window: Window) -> int:
    return sum(bounds.end - bounds.start for bounds in window.values())
