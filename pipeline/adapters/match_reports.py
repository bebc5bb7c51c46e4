"""The latest report of every match agent that is at work, from any machine."""

import socket
from contextlib import suppress
from datetime import timedelta

from pipeline.adapters import clock
from pipeline.settings import Settings
from topics import codec, registry
from topics.records import MatchReport

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
                # One of an agent of another version is passed over: others can still be told of.
                with suppress(codec.UndecodableError):
                    report: MatchReport = codec.decode(registry.MATCH_REPORTS, record.value)
                    found[report.worker] = report
    finally:
        source.close()
    return [found[worker] for worker in sorted(found)]


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
