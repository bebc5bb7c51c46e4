"""Laws of matching, tried on random watches and texts in several scripts."""

from contextlib import suppress
from datetime import UTC, datetime
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.stages.match import QueryError, WatchIndex, match
from pipeline.stages.outcome import Emit
from tests.unit import naive_matching
from tests.unit.matching import mention, tagged, watch
from tests.unit.naive_matching import Place, Story, Tree
from topics.records import (
    Figure,
    Match,
    Mention,
    Qualifier,
    Quotation,
    SpeakerEvidence,
    TaggedArticle,
    TextField,
)

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
    *(
        "U.S.",
        "U.S",
        "u s",
        "email",
        "e-mail",
        "E-mails",
        "COVID-19",
        "covid19",
        "drone",
        "drones",
        "antiwar",
        "anti-war",
        "binsk",
        "brone",
    ),
    *("minister", "Ministers", "ministre", "министр", "министров", "организация", "organisation", "organization"),
    *("محمد", "مينسك", "दिल्ली"[:1], "Αθήνα"),
)
# So that what is asked for is often there.
_COMMON = ("minsk", "Minsk", "drones", "Ministers", "the", "aid", "US", "министров", "蔡", "sanctions")
_LIKELY = (*_WORDS, *_COMMON * 5)
_PHRASES = tuple(
    f"{one} {other}" for one in ("the", "Minsk", "санкции", "蔡") for other in ("US", "Минск", "aid", "英")
)
_SEPARATORS = (" ", ", ", ". ", "-", "\n", " — ", "’ ", "... ", " (", '" ')

_text = st.lists(st.tuples(st.sampled_from(_LIKELY), st.sampled_from(_SEPARATORS)), max_size=14).map(
    lambda pairs: "".join(word + separator for word, separator in pairs)
)
_words = st.one_of(
    st.tuples(st.just("word"), st.sampled_from(_LIKELY)),
    st.tuples(st.sampled_from(["phrase", "exact"]), st.sampled_from(_LIKELY + _PHRASES)),
)
_asked = st.one_of(
    _words,
    st.tuples(
        st.just("wild"), st.sampled_from(["min*", "sanct*s", "organi?ation", "лук*", "мин*", "orb*n", "str?ss?"])
    ),
    st.tuples(st.just("fuzzy"), st.sampled_from(["minsk", "sanction", "drone", "санкции", "орган"]), st.just(1)),
    st.tuples(st.just("fuzzy"), st.sampled_from(["ministers", "организации", "organisation"]), st.just(2)),
    st.tuples(st.just("stem"), st.sampled_from(["minister", "Sanctions", "министра", "санкция", "ministres", "drone"])),
    st.tuples(st.just("actor"), st.sampled_from(["ann", "bob"])),
    st.tuples(st.just("aliases"), st.sampled_from([("Lukashenko", "the Minsk"), ("Orbán", "minsk aid", "drone")])),
)
_placed = st.recursive(
    st.one_of(
        _asked, st.tuples(st.just("loose"), st.sampled_from(["the us", "minsk aid the", "蔡 minsk"]), st.integers(0, 3))
    ),
    lambda inner: st.one_of(
        st.tuples(st.just("or"), st.lists(inner, min_size=2, max_size=3)),
        st.tuples(st.just("near"), inner, inner, st.integers(0, 4)),
        st.tuples(st.just("ordered"), st.lists(_asked, min_size=2, max_size=3), st.integers(0, 4)),
    ),
    max_leaves=4,
)
_said = st.one_of(
    _placed,
    st.tuples(st.just("regex"), st.sampled_from(["min[a-z]+", "aids?", "санкц.+", "^the", "[蔡英]+", "s$"])),
    st.tuples(
        st.just("times"),
        st.integers(1, 3),
        st.one_of(_asked, st.tuples(st.just("or"), st.lists(_asked, min_size=2, max_size=2))),
    ),
)
_figure = st.tuples(
    st.just("figure"),
    st.just("soldiers"),
    st.sampled_from([">", ">=", "<", "<=", "="]),
    st.integers(0, 10),
    st.none() | _placed,
)


def _joined(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    return st.one_of(
        st.tuples(st.just("and"), st.tuples(inner, st.tuples(st.just("not"), inner))),
        st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=4)),
        st.tuples(st.just("some"), st.integers(1, 3), st.lists(inner, min_size=3, max_size=4)),
    )


