"""What channels get: an event that says why, small enough for every receiver, and a line that is one line."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.stages import compose
from pipeline.stages.fold import Known, Raise, fold
from tests.delivering import NOW, WINDOW, match_of
from topics.records import Alert, Hit, Match, Snippet, TextField


def alert_of(match: Match, seconds: float = 2) -> Alert:
    steps = {"clean": NOW + timedelta(seconds=0.75), "poll": NOW + timedelta(seconds=0.5)}
    now = NOW + timedelta(seconds=seconds)
    decision = fold(match, known=Known(), story_window=WINDOW, steps=steps, now=now)
    assert isinstance(decision, Raise)
    return decision.alert


def read(alert: Alert, copies: int = 0) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(compose.event(alert, copies=copies, delivery_id="d" * 32))
    return value


def test_an_event_has_the_attributes_cloudevents_asks_for() -> None:
    alert = alert_of(match_of())
    value = read(alert)
    assert {name: value[name] for name in ("specversion", "id", "source", "type", "datacontenttype")} == {
        "specversion": "1.0",
        "id": alert.alert_id,
        "source": "/tocsin/watches/sanctions",
        "type": "tocsin.alert",
        "datacontenttype": "application/json",
    }
    assert value["time"] == "2026-03-04T12:00:02+00:00"


def test_an_event_says_why_where_and_how_long_each_step_took() -> None:
    data = read(alert_of(match_of()), copies=3)["data"]
    assert (data["watch_id"], data["watch_name"], data["subscriber"]) == ("sanctions", "Sanctions", "desk")
    assert (data["url"], data["site"], data["copies"]) == ("https://page.example/story", "News", 3)
    assert data["canonical_url"] == "https://news.example/2026/03/stattia"
    assert data["hits"][0] == {
        "clause": "actor:example",
        "field": "text",
        "start": 6,
        "end": 10,
        "words": "line",
        "actor_id": "example",
        "alias": "Anna",
    }
    assert data["snippets"][0] == {"field": "title", "start": 0, "text": "First line.", "highlights": [[6, 10], [0, 5]]}
    assert [(step["step"], step["seconds"]) for step in data["steps"]] == [
        ("poll", 0.5),
        ("clean", 0.25),
        ("fold", 1.25),
    ]


def test_the_same_alert_makes_the_same_bytes() -> None:
    alert = alert_of(match_of())
    assert compose.event(alert, copies=1, delivery_id="d") == compose.event(alert, copies=1, delivery_id="d")


def test_an_event_too_large_leaves_out_snippets_then_hits_and_says_how_many() -> None:
    hit = Hit(clause="sanctions", field=TextField.TEXT, start=0, end=9, words="sanctions")
    snippet = Snippet(field=TextField.TEXT, start=0, text="ж" * 300, highlights=((0, 9),))
    match = replace(match_of(), hits=(hit,) * 60, snippets=(snippet,) * 60)
    data = read(alert_of(match))["data"]
    assert len(data["hits"]) == 60
    assert 0 < len(data["snippets"]) < 60
    assert data["snippets_left_out"] == 60 - len(data["snippets"])
    many = read(alert_of(replace(match, hits=(hit,) * 1000)))["data"]
    assert not many["snippets"]
    assert many["hits_left_out"] == 1000 - len(many["hits"]) > 0


texts = st.text(st.characters(codec="utf-8"), max_size=40) | st.text(st.sampled_from('"\\\x00\x1b🗞ж'), max_size=40)
long_texts = st.builds(lambda text, times: text * times, texts, st.integers(1, 200))
hits = st.builds(
    Hit,
    clause=long_texts,
    field=st.sampled_from(TextField),
    start=st.integers(0, 10**6),
    end=st.integers(0, 10**6),
    words=long_texts,
    actor_id=st.none() | long_texts,
    alias=st.none() | long_texts,
)
snippets = st.builds(
    Snippet,
    field=st.sampled_from(TextField),
    start=st.integers(0, 10**6),
    text=long_texts,
    highlights=st.just(((0, 1),)),
)
wild_matches = st.builds(
    replace,
    st.just(match_of()),
    watch_id=long_texts,
    watch_name=long_texts,
    subscriber=long_texts,
    title=long_texts,
    url=long_texts,
    canonical_url=long_texts,
    site_name=st.none() | long_texts,
    language=st.none() | long_texts,
    authors=st.lists(long_texts, max_size=8).map(tuple),
    hits=st.lists(hits, max_size=12).map(tuple),
    snippets=st.lists(snippets, max_size=8).map(tuple),
)


@settings(max_examples=60, deadline=None)
@given(wild_matches)
def test_every_event_is_under_20_kilobytes_on_one_line_and_ends_with_its_delivery(match: Match) -> None:
    body = compose.event(alert_of(match), copies=0, delivery_id="d" * 32)
    assert len(body) < 20_000
    assert b"\n" not in body
    assert body.endswith(compose.end_of_event("d" * 32))
    json.loads(body)


@settings(max_examples=60, deadline=None)
@given(wild_matches)
def test_a_line_holds_nothing_a_terminal_would_obey(match: Match) -> None:
    line = compose.line(alert_of(match))
    assert line.isprintable() or not any(character < " " or "\x7f" <= character <= "\x9f" for character in line)
    assert len(line.splitlines()) <= 1


def test_a_line_names_watch_title_site_words_and_address() -> None:
    line = compose.line(alert_of(match_of()))
    assert line == "2026-03-04 12:00:02 [Sanctions] Title — News: “line” https://page.example/story"


@pytest.mark.parametrize(
    ("text", "size", "expected"),
    [("short", 10, "short"), ("a\x1b[31mb", 20, "a [31mb"), ("жжжж", 7, "жж…"), ("жжж", 6, "жжж")],
)
def test_a_clipped_text_has_no_controls_and_whole_characters(text: str, size: int, expected: str) -> None:
    assert compose.clip(text, size) == expected
