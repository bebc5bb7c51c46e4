"""One run from beginning to end: stored, fed, settled, told, balanced. It can be stopped anywhere and resumed."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any, Protocol

from pipeline.adapters import archive, clock
from pipeline.adapters.archive.history import Extent, size_of
from pipeline.adapters.database import Database, runs
from pipeline.adapters.database.runs import Notify, Progress, Run, RunStatus
from pipeline.adapters.ranges import Source
from pipeline.adapters.record_files import FileRange
from pipeline.adapters.record_files import size_of as file_size
from pipeline.adapters.record_files import topic_of as topic_of_file
from pipeline.errors import TocsinError, UsageError
from pipeline.replay import counting
from pipeline.replay.asking import Request, read_time, request_of
from pipeline.replay.counting import Books
from pipeline.replay.feeding import FED, Diet, Feeder
from pipeline.replay.put_aside import put_aside_in, reported, said_of
from pipeline.replay.route import STEPS, Step, route
from pipeline.replay.settling import settle
from pipeline.replay.tally import alerts_of, balance
from pipeline.replay.telling import DIGEST, TOLD, tell
from pipeline.replay.workers import LaneWorkers, lane_programs
from pipeline.settings import Settings
from topics import registry
from topics.records import Mode
from topics.spec import TopicSpec

BAD = "bad"
"""The count of lines or records of a file that could not be read."""

_ALIVE_EVERY_S = 2.0


class Observer(Protocol):
    """Who watches a run; called on the thread that works on it."""

    def fed(self, run: Run) -> None:
        """The run has moved, or says in its note what it waits for."""

    def left(self, stage: str, records: int) -> None:
        """So many records are left at that stage."""

    def bad(self, line: str) -> None:
        """A line of the file cannot be used: where and why."""

    def is_stopping(self) -> bool:
        """The operator wants it to stop here, to be resumed later."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a request comes to."""

    request: Request
    steps: tuple[Step, ...]
    path: Path | None
    """The file, where it is one."""

    @property
    def topic(self) -> TopicSpec:
        """What its records are."""
        return self.steps[0].topic


def plan(request: Request) -> Plan:
    """Check the request. UsageError for what cannot be done; nothing has been asked of a broker."""
    if request.mode is Mode.LIVE:
        raise UsageError("--mode live: history never passes for live work; ask for backfill or shadow")
    if request.mode is Mode.SHADOW and request.notify is not Notify.NONE:
        raise UsageError(f"--notify {request.notify.value} goes with --mode backfill: nobody is told of a shadow run")
    names = [step.topic.name for step in STEPS]
    if request.source in names:
        path, topic = None, registry.by_name(request.source)
    elif Path(request.source).exists():
        path = Path(request.source)
        topic = topic_of_file(path)
        if request.since is not None or request.until is not None:
            raise UsageError("--from and --to go by arrival in a topic; for a file use --published-from and -to")
    else:
        raise UsageError(f"{request.source}: neither a topic that is replayed ({', '.join(names)}) nor a file")
    request.selection.check(topic)
    return Plan(request, route(topic, request.last_stage), path)


def extent_of(settings: Settings, planned: Plan) -> Extent:
    """What the request's range is at this moment."""
    if planned.path is not None:
        return {}
    now = clock.now()
    since = read_time(planned.request.since, option="--from", now=now)
    until = read_time(planned.request.until, option="--to", now=now)
    if since is not None and until is not None and since >= until:
        raise UsageError("--from lies behind --to")
    return archive.bounds_of(settings, planned.topic, since=since, until=until)


def open_source(
    settings: Settings, planned: Plan, extent: Extent, *, run: Run | None, on_bad: Callable[[str], None], batch: int
) -> Source:
    """The range, from where the run stands."""
    positions = run.positions if run is not None else None
    if planned.path is not None:
        largest = settings.fetch.max_body_bytes
        return FileRange(planned.path, on_bad=on_bad, positions=positions, max_records=batch, largest_body=largest)
    return archive.HistoryRange(settings, planned.topic, extent, positions=positions, max_records=batch)


def start(settings: Settings, database: Database, planned: Plan) -> Run:
    """Fix the bounds and store the run."""
    extent = extent_of(settings, planned)
    size = size_of(extent) if planned.path is None else file_size(planned.path)
    written = counting.ends_now(settings, planned.steps)
    with database.write() as connection:
        return runs.start(connection, planned.request.asked, bounds={**written, **extent}, size=size, now=clock.now())


