"""Replays as jobs: who is told, files as sources, dates of long ago, rates, cancelling, going on, rubbish."""

import asyncio
import gzip
import json
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipeline.adapters import clock, database, ranges
from pipeline.adapters.database.runs import Run, RunStatus
from pipeline.adapters.kafka import Producer
from pipeline.adapters.ranges import TopicRange
from pipeline.settings import Settings
from tests.integration.conftest import environment_of
from tests.integration.pipeline import tocsin, tocsin_running
from tests.integration.replaying import content, live, page, publish, replay, runs, start_replay, watched
from tests.integration.running import REPOSITORY, Reader
from tests.waiting import until
from topics import registry
from topics.records import RawPage
from topics.spec import Lane

pytestmark = [pytest.mark.broker, pytest.mark.timeout(240)]

RAW = registry.RAW_PAGES
LANE = RAW.in_lane(Lane.REPLAY)
OLD = "2009-08-07T06:05:04Z"


def warc_of(path: Path, pages: list[RawPage]) -> None:
    """The pages as another tool archived them years ago."""
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for one in pages:
            headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1")
            record = writer.create_warc_record(
                one.final_url,
                "response",
                payload=BytesIO(one.body),
                http_headers=headers,
                warc_headers_dict={"WARC-Date": OLD},
            )
            writer.write_record(record)


def refused(settings: Settings, *words: str) -> str:
    """What a command said that was refused with exit code 2, on one line."""
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", *words],
        env=environment_of(settings),
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2, done.stdout + done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
    return done.stderr


