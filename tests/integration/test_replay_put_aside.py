"""A run that lacks matches of a watch whose evaluation failed says so at its end, whoever matched for it, and when."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pipeline.adapters.kafka import Producer
from pipeline.settings import Settings
from tests.failing import REASON
from tests.integration.pipeline import tocsin, tocsin_running
from tests.integration.replaying import read_all, replay, runs, start_replay
from tests.samples import article
from tests.waiting import until
from topics import registry
from topics.records import TaggedArticle
from topics.spec import Lane

pytestmark = [pytest.mark.broker, pytest.mark.timeout(240)]

COUNT = 60
HISTORY = registry.MATCHES.in_lane(Lane.REPLAY)
WATCHES = """
watches:
  - {name: Bad, query: '/sanct[a-z]+/', id: bad}
  - {name: Good, query: sanctions, id: good}
"""
SAID = f"watches were put aside and lack matches: bad: {REASON}"


def publish(settings: Settings) -> None:
    producer = Producer(settings)
    for number in range(COUNT):
        text, url = f"Sanctions, number {number}.", f"https://news.example/{number}"
        cleaned = article(text, url=url)
        one = TaggedArticle(article=cleaned, page_id=cleaned.origin.page_id)
        producer.send(registry.TAGGED_ARTICLES, one).result(30)
    producer.close(10)


def test_a_run_lacks_a_watch_and_says_so_though_killed_and_gone_on_with_by_others(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "watches.yaml").write_text(WATCHES)
    tocsin(settings, "watch", "import", str(tmp_path / "watches.yaml"))
    publish(settings)
    with tocsin_running(settings, "deliver"):
        killed = killed_when_a_watch_has_failed(settings)
        with tocsin_running(settings, "work", "--lane", "replay", "--agents", "match"):
            run = replay(settings, "--resume", killed, "--workers", "0", code=1)
            check_the_verdict(settings, run)
        again = replay(settings, "tagged-articles")
    check_made_good(settings, run, again)


def killed_when_a_watch_has_failed(settings: Settings) -> str:
    """The run, left by its job and, with it, by the worker whose evaluator failed."""
    job = start_replay(settings, "tagged-articles", "--rate", "1/s", program="tests.failing")
    try:
        until(lambda: len(read_all(settings, HISTORY)) >= 2, within_s=50)
    finally:
        job.kill()
        job.wait()
    (run,) = runs(settings)
    assert 0 < run["counts"]["fed"] < COUNT, "it was killed in the middle"
    return str(run["run_id"])


def check_the_verdict(settings: Settings, run: dict[str, Any]) -> None:
    """All of it is folded and adds up; and it has failed."""
    report = run["report"]
    assert (run["status"], run["note"], report["put_aside"]) == ("failed", SAID, {"bad": REASON})
    assert report["balanced"], report["wrong"]
    found = matched(settings, run)
    assert 0 < found["bad"] < found["good"] == COUNT
    match, fold = report["stages"]
    assert (match["in"], fold["in"]) == (COUNT, found.total())
    assert f"is failed: {SAID}" in tocsin(settings, "replay", "show", run["run_id"])
    assert SAID in tocsin(settings, "replay", "list")
    (line,) = runs(settings)
    assert line["report"]["put_aside"] == {"bad": REASON}


def check_made_good(settings: Settings, run: dict[str, Any], again: dict[str, Any]) -> None:
    """Replayed anew when the watch is sound, the run is done and has what the other lacked."""
    assert (again["status"], again["note"], again["report"]["put_aside"]) == ("done", None, {})
    lacked, found = matched(settings, run), matched(settings, again)
    assert found["bad"] == found["good"] == COUNT
    assert again["report"]["alerts"]["new"] + again["report"]["alerts"]["joined"] == found["bad"] - lacked["bad"]


def matched(settings: Settings, run: dict[str, Any]) -> Counter[str]:
    """The matches of the run by their watches."""
    made = [one for one in read_all(settings, HISTORY) if one.headers["run"] == run["run_id"]]
    return Counter(watch_id for watch_id, _ in {(one.record.watch_id, one.record.match_id) for one in made})