class Job:
    """Works on one run."""

    def __init__(self, settings: Settings, database: Database, run: Run, observer: Observer) -> None:
        self._settings = settings
        self._database = database
        self._run = run
        self._observer = observer
        self._plan = plan(request_of(run.asked))
        self._alive_at = 0.0

    def work(self, *, rate: float | None, workers: int) -> Run:
        """Go on until it has ended or is to stop. The run as it stands then. UsageError when another works on it."""
        with runs.held(self._database, self._run.run_id):
            self._check_file()
            self._set(lambda connection: runs.resume(connection, self._run.run_id, now=clock.now()))
            programs = lane_programs(self._settings, self._plan.steps, workers)
            with self._pausing(), LaneWorkers(programs) as lane:
                self._go(rate, lane)
            return self._run

    def _go(self, rate: float | None, lane: LaneWorkers) -> None:
        def is_stopping() -> bool:
            lane.check()
            return self._observer.is_stopping()

        started = monotonic()
        is_whole = self._feed(rate, is_stopping)
        if not is_whole and self._run.cancel_asked_at is None:
            self._pause("by its operator")
            return
        if not self._settle(is_stopping):
            if self._run.cancel_asked_at is None:
                self._pause("by its operator; all is fed, the lane has not come to its end")
            else:
                self._end(RunStatus.CANCELLED, None)
            return
        is_told = is_whole and self._tell()
        if is_whole and not is_told and self._run.cancel_asked_at is None:
            self._pause("by its operator; all is folded, not all is promoted for the digest")
            return
        told = self._run.counts.get(TOLD, 0)
        report = self._report() | {"told": told, "seconds": round(monotonic() - started, 1)}
        self._end(self._verdict(report, is_whole=is_told), report)

    def _feed(self, rate: float | None, is_stopping: Callable[[], bool]) -> bool:
        request = self._plan.request
        diet = Diet(
            step=self._plan.steps[0],
            last_stage=None if request.last_stage == STEPS[-1].stage else request.last_stage,
            is_taken=request.selection.compile(),
            part=self._plan.path.name if self._plan.path is not None else self._plan.topic.name,
            counts_gaps=self._plan.path is None,
        )
        feeder = Feeder(self._settings, self._database, self._run, diet, rate)

        def on_bad(line: str) -> None:
            feeder.note(BAD)
            self._observer.bad(line)

        source = open_source(
            self._settings, self._plan, self._extent(), run=self._run, on_bad=on_bad, batch=feeder.batch
        )
        try:
            return feeder.feed(source, is_stopping=is_stopping, on_progress=self._on_progress)
        finally:
            source.close()
            feeder.close()

    def _extent(self) -> Extent:
        """The bounds of what is read, among those that were stored."""
        name = self._plan.topic.name
        return {
            topic: dict(parts)
            for topic, parts in self._run.bounds.items()
            if topic == name or topic.startswith(f"{name}@")
        }

    def _settle(self, is_stopping: Callable[[], bool]) -> bool:
        was_cancelled = self._run.cancel_asked_at is not None

        def is_enough() -> bool:
            self._be_alive()
            return is_stopping() or (self._run.cancel_asked_at is not None and not was_cancelled)

        return settle(
            self._settings, self._database, self._plan.steps, is_stopping=is_enough, on_left=self._observer.left
        )

    def _tell(self) -> bool:
        """Promote what the digest is to tell, where one was asked for. False when stopped or cancelled meanwhile."""
        if self._run.asked.notify is not Notify.DIGEST:
            return True

        def on_told(run: Run, left: int) -> None:
            self._run = run
            self._observer.left(DIGEST, left)

        return tell(self._settings, self._database, self._run, is_stopping=self._observer.is_stopping, on_told=on_told)

    def _report(self) -> dict[str, Any]:
        books = Books(self._run.run_id, self._plan.steps)
        books.read(self._settings, self._run.bounds)
        stages = books.results()
        wrong = balance(self._run.counts.get(FED, 0), books.fed, stages)
        return {
            "counts": dict(self._run.counts),
            "stages": stages,
            "alerts": alerts_of(stages),
            "wrong": list(wrong),
            "balanced": not wrong,
            **reported(books.put_aside),
        }

    def _verdict(self, report: dict[str, Any], *, is_whole: bool) -> RunStatus:
        """A run that was cancelled may lack matches; one that is whole has failed when it does."""
        if not report["balanced"] or (is_whole and put_aside_in(report).reasons):
            return RunStatus.FAILED
        return RunStatus.DONE if is_whole else RunStatus.CANCELLED

    def _on_progress(self, run: Run) -> None:
        self._run = run
        self._alive_at = monotonic()
        self._observer.fed(run)

    def _be_alive(self) -> None:
        if monotonic() - self._alive_at >= _ALIVE_EVERY_S:
            self._alive_at = monotonic()
            self._set(lambda connection: runs.advance(connection, self._run.run_id, Progress(), now=clock.now()))

    def _pause(self, note: str) -> None:
        with self._database.write() as connection:
            runs.pause(connection, self._run.run_id, note=note, now=clock.now())
        self._reload()

    def _end(self, status: RunStatus, report: dict[str, Any] | None) -> None:
        with self._database.write() as connection:
            runs.end(connection, self._run.run_id, status, now=clock.now(), note=_note_of(report), report=report)
        self._reload()

    def _reload(self) -> None:
        with self._database.read() as connection:
            self._run = runs.find(connection, self._run.run_id)

    def _set(self, change: Callable[[Any], Run]) -> None:
        with self._database.write() as connection:
            self._run = change(connection)

    def _check_file(self) -> None:
        path = self._plan.path
        if path is not None and file_size(path) != self._run.size:
            raise UsageError(f"{path}: it has changed since run {self._run.run_id} began; replay it anew")

    @contextmanager
    def _pausing(self) -> Iterator[None]:
        """What goes wrong outside leaves the run to be resumed, and says why."""
        try:
            yield
        except TocsinError as error:
            self._pause(str(error))
            raise


def _note_of(report: Mapping[str, Any] | None) -> str | None:
    if report is None:
        return "what was fed is left to the lane"
    lacking = said_of(put_aside_in(report))
    return "; ".join([*report["wrong"], *([lacking] if lacking is not None else [])]) or None
