"""Quotations, judged on passages that no rule was tuned on. Floors are what is measured.

`pytest tests/quality/test_quotations.py -rP` prints the account.
"""

from tests.quality.labelled_quotations import passages, tally


def test_speakers_named_beside_the_words_are_right_and_few_quotations_are_missed() -> None:
    account = tally()
    print(f"passages: {account}")
    assert len(list(passages())) == 40
    assert account.certain - account.certain_right <= 2
    assert account.certain_right >= 29
    assert account.certain_right + account.carried_right >= 35
