"""A real Kafka for the tests: one embedded node for the session, topics of its own for each test."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from hashlib import blake2b
from pathlib import Path

import pytest

from pipeline.adapters import broker as embedded
from pipeline.adapters import topics
from pipeline.adapters.database import Database, open_database, upgrade
from pipeline.adapters.kafka import Producer
from pipeline.settings import Settings

JARS = Path(__file__).parents[2] / ".tocsin" / "kafka" / "jars"
"""Kept between runs, and the same that `make run` uses."""

PARTITIONS = 3
_BLOCK = 40

StartCluster = Callable[[int], Settings]


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of a running one-node Kafka that the session shares; tests of faults start their own."""
    settings = cluster_settings(tmp_path_factory.mktemp("kafka"), nodes=1)
    embedded.start(settings, say=print)
    yield settings
    embedded.stop(settings)


@pytest.fixture
def settings(broker: Settings, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Settings]:
    """Settings with topics of the test's own, three partitions each, on the shared Kafka."""
    chosen = own_topics(broker, tmp_path, request.node.nodeid)
    topics.apply(chosen)
    yield chosen
    topics.remove(chosen)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    """The control database of `settings`, its tables made."""
    upgrade(settings)
    opened = open_database(settings)
    yield opened
    opened.close()


@pytest.fixture
def producer(settings: Settings) -> Iterator[Producer]:
    """A producer for the topics of `settings`."""
    made = Producer(settings)
    yield made
    made.close(10)


@pytest.fixture
def environment(settings: Settings) -> dict[str, str]:
    """The environment in which a child process (`tocsin …`) works with `settings`."""
    return environment_of(settings)


@pytest.fixture
def start_cluster(tmp_path: Path) -> Iterator[StartCluster]:
    """Starts a Kafka of one or three nodes for one test alone, topics applied, to be broken as the test likes."""
    with ExitStack() as stack:

        def start(nodes: int) -> Settings:
            settings = cluster_settings(tmp_path, nodes=nodes)
            stack.callback(embedded.stop, settings)
            embedded.start(settings, say=print)
            topics.apply(settings)
            return settings

        yield start


def cluster_settings(folder: Path, *, nodes: int) -> Settings:
    """An embedded Kafka in that folder, on free ports, for a test that reaches loopback and exports no metrics."""
    kafka = {
        "embedded_port": free_ports(2 * nodes),
        "embedded_nodes": nodes,
        "embedded_jars": JARS,
        "embedded_heap_megabytes": 192,
        "replication_factor": nodes,
        "partitions": PARTITIONS,
    }
    loopback = {"allow_private_addresses": True}
    return Settings.model_validate(
        {"data_folder": folder, "kafka": kafka, "fetch": loopback, "deliver": loopback, "metrics": {"port": 0}}
    )


def own_topics(settings: Settings, folder: Path, test: str) -> Settings:
    """The settings with a prefix and a data folder of the test's own."""
    prefix = f"t-{blake2b(test.encode(), digest_size=5).hexdigest()}-"
    # The embedded Kafka is looked for in the data folder, which becomes the test's: name it by address.
    kafka = settings.kafka.model_copy(update={"prefix": prefix, "bootstrap": settings.bootstrap})
    return settings.model_copy(update={"kafka": kafka, "data_folder": folder})


def environment_of(settings: Settings) -> dict[str, str]:
    """This process's environment with the settings as `TOCSIN_` variables."""
    variables: dict[str, str] = {}
    for name, value in settings.model_dump(mode="json", exclude_none=True).items():
        section = value if isinstance(value, dict) else {"": value}
        for key, inner in section.items():
            variable = f"TOCSIN_{name}__{key}" if key else f"TOCSIN_{name}"
            variables[variable.upper()] = str(inner)
    outside = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
    return outside | variables


def free_ports(count: int) -> int:
    """The first of `count` free ports in a row, below the range from which outgoing connections take theirs.

    Each process looks in a block of its own: of two that look at once, neither is given what the other will take.
    """
    block = 20_000 + os.getpid() % 300 * _BLOCK
    for first in range(block, block + _BLOCK - count + 1):
        if all(_is_free(port) for port in range(first, first + count)):
            return first
    raise OSError(f"no {count} free ports in a row from {block} on")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0 and _binds(port)


def _binds(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
