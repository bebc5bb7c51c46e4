"""No watch takes more than its share of any article, whatever both are made of; what takes more is put aside, alone.

Texts are as long as an article's may be where the kernel is asked, shorter where Python is.
"""

from itertools import islice, product
from random import Random

import pytest

from pipeline.stages.clean.limits import LARGEST_TEXT_BYTES
from pipeline.stages.match import WatchIndex
from pipeline.stages.match.engine.confirming import TOO_MUCH
from pipeline.stages.match.engine.kernel import KeyKind, new_kernel
from pipeline.stages.match.engine.programs import program
from pipeline.stages.match.exact.terms import fits
from pipeline.stages.match.language.limits import MAX_FITTING, MAX_WILDCARDS
from pipeline.stages.match.language.parser import parse_query
from pipeline.stages.match.language.query import Fuzzy, Phrase, Wildcard
from tests.unit.matching import matches, quotation, tagged, watch
from topics.records import TaggedArticle

_MOST_STEPS = 8_000_000
"""As in `kernel.h`."""
_HUNDRED_NEAR = " OR ".join(f"(minsk OR q{number}) NEAR/0 aid" for number in range(100))
_PHRASES = " OR ".join(f'"{"a b " * (48 - number)}b a{" a b" * number}"' for number in range(40))
ENGINES = pytest.mark.parametrize("is_compiled", [True, False], ids=["compiled", "plain"])


