"""The latest report of every match agent that is at work, from any machine, and the watches these have put aside."""

import socket
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import timedelta

from pipeline.adapters import clock
from pipeline.errors import TocsinError
from pipeline.settings import Settings
from topics import codec, registry
from topics.records import MatchReport, WatchFault

_AT_WORK = timedelta(seconds=90)
"""An agent reports every half minute; one that was not heard for three times as long is gone."""


def latest(settings: Settings) -> list[MatchReport]:
    """By worker. UnavailableError without a broker; UsageError when the topic was never created."""
    # Late: whoever finds no broker reachable starts without Kafka's client.
    from pipeline.adapters.ranges import TopicRange, bounds_of

    bounds = bounds_of(settings, registry.MATCH_REPORTS, since=clock.now() - _AT_WORK)
    source = TopicRange(settings, registry.MATCH_REPORTS, bounds)
    found: dict[str, MatchReport] = {}
    try:
        for batch in source.batches():
            for record in batch.records:
                if record.value is None:
                    # It has stopped.
                    found.pop((record.key or b"").decode("utf-8", "replace"), None)
                    continue
                # One of an agent of another version is passed over: others can still be told of.
                with suppress(codec.UndecodableError):
                    report: MatchReport = codec.decode(registry.MATCH_REPORTS, record.value)
                    found[report.worker] = report
    finally:
        source.close()
    return [found[worker] for worker in sorted(found)]


def faults_of(reports: Iterable[MatchReport]) -> dict[str, WatchFault]:
    """The faults of the newest revision of each watch that an agent has put aside, by the watches' ids."""
    found: dict[str, WatchFault] = {}
    for fault in (fault for report in reports for fault in report.faults):
        known = found.get(fault.watch_id)
        if known is None or (fault.revision or 0) > (known.revision or 0):
            found[fault.watch_id] = fault
    return found


def reasons(faults: Mapping[str, WatchFault], revisions: Mapping[str, int]) -> dict[str, str]:
    """Why, by the ids of those of the watches that are put aside as they are now.

    A fault of a former revision is no fault of the watch, though an agent may tell of it for a while.
    """
    return {
        watch_id: fault.reason
        for watch_id, revision in revisions.items()
        if (fault := faults.get(watch_id)) is not None and fault.revision in (None, revision)
    }


def put_aside(settings: Settings, revisions: Mapping[str, int]) -> dict[str, str]:
    """The `reasons` that the agents at work report for these watches; none where there is no broker to ask."""
    if not revisions or not is_reachable(settings):
        return {}
    try:
        return reasons(faults_of(latest(settings)), revisions)
    except TocsinError:
        return {}


def is_reachable(settings: Settings) -> bool:
    """Whether something listens where the broker should be, asked for a second at most."""
    for address in settings.bootstrap.split(","):
        host, _, port = address.strip().rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=1.0).close()
        except (OSError, ValueError):
            continue
        return True
    return False
