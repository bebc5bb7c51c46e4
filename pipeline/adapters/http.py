"""Fetching with manners: the one way anything of ours reads the web.

In order, for the address and for every redirect after it: robots.txt, a turn at the host, one of the process's slots,
the connection (guarded against private addresses), the headers, the body under its caps. Nothing is sent that disguises
us; no cookies are kept.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Self
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, DummyCookieJar, InvalidURL

from pipeline import metrics
from pipeline.adapters import clock
from pipeline.adapters.decompress import ACCEPT_ENCODING, BodyTooLargeError, UndecodableBodyError, decompress
from pipeline.adapters.guard import PrivateAddressError, guarded_connector
from pipeline.adapters.hosts import HostPausedError, Hosts
from pipeline.adapters.robots import Robots, RobotsAnswer, Verdict
from pipeline.errors import TocsinError
from pipeline.settings import FetchSettings
from pipeline.stages import urls

_REDIRECTS = {301, 302, 303, 307, 308}
_PERMANENT = {301, 308}
# A Retry-After beyond a day is a mistake or a grudge; asking once a day is no burden.
_MAX_RETRY_AFTER_S = 86_400.0


class Failure(StrEnum):
    """Why there is no response."""

    BAD_URL = "bad-url"
    NO_ANSWER = "no-answer"
    TIMEOUT = "timeout"
    REDIRECTS = "redirects"
    BODY_TOO_LARGE = "body-too-large"
    UNDECODABLE_BODY = "undecodable-body"
    UNWANTED_TYPE = "unwanted-type"
    PRIVATE_ADDRESS = "private-address"
    ROBOTS = "robots"
    ROBOTS_UNREACHABLE = "robots-unreachable"
    HOST_PAUSED = "host-paused"


class FetchError(TocsinError):
    """There is no response; `retry_after_s` where the host said when to come again."""

    def __init__(self, failure: Failure, detail: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(f"{failure}: {detail}")
        self.failure = failure
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to fetch, and how."""

    url: str
    kind: str = "page"
    """`feed`, `page` or `robots`: the metric's label."""
    etag: str | None = None
    last_modified: str | None = None
    accept: str = "*/*"
    media_types: frozenset[str] = frozenset()
    """Media types worth reading; empty takes all. A response that names none is always read."""
    obey_robots: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What a server answered."""

    url: str
    """The address asked for."""
    final_url: str
    """The address that answered."""
    status: int
    headers: dict[str, str]
    """Names in lower case; of repeated ones the first."""
    body: bytes = b""
    """Decompressed; only read for a status of 2xx."""
    redirects: tuple[tuple[int, str], ...] = ()
    """Status and target of each redirect followed."""
    moved_to: str | None = None
    """Where the address went for good: the end of the permanent redirects it began with."""
    retry_after_s: float | None = None

    @property
    def content_type(self) -> str | None:
        """The Content-Type header as served."""
        return self.headers.get("content-type")

    @property
    def is_success(self) -> bool:
        """A status of 2xx."""
        return 200 <= self.status < 300


@dataclass
class _Hops:
    """The way of one request so far."""

    url: str
    taken: list[tuple[int, str]] = field(default_factory=list)

    @property
    def moved_to(self) -> str | None:
        moved = None
        for status, target in self.taken:
            if status not in _PERMANENT:
                break
            moved = target
        return moved


class Fetcher:
    """One process's client: an async context manager, bound to its event loop."""

    def __init__(self, settings: FetchSettings) -> None:
        self._settings = settings
        self._hosts = Hosts(settings.host_spacing.total_seconds(), settings.host_concurrency)
        self._robots = Robots(self._ask_robots, user_agent=settings.user_agent)
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._session: ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = ClientSession(
            connector=guarded_connector(allow_private=self._settings.allow_private_addresses, limit=0),
            cookie_jar=DummyCookieJar(),
            timeout=ClientTimeout(total=None),
            auto_decompress=False,
            trust_env=False,
        )
        return self

    async def __aexit__(self, *_exception: object) -> None:
        if self._session is not None:
            await self._session.close()

    @asynccontextmanager
    async def get(self, request: Request) -> AsyncIterator[Response]:
        """The response, redirects followed. FetchError when there is none.

        One of the process's slots is held until the context ends: what is done with the body holds back further
        fetches, which bounds the bodies in memory.
        """
        started = asyncio.get_running_loop().time()
        hops = _Hops(request.url)
        while True:
            async with AsyncExitStack() as slot:
                response = await self._take_hop(request, hops, slot)
                target = self._target(response, hops)
                if target is None:
                    metrics.FETCH_SECONDS.labels(kind=request.kind).observe(asyncio.get_running_loop().time() - started)
                    yield response
                    return
            hops.taken.append((response.status, target))
            hops.url = target

    async def judge(self, url: str) -> Verdict:
        """What the host's robots.txt says of that address."""
        return await self._robots.judge(url, origin=_origin(url))

    async def _take_hop(self, request: Request, hops: _Hops, slot: AsyncExitStack) -> Response:
        origin = _origin(hops.url)
        if request.obey_robots:
            await self._obey_robots(hops.url)
        try:
            async with self._hosts.turn(_host_key(origin), spacing_s=self._robots.crawl_delay_s(origin)):
                await slot.enter_async_context(self._slots)
                response = await self._ask(request, hops)
        except HostPausedError as error:
            raise FetchError(Failure.HOST_PAUSED, str(error), retry_after_s=error.remaining_s) from error
        if response.retry_after_s is not None and response.status in (429, 503):
            self._hosts.pause(_host_key(origin), response.retry_after_s)
        return response

    async def _obey_robots(self, url: str) -> None:
        verdict = await self.judge(url)
        if verdict is Verdict.REFUSED:
            raise FetchError(Failure.ROBOTS, f"robots.txt does not allow {url}")
        if verdict is Verdict.UNREACHABLE:
            raise FetchError(Failure.ROBOTS_UNREACHABLE, f"robots.txt of {_origin(url)} cannot be reached")

    async def _ask_robots(self, url: str) -> RobotsAnswer:
        try:
            async with self.get(Request(url=url, kind="robots", obey_robots=False)) as response:
                return RobotsAnswer(response.status, response.body)
        except FetchError as error:
            if error.failure is Failure.PRIVATE_ADDRESS:
                raise
            return RobotsAnswer(None)

    async def _ask(self, request: Request, hops: _Hops) -> Response:
        timeout_s = self._settings.timeout.total_seconds()
        try:
            async with asyncio.timeout(timeout_s):
                return await self._exchange(request, hops)
        except TimeoutError as error:
            raise FetchError(Failure.TIMEOUT, f"not done after {timeout_s:g} s") from error
        except PrivateAddressError as error:
            raise FetchError(Failure.PRIVATE_ADDRESS, str(error)) from error
        except (InvalidURL, UnicodeError) as error:
            raise FetchError(Failure.BAD_URL, f"{type(error).__name__}: {error}") from error
        except (ClientError, OSError) as error:
            raise FetchError(Failure.NO_ANSWER, f"{type(error).__name__}: {error}") from error
        except BodyTooLargeError as error:
            raise FetchError(Failure.BODY_TOO_LARGE, str(error)) from error
        except UndecodableBodyError as error:
            raise FetchError(Failure.UNDECODABLE_BODY, str(error)) from error

    async def _exchange(self, request: Request, hops: _Hops) -> Response:
        if self._session is None:
            raise RuntimeError("the fetcher is not entered")
        async with self._session.get(hops.url, headers=self._headers(request), allow_redirects=False) as answer:
            headers = {name.lower(): _readable(value) for name, value in reversed(list(answer.headers.items()))}
            body = await self._read(request, answer) if 200 <= answer.status < 300 else b""
        return Response(
            url=request.url,
            final_url=hops.url,
            status=answer.status,
            headers=headers,
            body=body,
            redirects=tuple(hops.taken),
            moved_to=hops.moved_to,
            retry_after_s=retry_after_s(headers.get("retry-after"), now=clock.now()),
        )

    def _headers(self, request: Request) -> dict[str, str]:
        headers = {
            "User-Agent": self._settings.user_agent,
            "Accept": request.accept,
            "Accept-Encoding": ACCEPT_ENCODING,
        }
        if request.etag is not None:
            headers["If-None-Match"] = request.etag
        if request.last_modified is not None:
            headers["If-Modified-Since"] = request.last_modified
        return headers

    async def _read(self, request: Request, answer: ClientResponse) -> bytes:
        media_type = answer.headers.get("Content-Type", "").split(";", 1)[0].strip().lower()
        if media_type and request.media_types and media_type not in request.media_types:
            raise FetchError(Failure.UNWANTED_TYPE, media_type[:80])
        limit = self._settings.max_body_bytes
        if (answer.content_length or 0) > limit:
            raise BodyTooLargeError(f"{answer.content_length} bytes announced, {limit} allowed")
        chunks, size = [], 0
        async for chunk in answer.content.iter_any():
            size += len(chunk)
            if size > limit:
                raise BodyTooLargeError(f"more than {limit} bytes")
            chunks.append(chunk)
        return await asyncio.to_thread(
            decompress,
            b"".join(chunks),
            answer.headers.get("Content-Encoding"),
            max_bytes=limit,
            max_ratio=self._settings.max_decompression_ratio,
        )

    def _target(self, response: Response, hops: _Hops) -> str | None:
        """Where a redirect leads; None where the response is no redirect."""
        location = response.headers.get("location")
        if response.status not in _REDIRECTS or location is None:
            return None
        target = urls.join(hops.url, location)
        if target is None:
            raise FetchError(Failure.REDIRECTS, f"redirected to {location[:200]!r}")
        if target in {response.url, *(url for _, url in hops.taken)}:
            raise FetchError(Failure.REDIRECTS, f"redirects go round in a circle at {target}")
        if len(hops.taken) >= self._settings.max_redirects:
            raise FetchError(Failure.REDIRECTS, f"more than {self._settings.max_redirects} redirects")
        return target


