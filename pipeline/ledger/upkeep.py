"""What the ledger does besides reading: says how things stand in its metrics, and removes what is too old."""

from collections import Counter
from datetime import timedelta
from threading import Event, Lock
from time import monotonic

from pipeline import log, metrics
from pipeline.adapters import clock
from pipeline.adapters.compacted import Change, CompactedView
from pipeline.adapters.database import Database, dead_letters, exclusive_if_free, feed_volumes, pruning
from pipeline.adapters.database.auditing import Cohort
from pipeline.adapters.trouble import Trouble
from pipeline.errors import TransientError
from pipeline.ledger import feed_health
from pipeline.ledger.audit import audit
from pipeline.ledger.feed_health import Polls
from pipeline.settings import LedgerSettings, Settings
from pipeline.stages import volume
from pipeline.stages.provenance import STAGES
from topics import registry
from topics.records import Feed

_LOOK_EVERY_S = 60.0
_AUDIT_EVERY_S = 600.0
_PRUNE_EVERY_S = 3600.0
_AUDITED = timedelta(days=1)
_logger = log.get(__name__)


class FeedBook:
    """The feeds and their polls as they stand now, followed in their topics; of a state only a little is kept."""

    def __init__(self, settings: Settings) -> None:
        self._lock = Lock()
        self._feeds: dict[str, Feed] = {}
        self._polls: dict[str, Polls] = {}
        self._views = (
            CompactedView(settings, registry.FEEDS, self._on_feeds),
            CompactedView(settings, registry.FEED_STATES, self._on_states),
        )

    def start(self) -> None:
        """Read both topics whole and follow them. UnavailableError when they cannot be read."""
        for view in self._views:
            view.start()

    def stop(self) -> None:
        """Follow them no longer."""
        for view in self._views:
            view.stop()

    def now(self) -> tuple[list[Feed], dict[str, Polls]]:
        """The feeds, and what is remembered of their polls."""
        with self._lock:
            return list(self._feeds.values()), dict(self._polls)

    def _on_feeds(self, changes: list[Change]) -> None:
        with self._lock:
            for feed_id, feed in changes:
                self._feeds.pop(feed_id, None)
                if feed is not None:
                    self._feeds[feed_id] = feed

    def _on_states(self, changes: list[Change]) -> None:
        with self._lock:
            self._polls.update(
                {feed_id: feed_health.polls_of(state) for feed_id, state in changes if state is not None}
            )


class UpkeepLoop:
    """Looks round until told to stop, on one thread."""

    def __init__(self, settings: Settings, database: Database, feeds: FeedBook, *, stopping: Event) -> None:
        self._settings = settings.ledger
        self._database = database
        self._feeds = feeds
        self._stopping = stopping
        self._trouble = Trouble("the ledger's upkeep")
        self._audited_at: float | None = None
        self._pruned_at: float | None = None

    def run(self) -> None:
        """Look round until `stopping` is set; a database that is away is waited for."""
        while not self._stopping.is_set():
            try:
                self._look()
                self._trouble.worked()
            except TransientError as error:
                self._trouble.failed(error)
            self._stopping.wait(_LOOK_EVERY_S)

    def _look(self) -> None:
        self._judge_feeds()
        with self._database.read() as connection:
            waiting = dead_letters.open_by_stage(connection)
        for stage in STAGES[1:]:
            metrics.OPEN_DEAD_LETTERS.labels(stage=stage).set(waiting.get(stage, 0))
        if _is_due(self._audited_at, _AUDIT_EVERY_S):
            self._audit()
            self._audited_at = monotonic()
        if _is_due(self._pruned_at, _PRUNE_EVERY_S):
            removed = prune(self._database, self._settings, stopping=self._stopping)
            if removed:
                _logger.info("old rows removed", **removed)
            self._pruned_at = monotonic()

    def _judge_feeds(self) -> None:
        feeds, polls = self._feeds.now()
        with self._database.read() as connection:
            hours = feed_volumes.of_feeds(connection, window=volume.WINDOW)
        found = feed_health.unwell(feeds, polls, hours, now=clock.now(), settings=self._settings)
        counts = Counter(one.trouble for one in found)
        metrics.QUIET_FEEDS.set(counts[feed_health.Trouble.QUIET])
        metrics.FAILING_FEEDS.set(counts[feed_health.Trouble.FAILING])

    def _audit(self) -> None:
        now = clock.now()
        with self._database.read() as connection:
            account = audit(connection, Cohort(since=now - _AUDITED), now=now, grace=self._settings.grace)
        missing = sum(stage.missing for stage in account.stages)
        metrics.AUDIT_FINDINGS.labels(finding="missing").set(missing)
        metrics.AUDIT_FINDINGS.labels(finding="contradicted").set(len(account.contradicted))
        if missing:
            _logger.error("records without an end: see `tocsin audit`", records=missing)


def prune(database: Database, settings: LedgerSettings, *, stopping: Event) -> Counter[str]:
    """Remove what is older than the settings keep; how many rows of each table. Nothing while another process does."""
    removed: Counter[str] = Counter()
    now = clock.now()
    with exclusive_if_free(database, "prune") as is_held:
        if not is_held:
            return removed
        steps = pruning.prune(database, outcomes_before=now - settings.keep, alerts_before=now - settings.keep_alerts)
        for table, rows in steps:
            removed[table] += rows
            if stopping.is_set():
                break
    return removed


def _is_due(before: float | None, every_s: float) -> bool:
    return before is None or monotonic() - before >= every_s
