"""Matches into alerts: one alert for each story and watch, everything else counted to it.

1. A match that was folded before changes nothing, whatever brought it again; that another run brought it is recorded,
   so that a run's records all have an end.
2. A page that already belongs to an alert of the watch, fetched within the story window of the article that raised it:
   the same page again.
3. A text that already belongs to an alert of the watch, at whatever time and address: a copy. It could raise no alert
   of its own, since an alert's id is a digest of the watch and of the text of the story's first article.
4. Anything else raises an alert.

Times are the records' own. What a match is compared with lies in lanes: live records see what live records left and
nothing else, so that no replay keeps an alert from anyone; a backfill sees that and earlier backfills; a shadow run
sees itself alone. An alert of a backfill that somebody is told of counts as live from then on: it is told once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pipeline.stages import identity
from topics.records import Alert, Match, Mode, Origin

VERSION = "fold/1"


class Part(StrEnum):
    """What a match is to its alert."""

    RAISED = "raised"
    SAME_PAGE = "same-page"
    COPY = "copy"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAlert:
    """An alert that a match may belong to."""

    sequence: int
    fetched_at: datetime
    """When the article that raised it was fetched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a match's watch in the lanes the match sees."""

    folded_by: frozenset[str] = frozenset()
    """Runs that have folded this very match before; `live` is one."""
    of_page: tuple[KnownAlert, ...] = ()
    """Alerts the page belongs to."""
    of_text: tuple[KnownAlert, ...] = ()
    """Alerts the text belongs to."""


@dataclass(frozen=True, slots=True)
class Raise:
    """A new alert."""

    alert: Alert


@dataclass(frozen=True, slots=True)
class Join:
    """One more of a story that has its alert."""

    sequence: int
    part: Part


@dataclass(frozen=True, slots=True)
class Recall:
    """Folded before, by another run."""


@dataclass(frozen=True, slots=True)
class Ignore:
    """The same record again."""


Decision = Raise | Join | Recall | Ignore


def fold(match: Match, *, known: Known, story_window: timedelta, steps: dict[str, datetime], now: datetime) -> Decision:
    """What the match comes to. `steps` are the times of the stages before, `now` becomes the time of the alert."""
    if known.folded_by:
        return Ignore() if match.origin.run_id in known.folded_by else Recall()
    fetched_at = match.origin.fetched_at
    near = [alert for alert in known.of_page if abs(fetched_at - alert.fetched_at) <= story_window]
    if near:
        nearest = min(near, key=lambda alert: (abs(fetched_at - alert.fetched_at), alert.sequence))
        return Join(nearest.sequence, Part.SAME_PAGE)
    if known.of_text:
        return Join(min(alert.sequence for alert in known.of_text), Part.COPY)
    return Raise(_alert(match, steps=steps | {"fold": now}, now=now))


def lane_of(origin: Origin) -> str:
    """The lane in which the record leaves its mark."""
    return f"{Mode.SHADOW}:{origin.run_id}" if origin.mode is Mode.SHADOW else origin.mode.value


def lanes_seen(origin: Origin) -> tuple[str, ...]:
    """The lanes the record is compared with, its own among them."""
    return (Mode.LIVE.value, Mode.BACKFILL.value) if origin.mode is Mode.BACKFILL else (lane_of(origin),)


def _alert(match: Match, *, steps: dict[str, datetime], now: datetime) -> Alert:
    story_id = identity.digest("story", match.text_digest)
    return Alert(
        alert_id=identity.alert_id(match.watch_id, story_id),
        watch_id=match.watch_id,
        story_id=story_id,
        match=match,
        raised_at=now,
        steps=steps,
        mode=match.origin.mode,
    )
