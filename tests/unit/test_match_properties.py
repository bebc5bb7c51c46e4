"""Laws of matching, tried on random watches and texts in several scripts."""

from contextlib import suppress
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.stages.match import QueryError, WatchIndex, match
from tests.unit import naive_matching
from tests.unit.matching import tagged, watch
from tests.unit.naive_matching import Place, Story, Tree
from tests.unit.random_watches import TREES, WATCHES, articles, indexed, matches_of
from topics.records import (
    Figure,
    Qualifier,
    TaggedArticle,
    TextField,
)


def _expected(tree: Tree, article: TaggedArticle) -> naive_matching.Finding:
    actors: dict[str, list[Place]] = {}
    for one in article.mentions:
        actors.setdefault(str(one.actor_id), []).append((one.field, one.start, one.end))
    published = article.article.published_at
    story = Story(
        fields={"title": article.article.title, "text": article.article.text},
        actors=actors,
        quotations=tuple(
            (str(one.speaker_actor_id), (one.field.value, one.start, one.end)) for one in article.quotations
        ),
        figures=tuple(
            (str(one.counted), one.low, one.high, one.qualifier.value, (one.field.value, one.start, one.end))
            for one in article.figures
        ),
        language=article.article.language,
        published=published.date().isoformat() if published is not None else None,
    )
    return naive_matching.evaluate(tree, story)


@settings(max_examples=500, deadline=None)
@given(article=articles(), trees=WATCHES)
def test_the_index_finds_what_the_naive_evaluator_finds_at_the_same_places(
    article: TaggedArticle, trees: dict[str, Tree]
) -> None:
    index, taken = indexed(trees)
    found = matches_of(article, index)
    expected = {watch_id: _expected(tree, article) for watch_id, tree in taken.items()}
    assert set(found) == {watch_id for watch_id, (holds, _, _) in expected.items() if holds}
    for watch_id, one in found.items():
        assert {(hit.field.value, hit.start, hit.end) for hit in one.hits} == expected[watch_id][1]


@pytest.mark.parametrize("qualifier", Qualifier)
def test_every_comparison_of_every_figure_is_the_naive_one(qualifier: Qualifier) -> None:
    bounds = [None, 1.0, 2.0, 3.0]
    for low, high in product(bounds, bounds):
        if not naive_matching.possible(low, high, qualifier.value):
            continue
        known = Figure(
            low=low, high=high, qualifier=qualifier, field=TextField.TEXT, start=0, end=1, text="1", counted="soldiers"
        )
        article = tagged("1", figures=(known,))
        for sign, bound in product([">", ">=", "<", "<=", "="], [0, 1, 2, 3, 4]):
            tree = ("figure", "soldiers", sign, bound, None)
            index, _ = indexed({"w": tree})
            assert ("w" in matches_of(article, index)) == _expected(tree, article)[0], (tree, known)


@settings(deadline=None)
@given(
    text=st.lists(st.sampled_from(["a", "b c", "", " ", "…", "minsk " * 40]), max_size=6).map("\n".join),
    words=st.sampled_from(["a", "b", "c", "minsk"]),
)
def test_the_lead_is_the_naive_one(text: str, words: str) -> None:
    article = tagged(text)
    tree = ("in", "lead", ("word", words))
    index, _ = indexed({"w": tree})
    found = matches_of(article, index)
    places = {("text", hit.start, hit.end) for one in found.values() for hit in one.hits}
    expected = _expected(tree, article)[1]
    assert bool(found) == bool(expected)
    assert places <= expected


@settings(deadline=None)
@given(article=articles(), trees=WATCHES, other=TREES)
def test_adding_changing_and_removing_a_watch_changes_no_other(
    article: TaggedArticle, trees: dict[str, Tree], other: Tree
) -> None:
    index, _ = indexed(trees)
    before = matches_of(article, index)
    for query in (naive_matching.render(other), "minsk", "NOT minsk"):
        with suppress(QueryError):
            index.put(watch(query, "other"))
        after = matches_of(article, index)
        after.pop("other", None)
        assert after == before
    index.remove("other")
    assert matches_of(article, index) == before
    assert len(index) == len(indexed(trees)[1])


@settings(deadline=None)
@given(article=articles(), trees=WATCHES)
def test_offsets_and_highlights_cut_out_the_words(article: TaggedArticle, trees: dict[str, Tree]) -> None:
    texts = {TextField.TITLE: article.article.title, TextField.TEXT: article.article.text}
    for one in matches_of(article, indexed(trees)[0]).values():
        assert all(texts[hit.field][hit.start : hit.end] == hit.words != "" for hit in one.hits)
        for snippet in one.snippets:
            assert texts[snippet.field][snippet.start : snippet.start + len(snippet.text)] == snippet.text
            starts = {hit.start for hit in one.hits if hit.field is snippet.field}
            assert all(
                snippet.start + start in starts and end <= len(snippet.text) for start, end in snippet.highlights
            )


@settings(deadline=None)
@given(text=st.text(), title=st.text(), query=st.text(max_size=40))
def test_any_text_as_a_query_is_read_or_refused_at_a_place_in_it(text: str, title: str, query: str) -> None:
    index = WatchIndex()
    refusal = _refusal(index, query)
    assert (refusal is None) == (len(index) == 1)
    if refusal is not None:
        assert 0 <= refusal.position <= len(query)
        assert refusal.message
        assert refusal.hint
        assert "\n" not in refusal.excerpt(query)
    match(tagged(text, title), watches=index)


def _refusal(index: WatchIndex, query: str) -> QueryError | None:
    try:
        index.put(watch(query))
    except QueryError as error:
        return error
    return None
