"""How records ended, and how the watches fare."""

from dataclasses import dataclass
from datetime import datetime

from topics.records.aware import Aware
from topics.records.kinds import LIVE_RUN, Mode, OutcomeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedOutcome:
    """How a page or record ended at a stage without an output."""

    outcome_id: str
    """Digest of stage, page, version, run (and watch, where there is one)."""
    stage: str
    outcome: OutcomeKind
    reason: str
    page_id: str
    url: str
    version_id: str | None = None
    """None where no body was had."""
    feed_id: str | None = None
    watch_id: str | None = None
    detail: str | None = None
    mode: Mode = Mode.LIVE
    run_id: str = LIVE_RUN


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchCost:
    """What a watch has cost a match agent since it came into force there."""

    watch_id: str
    evaluations: int
    """Articles it was tried on."""
    seconds: float
    """Of the processor's; those of the compiled engine are estimated from every sixteenth article."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchFault:
    """A watch that was to be in force and does not match."""

    watch_id: str
    reason: str
    """For its owner."""
    revision: int | None = None
    """Of the watch for which that holds: a later one has been changed. None where its record does not tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchReport(Aware):
    """How the watches fare in one match agent."""

    worker: str
    """Host and process of the agent."""
    at: datetime
    started_at: datetime
    is_compiled: bool
    """Whether it matches with the compiled kernel."""
    articles: int
    """Matched since it started."""
    watches: int
    """In force."""
    costs: tuple[WatchCost, ...] = ()
    """Of the watches that cost most, the costliest first."""
    faults: tuple[WatchFault, ...] = ()
