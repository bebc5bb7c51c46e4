"""Matches, watches and channels for tests of folding and delivering, and a Kafka producer kept in memory."""

from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

from aiohttp import web
from aiohttp.test_utils import TestServer
from standardwebhooks import Webhook

from pipeline.adapters.database import Connection, Database, channels, folding, watches
from pipeline.adapters.database.channels import StoredChannel
from pipeline.errors import TocsinError
from pipeline.stages import identity
from pipeline.stages.fold import Decision, Join, Raise, Recall, fold
from pipeline.stages.watchfile import ChannelKind
from tests.records import MATCH
from topics import codec
from topics.records import Match, Mode, Watch
from topics.spec import Encoding, TopicSpec

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
WINDOW = timedelta(hours=72)
SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


def match_of(
    page: str = "page",
    text: str = "text",
    *,
    version: str = "1",
    watch: str = "sanctions",
    hours: float = 0,
    mode: Mode = Mode.LIVE,
    run_id: str = "live",
) -> Match:
    """A match of the page with that text, fetched so many hours after NOW."""
    page_id, fetched_at = identity.digest(page), NOW + timedelta(hours=hours)
    version_id = identity.digest(page, text, version)
    origin = replace(
        MATCH.origin,
        page_id=page_id,
        version_id=version_id,
        fetched_at=fetched_at,
        seen_at=fetched_at,
        mode=mode,
        run_id=run_id,
    )
    return replace(
        MATCH,
        match_id=identity.match_id(watch, page_id, version_id),
        watch_id=watch,
        origin=origin,
        url=f"https://{page}.example/story",
        text_digest=identity.digest("text", text),
    )


def fold_into(database: Database, match: Match, *, now: datetime = NOW, is_told: bool | None = None) -> Decision:
    """Fold the match and store what it came to, in a transaction of its own."""
    with database.write() as connection:
        return _fold(connection, match, now, is_told)


def fold_all_into(database: Database, matches: Iterable[Match]) -> None:
    """Fold the matches in one transaction."""
    with database.write() as connection:
        for match in matches:
            _fold(connection, match, NOW, None)


def _fold(connection: Connection, match: Match, now: datetime, is_told: bool | None) -> Decision:
    known = folding.known(connection, match)
    decision = fold(match, known=known, story_window=WINDOW, steps={}, now=now)
    if isinstance(decision, Raise):
        folding.store_alert(connection, decision.alert, is_told=is_told)
    if isinstance(decision, Join):
        folding.store_join(connection, match, decision, now=now)
    if isinstance(decision, Recall):
        folding.store_recall(connection, match, now=now)
    return decision


def watch_of(watch_id: str = "sanctions", query: str = "sanctions") -> Watch:
    """A watch."""
    return Watch(watch_id=watch_id, name="Sanctions", query=query, revision=0)


def introduce(connection: Connection, *given: StoredChannel, watch: str = "sanctions") -> None:
    """Store the channels and a watch whose alerts go to them."""
    for channel in given:
        channels.put(connection, channel, now=NOW)
    watches.put(connection, watch_of(watch), channels=[channel.name for channel in given], now=NOW)


def webhook(name: str = "hook", url: str = "http://hook.example/", **more: object) -> StoredChannel:
    """A webhook channel."""
    return replace(StoredChannel(name=name, kind=ChannelKind.WEBHOOK, url=url, secrets=(SECRET,)), **more)  # type: ignore[arg-type]


def file(name: str = "log", path: str = "alerts.jsonl") -> StoredChannel:
    """A file channel."""
    return StoredChannel(name=name, kind=ChannelKind.FILE, path=path)


@dataclass
class MemoryProducer:
    """Takes what is sent, as strict as the topic; fails in turn as it was told, then accepts."""

    failures: list[TocsinError | None] = field(default_factory=list)
    sent: list[tuple[str, bytes, bytes | None]] = field(default_factory=list)

    def send_bytes(
        self, spec: TopicSpec, *, key: bytes, value: bytes | None, headers: object = None, partition: int | None = None
    ) -> "Future[None]":
        """Accept, or end with the next failure."""
        result: Future[None] = Future()
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            result.set_exception(failure)
            return result
        if value is not None and spec.encoding is not Encoding.BYTES:
            assert spec.key_of(codec.decode(spec, value)) == key
        self.sent.append((spec.name, key, value))
        result.set_result(None)
        return result


@dataclass(frozen=True)
class Request:
    """A webhook as it came."""

    webhook_id: str
    attempt_at: str
    content_type: str
    body: bytes


class Receiver:
    """A webhook receiver on loopback that verifies signatures and answers as it was told, in turn, then with 204."""

    def __init__(self, *answers: web.Response) -> None:
        self.answers = list(answers)
        self.requests: list[Request] = []
        self._server = TestServer(self._application())

    @property
    def url(self) -> str:
        """Where it listens."""
        return str(self._server.make_url("/hook"))

    async def __aenter__(self) -> Self:
        await self._server.start_server()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._server.close()

    def _application(self) -> web.Application:
        application = web.Application()
        application.router.add_post("/hook", self._receive)
        return application

    async def _receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        Webhook(SECRET).verify(body, dict(request.headers))
        self.requests.append(
            Request(
                webhook_id=request.headers["webhook-id"],
                attempt_at=request.headers["webhook-timestamp"],
                content_type=request.headers["content-type"],
                body=body,
            )
        )
        return self.answers.pop(0) if self.answers else web.Response(status=204)
