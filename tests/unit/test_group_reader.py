"""What the broker has yet to learn of a group whose offsets are kept elsewhere."""

from kafka import TopicPartition
from kafka.errors import CommitFailedError

from pipeline.adapters.group_reader import Untold

FIRST, SECOND = TopicPartition("matches", 0), TopicPartition("matches", 1)


def positions(untold: Untold) -> dict[TopicPartition, int]:
    return {partition: offset.offset for partition, offset in untold.of([FIRST, SECOND]).items()}


def test_a_position_is_told_until_the_broker_has_it() -> None:
    untold = Untold()
    untold.note(FIRST, 5)
    untold.note(SECOND, 0)
    told = untold.of([FIRST, SECOND])
    untold.answered(told, CommitFailedError("rebalance"))
    assert positions(untold) == {FIRST: 5, SECOND: 0}
    untold.answered(told, None)
    assert positions(untold) == {}


def test_what_moved_while_it_was_told_is_told_again() -> None:
    untold = Untold()
    untold.note(FIRST, 5)
    told = untold.of([FIRST])
    untold.note(FIRST, 7)
    untold.answered(told, None)
    assert positions(untold) == {FIRST: 7}


def test_of_a_partition_that_another_process_has_nothing_is_told() -> None:
    untold = Untold()
    untold.note(FIRST, 5)
    untold.note(SECOND, 6)
    assert list(untold.of([SECOND])) == [SECOND]
    untold.keep([SECOND])
    assert positions(untold) == {SECOND: 6}
