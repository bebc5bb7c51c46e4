"""The page, its stream and a small API: alerts as they are raised, each with its reasons and its delays."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, Header, Query, Request
from fastapi.responses import HTMLResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline import __version__
from pipeline.errors import TransientError
from pipeline.web.alerts import AlertSource
from pipeline.web.view import AlertView

_HERE = Path(__file__).parent
_SHOWN = 50
_BATCH = 100
_LOOK_EVERY_S = 0.25
_SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}

After = Annotated[int | None, Query(ge=0, le=2**62, description="Sequence of the last alert already had")]


def build(source: AlertSource) -> FastAPI:
    """The web application over a source of alerts."""
    app = FastAPI(title="Tocsin", version=__version__, docs_url=None, redoc_url=None)
    app.mount("/static", StaticFiles(directory=_HERE / "static"), name="static")
    templates = Environment(
        loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined, enable_async=False
    )

    @app.middleware("http")
    async def secure(request: Request, call_next):  # type: ignore[no-untyped-def]  # Starlette's own type is private
        response = await call_next(request)
        response.headers.update(_SECURITY_HEADERS)
        return response

    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    async def page() -> str:
        alerts = await asyncio.to_thread(source.newest, _SHOWN)
        last = max((alert.sequence for alert in alerts), default=0)
        return templates.get_template("page.html").render(alerts=alerts, last=last)

    @app.get("/api/alerts", summary="Alerts, oldest first, after a sequence; without one the newest, newest first")
    async def alerts(after: After = None, limit: Annotated[int, Query(ge=1, le=500)] = _SHOWN) -> list[AlertView]:
        if after is None:
            return list(await asyncio.to_thread(source.newest, limit))
        return list(await asyncio.to_thread(source.after, after, limit))

    @app.get("/api/stream", response_class=EventSourceResponse, summary="Alerts as server-sent events, resumable")
    async def stream(
        after: After = None, last_event_id: Annotated[str | None, Header()] = None
    ) -> AsyncIterator[ServerSentEvent]:
        item = templates.get_template("alert.html")
        async for view in _follow(source, _resume_at(after, last_event_id)):
            yield ServerSentEvent(
                event="alert", id=str(view.sequence), data={"html": item.render(alert=view), "alert": asdict(view)}
            )

    return app


def _resume_at(after: int | None, last_event_id: str | None) -> int | None:
    """Where to go on: a browser that lost its connection names the last event it had."""
    if last_event_id is not None and last_event_id.isascii() and last_event_id.isdigit() and len(last_event_id) < 19:
        return int(last_event_id)
    return after


async def _follow(source: AlertSource, after: int | None) -> AsyncIterator[AlertView]:
    """Alerts after that one (None: those raised from now on), for ever; a database that is away is waited for."""
    last = after
    while True:
        try:
            if last is None:
                newest = await asyncio.to_thread(source.newest, 1)
                last = newest[0].sequence if newest else 0
            views = await asyncio.to_thread(source.after, last, _BATCH)
        except TransientError:
            views = []
        for view in views:
            last = view.sequence
            yield view
        if not views:
            await asyncio.sleep(_LOOK_EVERY_S)
