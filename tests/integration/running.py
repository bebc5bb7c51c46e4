"""What tests on the real broker share: processes as users run them, and what they left in the topics."""

import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from kafka import TopicPartition

from pipeline.adapters.kafka import admin, consumer, headers_of, topic_name
from pipeline.adapters.offsets import ends_of
from pipeline.settings import Settings
from tests.integration.conftest import environment_of
from topics import codec
from topics.spec import Encoding, TopicSpec

REPOSITORY = Path(__file__).resolve().parents[2]


@contextmanager
def running(
    settings: Settings, *arguments: str, log: Path | None = None, **more: str
) -> Iterator["subprocess.Popen[bytes]"]:
    """A Python child (`-m …`) with these settings; ended by SIGTERM, and killed when it does not end."""
    output = (log or settings.data_folder / "output.log").open("ab")
    with output:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            env=environment_of(settings) | more,
            stdout=output,
            stderr=output,
            cwd=REPOSITORY,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def ended(settings: Settings, *arguments: str) -> tuple[int, str]:
    """How a command ended, and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", *arguments],
        env=environment_of(settings),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    return done.returncode, done.stdout + done.stderr


@dataclass(frozen=True)
class Found:
    """A record in a topic."""

    spec: TopicSpec
    key: bytes
    value: bytes
    headers: dict[str, str]
    partition: int
    offset: int

    @property
    def record(self) -> Any:
        """The value, decoded."""
        return codec.decode(self.spec, self.value)

    @property
    def source(self) -> str:
        """Where the record came from that this one is an outcome of."""
        if self.spec.encoding is Encoding.BYTES and "topic" in self.headers:
            return f"{self.headers['topic']}/{self.headers['partition']}/{self.headers['offset']}"
        return self.headers.get("source", "")


class Reader:
    """Reads topics from their beginning, and goes on where it stopped."""

    def __init__(self, settings: Settings, *specs: TopicSpec) -> None:
        self._settings = settings
        self._specs = {topic_name(settings, spec): spec for spec in specs}
        self._consumer = consumer(settings)
        self._partitions = [
            TopicPartition(name, number)
            for name in self._specs
            for number in self._consumer.partitions_for_topic(name) or ()
        ]
        self._consumer.assign(self._partitions)
        self._consumer.seek_to_beginning(*self._partitions)
        self.found: list[Found] = []

    def read(self, *, timeout_s: float = 0.2) -> list[Found]:
        """What came since, after waiting for it for at most that time."""
        batches = self._consumer.poll(timeout_ms=int(timeout_s * 1000))
        new = [
            Found(self._specs[at.topic], one.key, one.value, headers_of(one.headers), at.partition, one.offset)
            for at, records in batches.items()
            for one in records
        ]
        self.found += new
        return new

    def read_to_end(self) -> list[Found]:
        """All that stands in the topics now."""
        # Asked of a client that has just looked which nodes there are: the reader's own may know a node that was away.
        client = admin(self._settings)
        ends = ends_of(client, self._partitions)
        client.close()
        while any(self._consumer.position(partition) < end for partition, end in ends.items()):
            self.read()
        return self.found

    def read_until(self, condition: Callable[[list[Found]], bool], *, timeout_s: float, what: str) -> list[Found]:
        """Read until the condition holds for all that was found."""
        until = monotonic() + timeout_s
        while not condition(self.found):
            assert monotonic() < until, f"waited {timeout_s:g} s in vain: {what}; found {self.summary()}"
            self.read()
        return self.found

    def summary(self) -> dict[str, int]:
        """How many records were found in each topic."""
        return dict(Counter(found.spec.name for found in self.found))

    def close(self) -> None:
        """Close the client."""
        self._consumer.close()
