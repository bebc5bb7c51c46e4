"""A search of what is stored puts no watch aside for being slow, and says so when it had to put one aside."""

import pytest

from pipeline.adapters import clock
from pipeline.adapters.ranges import RangeRecord
from pipeline.ledger.near_misses import judged
from pipeline.replay.searching import Searcher
from pipeline.stages.match.engine import confirming
from pipeline.stages.match.engine.confirming import too_much
from pipeline.stages.match.exact.evaluate import holds
from pipeline.stages.match.exact.reading import Reading
from pipeline.stages.match.language.query import Node
from tests.failing import REASON, failing
from tests.unit.matching import tagged, watch
from topics import codec, registry
from topics.records import WatchFault

RECORD = RangeRecord(0, 0, b"page", codec.encode(registry.TAGGED_ARTICLES, tagged("Minsk and Riga")), (), 0)
EXPRESSION, WORD = watch("/min[a-z]+/", "expression", revision=3), watch("riga", "word")


def test_a_watch_that_is_slow_for_every_article_is_searched_for_in_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    def slowly(tree: Node, reading: Reading) -> bool:
        until = clock.spent_ns() + 55_000_000
        while clock.spent_ns() < until:
            pass
        return holds(tree, reading)

    monkeypatch.setattr(confirming, "holds", slowly)
    searcher = Searcher([EXPRESSION], ())
    assert [len(searcher.search(RECORD)) for _ in range(8)] == [1] * 8
    assert searcher.faults == ()


def test_a_watch_whose_evaluation_fails_is_named_and_the_others_are_searched_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(confirming, "holds", failing)
    searcher = Searcher([EXPRESSION, WORD], ())
    assert [[one.watch_id for one in searcher.search(RECORD)] for _ in range(2)] == [["word"], ["word"]]
    assert searcher.faults == (WatchFault(watch_id="expression", revision=3, reason=REASON),)


def test_a_watch_that_one_article_is_too_much_for_is_named_and_the_others_are_searched_for() -> None:
    near = watch(" OR ".join(f"(minsk OR q{number}) NEAR/0 aid" for number in range(100)), "near", revision=2)
    article = tagged("minsk x aid x " * 20_000 + "riga")
    searcher = Searcher([near, WORD], ())
    record = RECORD._replace(value=codec.encode(registry.TAGGED_ARTICLES, article))
    assert [one.watch_id for one in searcher.search(record)] == ["word"]
    (fault,) = searcher.faults
    assert (fault.watch_id, fault.revision) == ("near", 2)
    assert fault.reason == too_much(article.article)
    (miss,) = judged(article, near, ())
    assert miss.error == too_much(article.article)
