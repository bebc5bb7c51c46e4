"""One outlet's web site: home and section pages, articles, a feed with conditional GET, robots.txt, and some noise."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import blake2b

from aiohttp import hdrs, web

from examples.newsroom import pages
from examples.newsroom.press import Press, Release
from examples.newsroom.script import Behaviour

_ROBOTS = "User-agent: *\nDisallow: /search\nDisallow: /subscribers/\n"
_FEED_AGE_S = 2


class Site:
    """Serves one outlet. `base_url` is set once its port is known."""

    def __init__(self, press: Press, *, clock: Callable[[], datetime], slow_s: float) -> None:
        self.press = press
        self.base_url = ""
        self._clock = clock
        self._slow_s = slow_s

    @property
    def feed_url(self) -> str:
        """Address of the feed."""
        return self.base_url + self.press.outlet.feed_path

    def application(self) -> web.Application:
        """The routes; whatever is none of them is looked up among the articles."""
        application = web.Application()
        application.router.add_get("/", self._home)
        application.router.add_get("/robots.txt", self._robots)
        application.router.add_get("/consent", self._consent)
        application.router.add_get("/section/{slug}", self._section)
        application.router.add_get(self.press.outlet.feed_path, self._feed)
        application.router.add_get("/{path:.*}", self._article)
        return application

    async def _home(self, _request: web.Request) -> web.Response:
        heading = self.press.outlet.name
        return self._html(pages.list_page(self.press, self.press.newest, base_url=self.base_url, heading=heading))

    async def _section(self, request: web.Request) -> web.Response:
        releases = self.press.of_section(request.match_info["slug"])
        if not releases:
            raise web.HTTPNotFound
        heading = releases[0].article.section
        return self._html(pages.list_page(self.press, releases, base_url=self.base_url, heading=heading))

    async def _robots(self, _request: web.Request) -> web.Response:
        return web.Response(text=_ROBOTS)

    async def _consent(self, _request: web.Request) -> web.Response:
        return self._html(pages.consent_page(self.press, base_url=self.base_url))

    async def _article(self, request: web.Request) -> web.Response:
        if self.press.is_gone(request.path):
            raise web.HTTPGone
        release = self.press.find(request.path)
        if release is None or release.article.behaviour is Behaviour.GONE:
            raise web.HTTPNotFound
        if release.article.behaviour is Behaviour.CONSENT:
            raise web.HTTPFound(f"/consent?to={release.path}")
        if release.article.behaviour is Behaviour.SLOW:
            await asyncio.sleep(self._slow_s)
        return self._article_page(release)

    def _article_page(self, release: Release) -> web.Response:
        return self._html(pages.article_page(self.press, release, base_url=self.base_url))

    async def _feed(self, request: web.Request) -> web.Response:
        body = pages.feed(self.press, base_url=self.base_url)
        outlet = self.press.outlet
        headers = self._validators(body) | {hdrs.CACHE_CONTROL: f"max-age={_FEED_AGE_S}"}
        if self._is_unchanged(request, headers):
            return web.Response(status=304, headers=headers)
        headers[hdrs.CONTENT_TYPE] = f"{pages.FEED_TYPES[outlet.feed_kind]}; charset={outlet.charset}"
        return web.Response(body=body, headers=headers)

    def _validators(self, body: bytes) -> dict[str, str]:
        headers: dict[str, str] = {hdrs.ETAG: f'"{blake2b(body, digest_size=12).hexdigest()}"'}
        changed_at = self._changed_at()
        # A date says seconds: until one has passed, another article may come out under the same date.
        if changed_at is not None and self._clock() - changed_at >= timedelta(seconds=1):
            headers[hdrs.LAST_MODIFIED] = format_datetime(changed_at, usegmt=True)
        return headers

    def _changed_at(self) -> datetime | None:
        newest = self.press.newest
        return newest[0].released_at.astimezone(UTC).replace(microsecond=0) if newest else None

    def _is_unchanged(self, request: web.Request, headers: dict[str, str]) -> bool:
        # RFC 9110, section 13.2.2: the date counts only where no tag was sent.
        tags = request.if_none_match
        if tags is not None:
            return any(tag.value in ("*", headers[hdrs.ETAG].strip('"')) for tag in tags)
        since = request.if_modified_since
        changed_at = self._changed_at()
        return since is not None and changed_at is not None and hdrs.LAST_MODIFIED in headers and changed_at <= since

    def _html(self, body: bytes) -> web.Response:
        return web.Response(body=body, content_type="text/html", charset=self.press.outlet.charset)
