"""A score lies between 0 and 1 and ranks as people would."""

from hypothesis import given, settings

from pipeline.stages.match import QueryError, WatchIndex, match
from pipeline.stages.outcome import Emit
from tests.unit import naive_matching
from tests.unit.matching import found, tagged, watch
from tests.unit.random_watches import TREES, articles
from topics.records import TaggedArticle

_FILL = "lorem ipsum dolor sit amet. " * 80


def _score(query: str, text: str, title: str = "") -> float:
    one = found(query, tagged(text, title))
    assert one is not None
    assert one.score is not None
    return one.score


def test_in_the_title_is_more_than_in_the_lead_and_that_more_than_further_down() -> None:
    title = _score("lukashenko", _FILL, "Lukashenko speaks")
    lead = _score("lukashenko", f"Lukashenko speaks. {_FILL}")
    below = _score("lukashenko", f"{_FILL} Lukashenko speaks.")
    assert title > lead > below > 0


def test_more_clauses_are_more_than_one_and_more_hits_than_few() -> None:
    both = _score("lukashenko OR sanctions", f"{_FILL} Lukashenko sanctions")
    one = _score("lukashenko OR sanctions", f"{_FILL} Lukashenko")
    often = _score("lukashenko OR sanctions", f"{_FILL} {'Lukashenko. ' * 5}")
    assert both > one
    assert often > one


def test_a_hit_in_a_short_text_is_more_than_in_a_long_one() -> None:
    assert _score("lukashenko", "Lukashenko") > _score("lukashenko", f"Lukashenko {_FILL}")


def test_filters_alone_score_nothing() -> None:
    assert _score("site:example.org", _FILL) == 0


@settings(deadline=None)
@given(article=articles(), tree=TREES)
def test_every_score_lies_between_0_and_1_and_is_the_same_again(
    article: TaggedArticle, tree: naive_matching.Tree
) -> None:
    index = WatchIndex()
    try:
        index.put(watch(naive_matching.render(tree)))
    except QueryError:
        return
    scores = []
    for _ in range(2):
        outcome = match(article, watches=index)
        scores.append([one.score for one in outcome.records] if isinstance(outcome, Emit) else [])
    assert scores[0] == scores[1]
    assert all(one is not None and 0 <= one <= 1 for one in scores[0])
