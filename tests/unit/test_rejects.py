"""The limit on rejects."""

from pipeline.agents.rejects import RejectLimit


def test_a_few_bad_records_never_stop_a_worker() -> None:
    limit = RejectLimit(window=200, share=0.5)
    assert not any(limit.note(is_reject=number % 3 == 0) for number in range(1000))


def test_a_release_that_rejects_everything_stops_within_a_quarter_of_the_window() -> None:
    limit = RejectLimit(window=200, share=0.5)
    passed = [limit.note(is_reject=True) for _ in range(60)]
    assert passed.index(True) == 49


def test_rejects_that_left_the_window_are_forgotten() -> None:
    limit = RejectLimit(window=20, share=0.5)
    for _ in range(9):
        limit.note(is_reject=True)
    for _ in range(20):
        limit.note(is_reject=False)
    assert not any(limit.note(is_reject=True) for _ in range(9))
    assert limit.note(is_reject=True)
