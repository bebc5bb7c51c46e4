"""Feeds a range into the replay lane: chosen, marked with mode and run, sent, and only then counted as done."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Event
from time import monotonic
from typing import Any

from pipeline.adapters import clock
from pipeline.adapters.database import Database, runs
from pipeline.adapters.database.runs import PASSED, Progress, Run
from pipeline.adapters.kafka import Headers, Producer, UnsendableError
from pipeline.adapters.ranges import RangeBatch, RangeRecord, Source
from pipeline.errors import TransientError
from pipeline.replay.pacing import LaneGuard, LiveGuard, Rate
from pipeline.replay.route import Step
from pipeline.replay.selection import stamp
from pipeline.settings import Settings
from pipeline.stages.provenance import LAST_STAGE_HEADER, REPLAYS_HEADER, RUN_HEADER, STEPS_HEADER
from topics import codec

READ, FED, LEFT_OUT, UNREADABLE, UNSENDABLE, GONE = "read", "fed", "left_out", "unreadable", "unsendable", "gone"
"""What a run counts: read = fed + left out + unreadable + unsendable; gone are offsets that hold no record any more."""

_ACKNOWLEDGED_WITHIN_S = 120.0
_ALIVE_EVERY_S = 2.0
_PAUSE_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Diet:
    """What is fed, and how."""

    step: Step
    """The first stage: its lane topic takes the records."""
    last_stage: str | None
    """Where they are to go no further; None for all the way."""
    is_taken: Callable[[Any], bool]
    part: str
    """What places are called: the topic's declared name, or the file's."""
    counts_gaps: bool
    """Offsets without a record are records that are gone."""


class Feeder:
    """Feeds one run. Use from one thread."""

    def __init__(self, settings: Settings, database: Database, run: Run, diet: Diet, rate: float | None) -> None:
        self._database = database
        self._run = run
        self._diet = diet
        self._rate = Rate(rate)
        self._producer = Producer(settings, linger_ms=20)
        self._live = LiveGuard(settings)
        self._lane = LaneGuard(settings, diet.step)
        self._stored_at = 0.0
        self._noted: Counter[str] = Counter()

    @property
    def batch(self) -> int:
        """How many records the source may hand over at once."""
        return self._rate.batch

    def feed(self, source: Source, *, is_stopping: Callable[[], bool], on_progress: Callable[[Run], None]) -> bool:
        """Feed all that lies ahead. False when told to stop, or cancelled, before the end. TransientError."""
        counts: Counter[str] = Counter()
        self._noted.clear()
        for batch in source.batches():
            if not self._wait(len(batch.records), is_stopping, on_progress):
                return False
            counts += self._send(batch)
            if not batch.positions:
                # Part of what the next batch completes: it is counted when the position is stored, or sent again.
                continue
            self._store(Progress(positions=batch.positions, counts=counts + self._noted), on_progress)
            counts = Counter()
            self._noted.clear()
            if self._run.cancel_asked_at is not None:
                return False
        return True

    def note(self, name: str) -> None:
        """Count something the source said while it gave its next batch; it is stored with that batch."""
        self._noted[name] += 1

    def close(self) -> None:
        """Close the clients."""
        self._producer.close(5.0)
        self._live.close()
        self._lane.close()

    def _wait(self, records: int, is_stopping: Callable[[], bool], on_progress: Callable[[Run], None]) -> bool:
        """Until so many may be sent. False when it is time to stop instead."""
        pause = Event()
        until = monotonic() + self._rate.wait_s(records, at_s=monotonic())
        while not is_stopping() and self._run.cancel_asked_at is None:
            reason = self._live.behind()
            is_full = self._lane.is_full(records)
            if reason is None and not is_full and monotonic() >= until:
                return True
            if monotonic() - self._stored_at >= _ALIVE_EVERY_S:
                self._store(Progress(note=None if reason is None else f"waits: {reason}"), on_progress)
            pause.wait(min(_PAUSE_S, max(0.0, until - monotonic())) if reason is None and not is_full else _PAUSE_S)
        return False

    def _store(self, progress: Progress, on_progress: Callable[[Run], None]) -> None:
        with self._database.write() as connection:
            self._run = runs.advance(connection, self._run.run_id, progress, now=clock.now())
        self._stored_at = monotonic()
        on_progress(self._run)

    def _send(self, batch: RangeBatch) -> Counter[str]:
        """Send what is wanted of the batch and wait until all of it is acknowledged."""
        counts: Counter[str] = Counter({PASSED: batch.passed, READ: len(batch.records)})
        if self._diet.counts_gaps:
            counts[GONE] = max(0, batch.passed - len(batch.records))
        former = next((name.rpartition("/")[0] for name in batch.positions if "/" in name), None)
        part = self._diet.part if former is None else f"{self._diet.part}@{former}"
        sent = [future for record in batch.records if (future := self._send_one(record, part, counts)) is not None]
        self._producer.flush(_ACKNOWLEDGED_WITHIN_S)
        counts[UNSENDABLE] = _refused(sent)
        counts[FED] = len(sent) - counts[UNSENDABLE]
        self._lane.fed(counts[FED])
        return counts

    def _send_one(self, record: RangeRecord, part: str, counts: Counter[str]) -> "Future[None] | None":
        spec = self._diet.step.lane_topic
        try:
            decoded = codec.decode(spec, record.value)
        except codec.UndecodableError:
            counts[UNREADABLE] += 1
            return None
        if not self._diet.is_taken(decoded):
            counts[LEFT_OUT] += 1
            return None
        marked = stamp(decoded, mode=self._run.asked.mode, run_id=self._run.run_id)
        return self._producer.send(spec, marked, headers=self._headers(record, f"{part}/{record.partition}"))

    def _headers(self, record: RangeRecord, place: str) -> Headers:
        kept = [(name, value) for name, value in record.headers if name == STEPS_HEADER]
        own = {RUN_HEADER: self._run.run_id, REPLAYS_HEADER: f"{place}/{record.offset}"}
        if self._diet.last_stage is not None:
            own[LAST_STAGE_HEADER] = self._diet.last_stage
        return [*kept, *((name, value.encode()) for name, value in own.items())]


def _refused(sent: Sequence["Future[None]"]) -> int:
    """How many the broker will never take. TransientError when one was not acknowledged: none of the batch counts."""
    refused = 0
    for future in sent:
        try:
            future.result(_ACKNOWLEDGED_WITHIN_S)
        except UnsendableError:
            refused += 1
        except TimeoutError as error:
            raise TransientError("the broker has not acknowledged what was fed") from error
    return refused
