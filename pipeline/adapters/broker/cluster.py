"""Start, stop and look at the embedded Kafka's nodes together."""

import json
import signal
import time
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from kafka.errors import KafkaError

from pipeline.adapters import kafka
from pipeline.adapters.broker import jars, node
from pipeline.adapters.broker.jars import Say
from pipeline.adapters.broker.lock import locked
from pipeline.adapters.broker.node import Node
from pipeline.errors import UnavailableError, UsageError
from pipeline.settings import Settings

_READY_WITHIN_S = 120.0
_STOPPED_WITHIN_S = 30.0
_KILLED_WITHIN_S = 10.0


@dataclass(frozen=True)
class NodeStatus:
    """One node as it is."""

    number: int
    port: int
    pid: int | None
    """None when it does not run."""


@dataclass(frozen=True)
class Status:
    """The embedded Kafka as it is; no nodes when none was ever started in this data folder."""

    nodes: tuple[NodeStatus, ...]
    is_answering: bool
    """Every node is there and the cluster answers a metadata request."""


def start(settings: Settings, *, say: Say = lambda _line: None) -> None:
    """Start what does not run yet and return once the cluster answers with every node.

    `say` is told of progress, a line at a time. UnavailableError when something is missing, a port is taken or a node
    ends; then nothing started here is left running. UsageError for a cluster that these settings do not describe.
    """
    _refuse_own_broker(settings)
    home = _home(settings)
    with locked(home):
        nodes = _remember(settings, home)
        _start(settings, nodes, [each for each in nodes if node.pid_of(each) is None], say)


def stop(settings: Settings) -> int:
    """Stop the nodes that run, by SIGTERM and in the end SIGKILL; returns how many they were, once they are gone."""
    home = _home(settings)
    if not home.exists():
        return 0
    with locked(home):
        running = [each for each in _started(home) if node.pid_of(each) is not None]
        stubborn = node.end(running, number=signal.SIGTERM, within_s=_STOPPED_WITHIN_S)
        _kill(stubborn)
        return len(running)


def status(settings: Settings) -> Status:
    """Which nodes run, and whether they answer."""
    nodes = _started(_home(settings))
    found = tuple(NodeStatus(each.number, each.port, node.pid_of(each)) for each in nodes)
    is_running = bool(found) and all(each.pid is not None for each in found)
    return Status(found, is_running and _answers(settings, nodes))


def is_whole(settings: Settings) -> bool:
    """Whether every node that was started runs, answering or not: quick to ask."""
    nodes = _started(_home(settings))
    return bool(nodes) and all(node.pid_of(each) is not None for each in nodes)


def start_node(settings: Settings, number: int) -> None:
    """Start one node of a cluster that was started before, and return once the cluster answers with it."""
    home = _home(settings)
    with locked(home):
        nodes = _started(home)
        chosen = [each for each in nodes if each.number == number and node.pid_of(each) is None]
        running = [each for each in nodes if node.pid_of(each) is not None]
        _start(settings, [*running, *chosen], chosen, lambda _line: None)


def kill_node(settings: Settings, number: int) -> None:
    """SIGKILL one node and wait until it is gone: for fault tests."""
    _kill([_one(settings, number)])


def pause_node(settings: Settings, number: int) -> None:
    """Freeze one node, connections and all, until `resume_node`: for fault tests."""
    node.send(_one(settings, number), signal.SIGSTOP)


def resume_node(settings: Settings, number: int) -> None:
    """Let a frozen node go on."""
    node.send(_one(settings, number), signal.SIGCONT)


def _start(settings: Settings, nodes: Sequence[Node], missing: Sequence[Node], say: Say) -> None:
    if not missing:
        _await_ready(settings, nodes)
        return
    java = jars.find_java()
    libraries = jars.resolve(_jars_folder(settings), say=say)
    for each in missing:
        node.refuse_taken_ports(each)
    say(f"starting Kafka ({len(missing)} node{'s' if len(missing) > 1 else ''}, {settings.bootstrap})")
    identifier = _cluster_id(missing[0].home)
    for each in missing:
        node.prepare(each, java=java, jars=libraries, cluster_id=identifier)
    try:
        for each in missing:
            node.launch(each, java=java, jars=libraries, heap_megabytes=settings.kafka.embedded_heap_megabytes)
        _await_ready(settings, nodes)
    except BaseException:
        _kill(list(missing))
        raise


