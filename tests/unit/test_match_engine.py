"""The compiled kernel and the engine in Python find the same, whatever they are given and however watches change."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.stages.match import QueryError, WatchIndex
from pipeline.stages.match.engine.kernel import IS_BUILT, new_kernel
from pipeline.stages.match.engine.kernel.folding import PAGE, page
from pipeline.stages.match.words import split
from pipeline.stages.text.fold import fold
from tests.unit import naive_matching
from tests.unit.matching import matches, mention, tagged, watch
from tests.unit.naive_matching import Tree
from tests.unit.random_watches import TREES, WATCHES, articles
from topics.records import TaggedArticle

# Signs of every class the kernel tells apart, and what stands at the ends of ranges.
_ODD = "aä sS'’\u00ad\u0301\u200b\u200dßﬃŉ蔡ア々กำမ្\u0e31٣ЁйΆ\0\uffff\U0001f600\U00020000\U0010ffff\n\t-=\"*~/()"


def _index(queries: dict[str, str], *, is_compiled: bool) -> WatchIndex:
    index = WatchIndex(is_compiled=is_compiled)
    for watch_id, query in queries.items():
        try:
            index.put(watch(query, watch_id))
        except QueryError:
            continue
    return index


def test_the_kernel_was_built() -> None:
    assert IS_BUILT, "no C compiler, or no headers of Python: deploy/scripts/deps.sh test"


@settings(max_examples=300, deadline=None)
@given(several=st.lists(articles(), min_size=1, max_size=3), trees=WATCHES)
def test_both_engines_say_the_same_of_every_article(several: list[TaggedArticle], trees: dict[str, Tree]) -> None:
    queries = {watch_id: naive_matching.render(tree) for watch_id, tree in trees.items()}
    compiled, plain = (_index(queries, is_compiled=choice) for choice in (True, False))
    for article in several:
        assert matches(article, compiled) == matches(article, plain)


@settings(deadline=None)
@given(text=st.text(alphabet=st.sampled_from(_ODD) | st.characters()), title=st.text(alphabet=_ODD))
def test_the_kernel_cuts_any_text_into_the_same_words(text: str, title: str) -> None:
    kernel = new_kernel(frozenset())
    kernel.match((((title, 1, 0), (text, 4, 0)), b"", b""), True)
    for field, one in enumerate((title, text)):
        starts, ends = zip(*split(one).spans, strict=True) if split(one).spans else ((), ())
        assert memoryview(kernel.words(field)).cast("I").tolist() == [*starts, *ends]


@pytest.mark.parametrize("number", [0, 1, 3, 4, 6, 0x0E, 0x20, 0x30, 0x4E, 0xD8, 0xFB, 0x1D4, 0x1F6, 0x10FF])
def test_the_table_of_the_kernel_is_the_folding(number: int) -> None:
    codes = range(number * PAGE, (number + 1) * PAGE)
    entries = memoryview(page(number)).cast("I")
    assert [chr(entry & 0x1FFFFF) for entry in entries] == [fold(chr(code)) for code in codes]


@settings(deadline=None, max_examples=60)
@given(data=st.data(), article=articles())
def test_watches_that_come_change_and_go_leave_the_others_as_they_were(
    data: st.DataObject, article: TaggedArticle
) -> None:
    index = WatchIndex(is_compiled=True)
    standing: dict[str, str] = {}
    for _ in range(data.draw(st.integers(1, 25))):
        watch_id = data.draw(st.sampled_from("abcdef"))
        tree = data.draw(TREES | st.none())
        standing.pop(watch_id, None)
        index.remove(watch_id)
        if tree is not None:
            standing[watch_id] = naive_matching.render(tree)
            try:
                index.put(watch(standing[watch_id], watch_id))
            except QueryError:
                del standing[watch_id]
    assert matches(article, index) == matches(article, _index(standing, is_compiled=False))


def test_through_many_changes_and_compactions_every_watch_is_found_and_none_that_left() -> None:
    random = Random(5)
    index = WatchIndex(is_compiled=True)
    standing: dict[str, str] = {}
    for turn in range(30_000):
        watch_id = f"w{random.randrange(3_000)}"
        word = f"word{random.randrange(5_000)}"
        index.put(watch(f'"{word} tail" OR ({word} AND =Exact{turn % 97} AND pre{turn % 89}*)', watch_id))
        standing[watch_id] = word
        if random.random() < 0.3:
            gone = random.choice(list(standing)) if turn % 50 == 0 else watch_id
            index.remove(gone)
            standing.pop(gone)
        if turn % 3_000 == 0:
            asked = random.sample(range(5_000), 300)
            text = ". ".join(f"word{number} tail" for number in asked)
            wanted = {f"word{number}" for number in asked}
            found = {one.watch_id for one in matches(tagged(text), index)}
            assert found == {watch_id for watch_id, word in standing.items() if word in wanted}
    assert len(index) == len(standing)


def test_what_articles_have_often_changes_under_which_words_a_watch_is_filed_and_nothing_else() -> None:
    index = WatchIndex(is_compiled=True)
    for number in range(200):
        index.put(watch(f"extraordinarily AND q{number}", f"w{number:03}"))
    article = tagged("extraordinarily q7 " + "extraordinarily " * 5)
    tried = [index.find(article).candidates for _ in range(300)]
    assert tried[-1] < 5
    assert [one.watch_id for one in matches(article, index)] == ["w007"]


def test_a_million_characters_and_words_without_end_are_matched() -> None:
    queries = {"a": "minsk", "b": "min*", "c": "minsk~1", "d": "minsk NEAR/5 minsks", "e": "蔡"}
    index = _index(queries, is_compiled=True)
    assert len(index) == len(queries)
    expected = {
        "minsk " * 170_000: "abc",
        "minsk minsks " * 80_000: "abcd",
        "m" * 1_000_000: "",
        "蔡" * 300_000: "e",
        "\u0301" * 500_000: "",
        "": "",
        "\0" * 9: "",
    }
    for text, found in expected.items():
        assert [one.watch_id for one in matches(tagged(text, text[:1_000]), index)] == list(found), text[:20]


def test_mentions_at_odd_places_are_no_places() -> None:
    text = "Minsk, then — nothing"
    odd = mention(text, "—", name="Dash", actor_id="dash", alias="—")
    for is_compiled in (True, False):
        index = _index({"d": "actor:dash", "m": "minsk"}, is_compiled=is_compiled)
        assert [one.watch_id for one in matches(tagged(text, mentions=(odd,)), index)] == ["m"]


def test_filters_are_told_alike() -> None:
    queries = {
        f"w{number}": query
        for number, query in enumerate(
            [
                "site:example.org AND minsk",
                'site:"The Daily" AND minsk',
                'author:"ann lee"',
                "author:lee",
                "author:s",
                'author:"lee s"',
                "keyword:aid",
                'keyword:"aid war"',
                "section:politics -lang:ru",
                "feed:feed",
                "url:politics",
                "minsk -keyword:aid",
            ]
        )
    }
    article = tagged(
        "Minsk",
        authors=("Ann Lee’s", "War"),
        keywords=("aid", "war"),
        section="Politics",
        site_name="The Daily",
        language="en",
    )
    compiled, plain = (matches(article, _index(queries, is_compiled=choice)) for choice in (True, False))
    assert compiled == plain
    found = {one.watch_id for one in compiled}
    missed = {query for watch_id, query in queries.items() if watch_id not in found}
    assert missed == {'keyword:"aid war"', "minsk -keyword:aid"}
