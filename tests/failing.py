"""`python -m tests.failing …`: the `tocsin` command with an evaluator that fails at regular expressions."""

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
    main()
