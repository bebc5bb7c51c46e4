"""An alert as the page and its stream show it: pure, from records to JSON-ready values and marked-up pieces."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from topics.records import Alert, Snippet


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of a snippet."""

    text: str
    is_hit: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why the watch matched: a clause and the words it was found as."""

    clause: str
    words: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertView:
    """What one alert shows."""

    sequence: int
    alert_id: str
    watch: str
    title: str
    url: str
    site: str
    language: str
    authors: list[str]
    mode: str
    reasons: list[Reason]
    snippets: list[list[Piece]]
    published_at: str | None
    seen_at: str
    raised_at: str
    published_to_seen_s: float | None
    seen_to_raised_s: float
    steps: list[tuple[str, float]]
    copies: int
    deliveries: list[str]


def alert_view(alert: Alert, *, sequence: int, copies: int, deliveries: Sequence[str] = ()) -> AlertView:
    """The alert, with every delay in seconds."""
    match, origin = alert.match, alert.match.origin
    published = match.published_at or origin.published_at
    return AlertView(
        sequence=sequence,
        alert_id=alert.alert_id,
        watch=match.watch_name,
        title=match.title,
        url=match.url,
        site=match.site_name or match.url.split("/")[2],
        language=match.language or "",
        authors=list(match.authors),
        mode=alert.mode.value,
        reasons=_reasons(alert),
        snippets=[pieces(snippet) for snippet in match.snippets],
        published_at=published.isoformat() if published is not None else None,
        seen_at=origin.seen_at.isoformat(),
        raised_at=alert.raised_at.isoformat(),
        published_to_seen_s=_seconds(published, origin.seen_at) if published is not None else None,
        seen_to_raised_s=_seconds(origin.seen_at, alert.raised_at),
        steps=steps(alert),
        copies=copies,
        deliveries=list(deliveries),
    )


def pieces(snippet: Snippet) -> list[Piece]:
    """The snippet cut at its highlights; joined, the pieces are its text."""
    cut: list[Piece] = []
    done = 0
    for start, end in sorted(snippet.highlights):
        if start < done:
            continue
        cut += [Piece(text=snippet.text[done:start], is_hit=False), Piece(text=snippet.text[start:end], is_hit=True)]
        done = end
    cut.append(Piece(text=snippet.text[done:], is_hit=False))
    return [piece for piece in cut if piece.text]


def steps(alert: Alert) -> list[tuple[str, float]]:
    """Seconds from the poller's first sight to the end of each step, in order of time."""
    ordered = sorted(alert.steps.items(), key=lambda item: item[1])
    return [(name, _seconds(alert.match.origin.seen_at, moment)) for name, moment in ordered]


def _reasons(alert: Alert) -> list[Reason]:
    words: dict[str, list[str]] = {}
    for hit in alert.match.hits:
        found = words.setdefault(hit.clause, [])
        if hit.words not in found:
            found.append(hit.words)
    return [Reason(clause=clause, words=found) for clause, found in words.items()]


def _seconds(start: datetime, end: datetime) -> float:
    return round((end - start).total_seconds(), 3)