async def test_who_is_told_of_a_replay_is_told_once_whatever_is_replayed_then(
    settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "old.warc.gz"
    pages = [page(number) for number in range(8)]
    warc_of(path, pages)
    async with watched(settings, tmp_path) as receiver:

        async def replayed(path: Path, notify: str) -> dict[str, Any]:
            return await asyncio.to_thread(replay, settings, str(path), "--notify", notify, "--workers", "0")

        with tocsin_running(settings, "deliver"), tocsin_running(settings, "work", "--lane", "replay"):
            first = await replayed(path, "digest")
            await asyncio.to_thread(until, lambda: len(receiver.requests) == 1)
            again = await replayed(path, "digest")
            third = await replayed(path, "live")
            newer = tmp_path / "newer.warc.gz"
            warc_of(newer, [*pages, *(page(number) for number in range(10, 13))])
            fourth = await replayed(newer, "live")
            await asyncio.to_thread(until, lambda: len(receiver.requests) == 4)
            with tocsin_running(settings, "work"):
                await asyncio.to_thread(publish, settings, [page(number) for number in range(14)])
                await asyncio.to_thread(until, lambda: len(receiver.requests) == 6, within_s=60)
        messages = [json.loads(request.body) for request in receiver.requests]
    assert [run["report"]["alerts"]["new"] for run in (first, again, third, fourth)] == [8, 0, 0, 3]
    assert [run["report"]["told"] for run in (first, again)] == [8, 0]
    assert first["counts"]["told"] == 8
    assert [message["type"] for message in messages] == ["tocsin.digest", *["tocsin.alert"] * 5]
    assert messages[0]["data"]["count"] == 8
    assert len({message["id"] for message in messages}) == 6
    alert_dates = {row["alert"]["match"]["origin"]["fetched_at"][:4] for row in listed(settings)}
    assert alert_dates == {"2009", "2026"}
    check_arrivals(settings)


async def test_a_match_that_stands_twice_in_its_topic_is_one_match_of_a_balanced_run(
    settings: Settings, tmp_path: Path
) -> None:
    async with watched(settings, tmp_path) as receiver:
        with live(settings):
            await asyncio.to_thread(publish, settings, [page(number) for number in range(2)])
            await asyncio.to_thread(until, lambda: len(receiver.requests) == 2, within_s=60)
        reader = Reader(settings, registry.MATCHES)
        await asyncio.to_thread(reader.read_until, lambda found: len(found) == 2, timeout_s=30, what="both matches")
        reader.close()
        again = reader.found[0]
        producer = Producer(settings)
        headers = [(name, value.encode()) for name, value in again.headers.items()]
        producer.send_bytes(registry.MATCHES, key=again.key, value=again.value, headers=headers).result(30)
        producer.close()
        with tocsin_running(settings, "deliver"):
            run = await asyncio.to_thread(replay, settings, "matches")
        assert len(receiver.requests) == 2
    (fold,) = run["report"]["stages"]
    assert (run["status"], run["counts"]["fed"], fold["in"], fold["repeated"]) == ("done", 3, 2, 2)


def listed(settings: Settings) -> list[dict[str, dict[str, dict[str, dict[str, str]]]]]:
    return [json.loads(line) for line in tocsin(settings, "alerts", "list", "--json").splitlines()]


def check_arrivals(settings: Settings) -> None:
    """Time retention goes by arrival: what bears a date of years ago would be gone within minutes."""
    source = TopicRange(settings, LANE, ranges.bounds_of(settings, LANE))
    arrivals = [record.arrived_ms for batch in source.batches() for record in batch.records]
    source.close()
    yesterday = datetime.now(UTC) - timedelta(days=1)
    assert arrivals
    assert min(arrivals) > yesterday.timestamp() * 1000


def test_a_run_is_paced_cancelled_gone_on_with_and_never_begun_twice_unasked(settings: Settings) -> None:
    publish(settings, [page(number) for number in range(60)])
    words = ("raw-pages", "--rate", "4/s", "--workers", "0", "--into", "clean")
    first = start_replay(settings, *words)
    until(lambda: runs(settings) and runs(settings)[0]["counts"].get("fed", 0) >= 4, within_s=60)
    first.terminate()
    assert first.wait(30) == 1
    (paused,) = runs(settings)
    assert paused["status"] == "paused"
    assert 4 <= paused["counts"]["fed"] < 60
    assert f"--resume {paused['run_id']}" in refused(settings, "replay", *words)
    second = start_replay(settings, "--resume", paused["run_id"], "--rate", "1/s", "--workers", "0")
    until(lambda: runs(settings)[0]["counts"]["fed"] > paused["counts"]["fed"], within_s=60)
    assert "another process" in refused(settings, "replay", "--resume", paused["run_id"], "--workers", "0")
    assert "asked to end" in tocsin(settings, "replay", "cancel", paused["run_id"][:8])
    with tocsin_running(settings, "work", "--lane", "replay", "--agents", "clean"):
        assert second.wait(90) == 1
    (run,) = runs(settings)
    assert run["status"] == "cancelled"
    assert run["report"]["balanced"]
    assert run["report"]["stages"][0]["in"] == run["counts"]["fed"] < 60
    assert "nothing to resume" in refused(settings, "replay", "--resume", run["run_id"])


def test_a_run_feeds_nothing_while_live_work_is_behind_and_goes_on_when_it_is_not(settings: Settings) -> None:
    publish(settings, [page(10 * number + 9) for number in range(40)])
    process = start_replay(
        settings, "raw-pages", "--rate", "5/s", "--into", "clean", TOCSIN_REPLAY__PAUSE_ABOVE_LAG="1"
    )
    with closing(database.open_database(settings)) as opened:

        def newest() -> Run:
            with opened.read() as connection:
                return database.runs.newest(connection)[0]

        def waits() -> Run | None:
            found = newest() if process.poll() is None else None
            return found if found is not None and found.state(now=clock.now()) == "waiting" else None

        until(lambda: runs(settings), within_s=60)
        before = until(waits, within_s=60)
        assert "live clean is" in str(before.note)
        later = until(lambda: (found := newest()).note != before.note and found, within_s=60)
        assert (later.state(now=clock.now()), later.counts, later.positions) == (
            "waiting",
            before.counts,
            before.positions,
        )
        assert before.counts.get("fed", 0) < 40
        with tocsin_running(settings, "work", "--agents", "clean"):
            assert process.wait(90) == 0
        run = newest()
    assert (run.status, run.note, run.counts["fed"]) == (RunStatus.DONE, None, 40)
    assert run.report is not None
    assert run.report["stages"][0]["dropped"] == 40


def test_what_is_exported_is_read_again_and_rubbish_is_named_and_passed_over(
    settings: Settings, tmp_path: Path
) -> None:
    pages = [page(number) for number in range(12)]
    publish(settings, pages)
    for name in ("x.jsonl.gz", "x.warc.gz"):
        assert "12 records" in tocsin(settings, "export", "raw-pages", "-o", str(tmp_path / name))
    lines = gzip.decompress((tmp_path / "x.jsonl.gz").read_bytes()).splitlines()
    (tmp_path / "y.jsonl").write_bytes(b"\n".join([*lines[:6], b"rubbish", *lines[6:]]))
    dry = subprocess.run(
        [sys.executable, "-m", "pipeline", "replay", str(tmp_path / "y.jsonl"), "--dry-run", "--json"],
        env=environment_of(settings),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert dry.returncode == 1
    assert f"{tmp_path}/y.jsonl:7: not JSON" in dry.stderr
    counts = json.loads(dry.stdout)
    assert (counts["read"], counts["taken"], counts["bad"]) == (12, 12, 1)
    assert runs(settings) == []
    with tocsin_running(settings, "work", "--lane", "replay", "--agents", "clean"):
        of_lines = replay(settings, str(tmp_path / "y.jsonl"), "--into", "clean", "--workers", "0", code=1)
        of_warc = replay(settings, str(tmp_path / "x.warc.gz"), "--into", "clean", "--workers", "0")
    assert (of_lines["status"], of_lines["counts"]["bad"], of_lines["counts"]["fed"]) == ("done", 1, 12)
    assert of_warc["counts"]["fed"] == 12
    original = content(settings, RAW)
    assert content(settings, RAW, run_id=of_lines["run_id"]) == content(settings, RAW, run_id=of_warc["run_id"])
    assert content(settings, RAW, run_id=of_lines["run_id"]) == original


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("replay", "raw-pagez"), "neither a topic"),
        (("replay", "raw-pages", "--from", "1h", "--to", "2h"), "--from lies behind --to"),
        (("replay", "raw-pages", "--from", "soon"), "--from soon"),
        (("replay", "raw-pages", "--mode", "live"), "--mode live: history never passes for live work"),
        (("replay", "raw-pages", "--mode", "shadow", "--notify", "digest"), "--notify digest goes with"),
        (("replay", "raw-pages", "--mode", "shadow", "--notify", "live"), "nobody is told of a shadow run"),
        (("replay", "raw-pages", "--mode", "shadow", "--against", "live", "--site", "x"), "only --from"),
        (("replay", "raw-pages", "--lang", "en"), "replay articles"),
        (("replay", "--resume", "nothing"), "no run has an id"),
        (("replay", "raw-pages", "--resume", "x"), "not both"),
        (("replay", "show", "x"), "no run has an id"),
        (("export", "raw-pages", "-o", "x.pdf"), "x.pdf"),
        (("export", "articles", "-o", "x.warc.gz"), "WARC holds pages"),
        (("export", "alerts", "-o", "x.jsonl"), "alerts is not exported"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_done_is_said_in_one_line(settings: Settings, words: tuple[str, ...], said: str) -> None:
    assert said in refused(settings, *words)
