"""What a watch would have brought and has brought, on a real broker: the same as live, to the byte."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.adapters import clock
from pipeline.adapters.database import Database, alerts, runs, watches
from pipeline.adapters.database.runs import RunStatus
from pipeline.adapters.kafka import Producer
from pipeline.replay import backfill as backfilling
from pipeline.replay.preview import Limits, Shown, Summary, estimate, preview
from pipeline.settings import Settings
from pipeline.stages import identity
from pipeline.stages.match.engine import confirming
from tests.failing import REASON, failing
from tests.integration.conftest import environment_of
from tests.integration.pipeline import tocsin, tocsin_running
from tests.integration.running import REPOSITORY, Reader
from tests.samples import article
from tests.waiting import until
from topics import codec, registry
from topics.records import Match, Mode, TaggedArticle
from topics.spec import Lane

pytestmark = [pytest.mark.broker, pytest.mark.timeout(240)]

HISTORY = registry.MATCHES.in_lane(Lane.REPLAY)
WATCHES = """
watches:
  - {name: Sanctions, query: 'sanctions AND NOT sport', id: sanctions}
  - {name: Dyke, query: '"aid dyke" OR lang:fr', id: dyke}
"""
LATER = """
channels:
  - {name: log, kind: file, path: alerts.jsonl}
watches:
  - {name: Later, query: 'sanctions', id: later, channels: [log], backfill_days: 30}
