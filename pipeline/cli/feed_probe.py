"""Asking an address the way a poller would, to tell its owner what a poller would find there."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime

from pipeline.adapters import clock
from pipeline.adapters.http import Failure, Fetcher, FetchError, Request, Response
from pipeline.poller.ledger import max_age_s
from pipeline.settings import FetchSettings
from pipeline.stages.feeds.discover import discover, usual_places
from pipeline.stages.feeds.entry import ParsedFeed
from pipeline.stages.feeds.parse import parse
from pipeline.stages.outcome import Reject

_MOST_ASKED = 5
"""Feeds of one site that are looked at before giving up."""
_MARKUP_STARTS = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What one address answered."""

    url: str
    asked_at: datetime
    robots: str
    """`allowed`, `refused`, `unreachable`, or `unknown` where nothing could be asked."""
    response: Response | None = None
    feed: ParsedFeed | None = None
    """None for what is no feed; then `error` says why."""
    error: str | None = None

    @property
    def max_age_s(self) -> float | None:
        """How long the server says its answer is good for."""
        return max_age_s(self.response.headers.get("cache-control")) if self.response is not None else None

    @property
    def address(self) -> str:
        """Where to ask from now on: where the address went for good, or the address."""
        return (self.response.moved_to if self.response is not None else None) or self.url

    @property
    def announced(self) -> tuple[str, ...]:
        """The feeds a page names that is none itself."""
        if self.feed is not None or self.response is None or b"<" not in self.response.body[:_MARKUP_STARTS]:
            return ()
        return discover(self.response.body, url=self.response.final_url)


def probe(settings: FetchSettings, url: str, *, obey_robots: bool = True) -> Probe:
    """Ask that address alone."""
    return asyncio.run(_ask_one(settings, url, obey_robots))


def find(settings: FetchSettings, url: str, *, obey_robots: bool = True) -> tuple[Probe, ...]:
    """Ask the address; where it is no feed, ask the feeds it announces, or the usual places of its site, until one is.

    The last probe has the feed, if any has.
    """
    return asyncio.run(_ask_around(settings, url, obey_robots))


async def _ask_one(settings: FetchSettings, url: str, obey_robots: bool) -> Probe:
    async with Fetcher(settings) as fetcher:
        return await _ask(fetcher, url, obey_robots)


async def _ask_around(settings: FetchSettings, url: str, obey_robots: bool) -> tuple[Probe, ...]:
    async with Fetcher(settings) as fetcher:
        probes = [await _ask(fetcher, url, obey_robots)]
        for place in _places(probes[0]):
            probes.append(await _ask(fetcher, place, obey_robots))
            if probes[-1].feed is not None:
                break
        return tuple(probes)


def _places(first: Probe) -> tuple[str, ...]:
    if first.feed is not None or first.response is None:
        return ()
    return first.announced[:_MOST_ASKED] or usual_places(first.response.final_url)


async def _ask(fetcher: Fetcher, url: str, obey_robots: bool) -> Probe:
    asked_at = clock.now()
    robots = "unknown"
    try:
        robots = (await fetcher.judge(url)).name.lower()
        async with fetcher.get(Request(url=url, kind="feed", obey_robots=obey_robots)) as response:
            return _read(response, asked_at=asked_at, robots=robots)
    except FetchError as error:
        return Probe(url=url, asked_at=asked_at, robots=robots, error=_said(error))


def _said(error: FetchError) -> str:
    if error.failure is Failure.PRIVATE_ADDRESS:
        return f"{error}; TOCSIN_FETCH__ALLOW_PRIVATE_ADDRESSES=true lets it in"
    return str(error)


def _read(response: Response, *, asked_at: datetime, robots: str) -> Probe:
    answered = Probe(url=response.url, asked_at=asked_at, robots=robots, response=response)
    if not response.is_success:
        return replace(answered, error=f"HTTP {response.status}")
    parsed = parse(response.body, url=response.final_url, content_type=response.content_type, now=asked_at)
    if isinstance(parsed, Reject):
        return replace(answered, error=parsed.detail)
    return replace(answered, feed=parsed)
