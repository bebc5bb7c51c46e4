"""Articles and watches made up to bring the kernel down or to a stand."""

import threading
from array import array
from random import Random
from time import thread_time

import pytest

from pipeline.stages.match import QueryError, WatchIndex
from pipeline.stages.match.engine.kernel import KeyKind, Op, new_kernel
from pipeline.stages.match.engine.kernel.folding import page
from pipeline.stages.match.engine.programs import program
from pipeline.stages.match.language.limits import MAX_WILDCARD_LETTERS
from pipeline.stages.match.language.parser import parse_query
from pipeline.stages.match.words import split
from tests.unit.matching import tagged, watch

_WORD = 2**64 - 1
_NO_CLAUSE = 0xFFFFFFFF


def _index(*queries: str) -> WatchIndex:
    index = WatchIndex(is_compiled=True)
    for number, query in enumerate(queries):
        index.put(watch(query, f"w{number}"))
    return index


# ---- time ----


def _unseeded(word: str) -> int:
    """The hash of the kernel, were there no secret in it."""
    value = 0x9E3779B97F4A7C15
    for letter in word:
        value = (value ^ ord(letter)) * 0xD6E8FEB86659FD93 & _WORD
        value ^= value >> 32
    return value


def test_words_made_up_to_stand_at_one_place_of_a_table_do_not() -> None:
    random, made = Random(1), set()
    while len(made) < 200:
        word = "".join(random.choices("abcdefghijklmnopqrstuvwxyz", k=8))
        if _unseeded(word) & 0x3FF == 0x155:
            made.add(word)
    kernel = new_kernel(frozenset())
    kernel.match(((("", 1, 0), (" ".join(made), 4, 0)), b"", b""), True)
    assert len(kernel.words(1)) == 200 * 2 * 4
    assert kernel.counts()["steps"] < 2_000, "as many as pairs of them, 20,000, where their hashes are known"


def test_parts_nested_in_each_other_are_weighed_once_each() -> None:
    query = "zebra"
    for depth in range(45):
        query = f"2of(the, word{depth}x, {query})"
    index = _index(query)
    assert [one.watch.watch_id for one in index.find(tagged("the word44x")).found] == ["w0"]
    assert not index.find(tagged("zebra word44x")).found


@pytest.mark.parametrize("base", ["a" * 30, "ab" * 15])
def test_fuzzy_words_of_few_letters_cost_no_more_than_others(base: str) -> None:
    random = Random(2)

    def near(edits: int) -> str:
        letters = list(base)
        for _ in range(edits):
            letters[random.randrange(1, len(base))] = random.choice("abcdefghijklmnopqrstuvwxyz")
        return "".join(letters)

    index = _index(" OR ".join(f"{near(1)}~2" for _ in range(50)))
    article = tagged(" ".join(near(2) for _ in range(5_000)))
    started = thread_time()
    assert index.find(article).found
    assert thread_time() - started < 3, "a quarter of a second; ten where each shortened form counts"


def test_mentions_of_whole_texts_cost_no_more_than_others() -> None:
    kernel = new_kernel(frozenset())
    key = kernel.key(KeyKind.NAMED, "ann")
    text = "minsk " * 100_000
    places = array("I")
    for number in range(1, 20_001):
        places.extend((key, 1, number, len(text) - number, number))
    started = thread_time()
    kernel.match(((("", 1, 0), (text, 4, 0)), b"", places.tobytes()), True)
    assert thread_time() - started < 3, "a tenth of a second; five where each looks at all the words"


def test_a_word_with_wildcards_is_refused_where_it_is_longer_than_any() -> None:
    for query in ("aaa*" + "a" * MAX_WILDCARD_LETTERS, '"minsk aaa*' + "a" * MAX_WILDCARD_LETTERS + '"'):
        with pytest.raises(QueryError, match="too long"):
            parse_query(query)
    parse_query("aaa*" + "a" * (MAX_WILDCARD_LETTERS - 4))


# ---- what the kernel is handed ----


_QUERIES = (
    "minsk AND (aid OR drone) -the",
    '2of(minsk, "drone aid", drone~1, dron*)',
    '"minsk aid" ONEAR/3 drone ONEAR/2 aid',
    "atleast2(minsk OR aid) OR =Minsk OR site:example.org",
    'says(minsk, "aid drone") AND title:minsk',
)


