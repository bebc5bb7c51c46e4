"""A process that exports every metric with something in it, to be scraped. Its argument: the port of `poll`."""

import itertools
import signal
import sys

from prometheus_client.metrics import MetricWrapperBase

from pipeline import metrics
from pipeline.settings import MetricsSettings

LABELS = {
    "mode": ["live", "backfill"],
    "stage": ["poll", "clean", "tag", "match", "fold", "clean-replay"],
    "outcome": ["emitted", "dropped", "published", "not-modified", "delivered"],
    "reason": ["", "too-short", "undecodable"],
    "topic": ["watches", "actors", "raw-pages"],
    "kind": ["feed", "page", "webhook", "quotation-cue", "quotation-carried", "figure"],
    "finding": ["missing", "contradicted"],
    "state": ["fine", "failing"],
}


def fill(metric: MetricWrapperBase) -> None:
    """Give every combination of the metric's labels a value."""
    if metric is metrics.BUILD:
        return
    names: tuple[str, ...] = metric._labelnames
    for values in itertools.product(*(LABELS[name] for name in names)):
        child = metric.labels(*values) if names else metric
        record = getattr(child, "observe", None) or child.inc  # type: ignore[attr-defined]
        record(1)


if __name__ == "__main__":
    metrics.serve("poll", MetricsSettings(port=int(sys.argv[1])))
    for declared in list(vars(metrics).values()):
        if isinstance(declared, MetricWrapperBase):
            fill(declared)
    print("ready", flush=True)
    signal.pause()
