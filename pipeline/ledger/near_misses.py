"""The stored watches that come nearest to an article, and the clauses they fail by."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from time import monotonic

from pipeline.ledger.explanation import NearMiss
from pipeline.stages.match import QueryError, WatchIndex, parse_query
from pipeline.stages.match.engine.confirming import FAILURES, failure, too_much
from pipeline.stages.match.exact.reading import Reading, read
from pipeline.stages.match.exact.work import MOST_STEPS, TooMuchError
from pipeline.stages.match.nearness import judge
from topics.records import Actor, TaggedArticle, Watch

SHOWN = 5
_WITHIN_S = 10.0
_STEPS = 3 * MOST_STEPS
"""A query is judged part by part, and some of them again as a whole."""


def nearest(
    tagged: TaggedArticle, watches: Iterable[Watch], actors: Iterable[Actor], *, matched: Collection[str]
) -> tuple[tuple[NearMiss, ...], int]:
    """The nearest of the watches in force that are not `matched`, and how many were looked at within some seconds."""
    reading = _reading(tagged, actors)
    until = monotonic() + _WITHIN_S
    found: list[NearMiss] = []
    looked_at = 0
    for watch in watches:
        if monotonic() > until:
            break
        looked_at += 1
        if watch.enabled and watch.watch_id not in matched:
            found += _judged(watch, reading)
            found = sorted(found, key=_farness)[:SHOWN]
    return tuple(one for one in found if one.satisfied or one.error), looked_at


def judged(tagged: TaggedArticle, watch: Watch, actors: Iterable[Actor]) -> tuple[NearMiss, ...]:
    """That one watch against the article, near or not; nothing for a query that cannot be read."""
    return tuple(_judged(watch, _reading(tagged, actors)))


def _reading(tagged: TaggedArticle, actors: Iterable[Actor]) -> Reading:
    index = WatchIndex()
    for actor in actors:
        index.put_actor(actor)
    return read(tagged, names_of=index.names_of)


def _judged(watch: Watch, reading: Reading) -> list[NearMiss]:
    try:
        query = parse_query(watch.query)
    except QueryError:
        return []
    miss = NearMiss(
        watch_id=watch.watch_id,
        name=watch.name,
        satisfied=(),
        failed=(),
        revised_at=watch.updated_at,
        is_enabled=watch.enabled,
    )
    reading.work.begin(_STEPS)
    try:
        found = judge(query, reading)
    except TooMuchError:
        return [replace(miss, error=too_much(reading.article))]
    except FAILURES as error:
        return [replace(miss, error=failure(error))]
    return [replace(miss, satisfied=found.satisfied, failed=found.failed)]


def _farness(miss: NearMiss) -> tuple[float, int, str]:
    """Near is what lacks the smallest share, then the fewest clauses."""
    required = len(miss.satisfied) + len(miss.failed)
    return len(miss.failed) / max(required, 1), len(miss.failed), miss.watch_id
