"""What a benchmark says each process took of the processor."""

import subprocess
import sys
import time

from bench import processor

_BUSY = """
import sys, time
while time.process_time() < 0.3:
    pass
sys.stdout.write("done")
sys.stdout.flush()
sys.stdin.read()
"""


def _taken_by(*arguments: str) -> dict[str, float]:
    """What was counted for a busy child that shows these arguments."""
    before = processor.seconds()
    child = subprocess.Popen([sys.executable, "-c", _BUSY, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.read(len("done"))
    after = processor.seconds()
    child.communicate()
    return {role: after[role] - before.get(role, 0.0) for role in after}


def test_a_childs_seconds_are_counted_under_what_it_does() -> None:
    assert _taken_by("-m", "pipeline.agents", "tag")["tag"] >= 0.25
    assert _taken_by("kafka.Kafka", "server.properties")["broker"] >= 0.25
    assert _taken_by()["other"] >= 0.25


def test_this_process_counts_as_the_benchmark() -> None:
    before = processor.seconds()
    until = time.process_time() + 0.3
    while time.process_time() < until:
        pass
    assert processor.seconds()["bench"] - before["bench"] >= 0.25
