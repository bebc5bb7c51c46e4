"""History for watches: what live would have matched, matched now, and folded as history.

One pass over `tagged-articles` for any number of watches. Matches go to the replay lane of `matches`, marked with mode
backfill and the run; the deliverer stores the alerts, marked, and sends none. Progress is stored when the matches of a
stretch are acknowledged, so that a run which was killed goes on there; what it repeats is known by its name.

A watch whose evaluation fails holds up no other: it is put aside, which is stored with the stretch in which that
happened, and the run ends as failed when it has brought the others their history.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from datetime import timedelta
from threading import Event
from typing import Any

from pipeline.adapters import clock
from pipeline.adapters.database import Database, runs
from pipeline.adapters.database.runs import PASSED, Asked, Progress, Run, RunStatus
from pipeline.adapters.kafka import Producer, UnsendableError, headers_of
from pipeline.adapters.ranges import RangeBatch, RangeRecord, TopicRange, bounds_of
from pipeline.errors import TransientError
from pipeline.replay.pacing import LiveGuard
from pipeline.replay.put_aside import put_aside_in, reported, said_of
from pipeline.replay.searching import Searcher
from pipeline.settings import Settings
from pipeline.stages import provenance
from pipeline.stages.match import VERSION
from pipeline.stages.provenance import PutAside
from topics import codec, registry
from topics.records import Actor, Match, Mode, Watch
from topics.spec import Lane

KIND = "watch-backfill"
ARTICLES, MATCHES, UNREADABLE, UNSENDABLE = "articles", "matches", "unreadable", "unsendable"
"""What a run counts."""

_SOURCE = registry.TAGGED_ARTICLES
_SINK = registry.MATCHES.in_lane(Lane.REPLAY)
_STAGE = "match"
_ACKNOWLEDGED_WITHIN_S = 120.0
_LOOK_EVERY_S = 2.0


def asked(watches: Iterable[Watch], *, days: float) -> Asked:
    """The request: these watches as they are now. A changed watch is another request."""
    revisions = {watch.watch_id: watch.revision for watch in watches}
    return Asked(kind=KIND, mode=Mode.BACKFILL, words={"watches": dict(sorted(revisions.items())), "days": days})


def already(all_runs: Iterable[Run]) -> set[tuple[str, int]]:
    """Watches, by id and revision, that were backfilled to the end and not put aside on the way."""
    return {
        (watch_id, revision)
        for run in all_runs
        if run.asked.kind == KIND and run.status in (RunStatus.DONE, RunStatus.FAILED)
        for watch_id, revision in run.asked.words["watches"].items()
        if watch_id not in put_aside_in(run.report).reasons
    }


def begin(settings: Settings, database: Database, watches: Sequence[Watch], *, days: float) -> Run:
    """The run for these watches: one of the same words that has not ended, or a new one. TransientError."""
    wanted = asked(watches, days=days)
    now = clock.now()
    with database.read() as connection:
        unfinished = runs.unfinished(connection, wanted)
    if unfinished is not None:
        return unfinished
    bounds = bounds_of(settings, _SOURCE, since=now - timedelta(days=days))
    size = sum(each.end - each.start for each in bounds.values())
    with database.write() as connection:
        return runs.start(connection, wanted, bounds={_SOURCE.name: bounds}, size=size, now=now)


class Backfill:
    """Works on one run, from where it stands to its end. For one thread."""

    def __init__(
        self, settings: Settings, database: Database, run: Run, *, watches: Sequence[Watch], actors: Sequence[Actor]
    ) -> None:
        self._settings = settings
        self._database = database
        self._run = run
        self._searcher = Searcher(watches, actors, mode=Mode.BACKFILL, run_id=run.run_id)
        self._producer = Producer(settings, linger_ms=20)
        self._live = LiveGuard(settings)

    def work(self, *, is_stopping: Callable[[], bool], on_progress: Callable[[Run], None]) -> Run:
        """Until the end, a cancellation or `is_stopping`; the run as it is then. Whoever calls holds it.

        TransientError leaves it to resume. UsageError when it has ended meanwhile.
        """
        with self._database.write() as connection:
            self._run = runs.resume(connection, self._run.run_id, now=clock.now())
        bounds = self._run.bounds[_SOURCE.name]
        source = TopicRange(self._settings, _SOURCE, bounds, positions=dict(self._run.positions))
        try:
            for batch in source.batches():
                counts = self._send(batch)
                self._store(Progress(positions=batch.positions, counts=counts, report=self._report()))
                on_progress(self._run)
                self._let_live_go_first(is_stopping, on_progress)
                if self._run.cancel_asked_at is not None or is_stopping():
                    break
        finally:
            source.close()
        return self._settled()

    def close(self) -> None:
        """Close the clients."""
        self._producer.close(5.0)
        self._live.close()

    def _let_live_go_first(self, is_stopping: Callable[[], bool], on_progress: Callable[[Run], None]) -> None:
        """Wait while live work lags by more than the operator allows."""
        while not is_stopping() and self._run.cancel_asked_at is None and (reason := self._behind()) is not None:
            self._store(Progress(note=f"waits: {reason}"))
            on_progress(self._run)
            Event().wait(_LOOK_EVERY_S)

    def _behind(self) -> str | None:
        try:
            return self._live.behind()
        except TransientError:
            # A group nobody has joined yet has no offsets; a broker that is away fails what is sent.
            return None

    def _send(self, batch: RangeBatch) -> Counter[str]:
        """Match and send, and wait for all acknowledgements. What the batch came to."""
        unreadable = self._searcher.undecodable
        sent = [self._send_one(record, match) for record in batch.records for match in self._searcher.search(record)]
        self._producer.flush(_ACKNOWLEDGED_WITHIN_S)
        refused = sum(_is_refused(future) for future in sent)
        return Counter(
            {
                PASSED: batch.passed,
                ARTICLES: len(batch.records),
                MATCHES: len(sent) - refused,
                UNREADABLE: self._searcher.undecodable - unreadable,
                UNSENDABLE: refused,
            }
        )

    def _send_one(self, record: RangeRecord, match: Match) -> "Future[None]":
        received = headers_of(list(record.headers))
        place = f"{_SOURCE.name}/{record.partition}/{record.offset}"
        marks = {provenance.RUN_HEADER: self._run.run_id, provenance.REPLAYS_HEADER: place}
        steps = provenance.decode_steps(received.get(provenance.STEPS_HEADER)) | {_STAGE: clock.now()}
        headers = provenance.outcome_headers(place, VERSION, received | marks)
        encoded = [(name, value.encode()) for name, value in headers.items()]
        encoded.append((provenance.STEPS_HEADER, provenance.encode_steps(steps)))
        value = codec.encode(_SINK, match)
        return self._producer.send_bytes(_SINK, key=_SINK.key_of(match), value=value, headers=encoded)

    def _report(self) -> dict[str, Any] | None:
        """With what was found in an earlier part of the run, by a process that was killed."""
        found = {fault.watch_id: fault.reason for fault in self._searcher.faults}
        return reported(PutAside({**put_aside_in(self._run.report).reasons, **found})) if found else None

    def _store(self, progress: Progress) -> None:
        with self._database.write() as connection:
            self._run = runs.advance(connection, self._run.run_id, progress, now=clock.now())

    def _settled(self) -> Run:
        run, now = self._run, clock.now()
        aside = put_aside_in(run.report)
        with self._database.write() as connection:
            if run.passed >= run.size:
                status = RunStatus.FAILED if aside.reasons else RunStatus.DONE
                runs.end(connection, run.run_id, status, now=now, note=said_of(aside), report=run.report)
            elif run.cancel_asked_at is not None:
                runs.end(connection, run.run_id, RunStatus.CANCELLED, now=now, report=run.report)
            else:
                runs.pause(connection, run.run_id, note="stopped by its operator", now=now)
            return runs.find(connection, run.run_id)


def _is_refused(sent: "Future[None]") -> bool:
    """The broker will never take it. TransientError when it may yet."""
    try:
        sent.result(_ACKNOWLEDGED_WITHIN_S)
    except UnsendableError:
        return True
    except TimeoutError as error:
        raise TransientError("the broker has not acknowledged what was found") from error
    return False
