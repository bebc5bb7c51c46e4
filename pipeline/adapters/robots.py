"""robots.txt by RFC 9309: asked once per origin and kept for a while.

A file that is not there (4xx) allows everything; one that cannot be reached (5xx, 429, no answer) allows nothing until
it can, which is reported apart from a refusal, because it may pass.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import Enum, auto

from protego import Protego

# RFC 9309, section 2.4: not longer than 24 hours. News sites change theirs seldom; a few hours is no burden on them.
_KEPT_S = 6 * 3600.0
_UNREACHABLE_KEPT_S = 300.0
# RFC 9309, section 2.5: at least 500 KiB must be read.
_MAX_BYTES = 512 << 10
_KEPT_ORIGINS = 10_000
# Some sites ask for minutes between requests to keep crawlers out; beyond this a feed's pages would never be had.
_MAX_CRAWL_DELAY_S = 30.0


class Verdict(Enum):
    """What robots.txt says of an address."""

    ALLOWED = auto()
    REFUSED = auto()
    UNREACHABLE = auto()


@dataclass(frozen=True, slots=True)
class RobotsAnswer:
    """How the request for robots.txt ended; status None where there was no answer."""

    status: int | None
    body: bytes = b""


@dataclass(slots=True)
class _Origin:
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)
    expires_at: float = 0.0
    is_reachable: bool = False
    rules: Protego | None = None
    """None allows everything."""


class Robots:
    """The rules of every origin asked so far. Not thread-safe."""

    def __init__(self, ask: Callable[[str], Awaitable[RobotsAnswer]], *, user_agent: str) -> None:
        self._ask = ask
        self._product = product_token(user_agent)
        self._origins: OrderedDict[str, _Origin] = OrderedDict()

    async def judge(self, url: str, *, origin: str) -> Verdict:
        """May we fetch that address? `origin` is its `scheme://host:port`."""
        known = await self._known(origin)
        if not known.is_reachable:
            return Verdict.UNREACHABLE
        is_allowed = known.rules is None or known.rules.can_fetch(url, self._product)
        return Verdict.ALLOWED if is_allowed else Verdict.REFUSED

    def crawl_delay_s(self, origin: str) -> float:
        """The pause the origin asks for between requests, within reason; 0 where nothing is known."""
        known = self._origins.get(origin)
        rules = known.rules if known is not None else None
        delay_s = rules.crawl_delay(self._product) if rules is not None else None
        return min(delay_s or 0.0, _MAX_CRAWL_DELAY_S)

    async def _known(self, origin: str) -> _Origin:
        known = self._origins.setdefault(origin, _Origin())
        self._origins.move_to_end(origin)
        async with known.asking:
            if known.expires_at <= _time():
                await self._renew(known, await self._ask(f"{origin}/robots.txt"))
        while len(self._origins) > _KEPT_ORIGINS:
            self._origins.popitem(last=False)
        return known

    async def _renew(self, known: _Origin, answer: RobotsAnswer) -> None:
        known.is_reachable = answer.status is not None and answer.status < 500 and answer.status != 429
        known.expires_at = _time() + (_KEPT_S if known.is_reachable else _UNREACHABLE_KEPT_S)
        known.rules = None
        if known.is_reachable and answer.status == 200:
            text = answer.body[:_MAX_BYTES].decode("utf-8-sig", "replace")
            known.rules = await asyncio.to_thread(Protego.parse, text)


def product_token(user_agent: str) -> str:
    """The name robots.txt knows us by (RFC 9309, section 2.2.1): the user agent's first word without its version."""
    words = user_agent.split("/", maxsplit=1)[0].split()
    return words[0] if words else "*"


def _time() -> float:
    return asyncio.get_running_loop().time()
