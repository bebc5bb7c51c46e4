"""The delay from a page standing in its topic to the webhook's receipt, at about half load.

    python -m bench.latency [--pages N] [--per-second R] [--json]

Every page matches one watch and is a story of its own. The first fifth warms the processes up and is not counted. Set
--per-second to half of what bench.pipeline measures on the same machine.
"""

import argparse
import json
from contextlib import ExitStack
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from statistics import median, quantiles
from threading import Event, Thread
from time import monotonic

from bench import corpus
from bench.report import show
from bench.running import kafka, process, wait_for
from pipeline.adapters.kafka import Producer
from pipeline.settings import Settings
from pipeline.stages import identity
from topics import registry
from topics.records import RawPage

_NEVER = Event()
_WATCHES = """
channels:
  - {{name: hook, kind: webhook, url: "http://127.0.0.1:{port}/"}}
watches:
  - {{name: every page, query: benchmarked, channels: [hook]}}
"""


class _Receiver(BaseHTTPRequestHandler):
    received: dict[str, float]
    """Address of the page to the moment its alert came."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.setdefault(json.loads(body)["data"]["url"], monotonic())
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Stay silent."""


def main() -> None:
    """Measure and show."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=500)
    parser.add_argument("--per-second", type=float, default=8.0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    delays = _measure(options.pages, options.per_second)
    cuts = quantiles(delays, n=100)
    row = {
        "pages": len(delays),
        "per_second": options.per_second,
        "p50_ms": 1000 * median(delays),
        "p90_ms": 1000 * cuts[89],
        "p99_ms": 1000 * cuts[98],
        "max_ms": 1000 * max(delays),
    }
    show("latency", [row], as_json=options.json)


def _measure(count: int, per_second: float) -> list[float]:
    _Receiver.received = {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Receiver)
    Thread(target=server.serve_forever, daemon=True).start()
    with kafka() as settings, ExitStack() as stack:
        _import_watch(settings, server.server_address[1])
        stack.enter_context(process(settings, "-m", "pipeline", "work"))
        stack.enter_context(process(settings, "-m", "pipeline", "deliver"))
        sent = _publish(settings, _distinct(count), 1 / per_second)
        wait_for(lambda: len(_Receiver.received) >= len(sent), timeout_s=60, what="the last webhook")
    server.shutdown()
    return [_Receiver.received[url] - moment for url, moment in list(sent.items())[count // 5 :]]


def _import_watch(settings: Settings, port: int) -> None:
    path = settings.data_folder / "watches.yaml"
    path.write_text(_WATCHES.format(port=port), "utf-8")
    with process(settings, "-m", "pipeline", "watch", "import", str(path)) as importing:
        assert importing.wait(60) == 0, (settings.data_folder / "output.log").read_text("utf-8")


def _distinct(count: int) -> list[RawPage]:
    """Pages that are articles for sure, each with a sentence of its own, so that none is a copy."""
    pages = []
    for number, page in enumerate(corpus.raw_pages(corpus.read(None), count)):
        words = " ".join(identity.digest(str(number), str(word)) for word in range(8))
        sentence = f"<p>This page was benchmarked under the number {number}, which is written {words} here.</p>"
        body = page.body.replace(b"</p>", b"</p>" + sentence.encode(), 1)
        pages.append(replace(page, body=body))
    return pages


def _publish(settings: Settings, pages: list[RawPage], pause_s: float) -> dict[str, float]:
    producer = Producer(settings)
    sent: dict[str, float] = {}
    started = monotonic()
    for number, page in enumerate(pages):
        _NEVER.wait(max(0.0, started + number * pause_s - monotonic()))
        producer.send(registry.RAW_PAGES, page).result(30)
        sent[page.final_url] = monotonic()
    producer.close()
    return sent


if __name__ == "__main__":
    main()