"""

CANCELLED = LATER.replace(", backfill_days: 30", "").replace("'sanctions'", "'\"aid dyke\"'")


def stored(number: int) -> TaggedArticle:
    """An article; of ten, five are of sanctions (one a copy of another, one of sport), one is of the dyke."""
    kind = number % 10
    text = {
        0: f"New sanctions were named, number {number}.",
        1: f"New sanctions were named, number {number - 1}.",
        2: f"Ｓａｎｃｔｉｏｎｓ in café {number}.",
        3: f"The sanc\u00adtions of year {number}.",
        4: f"Sport and sanctions {number}.",
        5: f"The aid-dyke stands {number}.",
    }.get(kind, f"Nothing of note, {number}.")
    url = f"https://news{number % 5}.example/{number}"
    cleaned = replace(article(text, url=url), text_digest=identity.digest(text))
    return TaggedArticle(article=cleaned, page_id=cleaned.origin.page_id)


def publish(settings: Settings, first: int, behind: int) -> None:
    producer = Producer(settings)
    for future in [producer.send(registry.TAGGED_ARTICLES, stored(number)) for number in range(first, behind)]:
        future.result(30)
    producer.close(10)


@pytest.fixture
def live(settings: Settings, tmp_path: Path) -> dict[str, Match]:
    """What the match agent, running live, made of sixty articles; by match id."""
    (tmp_path / "watches.yaml").write_text(WATCHES)
    tocsin(settings, "watch", "import", str(tmp_path / "watches.yaml"))
    reader = Reader(settings, registry.MATCHES, registry.OUTCOMES)
    with tocsin_running(settings, "work", "--agents", "match"):
        publish(settings, 0, 60)
        found = reader.read_until(lambda found: len({one.source for one in found}) == 60, timeout_s=60, what="ends")
    reader.close()
    matches = [one.record for one in found if one.spec == registry.MATCHES]
    return {one.match_id: one for one in matches}


def made(settings: Settings, run_id: str) -> list[Match]:
    """What the run put into the lane."""
    reader = Reader(settings, HISTORY)
    reader.read_to_end()
    reader.close()
    return [one.record for one in reader.found if one.headers["run"] == run_id]


def run_of(output: str) -> str:
    return output.partition("run ")[2].partition(",")[0]


def test_preview_and_backfill_find_what_live_found(
    settings: Settings, live: dict[str, Match], database: Database
) -> None:
    check_preview(settings, live)
    check_backfill(settings, live, database)


def check_preview(settings: Settings, live: dict[str, Match]) -> None:
    """It finds what live found, and counts stories."""
    for watch_id, query in (("sanctions", "sanctions AND NOT sport"), ("dyke", '"aid dyke" OR lang:fr')):
        of_watch = [one for one in live.values() if one.watch_id == watch_id]
        events = list(preview(settings, query, actors=(), now=clock.now(), limits=Limits(days=1, shown=1000)))
        summary = events[-1]
        assert isinstance(summary, Summary)
        assert (summary.articles, summary.matches, summary.is_whole) == (60, len(of_watch), True)
        shown = [event.match for event in events if isinstance(event, Shown)]
        assert summary.alerts == len(shown) == len({one.text_digest for one in of_watch}) > 0
        limits = Limits(days=1)
        assert estimate(settings, query, actors=(), now=clock.now(), limits=limits).alerts == summary.alerts
        pages = {one.origin.page_id: (one.hits, one.snippets) for one in of_watch}
        assert all(pages[one.origin.page_id] == (one.hits, one.snippets) for one in shown)
    output = tocsin(settings, "watch", "preview", "sanctions", "--days", "1", "--limit", "2", "--json").splitlines()
    assert [next(iter(json.loads(line))) for line in output] == ["alert", "alert", "summary"]
    assert "of 60 articles" in tocsin(settings, "watch", "preview", "sanctions", "--limit", "1")
    lint = json.loads(tocsin(settings, "watch", "lint", "sanctions AND NOT sport", "--days", "1", "--json"))
    *_, summary = preview(settings, "sanctions AND NOT sport", actors=(), now=clock.now(), limits=Limits(days=1))
    assert isinstance(summary, Summary)
    assert lint["findings"] == []
    assert lint["alerts_per_day"] == pytest.approx(summary.alerts_per_day, rel=0.5)


def check_backfill(settings: Settings, live: dict[str, Match], database: Database) -> None:
    """It makes what live made, to the byte."""
    output = tocsin(settings, "watch", "backfill", "sanctions", "dyke", "--days", "1")
    run_id = run_of(output)
    found = made(settings, run_id)
    assert {one.match_id for one in found} == live.keys()
    for one in found:
        assert (one.origin.mode, one.origin.run_id) == (Mode.BACKFILL, run_id)
        as_live = replace(one, origin=replace(one.origin, mode=Mode.LIVE, run_id="live"))
        expected = replace(live[one.match_id], watch_revision=one.watch_revision)
        assert codec.encode(registry.MATCHES, as_live) == codec.encode(registry.MATCHES, expected)
    with database.read() as connection:
        run = runs.find(connection, run_id)
    assert (run.status, run.counts["articles"], run.counts["matches"]) == (RunStatus.DONE, 60, len(live))
    assert "has had its backfill" in tocsin(settings, "watch", "backfill", "--all-new")


def test_a_preview_ends_when_its_time_is_up(settings: Settings) -> None:
    publish(settings, 0, 6_000)
    limits = Limits(days=1, time=timedelta(0))
    *_, summary = preview(settings, "sanctions", actors=(), now=clock.now(), limits=limits)
    assert isinstance(summary, Summary)
    assert 0 < summary.articles < 6_000
    assert not summary.is_whole


def test_saved_with_the_box_ticked_its_alerts_appear_as_history_unsent(
    settings: Settings, live: dict[str, Match], database: Database, tmp_path: Path
) -> None:
    (tmp_path / "later.yaml").write_text(LATER)
    output = tocsin(settings, "watch", "import", str(tmp_path / "later.yaml"))
    found = made(settings, run_of(output))
    texts = {one.text_digest for one in found}
    assert len(found) > len(texts) > len({one.text_digest for one in live.values() if one.watch_id == "sanctions"})

    def history() -> tuple[alerts.StoredAlert, ...]:
        with database.read() as connection:
            return alerts.newest(connection, limit=1000, watch_id="later")

    with tocsin_running(settings, "deliver"):
        until(lambda: sum(1 + one.copies for one in history()) == len(found), within_s=60)
    assert {one.alert.match.text_digest for one in history()} == texts
    assert all(one.alert.mode is Mode.BACKFILL and not one.deliveries for one in history())
    listed = [
        json.loads(line) for line in tocsin(settings, "alerts", "list", "--watch", "later", "--json").splitlines()
    ]
    assert {one["alert"]["mode"] for one in listed} == {"backfill"}
    assert "has had its backfill" in tocsin(settings, "watch", "import", str(tmp_path / "later.yaml"))


def test_killed_and_asked_again_it_goes_on(settings: Settings, database: Database, tmp_path: Path) -> None:
    (tmp_path / "watches.yaml").write_text(WATCHES)
    tocsin(settings, "watch", "import", str(tmp_path / "watches.yaml"))
    publish(settings, 0, 6_000)
    command = [sys.executable, "-m", "pipeline", "watch", "backfill", "sanctions", "--days", "1"]
    child = subprocess.Popen(command, env=environment_of(settings), cwd=REPOSITORY, stdout=subprocess.DEVNULL)

    def positions() -> dict[str, int]:
        with database.read() as connection:
            found = runs.newest(connection, limit=1)
        return found[0].positions if found else {}

    until(positions, within_s=60)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    run_id = run_of(tocsin(settings, "watch", "backfill", "sanctions", "--days", "1"))
    found = made(settings, run_id)
    expected = {one.page_id for one in map(stored, range(6_000)) if one.article.origin.url[-1] in "0123"}
    assert {one.origin.page_id for one in found} == expected
    with database.read() as connection:
        assert len(runs.newest(connection)) == 1


def test_cancelled_it_ends_where_it_stands_adds_up_and_nobody_is_told(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    (tmp_path / "cancelled.yaml").write_text(CANCELLED)
    tocsin(settings, "watch", "import", str(tmp_path / "cancelled.yaml"))
    publish(settings, 0, 12_000)
    command = [sys.executable, "-m", "pipeline", "watch", "backfill", "later", "--days", "1"]
    child = subprocess.Popen(
        command,
        env=environment_of(settings),
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )

    def newest() -> runs.Run | None:
        with database.read() as connection:
            return next(iter(runs.newest(connection)), None)

    until(lambda: (run := newest()) is not None and run.positions, within_s=60)
    os.kill(child.pid, signal.SIGSTOP)
    stopped = newest()
    assert stopped is not None
    assert "asked to end" in tocsin(settings, "replay", "cancel", stopped.run_id)
    os.kill(child.pid, signal.SIGCONT)
    said, _ = child.communicate(timeout=60)
    assert (child.returncode, "goes on" in said) == (1, False), said
    run = newest()
    assert run is not None
    assert (run.status, run.run_id) == (RunStatus.CANCELLED, stopped.run_id)
    assert 0 < run.counts["articles"] == run.passed < run.size == 12_000
    found = made(settings, run.run_id)
    assert len(found) == run.counts["matches"] > 0
    check_stored_unsent(settings, database, found)
    assert run_of(tocsin(settings, "watch", "backfill", "later", "--days", "1")) != run.run_id


def check_stored_unsent(settings: Settings, database: Database, found: list[Match]) -> None:
    """Each story of what was found is an alert that nobody was told of."""
    with tocsin_running(settings, "deliver"):
        until(lambda: audited(database) == len(found), within_s=60)
    with database.read() as connection:
        stored = alerts.newest(connection, limit=10_000)
    assert {one.alert.match.text_digest for one in stored} == {one.text_digest for one in found}
    assert all(one.alert.mode is Mode.BACKFILL and not one.deliveries for one in stored)
    assert not (settings.data_folder / "alerts.jsonl").exists()


def audited(database: Database) -> int:
    """How many matches the stored alerts stand for."""
    with database.read() as connection:
        return sum(1 + one.copies for one in alerts.newest(connection, limit=10_000))


FAILING = """
watches:
  - {name: Bad, query: '/sanct[a-z]+/', id: bad}
  - {name: Good, query: 'sanctions', id: good}
