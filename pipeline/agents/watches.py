"""The watches a worker holds: compiled from compacted topics, whole before the first record, live after."""

import asyncio
import gc
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from pipeline import metrics
from pipeline.adapters import clock
from pipeline.adapters.compacted import Change, CompactedView, Connect, OnFailure, Unreadable
from pipeline.adapters.kafka import follower
from pipeline.settings import Settings
from pipeline.stages.match import QueryError, WatchIndex
from topics import registry
from topics.codec import UndecodableError, decode_part
from topics.records import Watch
from topics.spec import Lane

_LOADING_S = 600.0
"""A hundred thousand watches take about ten seconds on one core."""


class Watches:
    """The watches in force, for matching. Changes are applied on the event loop, between two records.

    `on_failure` is called when changes no longer reach the index, and has to end the process.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        on_failure: OnFailure,
        lane: Lane = Lane.LIVE,
        connect: Connect = follower,
    ) -> None:
        """Slow watches are put aside for the sake of live work alone: nothing waits behind them in the replay lane."""
        self._on_failure = on_failure
        # Processor time, not the clock's: a busy machine is no watch's fault.
        self.index = WatchIndex(clock_ns=clock.spent_ns, puts_slow_aside=lane is Lane.LIVE)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._actors = CompactedView(settings, registry.ACTORS, self._on_actors, on_failure=on_failure, connect=connect)
        self._watches = CompactedView(
            settings,
            registry.WATCHES,
            self._on_watches,
            on_failure=on_failure,
            connect=connect,
            tells_unreadable=True,
        )

    def start(self) -> None:
        """Read all actors, then all watches: a watch may name an actor."""
        # What is made now stays for good. Looking through it for garbage, while it grows or ever after, would take a
        # fifth of the time here and halt matching for tens of milliseconds later.
        gc.disable()
        try:
            self._actors.start()
            self._watches.start(timeout_s=_LOADING_S)
        finally:
            gc.enable()
        gc.freeze()

    def follow_on(self, loop: asyncio.AbstractEventLoop) -> None:
        """From now on apply changes on that loop, which is the one that matches."""
        self._loop = loop

    def stop(self) -> None:
        """End the threads."""
        self._watches.stop()
        self._actors.stop()

    def _on_actors(self, changes: list[Change]) -> None:
        self._hand_over(self._apply_actors, changes)

    def _on_watches(self, changes: list[Change]) -> None:
        self._hand_over(self._apply_watches, changes)

    def _hand_over(self, apply: Callable[[list[Change]], None], changes: list[Change]) -> None:
        if self._loop is None:
            apply(changes)
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._apply_live, apply, changes)

    def _apply_live(self, apply: Callable[[list[Change]], None], changes: list[Change]) -> None:
        """On the loop, which would only log what is raised."""
        try:
            apply(changes)
        except Exception as error:
            self._on_failure(error)
            raise

    def _apply_actors(self, changes: list[Change]) -> None:
        for key, actor in changes:
            if actor is None:
                self.index.remove_actor(key)
            else:
                self.index.put_actor(actor)

    def _apply_watches(self, changes: list[Change]) -> None:
        for key, watch in changes:
            self._apply_watch(key, watch)
        metrics.REFERENCE_ITEMS.labels(topic=registry.WATCHES.name).set(len(self.index))

    def _apply_watch(self, key: str, watch: Watch | Unreadable | None) -> None:
        """One that cannot be used is out of force, its former revision too, and the others are not touched.

        The index remembers why; `reporting` says it.
        """
        if isinstance(watch, Unreadable):
            reason = f"this version of Tocsin cannot read it: {watch.error}"
            self.index.refuse(key, reason, revision=_revision_in(watch.value))
        elif watch is None or not watch.enabled:
            self.index.remove(key)
        else:
            with suppress(QueryError):
                self.index.put(watch)


@dataclass(frozen=True)
class _Revised:
    """What of a watch's record has to be readable for its fault to be known as that revision's."""

    revision: int


def _revision_in(value: bytes) -> int | None:
    try:
        return decode_part(registry.WATCHES, value, _Revised).revision
    except UndecodableError:
        return None
