"""One feed's keeper: asks the feed when it is due, fetches the pages it lists, and remembers both.

The order that loses nothing: new entries are stored as pending, and the store acknowledged, before their pages are
fetched; a page is acknowledged before its entry is moved to seen. A poller killed anywhere between repeats at most what
the records' identifiers absorb. Stores of moved entries are gathered for about a second.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from pipeline import log, metrics
from pipeline.adapters import clock
from pipeline.adapters.http import Fetcher, FetchError, Request, Response
from pipeline.adapters.kafka import Headers, UnsendableError
from pipeline.poller import ledger, pages, verdict
from pipeline.poller.asking import ask
from pipeline.poller.ledger import Intake, Report
from pipeline.poller.publisher import Publisher
from pipeline.poller.reading import FeedReader
from pipeline.poller.verdict import Retry
from pipeline.settings import PollSettings
from pipeline.stages.feeds.schedule import next_attempt
from pipeline.stages.outcome import Drop, DropReason
from pipeline.stages.provenance import STEPS_HEADER, VERSION_HEADER, encode_steps
from pipeline.wording import times
from topics import registry
from topics.records import Feed, FeedState, Mode, PendingEntry, RawPage

_logger = log.get(__name__)

_STORE_EVERY_S = 1.0
# Of one feed; hosts have their own bound. A feed whose entries lead to many hosts gains by more than two.
_PAGES_AT_ONCE = 4
_PAGES_PER_ROUND = 64
_ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"
# The wall clock may be set while we wait; it is looked at again this often.
_LONGEST_SLEEP_S = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What every keeper of a poller shares."""

    settings: PollSettings
    fetcher: Fetcher
    reader: FeedReader
    publisher: Publisher