def _await_ready(settings: Settings, nodes: Sequence[Node]) -> None:
    deadline = time.monotonic() + _READY_WITHIN_S
    while not _answers(settings, nodes):
        for each in nodes:
            if node.pid_of(each) is None:
                raise UnavailableError(f"Kafka's node {each.number} ended while starting: {node.last_words(each)}")
        if time.monotonic() > deadline:
            raise UnavailableError(f"Kafka did not answer within {_READY_WITHIN_S:.0f} s: {node.last_words(nodes[0])}")
        time.sleep(0.1)


def _answers(settings: Settings, nodes: Sequence[Node]) -> bool:
    """A metadata request is answered and names all the nodes."""
    if not all(node.is_listening(each) for each in nodes):
        return False
    addresses = ",".join(f"127.0.0.1:{each.port}" for each in nodes)
    here = settings.kafka.model_copy(update={"bootstrap": addresses, "security_protocol": "PLAINTEXT"})
    try:
        admin = kafka.admin(settings.model_copy(update={"kafka": here}))
    except UnavailableError:
        return False
    try:
        brokers = admin.describe_cluster()["brokers"]
    except KafkaError:
        return False
    finally:
        admin.close()
    return {each.number for each in nodes} <= {broker["broker_id"] for broker in brokers if not broker["is_fenced"]}


def _kill(nodes: list[Node]) -> None:
    left = node.end(nodes, number=signal.SIGKILL, within_s=_KILLED_WITHIN_S)
    if left:
        raise UnavailableError(f"Kafka's node {left[0].number} (pid {node.pid_of(left[0])}) does not end")


def _refuse_own_broker(settings: Settings) -> None:
    if settings.kafka.bootstrap:
        raise UsageError(
            f"TOCSIN_KAFKA__BOOTSTRAP names a broker of your own ({settings.kafka.bootstrap}); "
            "unset it to run the embedded Kafka"
        )


def _home(settings: Settings) -> Path:
    return settings.data_folder.absolute() / "kafka"


def _jars_folder(settings: Settings) -> Path:
    chosen = settings.kafka.embedded_jars
    return chosen.absolute() if chosen is not None else _home(settings) / "jars"


def _cluster_id(home: Path) -> str:
    """A Kafka cluster id (16 bytes, base64) for the folder; begins with a letter, as an argument must."""
    return urlsafe_b64encode(b"tocsin" + blake2b(str(home).encode(), digest_size=10).digest()).decode().rstrip("=")


def _remember(settings: Settings, home: Path) -> list[Node]:
    """The nodes these settings describe, written down for `stop` and `status`. UsageError when they differ."""
    wanted = {"nodes": settings.kafka.embedded_nodes, "first_port": settings.kafka.embedded_port}
    before = _started(home)
    if before and len(before) != wanted["nodes"]:
        raise UsageError(
            f"{home} holds a Kafka of {len(before)} node(s), not {wanted['nodes']}: "
            "take another TOCSIN_DATA_FOLDER, or remove that folder and what it holds"
        )
    if before and before[0].first_port != wanted["first_port"] and any(node.pid_of(each) for each in before):
        raise UsageError(
            f"Kafka runs at port {before[0].first_port}, not {wanted['first_port']}: "
            "stop it first with `tocsin kafka stop`"
        )
    (home / "cluster.json").write_text(json.dumps(wanted))
    return _started(home)


def _started(home: Path) -> list[Node]:
    """The nodes of the last start in that folder, none where there was none."""
    try:
        remembered = json.loads((home / "cluster.json").read_text())
        nodes, first_port = int(remembered["nodes"]), int(remembered["first_port"])
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [Node(number=n, nodes=nodes, first_port=first_port, home=home) for n in range(1, nodes + 1)]


def _one(settings: Settings, number: int) -> Node:
    nodes = {each.number: each for each in _started(_home(settings))}
    if number not in nodes:
        raise UsageError(f"the embedded Kafka has no node {number}")
    return nodes[number]
