"""Feeds written by us beside what is read from them: `tests/golden/feeds/NAME` and `NAME.expected`."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.stages.feeds.parse import parse
from topics import codec

FOLDER = Path(__file__).parents[1] / "golden" / "feeds"
FEEDS = sorted(path for path in FOLDER.iterdir() if path.suffix != ".expected")


@pytest.mark.parametrize("path", FEEDS, ids=lambda path: path.name)
def test_a_feed_is_read_as_expected(path: Path, rewrite_golden: bool) -> None:
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    parsed = parse(path.read_bytes(), url="https://feeds.example/all/feed", content_type=None, now=now)
    read = json.dumps(codec.to_builtins(parsed), ensure_ascii=False, indent=2) + "\n"
    expected = path.with_name(path.name + ".expected")
    if rewrite_golden:
        expected.write_text(read, "utf-8")
    assert read == expected.read_text("utf-8")
