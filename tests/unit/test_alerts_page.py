"""docs/alerts.md shows what receivers get, and when they get it again."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from pipeline.delivery.retry import pause_after
from pipeline.settings import Settings
from pipeline.stages import compose
from pipeline.stages.fold import Known, Raise, fold
from tests.delivering import NOW, WINDOW, match_of

PAGE = (Path(__file__).parents[2] / "docs" / "alerts.md").read_text("utf-8")


def shape(value: Any) -> Any:
    """Names, in their order, and nothing of what they hold; of a list its first."""
    if isinstance(value, dict):
        return [(name, shape(held)) for name, held in value.items()]
    return [shape(value[0])] if isinstance(value, list) and isinstance(value[0], dict | list) else None


def test_the_body_on_the_page_has_the_shape_of_an_alerts() -> None:
    (block,) = re.findall(r"```json\n(.*?)```", PAGE, flags=re.DOTALL)
    decision = fold(match_of(), known=Known(), story_window=WINDOW, steps={"poll": NOW}, now=NOW)
    assert isinstance(decision, Raise)
    sent = json.loads(compose.event(decision.alert, copies=0, delivery_id="d"))
    assert shape(json.loads(block)) == shape(sent)


def test_the_snippet_on_the_page_highlights_its_word() -> None:
    (block,) = re.findall(r"```json\n(.*?)```", PAGE, flags=re.DOTALL)
    (snippet,) = json.loads(block)["data"]["snippets"]
    assert [snippet["text"][start:end] for start, end in snippet["highlights"]] == ["sanctions"]


def test_the_pauses_on_the_page_are_those_of_the_deliverer() -> None:
    pauses = [timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30)]
    pauses += [timedelta(hours=hours) for hours in (2, 5, 10, 10)]
    assert "after 5 s, 5 min, 30 min, 2 h, 5 h, then every 10 h" in PAGE
    for attempt, pause in enumerate(pauses, 1):
        assert pause <= pause_after(attempt, delivery_id="d") <= 1.2 * pause


def test_the_times_on_the_page_are_those_of_the_settings() -> None:
    deliver = Settings().deliver
    assert (deliver.timeout, deliver.give_up_after) == (timedelta(seconds=20), timedelta(days=5))
    assert deliver.story_window == timedelta(days=3)
    assert all(words in PAGE for words in ("within 20 s", "after five days", "within three days"))
