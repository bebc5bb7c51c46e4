"""Pages per second through the whole pipeline on a real broker, beside a bare trafilatura loop on the same cores.

    python -m bench.pipeline [--pages N] [--folder F] [--json]

Both get the same pages and as many processes as there are cores. The pipeline's time runs from the first tenth of its
outcomes at the match stage to the last: its start is not counted, and neither is the loop's. The columns in `_ms` are
the milliseconds of processor that a page took in that time, of all processes and of each: `bench_ms` is this process,
which looks how far the pipeline is; `bench_pool_ms` the processes of the loop; `clean_pool_ms` the children in which
the clean agent extracts; `other_ms` the supervisor of the agents. `processor_ratio` is the ratio of these sums: what
`ratio` would be with no core ever idle and nothing else running.
"""

import argparse
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import trafilatura

from bench import corpus, processor
from bench.report import Row, show
from bench.running import Ends, kafka, process, wait_for
from pipeline.adapters.kafka import Producer
from topics import registry
from topics.records import RawPage

_ROLES = ("bench", "bench-pool", "broker", "clean", "clean-pool", "tag", "match", "other")


def main() -> None:
    """Run both and show the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=1500, help="how many pages go through each")
    parser.add_argument("--folder", type=Path, help="*.html or *.html.gz to use instead of the demo newsroom's")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    pages = corpus.raw_pages(corpus.read(options.folder), options.pages)
    bare = _bare(pages)
    whole = _whole(pages)
    size = int(sum(len(page.body) for page in pages) / len(pages))
    rows = [
        _row(name, run, bare=bare, mean_page_bytes=size)
        for name, run in (("bare trafilatura loop", bare), ("whole pipeline", whole))
    ]
    show("pipeline", rows, as_json=options.json)


@dataclass(frozen=True, slots=True)
class _Run:
    """Some pages in so many seconds, and the processor's seconds of each process in that time."""

    pages: int
    wall_s: float
    processor_s: dict[str, float]

    @property
    def per_s(self) -> float:
        return self.pages / self.wall_s

    @property
    def ms_per_page(self) -> float:
        """Of all processes together."""
        return 1000 * sum(self.processor_s.values()) / self.pages


class _Timer:
    """Measures from its making until `run` is called."""

    def __init__(self) -> None:
        self._started = monotonic()
        self._before = processor.seconds()

    def run(self, pages: int) -> _Run:
        wall_s, after = monotonic() - self._started, processor.seconds()
        return _Run(pages, wall_s, {role: after[role] - self._before.get(role, 0.0) for role in after})


def _row(name: str, run: _Run, *, bare: _Run, mean_page_bytes: int) -> Row:
    of_each = {f"{role.replace('-', '_')}_ms": 1000 * run.processor_s.get(role, 0.0) / run.pages for role in _ROLES}
    return {
        "what": name,
        "pages_per_s": run.per_s,
        "ratio": run.per_s / bare.per_s,
        "processor_ratio": bare.ms_per_page / run.ms_per_page,
        "mean_page_bytes": mean_page_bytes,
        "cores_busy": sum(run.processor_s.values()) / run.wall_s,
        "all_ms": run.ms_per_page,
        **of_each,
    }


def _bare(pages: list[RawPage]) -> _Run:
    cores = os.cpu_count() or 1
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(cores, mp_context=context) as pool:
        list(pool.map(_extract, pages[: 8 * cores]))
        timer = _Timer()
        list(pool.map(_extract, pages, chunksize=8))
        return timer.run(len(pages))


def _extract(page: RawPage) -> bool:
    return trafilatura.bare_extraction(page.body, url=page.final_url, with_metadata=True) is not None


def _whole(pages: list[RawPage]) -> _Run:
    with kafka() as settings, ExitStack() as stack:
        producer = Producer(settings)
        sent = [producer.send(registry.RAW_PAGES, page) for page in pages]
        for future in sent:
            future.result(60)
        producer.close()
        ends = Ends(
            settings,
            registry.MATCHES,
            registry.OUTCOMES,
            *(spec.dead_letter for spec in registry.DECLARED if spec.has_dead_letters),
        )
        stack.enter_context(process(settings, "-m", "pipeline", "work"))
        wait_for(lambda: ends.count() >= len(pages) // 10, timeout_s=120, what="the first tenth")
        first, timer = ends.count(), _Timer()
        # Each look costs the broker and this process what several records do.
        wait_for(lambda: ends.count() >= len(pages), timeout_s=600, what="the last page", every_s=0.25)
        return timer.run(ends.count() - first)


if __name__ == "__main__":
    main()
