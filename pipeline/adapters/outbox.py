"""Sends what the outbox holds to Kafka: in order, by one process at a time, forgotten only when acknowledged."""

from concurrent.futures import Future, wait
from threading import Event

from pipeline import log
from pipeline.adapters.database import Database, exclusive_if_free, outbox
from pipeline.adapters.database.outbox import Letter
from pipeline.adapters.kafka import Producer, UnsendableError
from pipeline.errors import TransientError
from topics import registry

_BATCH = 500
_LOOK_EVERY_S = 0.05
_STOP_LOOK_S = 0.25
_logger = log.get(__name__)


class Outbox:
    """The way from the control database to Kafka; one for each process."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def publish(self, producer: Producer, *, wait_s: float = 0.0, stopping: Event | None = None) -> int:
        """Send everything that waits; how many records were acknowledged.

        While another process is sending, waits for it for `wait_s` and then leaves the rest to it. Ends early when
        `stopping` is set. TransientError when a record was not acknowledged: it and all after it are sent again next
        time, so that of two records of one key the later stays the later.
        """
        stop = stopping if stopping is not None else Event()
        for _ in range(1 + int(wait_s / _LOOK_EVERY_S)):
            with exclusive_if_free(self._database, "outbox") as is_held:
                if is_held:
                    return self._publish_all(producer, stop)
            if wait_s:
                stop.wait(_LOOK_EVERY_S)
        return 0

    def _publish_all(self, producer: Producer, stopping: Event) -> int:
        sent = 0
        while not stopping.is_set():
            with self._database.read() as connection:
                letters = outbox.oldest(connection, limit=_BATCH)
            if not letters:
                break
            sent += self._publish(producer, letters, stopping)
        return sent

    def _publish(self, producer: Producer, letters: tuple[Letter, ...], stopping: Event) -> int:
        futures = [self._send(producer, letter) for letter in letters]
        _wait(futures, stopping)
        acknowledged: list[int] = []
        failure: TransientError | None = None
        for letter, future in zip(letters, futures, strict=True):
            if not future.done():
                break
            try:
                future.result()
            except UnsendableError as error:
                self._refuse(letter, error)
            except TransientError as error:
                failure = error
                break
            else:
                acknowledged.append(letter.row_id)
        if acknowledged:
            with self._database.write() as connection:
                outbox.remove(connection, acknowledged)
        if failure is not None:
            raise failure
        return len(acknowledged)

    def _send(self, producer: Producer, letter: Letter) -> "Future[None]":
        headers = [(name, value.encode("utf-8", "replace")) for name, value in letter.headers]
        spec = registry.by_name(letter.topic)
        return producer.send_bytes(spec, key=letter.key, value=letter.value, headers=headers)

    def _refuse(self, letter: Letter, error: UnsendableError) -> None:
        _logger.error("record set aside in the outbox: refused by the broker", topic=letter.topic, error=str(error))
        with self._database.write() as connection:
            outbox.refuse(connection, letter.row_id, str(error))


def _wait(futures: list["Future[None]"], stopping: Event) -> None:
    """Until all have ended, or it is time to stop."""
    while wait(futures, timeout=_STOP_LOOK_S).not_done and not stopping.is_set():
        pass
