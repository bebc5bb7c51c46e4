"""Waits until all that was fed has come to its end: stage by stage, then the deliverer's outbox."""

from collections.abc import Callable
from threading import Event

from pipeline.adapters.database import Database, outbox
from pipeline.adapters.offsets import GroupOffsets
from pipeline.errors import TransientError
from pipeline.replay.route import Step
from pipeline.settings import Settings

_LOOK_EVERY_S = 0.5
OUTBOX = "outbox"
"""What is left to be sent out after folding."""


def settle(
    settings: Settings,
    database: Database,
    steps: tuple[Step, ...],
    *,
    is_stopping: Callable[[], bool],
    on_left: Callable[[str, int], None],
) -> bool:
    """Return True when everything that lay in the lane has been handled as far as the last step; False when stopped.

    A stage is waited for only when the one before has come to its end, so that its end is known. What other runs feed
    meanwhile is not waited for.
    """
    for step in steps:
        if not _settle_step(settings, step, is_stopping, on_left):
            return False
    if steps[-1].is_agent:
        return True
    return _settle_outbox(database, is_stopping, on_left)


def _settle_step(
    settings: Settings, step: Step, is_stopping: Callable[[], bool], on_left: Callable[[str, int], None]
) -> bool:
    group = GroupOffsets(settings, stage=step.lane_reader, source=step.lane_topic)
    ends: dict[int, int] | None = None
    try:
        while not is_stopping():
            try:
                offsets = group.read()
            except TransientError:
                Event().wait(_LOOK_EVERY_S)
                continue
            ends = ends or {number: each.end for number, each in offsets.items()}
            left = sum(max(0, end - offsets[number].committed) for number, end in ends.items())
            on_left(step.stage, left)
            if left == 0:
                return True
            Event().wait(_LOOK_EVERY_S)
        return False
    finally:
        group.close()


def _settle_outbox(database: Database, is_stopping: Callable[[], bool], on_left: Callable[[str, int], None]) -> bool:
    with database.read() as connection:
        last = outbox.last_id(connection)
    while not is_stopping():
        with database.read() as connection:
            left = outbox.count_to(connection, last)
        on_left(OUTBOX, left)
        if left == 0:
            return True
        Event().wait(_LOOK_EVERY_S)
    return False
