"""Seconds of processor that a benchmark's processes take, by what they do; read from Linux's /proc."""

import os
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

_PROC = Path("/proc")
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_BROKER = "kafka.Kafka"
_AGENTS = "pipeline.agents"
_CHILD = "from multiprocessing"


class _Process(NamedTuple):
    parent: int
    seconds: float
    arguments: tuple[str, ...]


def seconds() -> dict[str, float]:
    """What this process and those below it have taken so far.

    Under `bench` this process itself, `broker`, an agent's name, the agent's name with `-pool` for the children it runs
    its stage in, `other`. Processes that have ended are not in it.
    """
    processes = _processes()
    taken: defaultdict[str, float] = defaultdict(float)
    for number, process in processes.items():
        if _is_below(number, processes):
            taken[_role(number, processes)] += process.seconds
    return dict(taken)


def _processes() -> dict[int, _Process]:
    found: dict[int, _Process] = {}
    for folder in _PROC.iterdir():
        if folder.name.isdecimal():
            try:
                found[int(folder.name)] = _read(folder)
            except (FileNotFoundError, ProcessLookupError):
                continue
    return found


def _read(folder: Path) -> _Process:
    """Fields as in proc_pid_stat(5), counted behind the name in brackets, which may hold anything."""
    fields = (folder / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    arguments = (folder / "cmdline").read_text("utf-8", "replace").rstrip("\0").split("\0")
    return _Process(int(fields[1]), (int(fields[11]) + int(fields[12])) / _TICKS_PER_S, tuple(arguments))


def _is_below(number: int, processes: dict[int, _Process]) -> bool:
    while number in processes and number != os.getpid():
        number = processes[number].parent
    return number == os.getpid()


def _role(number: int, processes: dict[int, _Process]) -> str:
    process = processes[number]
    if number == os.getpid():
        return "bench"
    if _BROKER in process.arguments:
        return "broker"
    if _AGENTS in process.arguments:
        return process.arguments[process.arguments.index(_AGENTS) + 1]
    if any(argument.startswith(_CHILD) for argument in process.arguments):
        return f"{_role(process.parent, processes)}-pool"
    return "other"
