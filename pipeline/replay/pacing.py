"""How fast a run may feed: at the rate asked for, not far ahead of the lane's workers, never while live work lags."""

from time import monotonic

from pipeline.adapters.offsets import GroupOffsets
from pipeline.errors import TransientError
from pipeline.replay.route import STEPS, Step
from pipeline.settings import Settings

_LOOK_AT_LANE_S = 0.25
_LOOK_AT_LIVE_S = 2.0


class Rate:
    """At most so many records a second, evenly."""

    def __init__(self, per_second: float | None) -> None:
        self._per_second = per_second
        self._next_at = 0.0

    @property
    def batch(self) -> int:
        """How many records to read at once: what is read is sent before anything else is looked at."""
        return 200 if self._per_second is None else max(1, min(200, int(self._per_second)))

    def wait_s(self, records: int, *, at_s: float) -> float:
        """How long to wait before sending so many."""
        if self._per_second is None:
            return 0.0
        start = max(self._next_at, at_s)
        self._next_at = start + records / self._per_second
        return start - at_s


class LiveGuard:
    """Says whether live work is behind: how long each stage's backlog has been there, by its own offsets.

    A backlog is as old as the time since the stage was last seen with everything committed that lay before it then.
    """

    def __init__(self, settings: Settings) -> None:
        self._limit_s = settings.replay.pause_above_lag.total_seconds()
        self._groups = {step.stage: GroupOffsets(settings, stage=step.reader, source=step.topic) for step in STEPS}
        self._marks: dict[str, tuple[dict[int, int], float]] = {}
        self._looked_at = 0.0
        self._behind: str | None = None

    def behind(self) -> str | None:
        """Which stage is behind by more than the bound, in words; None when none is.

        A broker that does not say is waited for, too.
        """
        if monotonic() - self._looked_at >= _LOOK_AT_LIVE_S:
            self._looked_at = monotonic()
            try:
                self._behind = self._look(self._looked_at)
            except TransientError as error:
                self._behind = str(error)
        return self._behind

    def close(self) -> None:
        """Close the clients."""
        for group in self._groups.values():
            group.close()

    def _look(self, at_s: float) -> str | None:
        for stage, group in self._groups.items():
            offsets = group.read()
            ends = {number: each.end for number, each in offsets.items()}
            mark, since = self._marks.setdefault(stage, (ends, at_s))
            if all(each.committed >= mark.get(number, 0) for number, each in offsets.items()):
                self._marks[stage] = (ends, at_s)
                continue
            if at_s - since > self._limit_s:
                left = sum(each.lag for each in offsets.values())
                return f"live {stage} is {at_s - since:.0f} s behind ({left} records)"
        return None


class LaneGuard:
    """Keeps the feeder within reach of the lane's first stage."""

    def __init__(self, settings: Settings, step: Step) -> None:
        self._ahead = settings.replay.ahead
        self._group = GroupOffsets(settings, stage=step.lane_reader, source=step.lane_topic)
        self._backlog = self._ahead
        self._looked_at = 0.0

    def is_full(self, records: int) -> bool:
        """So many more would be too many, or the broker does not say."""
        if self._backlog + records > self._ahead and monotonic() - self._looked_at >= _LOOK_AT_LANE_S:
            self._looked_at = monotonic()
            try:
                self._backlog = sum(each.lag for each in self._group.read().values())
            except TransientError:
                return True
        # An empty lane takes a batch of any size.
        return self._backlog + records > self._ahead and self._backlog > 0

    def fed(self, records: int) -> None:
        """So many have been sent."""
        self._backlog += records

    def close(self) -> None:
        """Close the client."""
        self._group.close()
