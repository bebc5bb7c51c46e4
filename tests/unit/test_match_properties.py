"""Laws of matching, tried on random watches and texts in several scripts."""

from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.stages.match import QueryError, WatchIndex, match
from pipeline.stages.outcome import Emit
from tests.unit import naive_matching
from tests.unit.matching import mention, tagged, watch
from topics.records import Match, Mention, TaggedArticle, TextField

_WORDS = (
    *(
        "minsk",
        "Minsk",
        "MINSK",
        "sanction",
        "sanctions",
        "US",
        "us",
        "the",
        "aid",
        "aids",
        "lethal",
        "non-lethal",
        "2026",
    ),
    *("Orbán", "ORBAN", "orbán", "Łódź", "lodz", "Straße", "strasse", "Lukashenko", "Lukashenko’s", "Lukashenko's"),
    *(
        "Минск",
        "минск",
        "МИНСК",
        "мы",
        "й",
        "и",
        "ёлка",
        "елка",
        "Їжак",
        "санкции",
        "蔡英文",
        "蔡",
        "英文",
        "京都",
        "東京都",
    ),
    *("محمد", "مينسك", "दिल्ली"[:1], "Αθήνα"),
)
_PHRASES = tuple(
    f"{one} {other}" for one in ("the", "Minsk", "санкции", "蔡") for other in ("US", "Минск", "aid", "英")
)
_SEPARATORS = (" ", ", ", ". ", "-", "\n", " — ", "’ ", "... ", " (", '" ')

_text = st.lists(st.tuples(st.sampled_from(_WORDS), st.sampled_from(_SEPARATORS)), max_size=14).map(
    lambda pairs: "".join(word + separator for word, separator in pairs)
)
_words = st.one_of(
    st.tuples(st.just("word"), st.sampled_from(_WORDS)),
    st.tuples(st.sampled_from(["phrase", "exact"]), st.sampled_from(_WORDS + _PHRASES)),
)
_leaf = st.one_of(
    _words,
    st.tuples(st.sampled_from(["title", "text"]), _words),
    st.tuples(st.just("actor"), st.sampled_from(["ann", "bob"])),
)
_tree = st.recursive(
    _leaf,
    lambda inner: st.one_of(
        st.tuples(st.just("not"), inner),
        st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=4)),
    ),
    max_leaves=8,
)


@st.composite
def _articles(draw: st.DrawFn) -> TaggedArticle:
    text = draw(_text)
    mentions: list[Mention] = []
    for actor, surface in (("ann", "Minsk"), ("bob", "Минск"), ("bob", "蔡")):
        if surface in text and draw(st.booleans()):
            mentions.append(mention(text, surface, name=f"The {actor}", actor_id=actor, alias=surface))
    return tagged(text, draw(_text), mentions=tuple(mentions))


def _index(trees: dict[str, naive_matching.Tree]) -> tuple[WatchIndex, dict[str, naive_matching.Tree]]:
    """The index of those that can be asked for, and they."""
    index, taken = WatchIndex(), {}
    for watch_id, tree in trees.items():
        try:
            index.put(watch(naive_matching.render(tree), watch_id))
        except QueryError:
            continue
        taken[watch_id] = tree
    return index, taken


def _matches(article: TaggedArticle, index: WatchIndex) -> dict[str, Match]:
    outcome = match(article, watches=index)
    return {one.watch_id: one for one in outcome.records} if isinstance(outcome, Emit) else {}


def _expected(tree: naive_matching.Tree, article: TaggedArticle) -> naive_matching.Finding:
    fields = {"title": article.article.title, "text": article.article.text}
    actors: dict[str, list[naive_matching.Place]] = {}
    for one in article.mentions:
        actors.setdefault(str(one.actor_id), []).append((one.field, one.start, one.end))
    return naive_matching.evaluate(tree, fields, actors)


_trees = st.dictionaries(st.sampled_from([f"w{n}" for n in range(8)]), _tree, max_size=8)


@settings(max_examples=300, deadline=None)
@given(article=_articles(), trees=_trees)
def test_the_index_finds_what_the_naive_evaluator_finds_at_the_same_places(
    article: TaggedArticle, trees: dict[str, naive_matching.Tree]
) -> None:
    index, taken = _index(trees)
    found = _matches(article, index)
    expected = {watch_id: _expected(tree, article) for watch_id, tree in taken.items()}
    assert set(found) == {watch_id for watch_id, (holds, _, _) in expected.items() if holds}
    for watch_id, one in found.items():
        assert {(hit.field.value, hit.start, hit.end) for hit in one.hits} == expected[watch_id][1]


@settings(deadline=None)
@given(article=_articles(), trees=_trees, other=_tree)
def test_adding_changing_and_removing_a_watch_changes_no_other(
    article: TaggedArticle, trees: dict[str, naive_matching.Tree], other: naive_matching.Tree
) -> None:
    index, _ = _index(trees)
    before = _matches(article, index)
    for query in (naive_matching.render(other), "minsk", "NOT minsk"):
        with suppress(QueryError):
            index.put(watch(query, "other"))
        after = _matches(article, index)
        after.pop("other", None)
        assert after == before
    index.remove("other")
    assert _matches(article, index) == before
    assert len(index) == len(_index(trees)[1])


@settings(deadline=None)
@given(article=_articles(), trees=_trees)
def test_offsets_and_highlights_cut_out_the_words(
    article: TaggedArticle, trees: dict[str, naive_matching.Tree]
) -> None:
    texts = {TextField.TITLE: article.article.title, TextField.TEXT: article.article.text}
    for one in _matches(article, _index(trees)[0]).values():
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
