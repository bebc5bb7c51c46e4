"""`python -m tests.failing …`: the `tocsin` command with an evaluator that fails at regular expressions.

`python -m tests.failing agent match replay` is an agent with that evaluator.
"""

import runpy
import sys

from pipeline.__main__ import main
from pipeline.stages.match.engine import confirming
from pipeline.stages.match.exact.evaluate import holds
from pipeline.stages.match.exact.reading import Reading
from pipeline.stages.match.language.printing import written
from pipeline.stages.match.language.query import Node

REASON = "evaluating it failed: RecursionError: too deep"


def failing(tree: Node, reading: Reading) -> bool:
    """In place of the evaluator's own `holds`."""
    if "/" in written(tree):
        raise RecursionError("too deep")
    return holds(tree, reading)


if __name__ == "__main__":
    confirming.holds = failing
    if sys.argv[1] == "agent":
        del sys.argv[1]
        runpy.run_module("pipeline.agents", run_name="__main__")
    else:
        main()