def test_any_words_as_a_program_are_filed_or_refused() -> None:
    random = Random(3)
    kernel = new_kernel(frozenset())
    sound = [memoryview(program(parse_query(query).tree, kernel).code).cast("I").tolist() for query in _QUERIES]
    for code in sound:
        kernel.add(array("I", code).tobytes())
    article = ((("minsk aid", 1, 0), ("drone aid minsk " * 5, 4, 5)), b"", b"")
    odd = (*range(40), 99, 2**31, 2**32 - 1, 0xFFFFFFF5, 0xFFFFFFF4, 2**28)
    taken = 0
    for _ in range(10_000):
        code = list(random.choice(sound))
        for _ in range(random.randrange(1, 4)):
            code[random.randrange(len(code))] = random.choice(odd)
        code = code[: random.choice([len(code), len(code), random.randrange(len(code) + 1)])]
        try:
            slot = kernel.add(array("I", code).tobytes())
        except ValueError:
            continue
        taken += 1
        kernel.match(article, True)
        kernel.remove(slot)
    assert 500 < taken < 9_000


@pytest.mark.parametrize(
    "code",
    [
        [],
        [Op.KEYS | 1 << 4],
        [Op.KEYS | 1 << 4, 5, 0, 0, 99_999],
        [Op.KEYS | 1 << 4, 4, 0, 0],
        [Op.KEYS | 0xFFFFFFF << 4, 5, 0, 0, 0],
        [Op.PHRASE | 1 << 4, 6, 0, 4, 0, 0],
        [Op.SOME | 1 << 4, 8, 2, Op.KEYS | 1 << 4, 5, 0, 0, 0],
        [Op.NEAR | 1 << 4, 9, 0, 0, Op.KEYS | 1 << 4, 5, 0, 0, 0],
        [Op.TIMES | 1 << 4, 6, 0, 1, Op.UNKNOWN, 2],
        [9, 2],
    ],
)
def test_a_program_that_is_none_is_refused(code: list[int]) -> None:
    kernel = new_kernel(frozenset())
    kernel.key(KeyKind.WORD, "minsk")
    with pytest.raises(ValueError, match="program"):
        kernel.add(array("I", code).tobytes())


def test_a_program_nested_without_end_is_refused() -> None:
    kernel = new_kernel(frozenset())
    code = [Op.KEYS | 1 << 4, 5, 0, 0, kernel.key(KeyKind.WORD, "minsk")]
    for _ in range(100_000):
        code = [Op.NOT | 1 << 4, len(code) + 2, *code] if len(code) < 1_200 else code
    with pytest.raises(ValueError, match="program"):
        kernel.add(array("I", code).tobytes())


def test_keys_that_no_pattern_can_have_are_refused() -> None:
    kernel = new_kernel(frozenset())
    for kind, letters in (
        (KeyKind.FUZZY, ""),
        (KeyKind.FUZZY2, "ab"),
        (KeyKind.FUZZY2, "a" * 63),
        (KeyKind.WILDCARD, "a" * 500),
        (1, "spelling"),
        (8, "pair"),
        (99, "none"),
        (KeyKind.WORD, "a" * 70_000),
    ):
        with pytest.raises(ValueError, match="key"):
            kernel.key(kind, letters)


def test_mentions_and_attributes_that_are_none_are_passed_over() -> None:
    kernel = new_kernel(frozenset())
    key = kernel.key(KeyKind.NAMED, "ann")
    slot = kernel.add(array("I", [Op.KEYS | 1 << 4, 5, 0, 0, key]).tobytes())
    numbers = (0xFFFFFFFF, 0xFFFFFFFE, 0x7FFFFFFF, 0x80000000, 1 << 25)
    mentions = array("I")
    for number in numbers:
        mentions.extend((key, 0, 0, 5, number))
    mentions.extend((9_999, 0, 0, 5, 1))
    for start, end in ((5, 0), (0xFFFFFFFF, 0), (0, 0xFFFFFFFF), (7, 7)):
        mentions.extend((key, 7, start, end, 2))
    article = ((("minsk", 1, 0), ("", 4, 0)), array("I", [7_777]).tobytes(), mentions.tobytes())
    assert kernel.match(article, True) == b""
    mentions.extend((key, 0, 0, 5, 3))
    told = memoryview(kernel.match((*article[:2], mentions.tobytes()), True)).cast("I").tolist()
    assert told == [slot, 1, 1, 0, 0, 5, 0, 0x80000003]


