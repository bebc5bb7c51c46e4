"""A digest as channels take it: the new alerts of a run in one message, as an event or as one line of text."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipeline.stages.compose import BODY_BYTES, clip, encode
from pipeline.stages.urls import host_of
from topics.records import Alert

EVENT_TYPE = "tocsin.digest"
MOST_SHOWN = 100
"""No message has room for more: an entry takes over 200 bytes."""
_LINES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a digest is of."""

    run_id: str
    count: int
    """Of all its alerts."""
    first: tuple[Alert, ...]
    """The oldest of them, of which as many are shown as fit."""


def event(told: Told, *, delivery_id: str, at: datetime) -> bytes:
    """The CloudEvents 1.0 event, on one line, under 20 kB: how many alerts did not fit is said.

    It ends as every event does that a channel takes: with its `deliveryid`.
    """
    shown = len(told.first)
    while True:
        body = encode(_event(told, shown, delivery_id, at))
        if len(body) < BODY_BYTES or shown == 0:
            return body
        shown = min(shown - 1, shown * BODY_BYTES // len(body))


def line(told: Told) -> str:
    """The digest on one line for a terminal, without a line end."""
    first = "; ".join(
        f"[{clip(alert.match.watch_name, 80)}] {clip(alert.match.title, 120)} {clip(alert.match.url)}"
        for alert in told.first[:_LINES]
    )
    more = f"; and {told.count - _LINES} more" if told.count > _LINES else ""
    return f"{told.count} alerts of replay {told.run_id}: {first}{more}"


def _event(told: Told, shown: int, delivery_id: str, at: datetime) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": delivery_id,
        "source": f"/tocsin/runs/{told.run_id}",
        "type": EVENT_TYPE,
        "time": at.isoformat(),
        "datacontenttype": "application/json",
        "data": {
            "run_id": told.run_id,
            "count": told.count,
            "alerts": [_entry(alert) for alert in told.first[:shown]],
            "left_out": told.count - shown,
        },
        "deliveryid": delivery_id,
    }


def _entry(alert: Alert) -> dict[str, Any]:
    match = alert.match
    published_at = match.published_at or match.origin.published_at
    return {
        "alert_id": alert.alert_id,
        "watch_id": clip(match.watch_id, 200),
        "watch_name": clip(match.watch_name, 200),
        "title": clip(match.title, 300),
        "url": clip(match.url),
        "site": clip(match.site_name or host_of(match.url), 200),
        "published_at": published_at.isoformat() if published_at is not None else None,
        "seen_at": match.origin.seen_at.isoformat(),
    }
