"""When a worker counts as stalled."""

from pipeline.adapters.offsets import PartitionOffsets
from pipeline.agents.watchdog import StallDetector

WAITING = {0: PartitionOffsets(committed=5, end=9)}


def detector() -> StallDetector:
    return StallDetector(stall_after_s=60)


def looks(subject: StallDetector, times: list[float], **changes: object) -> list[bool]:
    defaults: dict[str, object] = {"offsets": WAITING, "assigned": {0}, "finished": 3}
    arguments = defaults | changes
    return [
        subject.look(arguments["offsets"], assigned=arguments["assigned"], finished=arguments["finished"], at_s=at)  # type: ignore[arg-type]
        for at in times
    ]


def test_waiting_records_and_no_progress_for_the_whole_time_is_a_stall() -> None:
    assert looks(detector(), [0, 30, 59, 60]) == [False, False, False, True]


def test_an_empty_topic_is_no_stall() -> None:
    assert not any(looks(detector(), [0, 1000], offsets={0: PartitionOffsets(committed=9, end=9)}))


def test_a_commit_or_a_finished_record_starts_the_time_again() -> None:
    subject = detector()
    looks(subject, [0])
    assert looks(subject, [50], offsets={0: PartitionOffsets(committed=6, end=9)}) == [False]
    assert looks(subject, [100], offsets={0: PartitionOffsets(committed=6, end=9)}) == [False]
    assert looks(subject, [109], finished=4, offsets={0: PartitionOffsets(committed=6, end=9)}) == [False]
    assert looks(subject, [169], finished=4, offsets={0: PartitionOffsets(committed=6, end=9)}) == [True]


def test_another_workers_partition_is_its_own_affair() -> None:
    assert not any(looks(detector(), [0, 100], assigned={1}))


def test_a_worker_without_partitions_sees_a_group_that_stands_still() -> None:
    assert looks(detector(), [0, 60], assigned=set()) == [False, True]


def test_a_broker_that_was_away_is_forgotten() -> None:
    subject = detector()
    looks(subject, [0])
    subject.forget(at_s=50)
    assert looks(subject, [60, 119]) == [False, False]
    assert looks(subject, [120]) == [True]
