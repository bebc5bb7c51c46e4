"""Live pages for benchmarks: each a story of its own that one watch finds, timed from its topic to the webhook."""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from statistics import median, quantiles
from threading import Event, Thread
from time import monotonic

from bench import corpus
from bench.running import process, wait_for
from pipeline.adapters.kafka import Producer
from pipeline.settings import Settings
from pipeline.stages import identity
from pipeline.stages.clean import clean
from pipeline.stages.outcome import Emit
from topics import registry
from topics.records import RawPage

_NEVER = Event()
_PARAGRAPH = re.compile(rb"<p\b[^>]*>.*?</p>", re.DOTALL)
_WATCHES = """
channels:
  - {{name: hook, kind: webhook, url: "http://127.0.0.1:{port}/"}}
watches:
  - {{name: every page, query: benchmarked, channels: [hook]}}
"""

Received = dict[str, float]
"""Address of a page to the moment its alert came."""


@contextmanager
def watched(settings: Settings) -> Iterator[Received]:
    """A webhook that receives the alert of every page of `distinct`, with the watch that raises them."""
    received: Received = {}

    class Hook(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.setdefault(json.loads(body)["data"]["url"], monotonic())
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        _import_watch(settings, server.server_address[1])
        yield received
    finally:
        server.shutdown()


def distinct(first: int, count: int) -> list[RawPage]:
    """Pages that are articles for sure, each with an address and a sentence of its own, so that none is a copy."""
    pages = corpus.raw_pages(_articles(), first + count)[first:]
    return [replace(page, body=_numbered(page.body, number)) for number, page in enumerate(pages, first)]


def delays(settings: Settings, pages: Sequence[RawPage], received: Received, *, per_second: float) -> list[float]:
    """Seconds from each page's acknowledgement in its topic to its alert's receipt, published at that pace."""
    producer = Producer(settings)
    sent: dict[str, float] = {}
    started = monotonic()
    for number, page in enumerate(pages):
        _NEVER.wait(max(0.0, started + number / per_second - monotonic()))
        producer.send(registry.RAW_PAGES, page).result(30)
        sent[page.final_url] = monotonic()
    producer.close()
    wait_for(lambda: sent.keys() <= received.keys(), timeout_s=120, what="the last webhook")
    return [received[url] - moment for url, moment in sent.items()]


def summary(seconds: Sequence[float]) -> dict[str, float]:
    """The distribution in milliseconds."""
    cuts = quantiles(seconds, n=100, method="inclusive")
    return {
        "p50_ms": 1000 * median(seconds),
        "p90_ms": 1000 * cuts[89],
        "p99_ms": 1000 * cuts[98],
        "max_ms": 1000 * max(seconds),
    }


@cache
def _articles() -> list[tuple[str, bytes]]:
    """The newsroom's pages that are articles, and keep the sentence when they are cleaned."""
    pages = corpus.read(None)
    kept = []
    for page, read in zip(corpus.raw_pages(pages, len(pages)), pages, strict=True):
        outcome = clean(replace(page, body=_numbered(page.body, 0)))
        if isinstance(outcome, Emit) and "benchmarked" in outcome.records[0].text:
            kept.append(read)
    return kept


def _numbered(body: bytes, number: int) -> bytes:
    """The page with a sentence of its own behind its longest paragraph."""
    longest = max(_PARAGRAPH.finditer(body), key=lambda found: found.end() - found.start())
    words = " ".join(identity.digest(str(number), str(word)) for word in range(8))
    sentence = f"<p>This page was benchmarked under the number {number}, which is written {words} here.</p>"
    return body[: longest.end()] + sentence.encode() + body[longest.end() :]


def _import_watch(settings: Settings, port: int) -> None:
    path = settings.data_folder / "watches.yaml"
    path.write_text(_WATCHES.format(port=port), "utf-8")
    with process(settings, "-m", "pipeline", "watch", "import", str(path)) as importing:
        assert importing.wait(60) == 0, (settings.data_folder / "output.log").read_text("utf-8")
