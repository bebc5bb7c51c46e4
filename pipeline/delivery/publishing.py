"""Keeps the outbox empty."""

from threading import Event

from pipeline.adapters.database import Database
from pipeline.adapters.kafka import Producer
from pipeline.adapters.outbox import Outbox
from pipeline.adapters.trouble import Trouble
from pipeline.errors import TransientError
from pipeline.settings import Settings

_LOOK_EVERY_S = 1.0
_CLOSE_TIMEOUT_S = 3.0


class PublishLoop:
    """Sends what the outbox holds until told to stop, on one thread. UnavailableError without a broker."""

    def __init__(self, settings: Settings, database: Database, *, stopping: Event) -> None:
        self._producer = Producer(settings)
        self._outbox = Outbox(database)
        self._stopping = stopping
        self._woken = Event()
        self._trouble = Trouble("publishing")

    def wake(self) -> None:
        """There is something to send. From any thread."""
        self._woken.set()

    def run(self) -> None:
        """Send until `stopping` is set; a broker or database that is away is waited for."""
        while not self._stopping.is_set():
            self._woken.wait(_LOOK_EVERY_S)
            self._woken.clear()
            try:
                self._outbox.publish(self._producer, stopping=self._stopping)
                self._trouble.worked()
            except TransientError as error:
                self._stopping.wait(self._trouble.failed(error))
        try:
            self._producer.close(_CLOSE_TIMEOUT_S)
        except TransientError:
            # What was not acknowledged still lies in the outbox.
            return
