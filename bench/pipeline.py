"""Pages per second through the whole pipeline on a real broker, beside a bare trafilatura loop on the same cores.

    python -m bench.pipeline [--pages N] [--folder F] [--json]

Both get the same pages and as many processes as there are cores. The pipeline's time runs from the first tenth of its
outcomes at the match stage to the last: its start is not counted, and neither is the loop's.
"""

import argparse
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from time import monotonic

import trafilatura

from bench import corpus
from bench.report import Row, show
from bench.running import Ends, kafka, process, wait_for
from pipeline.adapters.kafka import Producer
from topics import registry
from topics.records import RawPage


def main() -> None:
    """Run both and show the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=1500, help="how many pages go through each")
    parser.add_argument("--folder", type=Path, help="*.html or *.html.gz to use instead of the demo newsroom's")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    pages = corpus.raw_pages(corpus.read(options.folder), options.pages)
    bare = _bare(pages)
    whole = _whole(pages)
    size = sum(len(page.body) for page in pages) / len(pages)
    rows: list[Row] = [
        {"what": "bare trafilatura loop", "pages_per_s": bare, "ratio": 1.0, "mean_page_bytes": int(size)},
        {"what": "whole pipeline", "pages_per_s": whole, "ratio": whole / bare, "mean_page_bytes": int(size)},
    ]
    show("pipeline", rows, as_json=options.json)


def _bare(pages: list[RawPage]) -> float:
    cores = os.cpu_count() or 1
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(cores, mp_context=context) as pool:
        list(pool.map(_extract, pages[: 8 * cores]))
        started = monotonic()
        list(pool.map(_extract, pages, chunksize=8))
        return len(pages) / (monotonic() - started)


def _extract(page: RawPage) -> bool:
    return trafilatura.bare_extraction(page.body, url=page.final_url, with_metadata=True) is not None


def _whole(pages: list[RawPage]) -> float:
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
        first, started = ends.count(), monotonic()
        wait_for(lambda: ends.count() >= len(pages), timeout_s=600, what="the last page")
        return (ends.count() - first) / (monotonic() - started)


if __name__ == "__main__":
    main()
