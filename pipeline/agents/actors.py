"""The actors a worker holds: compiled from their compacted topic, whole before the first record, live after."""

from threading import Event, Lock, Thread

from pipeline import metrics
from pipeline.adapters.compacted import Change, CompactedView, Connect, OnFailure
from pipeline.adapters.kafka import follower
from pipeline.settings import Settings
from pipeline.stages.tag import ActorIndex
from topics import registry
from topics.records import Actor

_REBUILD_AFTER_S = 0.1


class Actors:
    """The actors in force, for tagging. The index is immutable: a change builds another, beside the old one.

    `on_failure` is called when changes no longer reach the index, and has to end the process.
    """

    def __init__(self, settings: Settings, *, on_failure: OnFailure, connect: Connect = follower) -> None:
        self._on_failure = on_failure
        self.index = ActorIndex(())
        self._actors: dict[str, Actor] = {}
        self._lock = Lock()
        self._is_stale, self._stopped = Event(), Event()
        self._view = CompactedView(settings, registry.ACTORS, self._apply, on_failure=on_failure, connect=connect)
        self._builder = Thread(target=self._keep_building, name="build-actors", daemon=True)

    def start(self) -> None:
        """Read all actors, build, and go on building when they change."""
        self._view.start()
        self._build()
        self._builder.start()

    def stop(self) -> None:
        """End the threads."""
        self._stopped.set()
        self._is_stale.set()
        self._view.stop()

    def _apply(self, changes: list[Change]) -> None:
        with self._lock:
            for key, actor in changes:
                if actor is None:
                    self._actors.pop(key, None)
                else:
                    self._actors[key] = actor
        self._is_stale.set()

    def _keep_building(self) -> None:
        while True:
            self._is_stale.wait()
            # A file of a thousand actors comes as many changes: build once for all of them.
            if self._stopped.wait(_REBUILD_AFTER_S):
                return
            try:
                self._build()
            except Exception as error:
                self._on_failure(error)
                raise

    def _build(self) -> None:
        self._is_stale.clear()
        with self._lock:
            actors = tuple(self._actors.values())
        self.index = ActorIndex(actors)
        metrics.REFERENCE_ITEMS.labels(topic=registry.ACTORS.name).set(len(actors))