def test_more_fields_than_there_can_be_are_refused() -> None:
    with pytest.raises(ValueError, match="fields"):
        new_kernel(frozenset()).match(((("", 1, 0),) * 17, b"", b""), True)


# ---- turns ----


def test_a_call_from_within_a_call_is_refused_instead_of_waiting_for_itself() -> None:
    def counts_within(number: int) -> bytes:
        kernel.counts()
        return page(number)

    kernel = type(new_kernel(frozenset()))(counts_within)
    with pytest.raises(RuntimeError, match="this very thread"):
        kernel.key(KeyKind.WORD, "minsk")


def test_what_filling_a_page_raises_is_raised_and_the_turn_ends() -> None:
    def broken(number: int) -> bytes:
        raise KeyError(number)

    for fill, error in ((broken, KeyError), (lambda number: b"short", ValueError), (lambda number: None, TypeError)):
        kernel = type(new_kernel(frozenset()))(fill)
        with pytest.raises(error):
            kernel.key(KeyKind.WORD, "minsk")
        assert kernel.counts()["keys"] == 0


def test_threads_take_turns() -> None:
    kernel = new_kernel(frozenset())
    article = ((("minsk aid", 1, 0), ("drone aid minsk " * 3_000, 4, 5)), b"", b"")
    refused: list[int] = []
    over = threading.Event()

    def change(number: int) -> None:
        for turn in range(300):
            word = kernel.key(KeyKind.WORD, f"word{turn % 7}x{number}")
            kernel.common(word)
            kernel.written(word, f"Word{turn}")
            slot = kernel.add(array("I", [Op.KEYS | 1 << 4, 5, 0, 5, word]).tobytes())
            for _ in range(2):
                try:
                    kernel.remove(slot)
                except ValueError:
                    refused.append(slot)
        over.set()

    threads = [threading.Thread(target=change, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    while not over.is_set():
        kernel.match(article, True)
        assert kernel.counts()["watches"] <= 2
        kernel.costs(5)
    for thread in threads:
        thread.join()
    assert kernel.counts()["watches"] == 0
    assert kernel.match(article, True) == b""


def test_lone_surrogates_and_loose_marks_are_cut_as_python_cuts_them() -> None:
    odd = "\0 \ud800 \udfff \U0010ffff \U00020000 ﬃ ŉ’s x’s ’s a\u00ad\u0301 \u0301\u0301 蔡\u00ad\u3099 \u3099 " * 3
    kernel = new_kernel(frozenset())
    kernel.match((((odd, 1, 0), (odd[::-1], 4, 0)), b"", b""), True)
    for field, text in enumerate((odd, odd[::-1])):
        told = memoryview(kernel.words(field)).cast("I").tolist()
        assert list(zip(told[: len(told) // 2], told[len(told) // 2 :], strict=True)) == list(split(text).spans)


@pytest.mark.parametrize(
    "query",
    [
        *("minsk", "drone", "min* OR dron*", "=minsk", '"minsk the"', "lead:minsk AND drone", "atleast30(minsk)"),
        *("minsk OR aid OR dro*", "atleast100(min*)", 'atleast90("drone drones" OR minsk)'),
        *("minsk NEAR/1 aid", "(drone OR min*) NEAR/2 the", "minsk ONEAR/3 aid ONEAR/3 drone"),
    ],
)
def test_of_a_word_without_end_the_first_places_are_told(query: str) -> None:
    text = "aid minsk the drone drones " * 40 + "minsk " * 2_000 + "Minsk aid drone"
    article = tagged(text, text[:500])
    compiled, plain = WatchIndex(is_compiled=True), WatchIndex(is_compiled=False)
    for index in (compiled, plain):
        index.put(watch(query))
    assert compiled.find(article).found == plain.find(article).found


def test_watches_for_a_word_repeated_without_end_cost_no_more_than_others() -> None:
    clauses = " AND ".join(f"(x{number} OR minsk)" for number in range(20))
    index = _index(*(f"{clauses} -q{number}" for number in range(300)))
    article = tagged("minsk " * 150_000)
    started = thread_time()
    assert len(index.find(article).found) == 300
    assert thread_time() - started < 2, "a tenth of a second; five where all the places are gathered"
