"""A shadow upgrade: the stages as they are here, over raw pages of a range, beside what was stored. Writes nothing.

1. Of a range, in topic and archive, a sample is taken by the digest of each page version: the same pages every time.
2. Each goes through clean (in child processes with a deadline, as the clean agent does it), tag and match, with the
   actors and watches in force.
3. What the live topics hold of the same versions is read, and both are compared (`differences`).
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter
from typing import TypeVar

from pipeline.adapters.archive import HistoryRange, bounds_of
from pipeline.adapters.archive.history import size_of
from pipeline.adapters.pool import StagePool
from pipeline.adapters.ranges import RangeRecord
from pipeline.replay.accounts import Accounts, place_of
from pipeline.replay.differences import EMITTED, Account, Differences
from pipeline.settings import Settings
from pipeline.stages.clean import clean, load
from pipeline.stages.match import QueryError, WatchIndex, match
from pipeline.stages.outcome import Drop, Emit, Outcome, Reject, RejectReason
from pipeline.stages.tag import ActorIndex, tag
from topics import codec, registry
from topics.records import Actor, Article, Match, Mode, RawPage, TaggedArticle, Watch

_VERSION_SPACE = 1 << 32
A = TypeVar("A")
B = TypeVar("B")


@dataclass(frozen=True, slots=True)
class Stages:
    """The stages on trial; those of this code unless told otherwise. `clean` runs in children: give one by its name."""

    clean: Callable[[RawPage], Outcome[Article]] = clean
    tag: Callable[..., Outcome[TaggedArticle]] = tag
    match: Callable[..., Outcome[Match]] = match


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to compare."""

    actors: Sequence[Actor]
    watches: Sequence[Watch]
    since: datetime | None = None
    until: datetime | None = None
    sample: int = 0
    """About so many page versions; 0 takes all."""
    stages: Stages = field(default_factory=Stages)


def compare(
    settings: Settings, wanted: Wanted, *, on_progress: Callable[[int, int], None] | None = None
) -> Differences:
    """The differences over the range. `on_progress` is told offsets passed, of how many.

    UnavailableError without a broker, TransientError when it or the archive goes away, BrokenArchiveError.
    """
    with ExitStack() as stack:
        trial = _Trial(settings, wanted, stack)
        extent = bounds_of(settings, registry.RAW_PAGES, since=wanted.since, until=wanted.until)
        size = size_of(extent)
        source = HistoryRange(settings, registry.RAW_PAGES, extent, max_records=500)
        stack.callback(source.close)
        share = 1.0 if not wanted.sample else min(1.0, wanted.sample / max(1, size))
        passed = 0
        for batch in source.batches():
            trial.run(batch.records, share)
            passed += batch.passed
            if on_progress is not None:
                on_progress(passed, size)
        return trial.differences()


class _Trial:
    """Runs the stages and keeps what they make until it is compared."""

    def __init__(self, settings: Settings, wanted: Wanted, stack: ExitStack) -> None:
        self._settings = settings
        self._wanted = wanted
        self._actors = ActorIndex(wanted.actors)
        self._watches = _index(wanted)
        self._pool: StagePool[RawPage, Article] = StagePool(wanted.stages.clean, settings.work, load=load)
        stack.callback(self._pool.close)
        self._loop = stack.enter_context(asyncio.Runner())
        self._loop.run(self._pool.warm_up())
        self._made: dict[str, Account] = {}
        self._urls: dict[str, str] = {}
        self._places: dict[str, str] = {}

    def run(self, records: Sequence[RangeRecord], share: float) -> None:
        """Run the pages of a sample through the stages, each version once."""
        pages: dict[str, RawPage] = {}
        for record in records:
            page = _page(record)
            if page is None or not _is_taken(page, share):
                continue
            version = page.origin.version_id
            self._places[place_of(self._settings, record)] = version
            if version not in self._made:
                pages[version] = page
                self._urls[version] = page.origin.url
        self._made |= self._loop.run(self._run_all(pages))

    def differences(self) -> Differences:
        """Everything run so far beside what is stored of it."""
        actors = {actor.actor_id: actor for actor in self._wanted.actors}
        watches = {watch.watch_id: watch for watch in self._wanted.watches}
        aside = {fault.watch_id: fault.reason for fault in self._watches.faults()}
        found = Differences(actors, watches, put_aside=aside)
        accounts = Accounts(self._settings, self._made, places=self._places)
        accounts.read(self._wanted.since)
        for version, now in self._made.items():
            found.add(self._urls[version], accounts.of(version), now)
        return found

    async def _run_all(self, pages: Mapping[str, RawPage]) -> dict[str, Account]:
        at_once = asyncio.Semaphore(self._settings.work.pool_processes)

        async def one(page: RawPage) -> Account:
            async with at_once:
                return await self._run_one(page)

        return dict(zip(pages, await asyncio.gather(*map(one, pages.values())), strict=True))

    async def _run_one(self, page: RawPage) -> Account:
        started = perf_counter()
        try:
            cleaned = await self._pool.run(page)
        except Exception as error:  # noqa: BLE001  # what is on trial may raise anything, as in the shell
            cleaned = Reject(RejectReason.UNEXPECTED, repr(error))
        seconds = {"clean": perf_counter() - started}
        if not isinstance(cleaned, Emit):
            return Account(end=_end(cleaned), seconds=seconds)
        tagged = _timed("tag", seconds, lambda: self._wanted.stages.tag(cleaned.records[0], actors=self._actors))
        if not isinstance(tagged, Emit):
            return Account(end=f"tag {_end(tagged)}", seconds=seconds)
        article = tagged.records[0]
        matched = _timed("match", seconds, lambda: self._wanted.stages.match(article, watches=self._watches))
        if isinstance(matched, Reject):
            return Account(end=f"match {_end(matched)}", tagged=article, seconds=seconds)
        watches = frozenset(one.watch_id for one in matched.records) if isinstance(matched, Emit) else frozenset()
        return Account(end=EMITTED, tagged=article, watches=watches, seconds=seconds)


def _index(wanted: Wanted) -> WatchIndex:
    index = WatchIndex()
    for actor in wanted.actors:
        index.put_actor(actor)
    for watch in wanted.watches:
        # As in live work, one that cannot be read is not in force and keeps no other from it.
        with suppress(QueryError):
            index.put(watch)
    return index


def _page(record: RangeRecord) -> RawPage | None:
    """The live page in the record; what is none was a dead letter then, and is one now."""
    try:
        page: RawPage = codec.decode(registry.RAW_PAGES, record.value)
    except codec.UndecodableError:
        return None
    return page if page.origin.mode is Mode.LIVE else None


def _is_taken(page: RawPage, share: float) -> bool:
    return int(page.origin.version_id[:8], 16) < share * _VERSION_SPACE


def _timed(stage: str, seconds: dict[str, float], work: Callable[[], Outcome[B]]) -> Outcome[B]:
    started = perf_counter()
    try:
        return work()
    except Exception as error:  # noqa: BLE001  # what is on trial may raise anything, as in the shell
        return Reject(RejectReason.UNEXPECTED, repr(error))
    finally:
        seconds[stage] = perf_counter() - started


def _end(outcome: Drop | Reject) -> str:
    if isinstance(outcome, Drop):
        return f"{outcome.reason.kind.value} {outcome.reason.value}"
    return f"rejected {outcome.reason.value}"
