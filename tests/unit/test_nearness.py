"""How near an article comes to a query, and the forms of an address explain looks for."""

import pytest

from pipeline.ledger import near_misses
from pipeline.ledger.explain import forms_of
from tests.samples import tagged_article
from topics.records import Watch

ARTICLE = tagged_article("The river rose above the dyke at Sandrey on Tuesday.", title="Flood")


@pytest.mark.parametrize(
    ("query", "satisfied", "failed"),
    [
        ("dyke AND sandrey", ("dyke", "sandrey"), ()),
        ("dyke AND zeppelin", ("dyke",), ("zeppelin",)),
        ("dyke NOT river", ("dyke",), ("NOT river",)),
        ("dyke AND (zeppelin OR balloon)", ("dyke",), ("zeppelin OR balloon",)),
        ("dyke AND (sandrey OR balloon)", ("dyke", "sandrey OR balloon"), ()),
        ("(zeppelin AND balloon) OR (dyke AND kite)", ("dyke",), ("kite",)),
        ("zeppelin", (), ("zeppelin",)),
        ("dyke AND 2of(river, kite, balloon)", ("dyke",), ("2 of 3; not found: kite, balloon",)),
        ("dyke AND lang:fr", ("dyke",), ("lang:fr",)),
    ],
)
def test_a_query_is_told_apart_into_what_holds_and_what_is_lacking(
    query: str, satisfied: tuple[str, ...], failed: tuple[str, ...]
) -> None:
    watch = Watch(watch_id="w", name="W", query=query, revision=1)
    (found,) = near_misses.judged(ARTICLE, watch, ())
    assert (found.satisfied, found.failed) == (satisfied, failed)


def test_the_nearest_come_first_and_those_that_share_nothing_not_at_all() -> None:
    queries = {"far": "zeppelin", "half": "dyke AND kite", "near": "dyke AND river AND kite", "off": "dyke AND balloon"}
    watches = [
        Watch(watch_id=name, name=name, query=query, revision=1, enabled=name != "off")
        for name, query in queries.items()
    ]
    watches.append(Watch(watch_id="broken", name="broken", query="((", revision=1))
    found, looked_at = near_misses.nearest(ARTICLE, watches, (), matched={"x"})
    assert [one.watch_id for one in found] == ["near", "half"]
    assert looked_at == len(watches)


def test_an_address_is_looked_for_in_all_its_forms_the_exact_one_first() -> None:
    forms = list(forms_of("HTTP://www.News.example/a/?utm_source=x"))
    assert forms[0] == "http://www.news.example/a/"
    assert {"https://news.example/a", "http://news.example/a/", "https://m.news.example/a"} <= set(forms)
    assert list(forms_of("nonsense")) == []
