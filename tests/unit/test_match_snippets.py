"""Snippets show the densest hits, whole words, and no stretch twice."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.match.engine.finding import Spelled
from pipeline.stages.match.snippets import MAX_SNIPPETS, SNIPPET_CHARACTERS, snippets
from tests.unit.matching import found, tagged
from topics.records import Hit, Snippet, TextField

_FILL = "lorem ipsum dolor sit amet, consectetur adipiscing elit. " * 12


def _snippets(query: str, text: str, title: str = "") -> tuple[Snippet, ...]:
    one = found(query, tagged(text, title))
    assert one is not None
    return one.snippets


def test_the_stretch_with_most_clauses_comes_first() -> None:
    text = f"Minsk minsk minsk. {_FILL} Minsk and Riga. {_FILL} Riga."
    first, second, third = _snippets("minsk OR riga", text)
    assert [first.text[slice(*mark)] for mark in first.highlights] == ["Minsk", "Riga"]
    assert [second.text[slice(*mark)] for mark in second.highlights] == ["Minsk", "minsk", "minsk"]
    assert [third.text[slice(*mark)] for mark in third.highlights] == ["Riga"]


def test_there_are_few_of_bounded_length_none_over_another() -> None:
    text = f"{_FILL} Minsk. " * 6
    shown = _snippets("minsk", text)
    assert len(shown) == MAX_SNIPPETS
    spans = sorted((one.start, one.start + len(one.text)) for one in shown)
    assert all(end - start <= SNIPPET_CHARACTERS for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))


def test_hits_close_together_share_a_snippet_or_lie_in_none_twice() -> None:
    text = " ".join(f"minsk {'x' * 50}" for _ in range(20))
    shown = _snippets("minsk", text)
    spans = sorted((one.start, one.start + len(one.text)) for one in shown)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))


def test_words_are_whole_and_the_context_stands_on_both_sides() -> None:
    text = f"{_FILL}Minsk. {_FILL}"
    (snippet,) = _snippets("minsk", text)
    words = text.split()
    assert set(snippet.text.split()) <= set(words)
    start, end = snippet.highlights[0]
    assert start > 60
    assert len(snippet.text) - end > 60
    assert len(snippet.text) > 200


def test_a_short_text_is_shown_whole_with_its_full_stop() -> None:
    assert _snippets("minsk", "So it was in Minsk.")[0].text == "So it was in Minsk."


@pytest.mark.parametrize("place", [0, 1])
def test_a_hit_at_an_end_of_the_text_gets_its_room_on_the_other_side(place: int) -> None:
    text = f"Minsk {_FILL}".strip() if place == 0 else f"{_FILL} Minsk"
    (snippet,) = _snippets("minsk", text)
    assert len(snippet.text) > 200


def test_a_title_is_shown_when_only_it_was_hit() -> None:
    (snippet,) = _snippets("minsk", _FILL, "A day in Minsk")
    assert (snippet.field, snippet.text, snippet.highlights) == (TextField.TITLE, "A day in Minsk", ((9, 14),))


def test_the_opening_is_shown_when_no_words_were_asked_for() -> None:
    (snippet,) = _snippets("site:example.org", _FILL)
    assert snippet.start == 0
    assert snippet.highlights == ()
    assert 200 < len(snippet.text) <= SNIPPET_CHARACTERS


def test_overlapping_hits_are_one_highlight() -> None:
    (snippet,) = _snippets('"a b" OR "b c" OR b', "x a b c y")
    assert [snippet.text[slice(*mark)] for mark in snippet.highlights] == ["a b c"]


def test_a_hit_longer_than_a_snippet_is_shown_whole() -> None:
    phrase = " ".join(["minsk"] * 60)
    (first, *_) = _snippets(f'"{phrase}"', f"x {phrase} y")
    assert phrase in first.text


def test_text_without_spaces_is_cut_between_ideographs() -> None:
    text = "東" * 400 + "蔡英文" + "西" * 400
    (snippet,) = _snippets("蔡英文", text)
    assert 200 < len(snippet.text) <= SNIPPET_CHARACTERS
    assert snippet.text[slice(*snippet.highlights[0])] == "蔡英文"


_WORDS = Spelled("a b " * 500, range(0, 2_000, 2), range(1, 2_001, 2))
_PLACES = st.tuples(st.integers(0, 900), st.integers(1, 200), st.sampled_from("xyz"))


@given(st.lists(_PLACES, min_size=1, max_size=30))
def test_the_first_is_round_the_hits_that_are_worth_most(places: list[tuple[int, int, str]]) -> None:
    hits = [
        Hit(clause=clause, field=TextField.TEXT, start=2 * first, end=min(2 * (first + count), 2_000) - 1, words="")
        for first, count, clause in sorted(places)
    ]
    groups = [
        [one for one in hits[at:] if one is hits[at] or one.end <= hits[at].start + SNIPPET_CHARACTERS]
        for at in range(len(hits))
    ]
    best = max(groups, key=lambda group: (len({one.clause for one in group}), len(group), -group[0].start))
    first = snippets(hits, {TextField.TEXT: _WORDS})[0]
    assert first.start <= best[0].start
    assert first.start + len(first.text) >= max(one.end for one in best)
