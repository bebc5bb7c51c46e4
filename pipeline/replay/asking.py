"""What an operator asks of a replay, read from words: times, rates, and the whole request."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.adapters.database.runs import Asked, Notify
from pipeline.errors import UsageError
from pipeline.replay.selection import Selection
from topics.records import Mode

KIND = "replay"
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
_AGO = re.compile(r"(\d+(?:\.\d+)?)([smhdw])")
_RATE = re.compile(r"(\d+(?:\.\d+)?)(?:/([smhd]))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One replay as it is asked for."""

    source: str
    """A topic's name, or the path of a file."""
    since: str | None = None
    until: str | None = None
    selection: Selection = field(default_factory=Selection)
    last_stage: str = "fold"
    mode: Mode = Mode.BACKFILL
    notify: Notify = Notify.NONE
    rate: float | None = None
    """Records a second."""

    @property
    def asked(self) -> Asked:
        """What makes it this request and no other; how fast is not part of it."""
        chosen = self.selection
        words: dict[str, Any] = {
            "source": self.source,
            "from": self.since,
            "to": self.until,
            "into": self.last_stage,
            "feed": list(chosen.feeds),
            "site": list(chosen.sites),
            "lang": list(chosen.languages),
            "id": list(chosen.ids),
            "published_from": _written(chosen.published_from),
            "published_to": _written(chosen.published_to),
        }
        said = {name: value for name, value in words.items() if value not in (None, [])}
        return Asked(kind=KIND, mode=self.mode, notify=self.notify, words=said)


def request_of(asked: Asked, *, rate: float | None = None) -> Request:
    """The request that a stored run came from."""
    words = asked.words
    selection = Selection(
        feeds=tuple(words.get("feed", ())),
        sites=tuple(words.get("site", ())),
        languages=tuple(words.get("lang", ())),
        ids=tuple(words.get("id", ())),
        published_from=_read_written(words.get("published_from")),
        published_to=_read_written(words.get("published_to")),
    )
    return Request(
        source=words["source"],
        since=words.get("from"),
        until=words.get("to"),
        selection=selection,
        last_stage=words["into"],
        mode=asked.mode,
        notify=asked.notify,
        rate=rate,
    )


def read_time(words: str | None, *, option: str, now: datetime) -> datetime | None:
    """A moment: ISO 8601, UTC where no zone is given, or so long ago (`7d`, `3h`). None for nothing or `now`."""
    if words is None or words == "now":
        return None
    ago = _AGO.fullmatch(words)
    try:
        if ago is not None:
            return now - timedelta(seconds=float(ago[1]) * _UNITS[ago[2]])
        moment = datetime.fromisoformat(words)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{option} {words}: a time such as 2026-03-04T05:06Z, 7d, 3h or now is expected") from error
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def read_rate(words: str | None) -> float | None:
    """Records a second, from `200/s`, `30/m` or a plain number of them a second; None for no limit."""
    if words is None:
        return None
    found = _RATE.fullmatch(words)
    rate = float(found[1]) / _UNITS[found[2] or "s"] if found is not None else 0.0
    if rate <= 0:
        raise UsageError(f"--rate {words}: a rate such as 200/s or 30/m is expected")
    return rate


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _read_written(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
