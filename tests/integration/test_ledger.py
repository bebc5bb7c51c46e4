"""The ledger on the real broker: each end once through kills, every outcome explained, what is missing named."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from kafka import KafkaAdminClient, OffsetAndMetadata, TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import KafkaError

from pipeline.adapters import clock
from pipeline.adapters.database import Database, outcomes
from pipeline.adapters.kafka import Producer, admin, group_name, topic_name
from pipeline.agents.shell import Agent, Received, Shell
from pipeline.agents.shell import Headers as ShellHeaders
from pipeline.ledger import progress
from pipeline.ledger.explain import explain
from pipeline.settings import Settings
from pipeline.stages import identity
from pipeline.stages.clean import VERSION
from pipeline.stages.outcome import DropReason, Outcome, Reject, RejectReason
from tests.integration.pipeline import tocsin, tocsin_running
from tests.integration.running import Reader, ended, running
from tests.samples import raw_page
from tests.unit.site_server import Site, serve
from tests.waiting import until
from topics import codec, registry
from topics.records import RawPage
from topics.spec import TopicSpec

pytestmark = [pytest.mark.broker, pytest.mark.timeout(240)]

LEDGER = ("-m", "pipeline", "ledger")
WORDS = "The river rose above the dyke at Sandrey on Tuesday, and the council asked the army for boats and sandbags. "


def site(name: str, *, words: str = "") -> RawPage:
    """A page that is an article, of a host of its own."""
    url = f"https://{name}.example/2026/the-{name}-story"
    text = "".join(f"<p>{WORDS}{name} {words} paragraph {number}.</p>" for number in range(6))
    body = f"<html><head><title>News of {name}</title></head><body><article><h1>News of {name}</h1>{text}</article>"
    page = raw_page(url, body=body.encode())
    now = clock.now()
    return replace(page, host=f"{name}.example", origin=replace(page.origin, fetched_at=now, seen_at=now))


def indexed(settings: Settings, database: Database) -> None:
    """Wait until the ledger has read everything."""
    assert progress.catch_up(settings, database, within_s=60) == 0


def test_a_ledger_killed_again_and_again_keeps_each_end_once(
    settings: Settings, database: Database, producer: Producer
) -> None:
    sent = [site(f"s{number}") for number in range(300)]
    for page in (*sent, *sent[:100]):
        producer.send(registry.RAW_PAGES, page)
    producer.flush()
    seen = 0
    while seen < len(sent):
        with running(settings, *LEDGER) as process:
            goal = min(seen + 1, len(sent))
            until(lambda goal=goal: stored(database) >= goal, within_s=60)  # type: ignore[misc]
            process.kill()
            process.wait()
        seen = stored(database)
    with running(settings, *LEDGER):
        indexed(settings, database)
    with database.read() as connection:
        kept = outcomes.of_pages(connection, [page.origin.page_id for page in sent])
        counted = connection.exec_driver_sql("SELECT sum(pages) FROM feed_hours").scalar()
    assert len(kept) == len(sent) == counted


def stored(database: Database) -> int:
    with database.read() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM stage_outcomes").scalar_one())


class DirectSender:
    """Sends for a shell without Faust."""

    def __init__(self, producer: Producer) -> None:
        self._producer = producer

    async def send(self, spec: TopicSpec, *, key: bytes, value: bytes, headers: ShellHeaders) -> None:
        sent = self._producer.send_bytes(spec, key=key, value=value, headers=list(headers.items()))
        await asyncio.wrap_future(sent)


async def end_as(
    settings: Settings,
    producer: Producer,
    page: RawPage,
    outcome: Outcome[object],
    *,
    place: tuple[int, int] = (0, 0),
) -> None:
    """Let the clean stage's shell bring the page, which lies at that partition and offset, to that outcome."""

    async def stage(_page: RawPage) -> Outcome[object]:
        return outcome

    agent = Agent(
        name="clean",
        version=VERSION,
        source=registry.RAW_PAGES,
        sink=registry.ARTICLES,
        origin_of=lambda one: one.origin,
        stage=stage,
    )
    received = Received(
        topic=topic_name(settings, registry.RAW_PAGES),
        partition=place[0],
        offset=place[1],
        key=page.host.encode(),
        value=codec.encode(registry.RAW_PAGES, page),
    )
    await Shell(agent, DirectSender(producer)).handle(received)


LISTED: dict[str, tuple[str, ...]] = {
    "/gone": ("Listed by its feed and not taken: its server says there is no such page (poll: gone; HTTP 404).",),
    "/secret/plan": ("robots.txt asks not to fetch it (poll: robots;",),
    "/round": ("it could not be fetched (poll: fetch-failed;", "go round in a circle"),
    "/paper": ("it is no HTML page (poll: not-html;", "application/pdf"),
    "/busy": ("and not fetched yet; tried once, last: HTTP 503, next at",),
    "/index.html": ("Fetched and not taken for an article: it is a front page (clean: home-page;",),
    "/2026/the-story": ("Under way: it was cleaned at", "has not been tagged yet"),
}
"""What a feed lists, and what `tocsin explain` says of it once poller, cleaner and ledger have had it."""


