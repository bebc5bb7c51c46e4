"""Reads what a run left in Kafka into the books: its lane topics, recorded outcomes, dead letters and alerts.

Everything that comes of a run names it in a header. Only what was written since the run began is read. What lacks the
matches of a watch that was put aside says so itself, so that it does not matter who matched it, and when.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline.adapters import ranges
from pipeline.adapters.kafka import headers_of
from pipeline.adapters.ranges import Bounds, RangeRecord, TopicRange
from pipeline.replay.route import Step
from pipeline.replay.tally import End, StageTally
from pipeline.settings import Settings
from pipeline.stages import identity
from pipeline.stages.provenance import REPLAYS_HEADER, RUN_HEADER, STAGES, PutAside, attempt_of, read_put_aside
from topics import codec, registry
from topics.records import Match, RecordedOutcome
from topics.spec import TopicSpec

_FOLD = "fold"


def topics_written(steps: Sequence[Step]) -> tuple[TopicSpec, ...]:
    """All that a run over these steps writes to."""
    lane = [step.lane_topic for step in steps]
    after = registry.REPLAYABLE.index(steps[-1].topic) + 1
    sinks = [registry.REPLAYED[after]] if after < len(registry.REPLAYED) else []
    letters = [step.topic.dead_letter for step in steps]
    return (*lane, *sinks, *letters, registry.OUTCOMES, registry.ALERTS)


def ends_now(settings: Settings, steps: Sequence[Step]) -> dict[str, dict[int, Bounds]]:
    """Where those topics end: what a run writes lies behind it. TransientError without an answer."""
    found: dict[str, dict[int, Bounds]] = {}
    for spec in topics_written(steps):
        bounds = ranges.bounds_of(settings, spec)
        found[spec.name] = {number: Bounds(each.end, each.end) for number, each in bounds.items()}
    return found


class Books:
    """The books of one run."""

    def __init__(self, run_id: str, steps: Sequence[Step]) -> None:
        self._run_id = run_id
        self._steps = steps
        self._stages = {step.stage: StageTally(step.stage) for step in steps}
        self._fed = StageTally("fed")
        self._reasons: dict[str, str] = {}
        self._most_aside = 0

    def read(self, settings: Settings, since: Mapping[str, Mapping[int, Bounds]]) -> None:
        """Read everything the run has written since. TransientError when the broker does not answer."""
        for spec in topics_written(self._steps):
            started = {number: each.end for number, each in since.get(spec.name, {}).items()}
            for record, headers in _records(settings, spec, started):
                if headers.get(RUN_HEADER) == self._run_id:
                    self._enter(spec, record, headers)

    @property
    def fed(self) -> int:
        """Records that lie before the first stage, each once by the place it was read from.

        Not what that stage counts in, where it is folding: two records of one match are one match.
        """
        return int(self._fed.result()["in"])

    @property
    def put_aside(self) -> PutAside:
        """The watches whose matches are missing. Of those not named only the least number is known."""
        return PutAside(dict(self._reasons), max(0, self._most_aside - len(self._reasons)))

    def results(self) -> list[dict[str, Any]]:
        """One entry a stage, in the data's order."""
        return [tally.result() for tally in self._stages.values()]

    def _enter(self, spec: TopicSpec, record: RangeRecord, headers: Mapping[str, str]) -> None:
        self._enter_put_aside(headers)
        if spec.base is not None:
            self._enter_lane(spec, record, headers)
        elif spec == registry.OUTCOMES:
            self._enter_outcome(codec.decode(spec, record.value), headers)
        elif spec == registry.ALERTS:
            self._note(_FOLD, codec.decode(spec, record.value).match.match_id, End.EMITTED, headers)
        else:
            stage = headers.get("stage", "")
            name = _match_id(record.value) if stage == _FOLD else headers.get(REPLAYS_HEADER, "")
            self._note(stage, name, End.REJECTED, headers, headers.get("reason", "unknown"))

    def _enter_put_aside(self, headers: Mapping[str, str]) -> None:
        aside = read_put_aside(headers)
        if aside is not None:
            self._reasons.update(aside.reasons)
            self._most_aside = max(self._most_aside, len(aside.reasons) + aside.others)

    def _enter_lane(self, spec: TopicSpec, record: RangeRecord, headers: Mapping[str, str]) -> None:
        """A record of the lane went into the stage that reads it and came out of the stage before."""
        position = registry.REPLAYED.index(spec)
        place = headers.get(REPLAYS_HEADER, "")
        stages = [step.stage for step in self._steps]
        if self._steps[0].lane_topic == spec:
            self._fed.note(place, End.IN)
        for step in self._steps:
            if step.lane_topic == spec:
                name = _match_id(record.value) if step.stage == _FOLD else place
                self._note(step.stage, name, End.IN, headers)
        maker = STAGES[position]
        if maker in stages:
            self._note(maker, place, End.EMITTED, headers)

    def _enter_outcome(self, outcome: RecordedOutcome, headers: Mapping[str, str]) -> None:
        name = headers.get(REPLAYS_HEADER, "")
        if outcome.stage == _FOLD:
            name = identity.match_id(outcome.watch_id or "", outcome.page_id, outcome.version_id or "")
        self._note(outcome.stage, name, End.DROPPED, headers, outcome.reason)

    def _note(self, stage: str, name: str, end: End, headers: Mapping[str, str], reason: str = "") -> None:
        if stage in self._stages:
            self._stages[stage].note(name, end, reason, attempt=attempt_of(headers))


def _records(
    settings: Settings, spec: TopicSpec, since: Mapping[int, int]
) -> Iterator[tuple[RangeRecord, dict[str, str]]]:
    bounds = ranges.bounds_of(settings, spec)
    source = TopicRange(
        settings,
        spec,
        {number: Bounds(max(each.start, since.get(number, 0)), each.end) for number, each in bounds.items()},
    )
    try:
        for batch in source.batches():
            yield from ((record, headers_of(list(record.headers))) for record in batch.records)
    finally:
        source.close()


def _match_id(value: bytes | None) -> str:
    """The match in those bytes; what is none goes by its bytes."""
    try:
        match: Match = codec.decode(registry.MATCHES, value)
    except codec.UndecodableError:
        return identity.digest(value or b"")
    return match.match_id
