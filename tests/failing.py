"""`python -m tests.failing …`: the `tocsin` command with an evaluator that fails at regular expressions.

So do the workers that a replay brings with it: `python -m tests.failing agent match replay` is one of them.
"""

import runpy
import sys
from dataclasses import replace
from pathlib import Path

from pipeline.__main__ import main
from pipeline.adapters.supervisor import Program, agent_program
from pipeline.replay import workers
from pipeline.stages.match.engine import confirming
from pipeline.stages.match.exact.evaluate import holds
from pipeline.stages.match.exact.reading import Reading
from pipeline.stages.match.language.printing import written
from pipeline.stages.match.language.query import Node
from topics.spec import Lane

REASON = "evaluating it failed: RecursionError: too deep"
_AGENT = "agent"


def failing(tree: Node, reading: Reading) -> bool:
    """In place of the evaluator's own `holds`."""
    if "/" in written(tree):
        raise RecursionError("too deep")
    return holds(tree, reading)


def failing_program(name: str, lane: Lane, *, log_file: Path | None = None) -> Program:
    """In place of the supervisor's own `agent_program`."""
    program = agent_program(name, lane, log_file=log_file)
    return replace(program, arguments=(sys.executable, "-m", "tests.failing", _AGENT, name, lane.value))


if __name__ == "__main__":
    confirming.holds = failing
    workers.agent_program = failing_program
    if sys.argv[1] == _AGENT:
        del sys.argv[1]
        runpy.run_module("pipeline.agents", run_name="__main__")
    else:
        main()
