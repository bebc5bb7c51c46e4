"""A small web site on loopback that behaves as it is told, and remembers what it was asked."""

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import brotli
import zstandard
from aiohttp import web
from aiohttp.test_utils import TestServer

CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": partial(brotli.compress, quality=4),
    "zstd": zstandard.compress,
}

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came."""

    path: str
    at: float
    headers: dict[str, str]


@dataclass
class Site:
    """The site's pages, and the requests so far."""

    asked: list[Asked] = field(default_factory=list)
    base: str = ""
    open_now: int = 0
    most_open: int = 0
    _answers: dict[str, Answer] = field(default_factory=dict)
    _arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    def page(self, path: str, body: str | bytes = "", *, status: int = 200, **headers: str) -> str:
        """Serve this at the path, whatever is asked; header names with underscores for hyphens. The full address."""
        raw = body.encode() if isinstance(body, str) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named.setdefault("Content-Type", "text/html")

        async def answer(_request: web.Request) -> web.StreamResponse:
            return web.Response(body=raw, status=status, headers=named)

        return self.answer(path, answer)

    def answer(self, path: str, answer: Answer) -> str:
        """Serve what the function gives."""
        self._answers[path] = answer
        return self.base + path

    def coded(self, path: str, body: bytes, coding: str) -> str:
        """Serve the body compressed."""
        return self.page(path, CODINGS[coding](body), Content_Encoding=coding)

    def redirect(self, path: str, target: str, status: int) -> str:
        """Lead elsewhere."""
        return self.page(path, status=status, Location=target)

    def slow(self, path: str, *, first: bytes = b"") -> str:
        """Begin an answer and never end it."""

        async def answer(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse(headers={"Content-Type": "text/html"})
            await response.prepare(request)
            await response.write(first)
            await asyncio.Event().wait()
            return response

        return self.answer(path, answer)

    def paths(self) -> list[str]:
        """What was asked for, in order, robots.txt left out."""
        return [asked.path for asked in self.asked if asked.path != "/robots.txt"]

    async def wait_until(self, claim: Callable[[], bool]) -> None:
        """Return when the claim holds, looked at after each request."""
        async with self._arrived:
            await self._arrived.wait_for(claim)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        at = asyncio.get_running_loop().time()
        self.asked.append(Asked(request.path_qs, at, dict(request.headers)))
        async with self._arrived:
            self._arrived.notify_all()
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        try:
            answer = self._answers.get(request.path_qs)
            return await answer(request) if answer is not None else web.Response(status=404)
        finally:
            self.open_now -= 1


@asynccontextmanager
async def serve(host: str = "127.0.0.1") -> AsyncIterator[Site]:
    """A site at that loopback address, for as long as the context lasts."""
    site = Site()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", site.handle)
    async with TestServer(app, host=host, shutdown_timeout=0.0) as server:
        site.base = f"http://{host}:{server.port}"
        yield site