class Keeper:
    """Keeps one feed for as long as `run` runs."""

    def __init__(self, feed: Feed, partition: int, state: FeedState | None, tools: Tools) -> None:
        self.feed = feed
        """As last read; may be replaced by a newer record of the same feed."""
        self.partition = partition
        self._tools = tools
        self._state = state or FeedState(feed_id=feed.feed_id, url=feed.url)
        self._stored = self._state
        self._storing = asyncio.Lock()
        self._changed = asyncio.Event()
        self._listed = asyncio.Event()
        self._pages = asyncio.Semaphore(_PAGES_AT_ONCE)
        self._sending: set[asyncio.Task[None]] = set()

    @property
    def state(self) -> FeedState:
        """What is remembered now; may be ahead of what is stored."""
        return self._state

    async def run(self) -> None:
        """Keep the feed until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._poll_for_ever())
            group.create_task(self._fetch_for_ever())
            group.create_task(self._store_for_ever())

    async def finish(self) -> None:
        """After `run` was cancelled: return when pages on their way are acknowledged and what is known is stored.

        Cancelled, it lets go of both.
        """
        try:
            if self._sending:
                await asyncio.wait(self._sending)
            await self.store()
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Let go of the pages on their way; whoever has the feed next sends them again."""
        for task in self._sending:
            task.cancel()

    async def store(self) -> None:
        """Return when what is remembered now is acknowledged by Kafka."""
        async with self._storing:
            while self._stored is not self._state:
                state = self._state
                try:
                    await self._tools.publisher.send(registry.FEED_STATES, state, partition=self.partition)
                except UnsendableError as error:
                    _logger.error("feed state too large, halved", feed_id=self.feed.feed_id, error=str(error))
                    self._state = ledger.halve(self._state)
                    if self._state != state:
                        continue
                self._stored = state

    async def _poll_for_ever(self) -> None:
        while True:
            await _sleep_until(self._state.next_poll_at)
            await self._poll()

    async def _poll(self) -> None:
        now = clock.now()
        report = await ask(self.feed, self._state, fetcher=self._tools.fetcher, reader=self._tools.reader)
        intake = self._sort(report, now)
        for entry in intake.too_old:
            await self._record(entry, Drop(DropReason.TOO_OLD, f"published {entry.published_at}"))
        for entry in intake.unusable:
            await self._record(entry, Drop(DropReason.FETCH_FAILED, "the address is too long"))
        # Pages may have ended meanwhile: sort again, against what is remembered now.
        intake = self._sort(report, now)
        self._observe(report, intake, now)
        self._state = ledger.after_poll(self.feed, self._state, report, intake, now=now, settings=self._tools.settings)
        await self.store()
        self._listed.set()

    def _sort(self, report: Report, now: datetime) -> Intake:
        entries = report.parsed.entries if report.parsed is not None else ()
        return ledger.sort_entries(self._state, entries, now=now, settings=self._tools.settings)

    def _observe(self, report: Report, intake: Intake, now: datetime) -> None:
        outcome = ledger.outcome_of(report, intake)
        metrics.POLLS.labels(outcome=outcome.value).inc()
        _logger.debug("polled", feed_id=self.feed.feed_id, outcome=outcome.value, error=report.error)
        if self._state.succeeded_at is None:
            # What a feed lists when it is first read was published before we looked.
            return
        for entry in intake.new:
            if entry.published_at is not None:
                delay_s = max((now - entry.published_at).total_seconds(), 0.0)
                metrics.PUBLISHED_TO_SEEN.labels(mode=Mode.LIVE.value).observe(delay_s)

    async def _fetch_for_ever(self) -> None:
        while True:
            self._listed.clear()
            due = ledger.due_entries(self._state, now=clock.now())[:_PAGES_PER_ROUND]
            if due:
                async with asyncio.TaskGroup() as group:
                    for entry in due:
                        group.create_task(self._end_or_postpone(entry))
            else:
                await self._wait_for_pages()

    async def _wait_for_pages(self) -> None:
        wait = ledger.next_due_in(self._state, now=clock.now())
        try:
            async with asyncio.timeout(None if wait is None else min(wait.total_seconds(), _LONGEST_SLEEP_S)):
                await self._listed.wait()
        except TimeoutError:
            return

    async def _end_or_postpone(self, entry: PendingEntry) -> None:
        async with self._pages:
            retry = await self._fetch(entry)
            if retry is not None:
                retry = await self._postpone_or_give_up(entry, retry)
        if retry is None:
            self._state = ledger.settle(self._state, entry.entry_id)
        self._changed.set()

    async def _fetch(self, entry: PendingEntry) -> Retry | None:
        """Publish the entry's page or its outcome; a Retry when it has neither yet."""
        request = Request(
            url=entry.url, accept=_ACCEPT, media_types=verdict.PAGE_TYPES, obey_robots=self.feed.obey_robots
        )
        try:
            async with self._tools.fetcher.get(request) as response:
                found = verdict.of_response(response)
                if found is None:
                    found = await self._publish(entry, response)
        except FetchError as error:
            found = verdict.of_failure(error)
        _count(found)
        if isinstance(found, Drop):
            await self._record(entry, found)
            return None
        return found

    async def _publish(self, entry: PendingEntry, response: Response) -> Drop | None:
        now = clock.now()
        page = pages.raw_page(entry, response, feed_id=self.feed.feed_id, fetched_at=now)
        headers = [(STEPS_HEADER, encode_steps({pages.STAGE: now}))]
        task = asyncio.create_task(self._send_page(entry, page, headers))
        self._sending.add(task)
        task.add_done_callback(self._sent)
        try:
            # Shielded: a page that is on its way when the feed is given up need not be sent again by its next owner.
            await asyncio.shield(task)
        except UnsendableError as error:
            return Drop(DropReason.BODY_TOO_LARGE, str(error))
        return None

    async def _send_page(self, entry: PendingEntry, page: RawPage, headers: Headers) -> None:
        await self._tools.publisher.send(registry.RAW_PAGES, page, headers=headers)
        self._state = ledger.settle(self._state, entry.entry_id)

    def _sent(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        if not task.cancelled():
            # A page that cannot be sent while the feed is given up: its next owner finds the same and records it.
            task.exception()

    async def _postpone_or_give_up(self, entry: PendingEntry, retry: Retry) -> Retry | None:
        attempts = entry.attempts + retry.is_attempt
        if attempts >= self._tools.settings.max_page_attempts:
            await self._record(entry, Drop(DropReason.FETCH_FAILED, f"{retry.detail}, tried {times(attempts)}"))
            return None
        moment = next_attempt(entry.entry_id, attempts, failed_at=clock.now(), retry_after_s=retry.retry_after_s)
        later = ledger.failed_attempt(entry, retry.detail, next_attempt_at=moment, attempts=attempts)
        self._state = ledger.postpone(self._state, later)
        return retry

    async def _record(self, entry: PendingEntry, drop: Drop) -> None:
        record = pages.outcome(entry, drop, feed_id=self.feed.feed_id)
        headers = [(VERSION_HEADER, pages.VERSION.encode())]
        await self._tools.publisher.send(registry.OUTCOMES, record, headers=headers)
        metrics.RECORDS.labels(
            stage=pages.STAGE, outcome=record.outcome.value, reason=record.reason, mode=record.mode.value
        ).inc()

    async def _store_for_ever(self) -> None:
        while True:
            await self._changed.wait()
            await asyncio.sleep(_STORE_EVERY_S)
            self._changed.clear()
            await self.store()


def _count(found: Drop | Retry | None) -> None:
    if found is None:
        metrics.PAGES.labels(outcome="published").inc()
        metrics.RECORDS.labels(stage=pages.STAGE, outcome="emitted", reason="", mode=Mode.LIVE.value).inc()
        metrics.LAST_RECORD.labels(stage=pages.STAGE).set_to_current_time()
    else:
        metrics.PAGES.labels(outcome=found.reason.value if isinstance(found, Drop) else "retry").inc()


async def _sleep_until(moment: datetime | None) -> None:
    while moment is not None and (wait_s := (moment - clock.now()).total_seconds()) > 0:
        await asyncio.sleep(min(wait_s, _LONGEST_SLEEP_S))
