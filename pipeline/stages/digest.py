"""A digest as channels take it: the new alerts of a run in one message, as an event or as one line of text."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pipeline.stages.compose import BODY_BYTES, clip, encode
from pipeline.stages.urls import host_of
from topics.records import Alert

EVENT_TYPE = "tocsin.digest"
_LINES = 5


def event(alerts: Sequence[Alert], *, run_id: str, delivery_id: str, at: datetime) -> bytes:
    """The CloudEvents 1.0 event, on one line, under 20 kB: how many alerts did not fit is said.

    It ends as every event does that a channel takes: with its `deliveryid`.
    """
    shown = len(alerts)
    while True:
        body = encode(_event(alerts, shown, run_id, delivery_id, at))
        if len(body) < BODY_BYTES or shown == 0:
            return body
        shown = min(shown - 1, shown * BODY_BYTES // len(body))


def line(alerts: Sequence[Alert], *, run_id: str) -> str:
    """The digest on one line for a terminal, without a line end."""
    first = "; ".join(
        f"[{clip(alert.match.watch_name, 80)}] {clip(alert.match.title, 120)} {clip(alert.match.url)}"
        for alert in alerts[:_LINES]
    )
    more = f"; and {len(alerts) - _LINES} more" if len(alerts) > _LINES else ""
    return f"{len(alerts)} alerts of replay {run_id}: {first}{more}"


def _event(alerts: Sequence[Alert], shown: int, run_id: str, delivery_id: str, at: datetime) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": delivery_id,
        "source": f"/tocsin/runs/{run_id}",
        "type": EVENT_TYPE,
        "time": at.isoformat(),
        "datacontenttype": "application/json",
        "data": {
            "run_id": run_id,
            "count": len(alerts),
            "alerts": [_entry(alert) for alert in alerts[:shown]],
            "left_out": len(alerts) - shown,
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
