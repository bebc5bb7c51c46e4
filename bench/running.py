"""A whole Tocsin for a benchmark: a Kafka of its own, topics, and processes as users run them."""

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from time import monotonic

from kafka import KafkaConsumer, TopicPartition

from pipeline.adapters import broker, topics
from pipeline.adapters.kafka import consumer, topic_name
from pipeline.settings import Settings
from topics.spec import TopicSpec

REPOSITORY = Path(__file__).resolve().parents[1]
_NEVER = Event()


@contextmanager
def kafka() -> Iterator[Settings]:
    """Settings of an embedded Kafka in a folder of its own, with all topics; everything is gone afterwards."""
    with TemporaryDirectory(prefix="tocsin-bench-") as folder, ExitStack() as stack:
        port = _free_port()
        settings = Settings.model_validate(
            {
                "data_folder": Path(folder),
                "kafka": {"embedded_port": port, "embedded_jars": REPOSITORY / ".tocsin" / "kafka" / "jars"},
                "deliver": {"allow_private_addresses": True},
                "metrics": {"port": 0},
            }
        )
        broker.start(settings, say=lambda line: print(line, file=sys.stderr))
        stack.callback(broker.stop, settings)
        topics.apply(settings)
        yield settings


@contextmanager
def process(settings: Settings, *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A Tocsin process with these settings, its output in the data folder."""
    variables = {
        "TOCSIN_KAFKA__BOOTSTRAP": settings.bootstrap,
        "TOCSIN_DATA_FOLDER": str(settings.data_folder),
        "TOCSIN_METRICS__PORT": "0",
        "TOCSIN_DELIVER__ALLOW_PRIVATE_ADDRESSES": "true",
        "TOCSIN_LOG_LEVEL": "warning",
        "PATH": "/usr/bin:/bin",
    }
    with (settings.data_folder / "output.log").open("ab") as output:
        child = subprocess.Popen(
            [sys.executable, *arguments], env=variables, stdout=output, stderr=output, cwd=REPOSITORY
        )
    try:
        yield child
    finally:
        child.terminate()
        child.wait(60)


class Ends:
    """How many records topics hold."""

    def __init__(self, settings: Settings, *specs: TopicSpec) -> None:
        self._consumer: KafkaConsumer = consumer(settings)
        self._partitions = [
            TopicPartition(topic_name(settings, spec), number)
            for spec in specs
            for number in self._consumer.partitions_for_topic(topic_name(settings, spec)) or ()
        ]

    def count(self) -> int:
        """Records in all of them."""
        return sum(self._consumer.end_offsets(self._partitions).values())


def wait_for(condition: Callable[[], bool], *, timeout_s: float, what: str, every_s: float = 0.05) -> None:
    """Return when it holds, looking so often. TimeoutError, saying what was waited for."""
    until = monotonic() + timeout_s
    while not condition():
        if monotonic() > until:
            raise TimeoutError(f"waited {timeout_s:g} s in vain for {what}")
        _NEVER.wait(every_s)


def _free_port() -> int:
    """A port whose neighbour is free, too: the controller takes it."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
