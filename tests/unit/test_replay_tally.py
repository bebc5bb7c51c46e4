"""The books of a run: each record once, each with one end, and what does not add up is named."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.replay.tally import End, StageTally, alerts_of, balance


def closed(*notes: tuple[str, End] | tuple[str, End, str], stage: str = "clean") -> dict[str, object]:
    tally = StageTally(stage)
    for name, end, *reason in notes:
        tally.note(name, end, *reason)
    return tally.result()


def test_records_that_all_have_one_end_balance() -> None:
    books = closed(
        ("raw-pages/0/1", End.IN),
        ("raw-pages/0/2", End.IN),
        ("raw-pages/1/2", End.IN),
        ("raw-pages/0/1", End.EMITTED),
        ("raw-pages/0/2", End.DROPPED, "too-short"),
        ("raw-pages/1/2", End.REJECTED, "deadline"),
    )
    assert (books["in"], books["emitted"], books["dropped"], books["rejected"]) == (3, 1, 1, 1)
    assert books["reasons"] == {"dropped too-short": 1, "rejected deadline": 1}
    assert balance(3, 3, [books]) == ()


def test_what_came_twice_counts_once() -> None:
    books = closed(
        ("raw-pages/0/1", End.IN),
        ("raw-pages/0/1", End.IN),
        ("raw-pages/0/1", End.DROPPED, "too-short"),
        ("raw-pages/0/1", End.DROPPED, "too-short"),
    )
    assert (books["in"], books["dropped"], books["repeated"]) == (1, 1, 2)
    assert books["reasons"] == {"dropped too-short": 1}
    assert balance(1, 1, [books]) == ()


@pytest.mark.parametrize("name", ["raw-pages/0/1", "a match"])
@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_record_whose_letter_was_retried_ended_as_its_last_attempt_did(name: str, order: tuple[int, ...]) -> None:
    tally = StageTally("clean")
    ends = [(End.REJECTED, "deadline", 1), (End.REJECTED, "no-memory", 2), (End.EMITTED, "", 3)]
    tally.note(name, End.IN)
    for end, reason, attempt in (ends[number] for number in order):
        tally.note(name, end, reason, attempt=attempt)
    books = tally.result()
    assert (books["in"], books["emitted"], books["rejected"], books["reasons"]) == (1, 1, 0, {})
    assert balance(1, 1, [books]) == ()


def test_every_way_not_to_balance_is_named() -> None:
    books = closed(
        ("raw-pages/0/1", End.IN),
        ("raw-pages/0/2", End.IN),
        ("raw-pages/0/2", End.EMITTED),
        ("raw-pages/0/2", End.REJECTED, "deadline"),
        ("raw-pages/0/3", End.EMITTED),
    )
    assert balance(4, 2, [books]) == (
        "4 records were fed and 2 lie before clean",
        "1 records have no end at clean",
        "1 records ended in two ways at clean",
        "1 records ended at clean that never went in",
    )


def test_alerts_are_counted_in_the_subscribers_words() -> None:
    books = closed(
        ("m1", End.IN),
        ("m1", End.EMITTED),
        ("m2", End.IN),
        ("m2", End.DROPPED, "copy"),
        ("m3", End.IN),
        ("m3", End.DROPPED, "known"),
        stage="fold",
    )
    assert alerts_of([books]) == {"new": 1, "joined": 1, "known": 1}
    assert alerts_of([closed(stage="match")]) == {}


@given(
    st.dictionaries(
        st.tuples(st.integers(0, 2), st.integers(0, 100_000)),
        st.sampled_from([End.EMITTED, End.DROPPED, End.REJECTED, End.NONE]),
        max_size=60,
    ),
    st.randoms(use_true_random=False),
)
def test_in_is_emitted_and_dropped_and_rejected_and_missing(ends: dict[tuple[int, int], End], random) -> None:  # type: ignore[no-untyped-def]
    notes = [(f"t/{part}/{offset}", end) for (part, offset), last in ends.items() for end in (End.IN, last)]
    notes = [note for note in notes if note[1] is not End.NONE] * 2
    random.shuffle(notes)
    books = closed(*notes)
    counted = {end: sum(1 for last in ends.values() if last is end) for end in End}
    assert books["in"] == len(ends)
    assert books["emitted"] == counted[End.EMITTED]
    assert books["dropped"] == counted[End.DROPPED]
    assert books["missing"] == sum(1 for last in ends.values() if last is End.NONE)
    assert books["contradicted"] == books["strangers"] == 0
