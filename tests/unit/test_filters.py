"""The stages as filters: a line out for each line in, in order, and never a traceback."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.failing import REASON
from tests.integration.running import REPOSITORY

SENTENCES = (
    "The harbour council met on Tuesday to discuss the new lock, and heard the engineers who are to build it. "
    "Ada Example asked what it would cost and when ships may pass. Nobody could say before the winter. "
)
PAGE = (
    "<html><head><title>The lock is to be rebuilt</title></head><body><article><h1>The lock is to be rebuilt</h1>"
    + f"<p>{SENTENCES}</p>" * 3
    + "</article></body></html>"
)
FILE = """
actors:
  - {id: ada, name: Ada Example, kind: person}
watches:
  - {id: lock, name: The lock, query: actor:ada AND lock}
"""


def run(
    *arguments: str, lines: str | bytes = "", code: int = 0, program: str = "pipeline", says: str = ""
) -> list[dict[str, Any]]:
    """What the filter wrote, line by line; on standard error it says that."""
    done = subprocess.run(
        [sys.executable, "-m", program, *arguments],
        input=lines.encode() if isinstance(lines, str) else lines,
        capture_output=True,
        cwd=REPOSITORY,
        check=False,
        timeout=60,
    )
    assert b"Traceback" not in done.stderr
    assert done.returncode == code, done.stderr.decode()
    assert says in done.stderr.decode()
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "watches.yaml"
    path.write_text(FILE, "utf-8")
    return str(path)


def test_a_page_goes_through_all_three(file: str) -> None:
    page = json.dumps({"url": "https://news.example/lock", "html": PAGE, "fetched_at": "2026-03-04T05:06:07+00:00"})
    (article,) = run("clean", lines=page)
    assert {"outcome", "url", "canonical_url", "title", "text", "authors", "published_at", "language"} <= set(article)
    assert article["title"] == "The lock is to be rebuilt"
    (tagged,) = run("tag", "--actors", file, lines=json.dumps(article))
    assert "ada" in {mention["actor_id"] for mention in tagged["mentions"]}
    (matched,) = run("match", "--watches", file, lines=json.dumps(tagged))
    assert [match["watch_id"] for match in matched["matches"]] == ["lock"]


def test_a_tagged_line_shows_quotations_and_figures(file: str) -> None:
    paragraph = "“It will cost us more than 40 million euros,” said Ada Example. "
    page = PAGE.replace("</article>", f"<p>{paragraph}{SENTENCES}</p></article>")
    (article,) = run("clean", lines=json.dumps({"url": "https://news.example/lock", "html": page}))
    (tagged,) = run("tag", "--actors", file, lines=json.dumps(article))
    assert [(item["speaker_actor_id"], item["text"]) for item in tagged["quotations"]] == [
        ("ada", "It will cost us more than 40 million euros")
    ]
    assert [(item["low"], item["high"], item["qualifier"], item["unit"]) for item in tagged["figures"]] == [
        (40_000_000, None, "more-than", "EUR")
    ]


def test_a_watch_whose_evaluation_fails_ends_the_filter_that_would_go_on_without_it(tmp_path: Path) -> None:
    path = tmp_path / "watches.yaml"
    path.write_text("watches: [{id: lock, name: The lock, query: '/lo[a-z]+/'}]", "utf-8")
    page = json.dumps({"url": "https://news.example/lock", "html": PAGE})
    (article,) = run("tag", lines=json.dumps(run("clean", lines=page)[0]))
    arguments = ("match", "--watches", str(path))
    assert len(run(*arguments, lines=f"{json.dumps(article)}\n" * 2)) == 2
    run(*arguments, lines=json.dumps(article), code=1, program="tests.failing", says=f"tocsin: watch lock: {REASON}\n")


def test_bad_lines_keep_their_place_and_end_in_exit_code_1() -> None:
    good = json.dumps({"url": "https://news.example/lock", "html": PAGE})
    bad = [
        "nonsense",
        "[]",
        "{}",
        '{"url": "x"}',
        '{"url": "https://a.example/", "body_base64": "%"}',
        '{"url": 3}',
        "\xff",
    ]
    written = run("clean", lines="\n".join([good, *bad, good]), code=1)
    assert [line["outcome"] for line in written] == ["emit", *["error"] * len(bad), "emit"]
    assert [line["line"] for line in written if line["outcome"] == "error"] == list(range(2, 2 + len(bad)))


def test_a_bad_line_says_what_is_wrong_with_it() -> None:
    lines = ["", '{"url": }', '{"url": "https://a.example/b", "html": "x", "fetched_at": "yesterday"}']
    errors = [line["error"] for line in run("clean", lines="\n".join(lines) + "\n", code=1)]
    assert errors == [
        "not JSON: Expecting value at character 1",
        "not JSON: Expecting value at character 9",
        "`fetched_at`: not a time: yesterday",
    ]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_page_fetched_at_the_end_of_time_is_cleaned(moment: str) -> None:
    page = {"url": "https://news.example/lock", "html": PAGE, "fetched_at": moment, "published_at": moment}
    (article,) = run("clean", lines=json.dumps(page))
    assert article["outcome"] == "emit"


def test_a_line_that_was_dropped_passes_the_next_filters_as_it_is(file: str) -> None:
    dropped = {"outcome": "drop", "reason": "home-page", "detail": None, "url": "https://news.example/"}
    assert run("tag", "--actors", file, lines=json.dumps(dropped)) == [dropped]
    assert run("match", "--watches", file, lines=json.dumps(dropped)) == [dropped]


def test_one_page_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(PAGE, "utf-8")
    (article,) = run("clean", "--html", str(path), "--url", "https://news.example/lock")
    assert article["outcome"] == "emit"


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("clean", "--html", "absent.html", "--url", "https://a.example/"), id="missing page"),
        pytest.param(("clean", "--url", "https://a.example/"), id="address without a page"),
        pytest.param(("tag", "--actors", "absent.yaml"), id="missing actors"),
        pytest.param(("match", "--watches", "absent.yaml"), id="missing watches"),
    ],
)
def test_what_cannot_start_says_so_with_exit_code_2(arguments: tuple[str, ...]) -> None:
    assert run(*arguments, code=2) == []
