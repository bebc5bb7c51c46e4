"""The newsroom: every outlet's site and the desk, each at an address of its own on the loopback interface.

Outlets stand at 127.0.0.2, 127.0.0.3, …, so that each is a host of its own; the desk at 127.0.0.1. Where a system has
only 127.0.0.1 (macOS), the outlets take the ports after the desk's.
"""

import socket
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from aiohttp import web

from examples.newsroom.files import feeds_opml, watches_yaml
from examples.newsroom.hook import Receiver, demo_secret
from examples.newsroom.outlets import OUTLETS, Outlet
from examples.newsroom.pages import url_of
from examples.newsroom.press import Press
from examples.newsroom.script import ScriptedArticle
from examples.newsroom.site import Site

Clock = Callable[[], datetime]


def _system_clock() -> datetime:
    return datetime.now(UTC)


class Newsroom:
    """Serves while entered. Nothing is released but by `publish`.

    Port 0 gives every site a free port of its own. OSError on entry when an address is taken.
    """

    def __init__(
        self,
        *,
        articles: Sequence[ScriptedArticle] = (),
        outlets: Sequence[Outlet] = OUTLETS,
        port: int = 0,
        clock: Clock = _system_clock,
        slow_s: float = 6.0,
    ) -> None:
        """`articles` are released on entry; `slow_s` is what a slow page takes."""
        self.receiver = Receiver(secret=demo_secret(), clock=clock)
        self.has_own_hosts = _can_bind("127.0.0.2")
        """Each outlet has an address of its own, not a port."""
        self._opening = tuple(articles)
        self._port = port
        self._clock = clock
        self._sites = {outlet: Site(Press(outlet), clock=clock, slow_s=slow_s) for outlet in outlets}
        self._by_id = {outlet.outlet_id: outlet for outlet in outlets}
        self._runners: list[web.AppRunner] = []
        self._desk_url = ""

    async def __aenter__(self) -> Self:
        try:
            self._desk_url = await self._serve(self._desk(), "127.0.0.1", self._port)
            for number, site in enumerate(self._sites.values(), start=1):
                site.base_url = await self._serve(site.application(), *self._place(number))
        except OSError:
            await self.close()
            raise
        for article in self._opening:
            self.publish(article)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Stop serving. May be called again."""
        while self._runners:
            await self._runners.pop().cleanup()

    def publish(self, article: ScriptedArticle) -> str:
        """Release an article now; its feed lists it from here on. The address of its page."""
        outlet = self._by_id[article.outlet_id]
        self._sites[outlet].press.release(article, at=self._clock())
        return self.url_of(article)

    def url_of(self, article: ScriptedArticle) -> str:
        """Where the article's page is, or will be once released."""
        outlet = self._by_id[article.outlet_id]
        return url_of(outlet, article, base_url=self._sites[outlet].base_url)

    @property
    def feed_urls(self) -> Mapping[Outlet, str]:
        """Every outlet's feed."""
        return {outlet: site.feed_url for outlet, site in self._sites.items()}

    @property
    def hook_url(self) -> str:
        """Where the demo receiver takes webhooks."""
        return self._desk_url + "/hook"

    @property
    def desk_url(self) -> str:
        """The desk: feeds.opml, watches.yaml and the receiver."""
        return self._desk_url

    def _place(self, number: int) -> tuple[str, int]:
        if self.has_own_hosts:
            return f"127.0.0.{number + 1}", self._port
        return "127.0.0.1", self._port + number if self._port else 0

    async def _serve(self, application: web.Application, host: str, port: int) -> str:
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        self._runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, host, port).start()
        return f"http://{host}:{runner.addresses[0][1]}"

    def _desk(self) -> web.Application:
        application = web.Application()
        application.router.add_get("/", self._index)
        application.router.add_get("/feeds.opml", self._feeds)
        application.router.add_get("/watches.yaml", self._watches)
        self.receiver.add_routes(application)
        return application

    async def _index(self, _request: web.Request) -> web.Response:
        lines = [f"{site.base_url}/  {outlet.name}" for outlet, site in self._sites.items()]
        return web.Response(text="\n".join(["The demo newsroom", *lines, f"{self.hook_url}/received", ""]))

    async def _feeds(self, _request: web.Request) -> web.Response:
        return web.Response(text=feeds_opml(self.feed_urls), content_type="text/x-opml")

    async def _watches(self, _request: web.Request) -> web.Response:
        return web.Response(text=watches_yaml(self.hook_url), content_type="application/yaml")


def _can_bind(host: str) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((host, 0))
        except OSError:
            return False
    return True
