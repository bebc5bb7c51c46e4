"""When a worker counts as stalled."""

from pipeline.adapters.offsets import PartitionOffsets
from pipeline.agents.watchdog import StallDetector

WAITING = {0: PartitionOffsets(committed=5, end=9)}


MOVED = {0: PartitionOffsets(committed=6, end=9)}
TWO_WAITING = {0: PartitionOffsets(committed=5, end=9), 1: PartitionOffsets(committed=2, end=9)}


def detector(*, longest_s: float = 0.0) -> StallDetector:
    return StallDetector(stall_after_s=60, longest_s=longest_s)


def looks(
    subject: StallDetector,
    times: list[float],
    *,
    offsets: dict[int, PartitionOffsets] = WAITING,
    assigned: frozenset[int] = frozenset({0}),
    is_busy: bool = False,
) -> list[bool]:
    return [subject.look(offsets, assigned=set(assigned), is_busy=is_busy, at_s=at) for at in times]


def test_waiting_records_and_no_commit_for_the_whole_time_is_a_stall() -> None:
    assert looks(detector(), [0, 30, 59, 60]) == [False, False, False, True]


def test_an_empty_topic_is_no_stall() -> None:
    assert not any(looks(detector(), [0, 1000], offsets={0: PartitionOffsets(committed=9, end=9)}))


def test_a_commit_starts_the_time_again() -> None:
    subject = detector()
    looks(subject, [0])
    assert looks(subject, [50, 100, 109, 110], offsets=MOVED) == [False, False, False, True]


def test_one_partition_that_stands_is_seen_though_others_go_on() -> None:
    subject = detector()
    verdicts = [
        subject.look(
            {0: PartitionOffsets(committed=5, end=9), 1: PartitionOffsets(committed=at, end=at + 3)},
            assigned={0, 1},
            is_busy=at % 2 == 0,
            at_s=at,
        )
        for at in range(0, 65, 5)
    ]
    assert verdicts == [False] * 12 + [True]


def test_the_time_a_stage_may_keep_a_record_is_allowed_while_records_are_in_hand() -> None:
    times = [0.0, 60, 300, 359, 360]
    assert looks(detector(longest_s=300), times, is_busy=True) == [False, False, False, False, True]


def test_without_records_in_hand_nothing_more_is_allowed() -> None:
    assert looks(detector(longest_s=300), [0, 59, 60]) == [False, False, True]


def test_what_was_just_finished_is_given_time_to_be_committed() -> None:
    subject = detector(longest_s=300)
    assert not any(looks(subject, [0, 100, 200], is_busy=True))
    assert looks(subject, [205, 259]) == [False, False]
    assert looks(subject, [260]) == [True]


def test_another_workers_partition_is_its_own_affair() -> None:
    assert not any(looks(detector(), [0, 100], assigned=frozenset({1})))


def test_a_partition_that_comes_from_another_worker_is_given_the_whole_time() -> None:
    subject = detector()
    assert not any(looks(subject, [0, 10], offsets=TWO_WAITING, assigned=frozenset({1})))
    moved = TWO_WAITING | {1: PartitionOffsets(committed=3, end=9)}
    assert looks(subject, [55, 110], offsets=moved, assigned=frozenset({0, 1})) == [False, False]
    assert looks(subject, [115], offsets=moved, assigned=frozenset({0, 1})) == [True]


def test_a_worker_without_partitions_sees_a_group_that_stands_still() -> None:
    nothing: frozenset[int] = frozenset()
    assert looks(detector(), [0, 60], assigned=nothing) == [False, True]
    assert looks(detector(longest_s=300), [0, 60, 359, 360], assigned=nothing) == [False, False, False, True]


def test_a_worker_without_partitions_leaves_one_that_stands_to_its_owner() -> None:
    subject = detector()
    looks(subject, [0], offsets=TWO_WAITING, assigned=frozenset())
    moved = TWO_WAITING | {1: PartitionOffsets(committed=3, end=9)}
    assert looks(subject, [60], offsets=moved, assigned=frozenset()) == [False]


def test_a_broker_that_was_away_is_forgotten() -> None:
    subject = detector()
    looks(subject, [0])
    subject.forget()
    assert looks(subject, [60, 119]) == [False, False]
    assert looks(subject, [120]) == [True]