_leaf = st.one_of(
    _said,
    st.tuples(st.just("in"), st.sampled_from(["title", "lead", "text"]), _words),
    st.tuples(st.just("lang"), st.sampled_from(["en", "ru"])),
    st.tuples(
        st.just("published"),
        st.sampled_from(["2026-02-28", "2026-03-01"]),
        st.sampled_from(["2026-03-01", "2026-04-01"]),
    ),
    st.tuples(st.just("says"), st.sampled_from(["ann", "bob", None]), st.recursive(_said, _joined, max_leaves=3)),
    _figure,
)
_tree = st.recursive(_leaf, _joined, max_leaves=6)


@st.composite
def _articles(draw: st.DrawFn) -> TaggedArticle:
    text = draw(_text)
    mentions: list[Mention] = []
    for actor, surface in (("ann", "Minsk"), ("bob", "Минск"), ("bob", "蔡")):
        if surface in text and draw(st.booleans()):
            mentions.append(mention(text, surface, name=f"The {actor}", actor_id=actor, alias=surface))
    return tagged(
        text,
        draw(_text),
        mentions=tuple(mentions),
        quotations=tuple(draw(st.lists(_quotations(text), max_size=2))) if text else (),
        figures=tuple(draw(st.lists(_figures(text), max_size=2))) if text else (),
        language=draw(st.sampled_from(["en", "ru", "fr", "uk", None])),
        published_at=draw(
            st.sampled_from([None, datetime(2026, 3, 1, 23, tzinfo=UTC), datetime(2026, 4, 2, tzinfo=UTC)])
        ),
    )


@st.composite
def _quotations(draw: st.DrawFn, text: str) -> Quotation:
    start = draw(st.integers(0, len(text) - 1))
    end = draw(st.integers(start + 1, len(text)))
    speaker = draw(st.sampled_from(["ann", "bob"]))
    return Quotation(
        speaker=f"The {speaker}",
        speaker_actor_id=speaker,
        field=TextField.TEXT,
        start=start,
        end=end,
        text=text[start:end],
        confidence=SpeakerEvidence.CUE,
    )


@st.composite
def _figures(draw: st.DrawFn, text: str) -> Figure:
    _, start, end = draw(st.sampled_from(naive_matching.words_of(text)))
    low, high = sorted(draw(st.tuples(st.integers(0, 10), st.integers(0, 10))))
    qualifier = draw(st.sampled_from(Qualifier))
    return Figure(
        low=None if qualifier in (Qualifier.AT_MOST, Qualifier.LESS_THAN) else low,
        high=None if qualifier in (Qualifier.AT_LEAST, Qualifier.MORE_THAN) else high,
        qualifier=qualifier,
        field=TextField.TEXT,
        start=start,
        end=end,
        text=text[start:end],
        counted=draw(st.sampled_from(["soldiers", "houses"])),
    )


def _index(trees: dict[str, Tree]) -> tuple[WatchIndex, dict[str, Tree]]:
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


_trees = st.dictionaries(st.sampled_from([f"w{n}" for n in range(5)]), _tree, max_size=5)


@settings(max_examples=500, deadline=None)
@given(article=_articles(), trees=_trees)
def test_the_index_finds_what_the_naive_evaluator_finds_at_the_same_places(
    article: TaggedArticle, trees: dict[str, Tree]
) -> None:
    index, taken = _index(trees)
    found = _matches(article, index)
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
            index, _ = _index({"w": tree})
            assert ("w" in _matches(article, index)) == _expected(tree, article)[0], (tree, known)


@settings(deadline=None)
@given(
    text=st.lists(st.sampled_from(["a", "b c", "", " ", "…", "minsk " * 40]), max_size=6).map("\n".join),
    words=st.sampled_from(["a", "b", "c", "minsk"]),
)
def test_the_lead_is_the_naive_one(text: str, words: str) -> None:
    article = tagged(text)
    tree = ("in", "lead", ("word", words))
    index, _ = _index({"w": tree})
    found = _matches(article, index)
    places = {("text", hit.start, hit.end) for one in found.values() for hit in one.hits}
    expected = _expected(tree, article)[1]
    assert bool(found) == bool(expected)
    assert places <= expected


@settings(deadline=None)
@given(article=_articles(), trees=_trees, other=_tree)
def test_adding_changing_and_removing_a_watch_changes_no_other(
    article: TaggedArticle, trees: dict[str, Tree], other: Tree
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
def test_offsets_and_highlights_cut_out_the_words(article: TaggedArticle, trees: dict[str, Tree]) -> None:
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
