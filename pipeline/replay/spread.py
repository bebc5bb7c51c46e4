"""One search over a topic's partitions in several processes: what each finds, as it finds it."""

import multiprocessing
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from time import monotonic

from pipeline.adapters.ranges import Bounds, TopicRange
from pipeline.errors import TransientError
from pipeline.replay.searching import Searcher
from pipeline.settings import Settings
from topics import registry
from topics.records import Actor, Match, Watch

Window = Mapping[int, Bounds]
"""A stretch of time, as offsets by partition."""

# Starting a process takes as long as searching so many articles.
_WORTH_A_PROCESS = 15_000
_JOIN_S = 5.0
# Between two looks at the clock: a query that matches everything takes milliseconds an article.
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Searched:
    """Some records that were searched."""

    window: int
    passed: int
    articles: int
    undecodable: int
    matches: tuple[Match, ...]
    failure: str | None = None
    """Why the watch was put aside and the search ended here."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is searched for, and where. Windows are searched in their order."""

    settings: Settings
    watch: Watch
    actors: tuple[Actor, ...]
    windows: tuple[Window, ...]


def search(question: Question, *, processes: int, until: float) -> Iterator[Searched]:
    """What is found until all was searched or the time (`monotonic`) is up. TransientError when the broker is away."""
    shares = _shares(question, processes)
    if len(shares) <= 1:
        for share in shares:
            yield from _within(_search(share), until)
        return
    context = multiprocessing.get_context("spawn")
    children = []
    try:
        for share in shares:
            receiving, sending = context.Pipe(duplex=False)
            child = context.Process(target=_answer, args=(share, sending), daemon=True)
            child.start()
            sending.close()
            children.append((child, receiving))
        yield from _collect([receiving for _, receiving in children], until)
    finally:
        for child, receiving in children:
            receiving.close()
            child.terminate()
        for child, _ in children:
            child.join(_JOIN_S)


def _shares(question: Question, processes: int) -> list[Question]:
    """The question's partitions dealt out, as evenly as their sizes allow."""
    sizes: dict[int, int] = {}
    for window in question.windows:
        for number, bounds in window.items():
            sizes[number] = sizes.get(number, 0) + bounds.end - bounds.start
    numbers = sorted((number for number, size in sizes.items() if size), key=lambda number: -sizes[number])
    count = max(1, min(processes, len(numbers), sum(sizes.values()) // _WORTH_A_PROCESS))
    dealt: list[list[int]] = [[] for _ in range(count)]
    for number in numbers:
        min(dealt, key=lambda share: sum(sizes[one] for one in share)).append(number)
    return [_only(question, share) for share in dealt if share]


def _only(question: Question, numbers: Sequence[int]) -> Question:
    windows = tuple({number: window[number] for number in numbers if number in window} for window in question.windows)
    return Question(question.settings, question.watch, question.actors, windows)


def _search(question: Question) -> Iterator[Searched]:
    searcher = Searcher([question.watch], question.actors)
    for number, window in enumerate(question.windows):
        source = TopicRange(question.settings, registry.TAGGED_ARTICLES, window, max_records=_AT_ONCE)
        try:
            for batch in source.batches():
                before = searcher.undecodable
                matches = tuple(match for record in batch.records for match in searcher.search(record))
                unread = searcher.undecodable - before
                failure = next((fault.reason for fault in searcher.faults), None)
                yield Searched(number, batch.passed, len(batch.records), unread, matches, failure)
                if failure is not None:
                    return
        finally:
            source.close()


def _answer(question: Question, sending: Connection) -> None:
    """In a child: send what is found, then nothing, or the failure."""
    with suppress(BrokenPipeError, KeyboardInterrupt):
        try:
            for found in _search(question):
                sending.send(found)
            sending.send(None)
        except TransientError as error:
            sending.send(str(error))


def _collect(open_: list[Connection], until: float) -> Iterator[Searched]:
    while open_:
        ready = wait(open_, timeout=max(0.0, until - monotonic()))
        if not ready:
            return
        for receiving in ready:
            assert isinstance(receiving, Connection)
            try:
                found = receiving.recv()
            except EOFError as error:
                raise TransientError("a searching process died") from error
            if isinstance(found, str):
                raise TransientError(found)
            if found is None:
                open_.remove(receiving)
            else:
                yield found


def _within(found: Iterator[Searched], until: float) -> Iterator[Searched]:
    for one in found:
        yield one
        if monotonic() >= until:
            return