def _filled(words: str) -> str:
    """The longest text of these words again and again."""
    return (words * (LARGEST_TEXT_BYTES // len(words) + 1))[:LARGEST_TEXT_BYTES]


def _index(*queries: str, is_compiled: bool = True) -> WatchIndex:
    index = WatchIndex(is_compiled=is_compiled)
    for number, query in enumerate(queries):
        index.put(watch(query, f"w{number}"))
    return index


def _found(index: WatchIndex, article: TaggedArticle) -> list[str]:
    return [one.watch.watch_id for one in index.find(article).found]


def _aside(index: WatchIndex) -> list[str]:
    return [fault.watch_id for fault in index.faults()]


def _looked(text: str, *queries: str) -> int:
    """How many steps the kernel took for the queries."""
    kernel = new_kernel(frozenset())
    for query in queries:
        kernel.add(program(parse_query(query).tree, kernel).code)
    kernel.match(((("", 1, 0), (text, 4, 0)), b"", b""), True)
    return kernel.counts()["looked"]


# ---- words near each other, and in a row ----


@ENGINES
@pytest.mark.parametrize(
    ("query", "text"),
    [(_HUNDRED_NEAR, "minsk x aid x " * 20_000), (_PHRASES, "a b " * 50_000)],
    ids=["near", "phrases"],
)
def test_a_watch_over_its_share_is_put_aside_with_the_reason_and_no_other_is_touched(
    query: str, text: str, *, is_compiled: bool
) -> None:
    index = _index("the", query, "minsk NEAR/1 aid OR the", is_compiled=is_compiled)
    article = tagged(f"{text} the")
    assert _found(index, article) == ["w0", "w2"]
    (fault,) = index.faults()
    assert (fault.watch_id, fault.revision) == ("w1", 1)
    assert fault.reason.startswith(f"{TOO_MUCH} {article.article.url}")
    assert "make it narrower" in fault.reason
    assert _found(index, article) == ["w0", "w2"]


@ENGINES
def test_what_was_put_aside_is_not_tried_again_until_its_owner_changes_it(*, is_compiled: bool) -> None:
    index = _index(_HUNDRED_NEAR, is_compiled=is_compiled)
    index.find(tagged("minsk x aid x " * 20_000))
    for text in ("minsk aid", "minsk x aid x " * 20_000):
        findings = index.find(tagged(text))
        assert [fault.watch_id for fault in findings.put_aside] == ["w0"], "the article may match it"
        assert findings.found == ()
    assert index.find(tagged("the")).put_aside == ()
    index.put(watch("minsk NEAR/0 aid", "w0", revision=2))
    assert _found(index, tagged("minsk aid")) == ["w0"]
    assert index.faults() == ()


def test_what_was_put_aside_takes_next_to_nothing() -> None:
    kernel = new_kernel(frozenset())
    slot = kernel.add(program(parse_query(_HUNDRED_NEAR).tree, kernel).code)
    article = ((("", 1, 0), ("minsk x aid x " * 20_000, 4, 0)), b"", b"")
    kernel.match(article, True)
    before = kernel.counts()["looked"]
    kernel.put_aside(slot)
    told = memoryview(kernel.match(article, True)).cast("I").tolist()
    assert (told, kernel.counts()["looked"] < before / 50) == ([slot, 3, 0], True)


def test_the_longest_text_takes_no_more_than_the_share() -> None:
    for query, text in ((_HUNDRED_NEAR, "minsk x aid x "), (_PHRASES, "a b ")):
        assert _MOST_STEPS < _looked(_filled(text), query) < _MOST_STEPS + 2_000_000


@pytest.mark.parametrize("query", ["minsk NEAR/0 aid", "minsk ONEAR/0 aid ONEAR/0 minsk", "a NEAR/0 b", '"a b x b"'])
def test_one_such_pair_is_within_its_share_in_the_longest_text(query: str) -> None:
    for words in ("minsk x aid x ", "a x b x ", "a x b x minsk x aid x "):
        index = _index(query)
        index.find(tagged(_filled(words)))
        assert index.faults() == ()


def test_words_near_each_other_cost_what_the_words_are_and_no_more() -> None:
    for query in (
        "minsk NEAR/0 aid",
        "(minsk OR q) ONEAR/0 aid",
        "(minsk NEAR/0 aid) NEAR/0 x",
        '"minsk x" NEAR/0 "aid x"',
    ):
        one, two = (_looked("minsk x x aid x x " * count, query) for count in (10_000, 20_000))
        assert one < 200_000, query
        assert two < 2.3 * one, query


def test_an_answer_near_the_beginning_ends_the_search() -> None:
    text = _filled("minsk aid ")
    for query in (
        "minsk NEAR/5 aid",
        "minsk ONEAR/0 aid",
        "(minsk NEAR/1 aid) NEAR/3 aid",
        '"minsk aid" NEAR/9 aid',
        "minsk",
    ):
        assert _looked(text, query) < 150_000, query
    found = _index(" AND ".join(f"(minsk OR q{number}) NEAR/5 aid" for number in range(100))).find(tagged(text))
    assert [len(one.hits) for one in found.found] == [200]


def test_beside_a_rare_word_the_places_of_one_that_is_everywhere_cost_nothing() -> None:
    text = f"{_filled('minsk ')[:-40_000]} {'x ' * 5_000} aid minsk {'x ' * 5_000} drone"
    for query in (
        "minsk NEAR/5 drone",
        "(minsk OR aid) NEAR/100 drone",
        '"minsk minsk" NEAR/9 drone',
        "minsk ONEAR/9 minsk ONEAR/9 drone",
        "min* NEAR/9 drone",
        "(minsk NEAR/1 aid) NEAR/9 drone",
    ):
        assert _looked(text, query) < 5_000, query
    index = _index(" OR ".join(f"(minsk OR q{number}) NEAR/5 drone" for number in range(160)))
    assert not index.find(tagged(text)).found
    assert index.faults() == ()


def test_a_word_that_is_nowhere_keeps_the_others_from_being_gathered() -> None:
    query = 'minsk NEAR/9 (aid ONEAR/9 zebra) OR minsk NEAR/9 zebra OR minsk ONEAR/9 "the zebra"'
    assert _looked(_filled("minsk x aid x "), query) < 10


def test_zones_of_a_word_are_known_for_all_its_places_together() -> None:
    query = " OR ".join(f"(title:minsk OR title:q{number})" for number in range(200))
    assert _looked(_filled("minsk "), query) < 1_000


def _near(random: Random) -> str:
    words = (
        "a",
        "b",
        "the",
        "minsk",
        "min*",
        "drones",
        "drone~1",
        '"a b"',
        '"the min*"',
        "(a OR minsk)",
        "zebra",
        "end",
    )
    one, two, three = random.choices(words, k=3)
    return random.choice(
        (
            f"{one} NEAR/{random.randrange(9)} {two}",
            f"{one} ONEAR/{random.randrange(9)} {two} ONEAR/{random.randrange(3)} {three}",
            f"({one} NEAR/{random.randrange(9)} {two}) NEAR/{random.randrange(9)} {three}",
            f"atleast{random.randrange(1, 100)}({one} OR {two})",
            f"({one} ONEAR/1 {two}) NEAR/{random.randrange(99)} ({two} OR {three})",
            f"({one} OR {two}) ONEAR/{random.randrange(99)} end ONEAR/{random.randrange(9)} {three}",
            f"{one} NEAR/{random.randrange(9)} ({two} OR end)",
            f'"{random.choice(("a b", "the min*"))}" ONEAR/{random.randrange(9)} end',
        )
    )


def test_in_long_texts_the_kernel_finds_the_same_places_as_python() -> None:
    random = Random(4)
    for _ in range(5):
        stretches = [" ".join(random.choices(("a", "b", "the", "minsk", "drones", "x"), k=12)) for _ in range(6)]
        text = "".join(f"{one} " * random.choice((1, 30, 800)) for one in random.choices(stretches, k=5))
        article = tagged(f"{text} minsk the end a b", "the minsk a")
        queries = [_near(random) for _ in range(25)]
        compiled, plain = (_index(*queries, is_compiled=choice) for choice in (True, False))
        assert matches(article, compiled) == matches(article, plain)
        assert compiled.faults() == ()
        assert plain.faults() == ()


@ENGINES
def test_a_query_is_given_up_in_quotations_too(*, is_compiled: bool) -> None:
    text = "“minsk aid” " * 5_000 + "minsk end"
    quoted = tuple(quotation(text, "minsk aid", speaker="Ann", actor_id="ann") for _ in range(2_000))
    near = " OR ".join(f"says(ann, (minsk OR q{number}) ONEAR/0 end)" for number in range(20))
    expressions = " OR ".join(f"says(ann, /mi{number}x+/)" for number in range(10))
    index = _index(near, f"minsk AND ({expressions})", "minsk", "says(ann, minsk)", is_compiled=is_compiled)
    assert _found(index, tagged(text, quotations=quoted)) == ["w2", "w3"]
    assert _aside(index) == ["w0", "w1"]


# ---- wildcards and fuzzy words ----


def _hostile_wildcards(count: int) -> list[str]:
    return [f"aaa*{'a' * (10 + number % 25)}*{'a' * (15 - number // 25)}b*" for number in range(count)]


def test_many_wildcards_held_against_the_longest_word_are_too_much_and_few_are_not() -> None:
    many = " OR ".join(_hostile_wildcards(MAX_WILDCARDS))
    again = " OR ".join(f"({_hostile_wildcards(1)[0]} AND q{number})" for number in range(30))
    index = _index(many, f"({many}) AND zebra", " OR ".join(_hostile_wildcards(7)), "minsk", again)
    assert _found(index, tagged(f"{'a' * (LARGEST_TEXT_BYTES - 6)} minsk")) == ["w3"]
    assert _aside(index) == ["w0", "w1"], "one of a word that is not there costs as much, the same again nothing"


def test_a_wildcard_costs_the_letters_of_the_words_it_is_held_against() -> None:
    kernel = new_kernel(frozenset())
    kernel.key(KeyKind.WILDCARD, "aaa*aaaaaaaaaaaaaaaaaaaa*aaaaaaaaaaaaaaaaaaaab")
    kernel.match(((("", 1, 0), ("a" * 100_000 + " aaab bbb", 4, 0)), b"", b""), True)
    assert kernel.counts()["letters"] == 100_001 + 5


def test_wildcards_fit_the_words_that_python_says_they_do() -> None:
    random = Random(5)
    words = ["aaa", *("aaa" + "".join(random.choices("aab", k=random.randrange(1, 80))) for _ in range(60))]
    for _ in range(200):
        pieces = ["".join(random.choices("aab", k=random.randrange(1, 5))) for _ in range(random.randrange(1, 5))]
        pattern = "".join(f"{random.choice('*?')}{piece}" for piece in pieces)
        _fits_alike(f"aaa{pattern[: random.randrange(1, len(pattern))]}", sorted({*words}))


def test_fuzzy_words_fit_the_words_that_python_says_they_do() -> None:
    random = Random(6)
    for _ in range(40):
        base = "".join(random.choices("aab", k=random.randrange(9, 32)))
        words = {base}
        for _ in range(60):
            letters = list(base)
            for _ in range(random.randrange(1, 4)):
                place = random.randrange(len(letters))
                letters[place : place + random.randrange(2)] = random.choice(("", "a", "b", "aa", "ba"))
            words.add("".join(letters) or "a")
        _fits_alike(f"{base}~{random.choice((1, 2))}", sorted(words))


def _fits_alike(query: str, words: list[str]) -> None:
    tree = parse_query(query).tree
    assert isinstance(tree, Phrase)
    (term,) = tree.variants[0].terms
    assert isinstance(term, Wildcard | Fuzzy)
    (found,) = _index(query).find(tagged(" ".join(words))).found or (None,)
    told = {hit.words for hit in found.hits} if found is not None else set()
    assert told == {*islice((one for one in words if fits(term, one)), 20)}, query


@pytest.mark.parametrize("in_title", [0, 1, 300, MAX_FITTING + 2])
def test_a_pattern_stands_for_so_many_different_words_and_both_engines_agree_which(in_title: int) -> None:
    made = [f"drone{''.join(letters)}" for letters in islice(product("abcdefghij", repeat=4), MAX_FITTING + 50)]
    text = [*made[::-1][: len(made) // 2], *made]
    article = tagged(" ".join(text), " ".join(made[:in_title]))
    ends = [made[0], made[1], made[MAX_FITTING - 1], made[MAX_FITTING], *made[MAX_FITTING + 1 :: 7]]
    queries = ["drone*", *(f'"drone* {one}"' for one in ends), *(f'"{one} dron?*"' for one in ends)]
    compiled, plain = (_index(*queries, is_compiled=choice) for choice in (True, False))
    assert matches(article, compiled) == matches(article, plain)
    assert 1 < len(compiled.find(article).found) < len(queries)


def test_a_phrase_of_a_pattern_is_no_slower_for_all_the_patterns_of_others() -> None:
    others = [f"{'min' + 's' * (number % 2)}*{'?' * (number // 2 % 3)}{'k' * (number // 6)}*" for number in range(18)]
    text = _filled("minsk x ")
    query = '"minsk* y" OR "x mino*"'
    assert _looked(text, query, *others) < _looked(text, query) + 1_000


# ---- what each costs ----


def test_wildcards_cost_the_watch_that_asks_for_them_though_it_is_never_tried() -> None:
    index = _index("minsk", "zebra AND (" + " OR ".join(_hostile_wildcards(5)) + ")")
    for _ in range(3):
        index.find(tagged("a" * 50_000 + " minsk"))
    costliest, other = index.costs()
    assert (costliest.watch_id, costliest.evaluations) == ("w1", 0)
    assert costliest.seconds > other.seconds > 0


def test_those_who_ask_for_the_same_wildcard_bear_its_cost_together() -> None:
    index = _index(*["aaa*b*aaa"] * 4, "aaa*c*aaa")
    for _ in range(3):
        index.find(tagged("a" * 50_000))
    costs = {one.watch_id: one.seconds for one in index.costs()}
    assert 3 < costs["w4"] / costs["w0"] < 5


def test_an_article_that_takes_long_is_always_timed() -> None:
    index = _index("minsk NEAR/0 aid", "minsk")
    for number in range(5):
        index.find(tagged("minsk x aid x " * (10_000 if number == 4 else 1)))
    assert index.costs()[0].watch_id == "w0"
    assert index.costs()[0].seconds > 10 * index.costs()[1].seconds
