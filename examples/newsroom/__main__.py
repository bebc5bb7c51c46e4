"""`python -m examples.newsroom`: open the newsroom and go on publishing until stopped."""

import argparse
import asyncio
import signal
import sys
from contextlib import suppress
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from examples.newsroom import files
from examples.newsroom.newsroom import Newsroom
from examples.newsroom.script import ScriptedArticle, ScriptError, load
from examples.newsroom.variations import OPENING, programme

_EVERY_S = 2.5


def main() -> int:
    """0 after an orderly stop, 2 for what could not be started."""
    options = _options()
    try:
        asyncio.run(_run(options))
    except (OSError, ScriptError) as error:
        print(f"newsroom: {error}", file=sys.stderr)
        return 2
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m examples.newsroom", description="The demo newsroom.")
    parser.add_argument("--port", type=_port, default=files.DEFAULT_PORT, help="of the desk and of every outlet")
    parser.add_argument("--speed", type=_speed, default=1.0, help=f"1 publishes every {_EVERY_S} s, 2 twice as often")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write feeds.opml and watches.yaml there")
    parser.add_argument("--quiet", action="store_true", help="no line for each article")
    return parser.parse_args()


def _port(text: str) -> int:
    # Room above it for the outlets, where they differ by port.
    if not 1 <= (port := int(text)) <= 65_000:
        raise argparse.ArgumentTypeError("a number from 1 to 65000 is expected")
    return port


def _speed(text: str) -> float:
    # From one article in four minutes to forty a second.
    if not 0.01 <= (speed := float(text)) <= 100:
        raise argparse.ArgumentTypeError("a number from 0.01 to 100 is expected")
    return speed


async def _run(options: argparse.Namespace) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    first_edition = int(datetime.now(UTC).timestamp())
    articles = programme(load(), first_edition=first_edition)
    async with Newsroom(articles=tuple(islice(articles, OPENING)), port=options.port) as newsroom:
        _greet(newsroom)
        if options.write is not None:
            files.write(options.write, feed_urls=newsroom.feed_urls, hook_url=newsroom.hook_url)
        for article in articles:
            if await _is_set_within(stopped, _EVERY_S / options.speed):
                return
            url = newsroom.publish(article)
            if not options.quiet:
                _tell(article, url)


async def _is_set_within(event: asyncio.Event, seconds: float) -> bool:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
    return event.is_set()


def _greet(newsroom: Newsroom) -> None:
    print(f"newsroom: {len(newsroom.feed_urls)} outlets, feeds at {newsroom.desk_url}/feeds.opml", flush=True)
    if not newsroom.has_own_hosts:
        print("newsroom: only 127.0.0.1 can be bound here, so the outlets differ by port", flush=True)


def _tell(article: ScriptedArticle, url: str) -> None:
    print(f"{datetime.now(UTC):%H:%M:%S} {article.outlet_id:<12} {article.title}  {url}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
