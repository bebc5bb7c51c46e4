"""Sending to Kafka from the event loop: each send ends only when the broker has the record."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from pipeline import log, metrics
from pipeline.adapters.kafka import Headers, Producer
from pipeline.errors import TransientError
from topics.spec import TopicSpec

_logger = log.get(__name__)

# A send blocks its thread while the client's buffer is full or the broker unknown; the event loop must not wait there.
_THREADS = 4
_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 15.0


class Publisher:
    """Sends and tries again for ever while the broker is away, saying so once. Cancel it to give up."""

    def __init__(self, producer: Producer) -> None:
        self._producer = producer
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="publish")
        self._is_away = False

    async def send(
        self, spec: TopicSpec, record: object, *, headers: Headers | None = None, partition: int | None = None
    ) -> None:
        """Return when the record is acknowledged. UnsendableError when it never will be."""
        send = partial(self._producer.send, spec, record, headers=headers, partition=partition)
        wait_s = _FIRST_WAIT_S
        while True:
            try:
                sent = await asyncio.get_running_loop().run_in_executor(self._threads, send)
                # Shielded: a cancelled future would raise in the client's own thread when the broker answers.
                await asyncio.shield(asyncio.wrap_future(sent))
            except TransientError as error:
                self._say_away(spec, error)
                metrics.SEND_RETRIES.labels(stage="poll").inc()
                await asyncio.sleep(wait_s)
                wait_s = min(wait_s * 2, _LONGEST_WAIT_S)
            else:
                self._say_back()
                return

    def close(self) -> None:
        """End the threads, without waiting for a send that does not end."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _say_away(self, spec: TopicSpec, error: TransientError) -> None:
        if not self._is_away:
            self._is_away = True
            _logger.warning("broker does not take records, trying on", topic=spec.name, error=str(error))

    def _say_back(self) -> None:
        if self._is_away:
            self._is_away = False
            _logger.info("broker takes records again")
