"""Promotes the new alerts of a run for its digest, some at a time, so that live work never waits long for the database.

The deliverer makes the deliveries when the run has ended or stopped: `pipeline/adapters/database/digests.py`.
"""

from collections.abc import Callable
from threading import Event
from time import monotonic

from pipeline.adapters import clock
from pipeline.adapters.database import Database, digests, runs
from pipeline.adapters.database.runs import Progress, Run
from pipeline.settings import Settings

DIGEST = "digest"
"""What is left to be promoted."""
TOLD = "told"
"""The count of alerts in the digest of a run."""


def tell(
    settings: Settings,
    database: Database,
    run: Run,
    *,
    is_stopping: Callable[[], bool],
    on_told: Callable[[Run, int], None],
) -> bool:
    """Promote all that nobody was told of. False when stopped, or cancelled, before the end.

    `on_told` gets the run as it is after each transaction, and how many alerts are left. What it has promoted is
    stored with the run's count of it: a run that is resumed goes on with the others.
    """
    after = 0
    with database.read() as connection:
        left = digests.count(connection, run.run_id)
    while True:
        began = monotonic()
        run, done = _promote(settings, database, run, after)
        after, left, is_whole = done.last, left - done.judged, done.judged == 0
        on_told(run, max(0, left))
        if is_whole or is_stopping() or run.cancel_asked_at is not None:
            return is_whole
        # Others have the database for as long as this had it.
        Event().wait(monotonic() - began)


def _promote(settings: Settings, database: Database, run: Run, after: int) -> tuple[Run, digests.Slice]:
    window, now = settings.deliver.story_window, clock.now()
    with database.write() as connection:
        done = digests.promote(connection, run.run_id, after=after, story_window=window, now=now)
        progress = Progress(counts={TOLD: done.told})
        return runs.advance(connection, run.run_id, progress, now=now), done
