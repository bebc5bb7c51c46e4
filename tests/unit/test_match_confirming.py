"""A watch that fails or is too slow is put aside, alone, with a reason; the others match on."""

import itertools
from collections.abc import Callable, Iterator

import pytest

from pipeline.stages.match import QueryError, WatchIndex
from pipeline.stages.match.engine import confirming
from pipeline.stages.match.engine.confirming import Confirmer
from pipeline.stages.match.exact.reading import Reading, read
from pipeline.stages.match.language.parser import parse_query
from tests.failing import failing
from tests.unit.matching import tagged, watch
from topics.records import TaggedArticle, Watch, WatchFault

ARTICLE = tagged("Minsk and Riga")
SLOW = watch("/min[a-z]+/", "slow")


def _clock(*nanoseconds_each: int) -> Callable[[], int]:
    """A clock on which every second evaluation step takes so long, in turn; the last for ever."""

    def times() -> Iterator[int]:
        now, steps = 0, list(nanoseconds_each)
        while True:
            yield now
            now += steps.pop(0) if len(steps) > 1 else steps[0]
            yield now

    ticking = times()
    return lambda: next(ticking)


def _evaluate(confirmer: Confirmer, one: Watch, times: int, article: TaggedArticle = ARTICLE) -> list[bool]:
    reading: Reading = read(article, names_of=lambda _: ())
    query = parse_query(one.query)
    return [isinstance(confirmer.hits(one, query, reading), tuple) for _ in range(times)]


def test_a_watch_over_its_budget_again_and_again_is_put_aside_and_told_why() -> None:
    confirmer = Confirmer(_clock(60_000_000))
    assert _evaluate(confirmer, SLOW, 8) == [True] * 5 + [False] * 3
    assert "more than 50 ms for an article 5 times" in confirmer.aside["slow"].reason


def test_where_nothing_waits_behind_it_a_slow_watch_is_not_put_aside_and_what_it_costs_is_known() -> None:
    index = WatchIndex(clock_ns=_clock(60_000_000), puts_slow_aside=False)
    index.put(SLOW)
    assert all(index.find(ARTICLE).found for _ in range(40))
    assert index.faults() == ()
    assert index.costs()[0].seconds >= 40 * 0.06


def test_one_over_its_budget_once_in_a_while_is_not() -> None:
    spans = [60_000_000, *[1] * 20] * 30
    confirmer = Confirmer(_clock(*spans))
    assert all(_evaluate(confirmer, SLOW, len(spans)))


def test_a_watch_that_raises_is_put_aside_at_once_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = confirming.holds

    def failing(tree: object, reading: Reading) -> bool:
        if tree == parse_query(SLOW.query).tree:
            raise RecursionError("too deep")
        return honest(tree, reading)  # type: ignore[arg-type]

    monkeypatch.setattr(confirming, "holds", failing)
    for is_compiled in (True, False):
        index = WatchIndex(is_compiled=is_compiled)
        index.put(SLOW)
        index.put(watch("/rig[a-z]/", "other"))
        assert [one.watch.watch_id for one in index.find(ARTICLE).found] == ["other"]
        reason = "evaluating it failed: RecursionError: too deep"
        assert index.faults() == (WatchFault(watch_id="slow", revision=1, reason=reason),)


@pytest.mark.parametrize("is_compiled", [True, False])
def test_an_article_that_a_watch_put_aside_may_match_is_told_from_one_that_it_cannot(
    monkeypatch: pytest.MonkeyPatch, is_compiled: bool
) -> None:
    monkeypatch.setattr(confirming, "holds", failing)
    index = WatchIndex(is_compiled=is_compiled)
    index.put(watch("minsk AND /rig[a-z]/", "failing"))
    index.put(watch("riga", "other"))
    articles = [tagged("Riga"), ARTICLE, tagged("Riga again"), ARTICLE]
    told = [index.find(one, wants_hits=False) for one in articles]
    assert [[one.watch.watch_id for one in each.found] for each in told] == [["other"]] * 4
    (fault,) = index.faults()
    assert [each.put_aside for each in told] == [(), (fault,), (), (fault,)]
    index.remove("failing")
    assert index.find(ARTICLE).put_aside == ()


@pytest.mark.parametrize("is_compiled", [True, False])
def test_a_watch_that_cannot_be_read_may_match_any_article(is_compiled: bool) -> None:
    index = WatchIndex(is_compiled=is_compiled)
    index.refuse("newer", "cannot be read", revision=2)
    assert index.find(tagged("Oslo")).put_aside == index.faults()
    assert [one.watch_id for one in index.faults()] == ["newer"]


def test_its_owner_puts_it_in_force_again_by_changing_it() -> None:
    index = WatchIndex(clock_ns=_clock(60_000_000))
    index.put(watch(SLOW.query, "slow", revision=7))
    for _ in range(6):
        index.find(ARTICLE)
    assert [(one.watch_id, one.revision) for one in index.faults()] == [("slow", 7)]
    index.put(watch("minsk", "slow", revision=8))
    assert index.faults() == ()
    assert [one.watch.watch_id for one in index.find(ARTICLE).found] == ["slow"]


def test_disabled_and_enabled_it_is_in_force_again() -> None:
    index = WatchIndex()
    index.refuse("w", "failed", revision=None)
    for is_enabled in (False, True):
        index.put(watch("minsk", revision=2, enabled=is_enabled))
    assert index.faults() == ()
    assert [one.watch.watch_id for one in index.find(ARTICLE).found] == ["w"]


def test_a_query_that_cannot_be_read_is_a_fault_until_it_is_removed() -> None:
    index = WatchIndex()
    with pytest.raises(QueryError):
        index.put(watch("NOT minsk", "bad", revision=4))
    assert [(one.watch_id, one.revision) for one in index.faults()] == [("bad", 4)]
    assert len(index) == 0
    index.remove("bad")
    assert index.faults() == ()


@pytest.mark.parametrize("is_compiled", [True, False])
def test_the_watches_that_cost_most_come_first(is_compiled: bool) -> None:
    index = WatchIndex(is_compiled=is_compiled, clock_ns=_clock(1_000_000))
    index.put(SLOW)
    for number in range(30):
        index.put(watch(f"minsk AND word{number}", f"w{number}"))
    for _ in range(64):
        index.find(tagged("minsk " * 10 + " ".join(f"word{number}" for number in range(30))))
    first, *others = index.costs(10)
    assert (first.watch_id, first.evaluations) == ("slow", 64)
    assert first.seconds == pytest.approx(0.064, abs=0.02)
    assert len(others) == 9
    assert all(before.seconds >= after.seconds for before, after in itertools.pairwise(others))
