"""A glance at an article's bytes never overlooks a match, in any script; and it saves work."""

import re

import pytest
from hypothesis import given, settings

from pipeline.stages.match import glance, parse_query
from pipeline.stages.match.glance import Glance
from pipeline.stages.text.fold import fold, word
from tests.unit import naive_matching
from tests.unit.matching import mention, tagged
from tests.unit.random_watches import WATCHES, articles, indexed, matches_of
from tests.unit.test_match_stage import WORDS
from topics import codec, registry
from topics.records import Actor, ActorKind, TaggedArticle

ACTORS = [
    Actor(actor_id="ann", name="Ann Ostrel", kind=ActorKind.PERSON, aliases=("Анна Острель", "=AO")),
    Actor(actor_id="who-is", name="World Health", kind=ActorKind.ORGANISATION),
]


def could(query: str, article: TaggedArticle) -> bool:
    return Glance([parse_query(query)], ACTORS).could_match(codec.encode(registry.TAGGED_ARTICLES, article))


@settings(max_examples=300, deadline=None)
@given(article=articles(), trees=WATCHES)
def test_what_matches_is_never_overlooked(article: TaggedArticle, trees: dict[str, naive_matching.Tree]) -> None:
    index, taken = indexed(trees)
    for watch_id in matches_of(article, index):
        assert could(naive_matching.render(taken[watch_id]), article)


def test_every_character_is_found_by_the_word_it_is_part_of() -> None:
    patterns: dict[str, re.Pattern[bytes]] = {}
    for character in filter(_changes, map(chr, (*range(0xD800), *range(0xE000, 0x110000)))):
        made = word(fold(character))
        pattern = glance._between() if not made else b"".join(map(glance._unit, glance._units(made)))
        compiled = patterns.setdefault(made, re.compile(pattern))
        assert compiled.fullmatch(character.encode()), f"{character!r} is {made!r}"


def _changes(character: str) -> bool:
    return word(fold(character)) not in (character, " ")


@pytest.mark.parametrize(
    ("query", "text"),
    [(query, text) for query, text, expected in WORDS.values() if expected is not None],
    ids=[name for name, (_, _, expected) in WORDS.items() if expected is not None],
)
def test_whatever_the_language_finds_is_seen(query: str, text: str) -> None:
    assert could(query, tagged(text))


@pytest.mark.parametrize(
    ("query", "text"),
    [
        pytest.param("sanctions", "SANCTIONS", id="case"),
        pytest.param("sanctions", "sanc\u00adtions", id="soft hyphen"),
        pytest.param("sanctions", "ｓａｎｃｔｉｏｎｓ", id="full width"),
        pytest.param("strasse", "Straße", id="two letters of one"),
        pytest.param("affine", "aﬃne", id="three letters of one"),
        pytest.param("ss", "ß", id="nothing else"),
        pytest.param("lodz", "Łódź", id="accents"),
        pytest.param("санкции", "Са́нкции", id="a stress mark"),
        pytest.param("المعلم", "المُعَلِّم", id="vowel marks"),
        pytest.param("京都", "京都", id="ideographs"),
        pytest.param('"aid dyke"', "aid\ndyke", id="over a line"),
    ],
)
def test_a_word_is_seen_in_every_form(query: str, text: str) -> None:
    assert could(query, tagged(text))
    assert could(query, tagged("nothing", text))
    assert could(query, tagged(f'"title":"x" "text_digest":"y" {text}', '"text_digest":"'))


def test_an_actor_is_seen_by_id_name_and_alias() -> None:
    listed = tagged("AO said", mentions=(mention("AO said", "AO", name="Ann Ostrel", actor_id="ann"),))
    unlisted = tagged("Bo Vik", mentions=(mention("Bo Vik", "Bo Vik", name="Bo Vik", actor_id=None),))
    for name in ("ann", '"Ann Ostrel"', '"Анна Острель"', "AO"):
        assert could(f"actor:{name}", listed)
    assert could('actor:"bo vik"', unlisted)


def test_what_has_nothing_required_is_passed_over() -> None:
    article = tagged("“Nothing” of the kind — in a café, Минск", "A title")
    for query in (
        "sanctions",
        "strasse",
        "санкции",
        "actor:who-is",
        "sanctions OR strasse",
        "title:orsolan AND of",
        "section",
    ):
        assert not could(query, article), query


def test_queries_without_required_words_and_too_many_of_them_pass_everything() -> None:
    assert Glance([parse_query("lang:en AND sanctions"), parse_query("a OR b")], []).is_blind is False
    many = [parse_query(f"word{number}") for number in range(50)]
    assert Glance(many, []).is_blind
    assert Glance(many, []).could_match(b"{}")


def test_escaped_letters_are_passed_unseen() -> None:
    assert Glance([parse_query("sanctions")], []).could_match(rb'{"text":"\u0073anctions"}')