async def fetch(settings: FetchSettings, request: Request) -> Response:
    """One request with the manners of the poller, for commands. FetchError when there is no response."""
    async with Fetcher(settings) as fetcher, fetcher.get(request) as response:
        return response


def retry_after_s(value: str | None, *, now: datetime) -> float | None:
    """Seconds a Retry-After header asks to wait (RFC 9110, section 10.2.3), at most a day; None for nothing usable."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return min(float(value), _MAX_RETRY_AFTER_S)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    return min(max((moment - now).total_seconds(), 0.0), _MAX_RETRY_AFTER_S)


def _readable(value: str) -> str:
    """The header without the surrogates its non-UTF-8 bytes were read as; they are escaped as in an address."""
    return "".join(f"%{ord(char) - 0xDC00:02X}" if "\udc80" <= char <= "\udcff" else char for char in value)


def _origin(url: str) -> str:
    try:
        split = urlsplit(url)
        port = split.port
    except ValueError as error:
        raise FetchError(Failure.BAD_URL, f"{url[:200]!r}: {error}") from error
    if split.scheme not in ("http", "https") or not split.hostname:
        raise FetchError(Failure.BAD_URL, f"{url[:200]!r} is no http(s) address")
    host = f"[{split.hostname}]" if ":" in split.hostname else split.hostname
    return f"{split.scheme}://{host}" + (f":{port}" if port is not None else "")


def _host_key(origin: str) -> str:
    """What manners go by: the host, with its port only where that is not a usual one."""
    split = urlsplit(origin)
    return split.netloc if split.port not in (None, 80, 443) else split.hostname or ""
