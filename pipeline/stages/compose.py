"""An alert as channels take it: a CloudEvents 1.0 event in its structured JSON form, or one line of text."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import quote

from pipeline.stages.urls import host_of
from topics.codec import to_builtins
from topics.records import Alert, Hit, Match, Snippet, TextField

EVENT_TYPE = "tocsin.alert"
CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"

# Standard Webhooks 1.0, "Payload size": under 20 kB.
BODY_BYTES = 20_000

# Bytes of UTF-8, chosen so that an event without hits and snippets stays below BODY_BYTES even when every character of
# these has to be escaped (two bytes for one, control characters being replaced).
_URL_BYTES, _TITLE_BYTES, _NAME_BYTES, _WORDS_BYTES = 1500, 1000, 200, 300
_AUTHORS, _STEPS = 5, 20

# Everything a terminal might obey or that might break the line: C0, DEL, C1, line and paragraph separators, what turns
# the direction of all that follows (Unicode Standard Annex 9), and surrogates, which have no UTF-8.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")


def event(alert: Alert, *, copies: int, delivery_id: str) -> bytes:
    """The event, on one line, under 20 kB: snippets are left out first, then hits, and how many is said.

    The last attribute is `deliveryid`: a line that ends with it and a brace was written whole.
    """
    hits, snippets = alert.match.hits, alert.match.snippets
    while True:
        body = encode(_event(alert, copies, delivery_id, hits, snippets))
        if len(body) < BODY_BYTES or not (hits or snippets):
            return body
        hits, snippets = (hits, snippets[: len(snippets) // 2]) if snippets else (hits[: len(hits) // 2], snippets)


def end_of_event(delivery_id: str) -> bytes:
    """What the event of that delivery ends with, and no other's does."""
    return encode({"deliveryid": delivery_id})[1:]


def line(alert: Alert) -> str:
    """The alert on one line for a terminal, without a line end."""
    match = alert.match
    words = ", ".join(dict.fromkeys(f"“{clip(hit.words, 80)}”" for hit in match.hits[:5]))
    site = match.site_name or host_of(match.url)
    raised = alert.raised_at.strftime("%Y-%m-%d %H:%M:%S")
    title = f"[{clip(match.watch_name, 80)}] {clip(match.title, 200)}"
    return f"{raised} {title} — {clip(site, 80)}: {words} {clip(match.url)}"


def clip(text: str, size: int = _URL_BYTES) -> str:
    """The text without control characters, cut to that many bytes of UTF-8."""
    plain = _CONTROLS.sub(" ", text)
    data = plain.encode()
    return plain if len(data) <= size else data[: size - 3].decode(errors="ignore") + "…"


def encode(value: dict[str, Any]) -> bytes:
    """An event's bytes: JSON on one line, UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _event(
    alert: Alert, copies: int, delivery_id: str, hits: tuple[Hit, ...], snippets: tuple[Snippet, ...]
) -> dict[str, Any]:
    match = alert.match
    return {
        "specversion": "1.0",
        "id": alert.alert_id,
        "source": f"/tocsin/watches/{quote(clip(match.watch_id, _NAME_BYTES), safe='')}",
        "type": EVENT_TYPE,
        "time": alert.raised_at.isoformat(),
        "datacontenttype": "application/json",
        "data": {
            "watch_id": clip(match.watch_id, _NAME_BYTES),
            "watch_name": clip(match.watch_name, _NAME_BYTES),
            "watch_revision": match.watch_revision,
            "subscriber": clip(match.subscriber, _NAME_BYTES),
            **_article(match),
            "story_id": alert.story_id,
            "copies": copies,
            "hits": [_hit(hit) for hit in hits],
            "hits_left_out": len(match.hits) - len(hits),
            "snippets": [_snippet(snippet) for snippet in snippets],
            "snippets_left_out": len(match.snippets) - len(snippets),
            "seen_at": match.origin.seen_at.isoformat(),
            "alerted_at": alert.raised_at.isoformat(),
            "steps": list(_steps(alert)),
        },
        "deliveryid": delivery_id,
    }


def _article(match: Match) -> dict[str, Any]:
    published_at = match.published_at or match.origin.published_at
    return {
        "title": clip(match.title, _TITLE_BYTES),
        "url": clip(match.url),
        "canonical_url": clip(match.canonical_url),
        "site": clip(match.site_name or host_of(match.url), _NAME_BYTES),
        "authors": [clip(author, _NAME_BYTES) for author in match.authors[:_AUTHORS]],
        "language": clip(match.language, 20) if match.language is not None else None,
        "published_at": published_at.isoformat() if published_at is not None else None,
        "page_id": match.origin.page_id,
    }


def _hit(hit: Hit) -> dict[str, Any]:
    values: dict[str, Any] = to_builtins(hit)
    return values | {
        name: clip(value, _WORDS_BYTES)
        for name in ("clause", "words", "actor_id", "alias")
        if (value := getattr(hit, name)) is not None
    }


def _snippet(snippet: Snippet) -> dict[str, Any]:
    # Not clipped: highlights are offsets into the text. Line ends of an article's text are all there is to replace.
    text = "".join(" " if _CONTROLS.match(character) else character for character in snippet.text)
    return {
        "field": TextField(snippet.field).value,
        "start": snippet.start,
        "text": text,
        "highlights": [list(span) for span in snippet.highlights],
    }


def _steps(alert: Alert) -> Iterator[dict[str, Any]]:
    """The steps in the order they finished, with the seconds since the one before, or since the entry was seen."""
    before: datetime = alert.match.origin.seen_at
    for name, finished_at in sorted(alert.steps.items(), key=lambda item: item[1])[:_STEPS]:
        yield {
            "step": clip(name, 40),
            "finished_at": finished_at.isoformat(),
            "seconds": round((finished_at - before).total_seconds(), 3),
        }
        before = finished_at
