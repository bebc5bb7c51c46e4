"""What a replay at full speed costs live work: the delay of live pages without one and with one, in the same run.

    python -m bench.replay [--pages N] [--per-second R] [--history N] [--json]

First the history is published and worked off, which warms the processes up. Then live pages are timed from their topic
to the webhook, as in bench.latency; then as many again while `tocsin replay raw-pages` runs the whole history through
workers of its own on the same machine. `replayed_per_s` counts the raw pages its lane's first stage ended while the
live pages were timed; `still_running` says that the replay lasted at least as long as they did.
"""

import argparse
from collections.abc import Sequence
from contextlib import ExitStack
from time import monotonic

from bench import live
from bench.report import Row, show
from bench.running import Ends, kafka, process, wait_for
from pipeline.adapters.kafka import Producer
from pipeline.settings import Settings
from topics import registry
from topics.records import RawPage
from topics.spec import Lane

_CLEANED = registry.ARTICLES.in_lane(Lane.REPLAY)


def main() -> None:
    """Measure and show."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=150, help="live pages of each of the two")
    parser.add_argument("--per-second", type=float, default=5.0)
    parser.add_argument("--history", type=int, default=2000, help="pages to replay")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    show("replay", _measure(options.pages, options.per_second, options.history), as_json=options.json)


def _measure(count: int, per_second: float, history: int) -> list[Row]:
    with kafka() as settings, ExitStack() as stack:
        received = stack.enter_context(live.watched(settings))
        stack.enter_context(process(settings, "-m", "pipeline", "work"))
        stack.enter_context(process(settings, "-m", "pipeline", "deliver"))
        _publish(settings, live.distinct(0, history))
        wait_for(lambda: len(received) >= history, timeout_s=600, what="the history's alerts")
        alone = live.delays(settings, live.distinct(history, count), received, per_second=per_second)
        lane = Ends(settings, _CLEANED)
        replay = stack.enter_context(process(settings, "-m", "pipeline", "replay", "raw-pages", "--from", "1d"))
        wait_for(lambda: lane.count() > 0, timeout_s=120, what="the first replayed page")
        first, started = lane.count(), monotonic()
        beside = live.delays(settings, live.distinct(history + count, count), received, per_second=per_second)
        row = {
            "replayed_per_s": (lane.count() - first) / (monotonic() - started),
            "still_running": replay.poll() is None,
        }
    columns = {"pages": count, "per_second": per_second}
    return [
        {"live": "alone", **columns, **live.summary(alone), "replayed_per_s": 0.0, "still_running": False},
        {"live": "with replay", **columns, **live.summary(beside), **row},
    ]


def _publish(settings: Settings, pages: Sequence[RawPage]) -> None:
    producer = Producer(settings)
    for sent in [producer.send(registry.RAW_PAGES, page) for page in pages]:
        sent.result(60)
    producer.close()


if __name__ == "__main__":
    main()