async def test_what_a_feed_lists_is_explained_from_the_poller_to_the_command_line(
    settings: Settings, database: Database
) -> None:
    async with serve() as news:
        feed_url = announce(news)
        tocsin_feed = ("feeds", "add", feed_url)
        await asyncio.to_thread(tocsin, settings, *tocsin_feed)
        with (
            tocsin_running(settings, "poll"),
            tocsin_running(settings, "work", "--agents", "clean"),
            running(settings, *LEDGER),
        ):
            for path, words in LISTED.items():
                await explained(settings, news.base + path, *words)
            await explained(settings, news.base + "/never-listed", "Never seen", f"{feed_url} (News) was last read")
    await explained(settings, "https://never.example/", "no feed of never.example is polled")


def announce(news: Site) -> str:
    """Let the site serve the pages and a feed of them."""
    news.page("/robots.txt", "User-agent: *\nDisallow: /secret/")
    news.redirect("/round", news.base + "/round/on", 302)
    news.redirect("/round/on", news.base + "/round", 302)
    news.page("/paper", "%PDF", Content_Type="application/pdf")
    news.page("/busy", status=503)
    for path in ("/index.html", "/2026/the-story"):
        news.page(path, site("local").body)
    items = "".join(f"<item><title>About {path}</title><link>{news.base}{path}</link></item>" for path in LISTED)
    return news.page("/rss", f"<rss version='2.0'><channel><title>News</title>{items}</channel></rss>")


async def explained(settings: Settings, url: str, *words: str) -> None:
    """Wait until the command says these words of the address."""
    said = ""
    for _ in range(60):
        said = await asyncio.to_thread(tocsin, settings, "explain", url)
        if all(word in said for word in words):
            return
    raise AssertionError(f"{words} are not said: {said}")


WATCHES = """
channels:
  - {name: log, kind: file, path: alerts.jsonl}
watches:
  - {name: Dyke, query: dyke AND sandrey, channels: [log]}
  - {name: Near, query: dyke AND sandrey AND zeppelin}
"""


def test_a_pages_way_to_its_alert_is_explained_and_the_balance_names_what_was_taken_away(
    settings: Settings, database: Database, producer: Producer
) -> None:
    file = settings.data_folder / "watches.yaml"
    file.write_text(WATCHES, "utf-8")
    tocsin(settings, "watch", "import", str(file))
    first, copy = site("first"), site("copy")
    copy = replace(copy, body=first.body)
    again = replace(first, body=first.body.replace(b"boats", b"two boats"))
    again = replace(
        again, origin=replace(again.origin, version_id=identity.version_id(first.origin.page_id, again.body))
    )
    other = site("other")
    other = replace(other, body=other.body.replace(b"dyke", b"wall"))
    with tocsin_running(settings, "work"), tocsin_running(settings, "deliver"), running(settings, *LEDGER):
        for page in (first, copy, again, other):
            producer.send(registry.RAW_PAGES, page).result(30)
            until(lambda page=page: has_ended(database, page), within_s=60)  # type: ignore[misc]
        producer.send_bytes(registry.RAW_PAGES, key=b"x", value=b"no page").result(30)
        until(lambda: "dyke" in tocsin(settings, "alerts", "list", "--json").lower())
        code, listed = ended(settings, "audit", "--from", "1h", "--json")
        assert code == 0, listed
        account = json.loads(listed.splitlines()[-1])
        assert [(one["given"], one["missing"]) for one in account["stages"]] == [(5, 0), (4, 0), (4, 0), (3, 0)]
        assert account["contradicted"] == []
    found = explain(settings, database, first.origin.url + "?utm_source=mail")
    assert found.alerts[0].part == "raised"
    assert "log: delivered" in found.verdict
    assert found.article is not None
    (near,) = found.near
    assert (near.watch_id, near.failed, len(near.satisfied)) == ("near", ("zeppelin",), 2)
    assert "copy of" in explain(settings, database, copy.origin.url).verdict
    assert [one.reason for one in found.outcomes if one.stage == "fold"] == [None, "same-page"]
    unmatched = explain(settings, database, other.origin.url)
    assert unmatched.outcomes[-1].reason == DropReason.NO_WATCH.value
    assert unmatched.near[0].failed == ("dyke",)
    of_watch = explain(settings, database, other.origin.url, watch_id="dyke")
    assert "requires dyke" in of_watch.verdict
    take_away(settings, database, producer)


def has_ended(database: Database, page: RawPage) -> bool:
    with database.read() as connection:
        ended = outcomes.of_pages(connection, [page.origin.page_id])
    stages = {one.stage for one in ended if one.subject == page.origin.version_id}
    reasons = {one.reason for one in ended}
    return "fold" in stages or DropReason.NO_WATCH.value in reasons


