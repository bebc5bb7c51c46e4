"""A Tocsin with history to replay: pages whose articles and alerts are known, live processes, a counting receiver."""

import asyncio
import json
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from pipeline.adapters.kafka import Producer
from pipeline.replay.selection import origin_of, stamp
from pipeline.settings import Settings
from pipeline.stages import identity
from pipeline.stages.provenance import STEPS_HEADER, encode_steps
from tests.delivering import SECRET, Receiver
from tests.integration.conftest import environment_of
from tests.integration.pipeline import QUICK, tocsin, tocsin_running
from tests.integration.running import REPOSITORY, Found, Reader
from tests.samples import AT, raw_page
from topics import codec, registry
from topics.records import LIVE_RUN, Mode, RawPage
from topics.spec import Lane, TopicSpec

SLOW_LAG = {"TOCSIN_REPLAY__PAUSE_ABOVE_LAG": "60"}
_SENTENCES = (
    "The council of {place} met on Tuesday to hear what the engineers had found under the old bridge.",
    "Its members had asked for the report in spring, when the first cracks were seen by a passing cyclist.",
    "Nobody in the hall disputed the figures, although several speakers wondered who is to pay for the repairs.",
    "A vote on the money is expected before the summer, and the bridge stays closed to lorries until then.",
    "Shopkeepers on the western bank say that they have lost a third of their customers since the closure.",
)
_WATCHES = """
channels:
  - {{name: hook, kind: webhook, url: "{url}", secret: "{secret}"}}
watches:
  - {{name: bridges, query: bridge AND marked, channels: [hook]}}
"""


def page(number: int, *, is_marked: bool = True, host: str | None = None) -> RawPage:
    """A page of its own story. A marked one matches the watch `bridges`; every tenth number is too short to clean."""
    site = host or f"site{number % 5}.example"
    url = f"https://{site}/news/{number}/council-met-over-the-bridge"
    words = " ".join(identity.digest(str(number), str(word))[:9] for word in range(12))
    mark = "It is marked for those who watch. " if is_marked else ""
    paragraphs = [sentence.format(place=f"Town{number}") for sentence in _SENTENCES]
    text = "".join(f"<p>{paragraph} {mark if not at else ''}</p>" for at, paragraph in enumerate(paragraphs))
    body = f"<html lang=en><head><title>Council {number} met over the bridge</title></head><body><article>"
    body += f"<h1>Council {number} met over the bridge</h1>{text}<p>Their notes read {words} in full.</p></article>"
    if number % 10 == 9:
        body = f"<html><head><title>{number}</title></head><body><p>Nothing {number}.</p>"
    return raw_page(url, body=f"{body}</body></html>".encode())


def publish(settings: Settings, pages: Sequence[RawPage]) -> None:
    """Send pages as a poller does."""
    producer = Producer(settings)
    headers = [(STEPS_HEADER, encode_steps({"poll": AT}))]
    for future in [producer.send(registry.RAW_PAGES, one, headers=headers) for one in pages]:
        future.result(30)
    producer.close()


@asynccontextmanager
async def watched(settings: Settings, folder: Path) -> AsyncIterator[Receiver]:
    """A receiver to which the alerts of the watch go."""
    async with Receiver() as receiver:
        path = folder / "watches.yaml"
        path.write_text(_WATCHES.format(url=receiver.url, secret=SECRET))
        await asyncio.to_thread(tocsin, settings, "watch", "import", str(path))
        yield receiver


@contextmanager
def live(settings: Settings, *commands: str) -> Iterator[None]:
    """Live workers and a deliverer."""
    with ExitStack() as stack:
        for command in commands or ("work", "deliver"):
            stack.enter_context(tocsin_running(settings, command))
        yield


def start_replay(settings: Settings, *words: str, program: str = "pipeline", **more: str) -> "subprocess.Popen[bytes]":
    """A replay under way, its output in the data folder."""
    log = settings.data_folder / "replay.log"
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", program, "replay", *words],
            env=environment_of(settings) | QUICK | SLOW_LAG | more,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=REPOSITORY,
        )


def replay(settings: Settings, *words: str, code: int = 0, **more: str) -> dict[str, Any]:
    """Replay to the end; the run as it ended."""
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "replay", *words, "--json"],
        env=environment_of(settings) | QUICK | SLOW_LAG | more,
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == code, f"tocsin replay {' '.join(words)}: {done.stdout}{done.stderr}"
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def runs(settings: Settings) -> list[dict[str, Any]]:
    """The newest runs, newest first."""
    return [json.loads(line) for line in tocsin(settings, "replay", "list", "--json").splitlines()]


def content(settings: Settings, spec: TopicSpec, *, run_id: str | None = None) -> Counter[bytes]:
    """The records of a live topic, or of a run in its lane as they would stand in the live one; by their bytes."""
    found = read_all(settings, spec if run_id is None else spec.in_lane(Lane.REPLAY))
    return Counter(live_bytes(one) for one in found if run_id is None or one.headers.get("run") == run_id)


def read_all(settings: Settings, spec: TopicSpec) -> list[Found]:
    """The whole topic as it is now."""
    reader = Reader(settings, spec)
    reader.read_to_end()
    reader.close()
    return reader.found


def version_of(found: Found) -> str:
    """The version of the page which the record is, or was made of."""
    return origin_of(found.record).version_id


def live_bytes(found: Found) -> bytes:
    """The record as it would stand in its live topic."""
    return codec.encode(found.spec, stamp(found.record, mode=Mode.LIVE, run_id=LIVE_RUN))
