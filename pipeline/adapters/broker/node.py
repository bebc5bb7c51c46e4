"""One node of the embedded Kafka: where it lives, its configuration and its process."""

import os
import signal
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pipeline.adapters.broker.jars import DEFINITION
from pipeline.errors import UnavailableError

_HOST = "127.0.0.1"
_POLL_S = 0.05
_QUICK_START = "-XX:TieredStopAtLevel=1"
"""The quick compiler alone: the optimising one would take more of a small machine than a small broker does."""


@dataclass(frozen=True, kw_only=True)
class Node:
    """A broker that is also a controller. Client ports come first, controllers' after the last of them."""

    number: int
    """From 1."""
    nodes: int
    """How many the cluster has."""
    first_port: int
    home: Path
    """The cluster's folder, absolute."""

    @property
    def folder(self) -> Path:
        """Everything of this node."""
        return self.home / f"node-{self.number}"

    @property
    def port(self) -> int:
        """Where clients connect."""
        return self.first_port + self.number - 1

    @property
    def controller_port(self) -> int:
        """Where controllers talk to each other."""
        return self.port + self.nodes

    @property
    def properties(self) -> Path:
        """Its configuration file; the path is also how its process is recognised."""
        return self.folder / "server.properties"

    @property
    def log(self) -> Path:
        """What Kafka logs."""
        return self.folder / "kafka.log"


def configuration(node: Node) -> str:
    """The node's server.properties."""
    factor = node.nodes
    least_in_sync = 2 if factor >= 3 else 1
    controllers = [f"{n}@{_HOST}:{node.first_port + node.nodes + n - 1}" for n in range(1, node.nodes + 1)]
    values = {
        "process.roles": "broker,controller",
        "node.id": node.number,
        "controller.quorum.voters": ",".join(controllers),
        "listeners": f"PLAINTEXT://{_HOST}:{node.port},CONTROLLER://{_HOST}:{node.controller_port}",
        "advertised.listeners": f"PLAINTEXT://{_HOST}:{node.port}",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAINTEXT",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": node.folder / "data",
        "auto.create.topics.enable": "false",
        "default.replication.factor": factor,
        "min.insync.replicas": least_in_sync,
        "offsets.topic.replication.factor": factor,
        "offsets.topic.num.partitions": 4,
        "transaction.state.log.replication.factor": factor,
        "transaction.state.log.min.isr": least_in_sync,
        "transaction.state.log.num.partitions": 4,
        "share.coordinator.state.topic.replication.factor": factor,
        "share.coordinator.state.topic.min.isr": least_in_sync,
        "group.initial.rebalance.delay.ms": 0,
        # Above every topic's own limit, so that the topic's declaration is what counts.
        "message.max.bytes": 8 << 20,
        "replica.fetch.max.bytes": 8 << 20,
        # A machine switched off over the holidays must find its place again: the default forgets groups after a week.
        "offsets.retention.minutes": 60 * 24 * 90,
        # Five minutes by default: too long to see what retention takes.
        "log.retention.check.interval.ms": 10_000,
        # The default, 128 MiB, is most of a small heap.
        "log.cleaner.dedupe.buffer.size": 16 << 20,
    }
    return "".join(f"{name}={value}\n" for name, value in values.items())


def prepare(node: Node, *, java: str, jars: Path, cluster_id: str) -> None:
    """Write the configuration and format the storage where that was not done. UnavailableError when it fails."""
    (node.folder / "tmp").mkdir(parents=True, exist_ok=True)
    node.properties.write_text(configuration(node))
    if (node.folder / "data" / "meta.properties").exists():
        return
    format_storage = ["kafka.tools.StorageTool", "format", "--ignore-formatted", "-t", cluster_id]
    done = subprocess.run(
        [*_virtual_machine(node, java, jars), *format_storage, "-c", str(node.properties)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines() or [f"exit code {done.returncode}"]
        raise UnavailableError(f"Kafka could not format {node.folder / 'data'}: {lines[-1]}")


def refuse_taken_ports(node: Node) -> None:
    """UnavailableError when something else listens on a port of the node."""
    for port in (node.port, node.controller_port):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((_HOST, port))
            except OSError as error:
                raise UnavailableError(
                    f"port {port} on {_HOST} is taken by another program: "
                    "choose the embedded Kafka's first port with TOCSIN_KAFKA__EMBEDDED_PORT"
                ) from error


def launch(node: Node, *, java: str, jars: Path, heap_megabytes: int) -> None:
    """Start the process in a session of its own, so that ctrl-C at our terminal is not for it. Does not wait."""
    output = os.open(node.folder / "output.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    heap = [f"-Xms{heap_megabytes}m", f"-Xmx{heap_megabytes}m", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError"]
    command = [*_virtual_machine(node, java, jars, heap), "kafka.Kafka", str(node.properties)]
    try:
        pid = os.posix_spawn(
            java,
            command,
            {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")},
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, output, 1),
                (os.POSIX_SPAWN_DUP2, output, 2),
            ],
            setsid=True,
        )
    finally:
        os.close(output)
    (node.folder / "pid").write_text(f"{pid}\n")
    # For a moment after it began a process has no command line, by which we know it.
    deadline = time.monotonic() + 1
    while not _command_line(pid) and time.monotonic() < deadline:
        time.sleep(0.001)


def pid_of(node: Node) -> int | None:
    """The node's process, None when it does not run. A pid file left behind by another life is not believed."""
    try:
        pid = int((node.folder / "pid").read_text())
    except (OSError, ValueError):
        return None
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # where we are its parent, it would stay a zombie
    return pid if str(node.properties) in _command_line(pid) else None


def is_listening(node: Node) -> bool:
    """Something answers at the node's client port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((_HOST, node.port)) == 0


def end(nodes: list[Node], *, number: signal.Signals, within_s: float) -> list[Node]:
    """Signal the nodes' processes together and wait; gives those that still run."""
    for node in nodes:
        send(node, number)
    deadline = time.monotonic() + within_s
    running = [node for node in nodes if pid_of(node) is not None]
    while running and time.monotonic() < deadline:
        time.sleep(_POLL_S)
        running = [node for node in running if pid_of(node) is not None]
    return running


def send(node: Node, number: signal.Signals) -> None:
    """Signal the node's process, where it runs."""
    pid = pid_of(node)
    if pid is not None:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def last_words(node: Node) -> str:
    """Why a node ended, as far as its files tell: the last error and what follows it."""
    for path in (node.log, node.folder / "output.log"):
        lines = path.read_text(errors="replace").strip().splitlines() if path.exists() else []
        errors = [index for index, line in enumerate(lines) if " ERROR " in line]
        told = lines[errors[-1] : errors[-1] + 2] if errors else lines[-1:]
        if told:
            return f"{' '.join(line.strip() for line in told)} ({path})"
    return f"nothing in {node.log}"


def _virtual_machine(node: Node, java: str, jars: Path, heap: list[str] | None = None) -> list[str]:
    properties = {
        "log4j2.configurationFile": DEFINITION / "log4j2.properties",
        "tocsin.log": node.log,
        # zstd unpacks its native library there and must be allowed to run it, which a hardened /tmp forbids.
        "java.io.tmpdir": node.folder / "tmp",
    }
    return [
        java,
        _QUICK_START,
        *(heap or []),
        *(f"-D{name}={value}" for name, value in properties.items()),
        "-cp",
        f"{jars}/*",
    ]


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    except FileNotFoundError:
        if Path("/proc/self/cmdline").exists():
            return ""
    listed = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return listed.stdout