def pass_over(settings: Settings) -> dict[int, int]:
    """Make the cleaning agents pass over all that stands in raw-pages; the end of each partition."""
    client = admin(settings)
    topic = topic_name(settings, registry.RAW_PAGES)
    described = client.describe_topics([topic])[0]["partitions"]
    partitions = [TopicPartition(topic, each["partition_index"]) for each in described]
    ends = client.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.LATEST))
    offsets = {each: OffsetAndMetadata(ends[each].offset, "", -1) for each in partitions}
    until(lambda: is_moved(client, group_name(settings, "clean"), offsets))
    client.close()
    return {each.partition: ends[each].offset for each in partitions}


def is_moved(client: KafkaAdminClient, group: str, offsets: dict[TopicPartition, OffsetAndMetadata]) -> bool:
    """Whether the group stands there now; a broker's first group takes it a moment."""
    try:
        client.alter_group_offsets(group, offsets)
        found = client.list_group_offsets([group]).get(group, {})
    except KafkaError:
        return False
    return {each: found[each].offset for each in found} == {each: moved.offset for each, moved in offsets.items()}


def take_away(settings: Settings, database: Database, producer: Producer) -> None:
    """A page that the workers are made to pass over is named by the audit."""
    lost = site("lost")
    producer.send(registry.RAW_PAGES, lost).result(30)
    pass_over(settings)
    with tocsin_running(settings, "work"), running(settings, *LEDGER):
        until(lambda: lost_is_indexed(database, lost), within_s=60)
        code, said = ended(impatient(settings), "audit", "--from", "1h")
    assert code == 1, said
    assert lost.origin.url in said.replace("\n", "")
    assert "raw-pages/" in said


def lost_is_indexed(database: Database, page: RawPage) -> bool:
    with database.read() as connection:
        return bool(outcomes.of_pages(connection, [page.origin.page_id]))


def impatient(settings: Settings) -> Settings:
    return settings.model_copy(update={"ledger": settings.ledger.model_copy(update={"grace": timedelta(0)})})


async def test_a_retried_letter_brings_its_page_to_its_alert_once(
    settings: Settings, database: Database, producer: Producer
) -> None:
    file = settings.data_folder / "watches.yaml"
    file.write_text(WATCHES, "utf-8")
    tocsin(settings, "watch", "import", str(file))
    page = site("stuck")
    producer.send(registry.RAW_PAGES, page).result(30)
    (place,) = [(partition, end - 1) for partition, end in pass_over(settings).items() if end]
    await end_as(settings, producer, page, Reject(RejectReason.DEADLINE, "took too long"), place=place)
    await asyncio.to_thread(retry_and_follow, settings, database, page)


def retry_and_follow(settings: Settings, database: Database, page: RawPage) -> None:
    reader = Reader(settings, registry.ALERTS)
    with running(settings, *LEDGER), tocsin_running(settings, "deliver"):
        indexed(settings, database)
        (line,) = tocsin(settings, "dlq", "list", "--stage", "clean", "--json").splitlines()
        letter = json.loads(line)
        assert (letter["reason"], letter["url"], letter["status"]) == ("deadline", page.origin.url, "open")
        assert "News of stuck" in tocsin(settings, "dlq", "show", letter["letter_id"][:10])
        assert f"dlq retry {letter['letter_id'][:12]}" in explain(settings, database, page.origin.url).verdict
        tocsin(settings, "dlq", "retry", letter["letter_id"])
        code, said = ended(settings, "dlq", "retry", letter["letter_id"])
        assert (code, "retried already" in said) == (2, True)
        code, said = ended(impatient(settings), "audit", "--from", "1h")
        assert (code, "the end of the retried dead letter" in said) == (1, True)
        with tocsin_running(settings, "work"):
            reader.read_until(bool, timeout_s=60, what="the alert")
            indexed(settings, database)
            code, said = ended(settings, "audit", "--from", "1h")
            assert code == 0, said
    assert len(reader.found) == 1
    reader.close()
    found = explain(settings, database, page.origin.url)
    assert [(one.attempt, one.outcome) for one in found.outcomes if one.stage == "clean"] == [
        (1, "rejected"),
        (2, "emitted"),
    ]
    assert "raised an alert" in found.verdict


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("explain", "no address"), "no web address"),
        (("explain", "https://a.example/", "--watch", "nobody's"), "no such watch"),
        (("audit", "--from", "yesterday-ish"), "--from yesterday-ish: a time"),
        (("dlq", "show", "not-hex"), "no id of a dead letter"),
        (("dlq", "retry"), "say which"),
        (("dlq", "show", "ffff"), "no dead letter has an id that begins so"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_used_is_one_line(settings: Settings, arguments: tuple[str, ...], said: str) -> None:
    code, output = ended(settings, *arguments)
    assert code == 2
    assert said in output
    assert len(output.strip().splitlines()) == 1, output
