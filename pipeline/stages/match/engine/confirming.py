"""Watches evaluated exactly, each within bounds of its own: none delays the others for long, none brings them down.

1. What a query raises counts against it alone: it is put aside at once, and does not match.
2. One that looks at more in one article than a query may is given up there, whether it holds or not, and put aside.
   What is looked at is counted, so that this is the same on every machine.
3. Where a clock is given, a query is timed. Where others wait behind it, and it is over the budget again and again, it
   is put aside. One that is over it once in a while is not: a machine may be busy with something else.
4. What was put aside stays so until its owner changes it. It is told why.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from pipeline.stages.match.exact.evaluate import hits, holds
from pipeline.stages.match.exact.reading import Reading
from pipeline.stages.match.exact.work import MOST_STEPS, TooMuchError
from pipeline.stages.match.language.query import Query
from topics.records import Article, Hit, Watch, WatchFault

_BUDGET_NS = 50_000_000
"""The costliest query the language allows takes a few milliseconds on a long article."""
_STRIKES = 5
_FORGIVEN = 20
"""Evaluations within the budget that make up for one over it."""
TOO_MUCH = "there was more to look at than a watch may in"
"""Begins the reason why a watch was given up; behind it the article's address."""
_LONGEST_ADDRESS = 200

FAILURES = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What evaluating can raise; memory at its end is the process's matter."""


@dataclass(slots=True)
class Timing:
    """What a watch has cost the exact evaluator."""

    evaluations: int = 0
    nanoseconds: int = 0
    strikes: int = 0
    within: int = 0


@dataclass(slots=True)
class Confirmer:
    """Evaluates queries, and remembers what each cost and which were put aside. For one thread."""

    clock_ns: Callable[[], int] | None = None
    """A clock that only goes forward."""
    puts_slow_aside: bool = True
    """Not for history, where nothing waits behind a slow one."""
    aside: dict[str, WatchFault] = field(default_factory=dict)
    """Why, by the ids of the watches that were put aside."""
    timings: dict[str, Timing] = field(default_factory=dict)

    def hits(self, watch: Watch, query: Query, reading: Reading) -> tuple[Hit, ...] | WatchFault | None:
        """Where the query stands in the article; None when it does not hold; the fault of one that is put aside."""
        fault = self.aside.get(watch.watch_id)
        if fault is not None:
            return fault
        started = self._now()
        reading.work.begin(MOST_STEPS)
        try:
            found = hits(query, reading) if holds(query.tree, reading) else None
        except TooMuchError:
            return self.give_up(watch, reading.article)
        except FAILURES as error:
            return self._put_aside(watch, failure(error))
        self._count(watch, self._now() - started)
        return found

    def give_up(self, watch: Watch, article: Article) -> WatchFault:
        """The watch has looked at as much in the article as it may, and is put aside."""
        return self._put_aside(watch, too_much(article))

    def forget(self, watch_id: str) -> None:
        """The watch was changed or removed."""
        self.aside.pop(watch_id, None)
        self.timings.pop(watch_id, None)

    def _now(self) -> int:
        return 0 if self.clock_ns is None else self.clock_ns()

    def _count(self, watch: Watch, nanoseconds: int) -> None:
        timing = self.timings.setdefault(watch.watch_id, Timing())
        timing.evaluations += 1
        timing.nanoseconds += nanoseconds
        if nanoseconds <= _BUDGET_NS:
            timing.within += 1
            if timing.within >= _FORGIVEN:
                timing.strikes, timing.within = max(0, timing.strikes - 1), 0
            return
        timing.strikes, timing.within = timing.strikes + 1, 0
        if self.puts_slow_aside and timing.strikes >= _STRIKES:
            often = f"{timing.strikes} times"
            self._put_aside(watch, f"took more than {_BUDGET_NS / 1e6:.0f} ms for an article {often}; make it narrower")

    def _put_aside(self, watch: Watch, reason: str) -> WatchFault:
        fault = WatchFault(watch_id=watch.watch_id, revision=watch.revision, reason=reason)
        self.aside[watch.watch_id] = fault
        return fault


def too_much(article: Article) -> str:
    """What a watch is put aside for that has looked at as much in the article as it may."""
    address = article.url if len(article.url) <= _LONGEST_ADDRESS else f"{article.url[:_LONGEST_ADDRESS]}…"
    return f"{TOO_MUCH} {address}; make it narrower: fewer NEAR, phrases and wildcards"


def failure(error: Exception) -> str:
    """What a watch is put aside for when evaluating it raises one of `FAILURES`."""
    return f"evaluating it failed: {type(error).__name__}: {error}"
