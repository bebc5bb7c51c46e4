"""The page and its stream, over a source in memory and a real server on loopback."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import aiohttp
import pytest
import uvicorn

from pipeline.stages import identity
from pipeline.web.app import build
from pipeline.web.view import AlertView, alert_view, pieces
from tests.samples import AT, origin
from topics.records import Alert, Hit, Match, Snippet, TextField

TEXT = "Ministers met <b>Ada Example</b> in the port."


def alert(number: int = 1, *, title: str = "A title") -> Alert:
    start = TEXT.index("Ada")
    match = Match(
        match_id=identity.digest(str(number)),
        watch_id="ada",
        watch_name="Ada <script>alert(1)</script>",
        watch_revision=1,
        subscriber="desk",
        origin=replace(origin(), published_at=AT - timedelta(seconds=4)),
        url="https://news.example/a",
        canonical_url="https://news.example/a",
        title=title,
        text_digest="d",
        hits=(
            Hit(
                clause="actor:ada",
                field=TextField.TEXT,
                start=start,
                end=start + 11,
                words="Ada Example",
                actor_id="ada",
            ),
        ),
        snippets=(Snippet(field=TextField.TEXT, start=0, text=TEXT, highlights=((start, start + 11),)),),
        site_name="Example News",
        language="en",
    )
    return Alert(
        alert_id=identity.digest("alert", str(number)),
        watch_id="ada",
        story_id="s",
        match=match,
        raised_at=AT + timedelta(seconds=1),
        steps={"match": AT + timedelta(seconds=0.9), "clean": AT + timedelta(seconds=0.5)},
    )


@dataclass
class MemoryAlerts:
    """Alerts in a list."""

    views: list[AlertView] = field(default_factory=list)

    def newest(self, limit: int) -> Sequence[AlertView]:
        """The newest first."""
        return self.views[::-1][:limit]

    def after(self, sequence: int, limit: int) -> Sequence[AlertView]:
        """The oldest first."""
        return [view for view in self.views if view.sequence > sequence][:limit]

    def add(self) -> None:
        """One more."""
        number = len(self.views) + 1
        self.views.append(alert_view(alert(number), sequence=number, copies=number - 1))


@pytest.fixture
def source() -> MemoryAlerts:
    return MemoryAlerts()


@pytest.fixture
async def address(source: MemoryAlerts) -> AsyncIterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(build(source), log_level="error"))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        server.force_exit = True
        await serving


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session:
        yield session


async def events(response: aiohttp.ClientResponse, count: int) -> list[str]:
    """The ids of so many events."""
    ids: list[str] = []
    while len(ids) < count:
        line = (await response.content.readline()).decode()
        if line.startswith("id:"):
            ids.append(line.removeprefix("id:").strip())
    return ids


async def test_the_page_says_why_and_shows_words_of_strangers_as_words(
    address: str, source: MemoryAlerts, client: aiohttp.ClientSession
) -> None:
    source.add()
    async with client.get(address) as response:
        html = await response.text()
    assert "<mark>Ada Example</mark>" in html
    assert "<code" in html
    assert "actor:ada" in html
    assert "seen 4.0 s after publication" in html
    assert "<script>alert(1)" not in html
    assert "<b>Ada" not in html
    assert "default-src 'self'" in response.headers["Content-Security-Policy"]


async def test_a_page_without_alerts_says_what_will_happen(address: str, client: aiohttp.ClientSession) -> None:
    async with client.get(address) as response:
        assert "No alert yet" in await response.text()


async def test_the_stream_gives_each_alert_once_and_goes_on_where_it_was_cut(
    address: str, source: MemoryAlerts, client: aiohttp.ClientSession
) -> None:
    source.add()
    source.add()
    async with client.get(f"{address}/api/stream?after=0") as response:
        assert response.content_type == "text/event-stream"
        assert await events(response, 2) == ["1", "2"]
        source.add()
        assert await events(response, 1) == ["3"]
    source.add()
    async with client.get(f"{address}/api/stream?after=0", headers={"Last-Event-ID": "2"}) as response:
        assert await events(response, 2) == ["3", "4"]


async def test_a_stream_without_a_start_begins_now(
    address: str, source: MemoryAlerts, client: aiohttp.ClientSession
) -> None:
    source.add()
    async with client.get(f"{address}/api/stream") as response:
        await asyncio.sleep(0)
        first = asyncio.create_task(events(response, 1))
        async with client.get(f"{address}/api/alerts?after=0") as listing:
            assert len(await listing.json()) == 1
        while not first.done():
            source.add()
            await asyncio.wait([first], timeout=0.3)
    assert first.result() != ["1"]


@pytest.mark.parametrize("query", ["after=-1", "after=x", "limit=0", "limit=100000", f"after={10**30}"])
async def test_bad_parameters_are_refused(address: str, client: aiohttp.ClientSession, query: str) -> None:
    async with client.get(f"{address}/api/alerts?{query}") as response:
        assert response.status == 422


def test_a_snippet_cut_at_its_highlights_is_still_the_snippet() -> None:
    snippet = Snippet(field=TextField.TEXT, start=0, text="abcdef", highlights=((1, 3), (2, 4), (5, 6)))
    cut = pieces(snippet)
    assert "".join(piece.text for piece in cut) == "abcdef"
    assert [piece.text for piece in cut if piece.is_hit] == ["bc", "f"]
