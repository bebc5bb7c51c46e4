"""The delay from a page standing in its topic to the webhook's receipt, at a pace that leaves the machine room.

    python -m bench.latency [--pages N] [--per-second R] [--json]

The pages are the demo newsroom's, about 5 kB each; every one matches one watch and is a story of its own. The first
fifth warms the processes up and is not counted. For half load set --per-second to half of what bench.pipeline, without
--folder, measures on the same machine.
"""

import argparse
from contextlib import ExitStack

from bench import live
from bench.report import show
from bench.running import kafka, process


def main() -> None:
    """Measure and show."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=500)
    parser.add_argument("--per-second", type=float, default=8.0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    delays = _measure(options.pages, options.per_second)
    row = {"pages": len(delays), "per_second": options.per_second, **live.summary(delays)}
    show("latency", [row], as_json=options.json)


def _measure(count: int, per_second: float) -> list[float]:
    with kafka() as settings, ExitStack() as stack:
        received = stack.enter_context(live.watched(settings))
        stack.enter_context(process(settings, "-m", "pipeline", "work"))
        stack.enter_context(process(settings, "-m", "pipeline", "deliver"))
        return live.delays(settings, live.distinct(0, count), received, per_second=per_second)[count // 5 :]


if __name__ == "__main__":
    main()