"""


def test_a_watch_whose_evaluation_fails_fails_the_backfill_and_no_other_watch(
    settings: Settings, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "failing.yaml").write_text(FAILING)
    tocsin(settings, "watch", "import", str(tmp_path / "failing.yaml"))
    publish(settings, 0, 2_100)
    with database.read() as connection:
        wanted = [one.watch for one in watches.list_all(connection)]
    run = backfilling.begin(settings, database, wanted, days=1.0)
    with monkeypatch.context() as patched:
        patched.setattr(confirming, "holds", failing)
        work = backfilling.Backfill(settings, database, run, watches=wanted, actors=())
        assert work.work(is_stopping=lambda: True, on_progress=lambda _: None).status is RunStatus.PAUSED
        work.close()
    done = ended(settings, "pipeline", "watch", "backfill", "bad", "good", "--days", "1")
    assert (done.returncode, run_of(done.stdout)) == (1, run.run_id)
    assert f"bad was put aside and lacks matches: {REASON}" in done.stdout
    found = Counter(one.watch_id for one in made(settings, run.run_id))
    assert 0 < found["bad"] < found["good"]
    with database.read() as connection:
        assert runs.find(connection, run.run_id).status is RunStatus.FAILED
    said = f"watches were put aside and lack matches: bad: {REASON}"
    assert said in tocsin(settings, "replay", "list")
    assert f"is failed: {said}" in tocsin(settings, "replay", "show", run.run_id)
    again = run_of(tocsin(settings, "watch", "backfill", "--all-new", "--days", "1"))
    assert {one.watch_id for one in made(settings, again)} == {"bad"}
    check_failing_preview(settings)


def check_failing_preview(settings: Settings) -> None:
    """It says that matches are missing, and how many alerts a day there would be it does not say."""
    query = ("watch", "preview", "/sanct[a-z]+/", "--days", "1", "--limit", "0")
    assert ended(settings, "pipeline", *query).returncode == 0
    shown = ended(settings, "tests.failing", *query)
    assert shown.returncode == 1
    assert f"matches are missing, {REASON}" in shown.stdout.replace("\n", " ")
    assert "alerts a day" not in shown.stdout
    (line,) = ended(settings, "tests.failing", *query, "--json").stdout.splitlines()
    summary = json.loads(line)["summary"]
    assert (summary["failure"], summary["is_whole"], summary["matches"]) == (REASON, False, 0)


def ended(settings: Settings, program: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", program, *arguments],
        env=environment_of(settings),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("preview", "(unclosed"), "query: at character", id="a query that cannot be read"),
        pytest.param(("backfill", "nobody"), "nobody: no such watch", id="no such watch"),
        pytest.param(("backfill",), "--all-new", id="nothing asked"),
    ],
)
def test_what_cannot_be_asked_is_said_in_one_line(settings: Settings, arguments: tuple[str, ...], said: str) -> None:
    done = ended(settings, "pipeline", "watch", *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
