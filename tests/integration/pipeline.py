"""The whole pipeline as users run it, fed by the demo newsroom; and the count of what went in against what came out."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from examples.newsroom import files
from examples.newsroom.newsroom import Newsroom
from examples.newsroom.script import ScriptedArticle
from pipeline.settings import Settings
from tests.integration.conftest import environment_of
from tests.integration.running import REPOSITORY, Reader, running
from topics import registry
from topics.records import Match, RawPage

QUICK = {
    "TOCSIN_POLL__INTERVAL_FLOOR": "1",
    "TOCSIN_POLL__INTERVAL_CEILING": "2",
    "TOCSIN_FETCH__HOST_SPACING": "0.01",
    "TOCSIN_FETCH__HOST_CONCURRENCY": "4",
    "TOCSIN_FETCH__TIMEOUT": "10",
    "TOCSIN_WORK__POOL_PROCESSES": "1",
    "TOCSIN_REPLAY__NICENESS": "0",
}
"""A poller in a hurry, as a local newsroom allows; and workers of the replay lane that do not stand back, since other
tests on the same machine would leave them nothing."""


def tocsin(settings: Settings, *arguments: str) -> str:
    """What a command printed; it must succeed."""
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", *arguments],
        env=environment_of(settings),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"tocsin {' '.join(arguments)}: {done.stdout}{done.stderr}"
    return done.stdout


def introduce(settings: Settings, newsroom: Newsroom, folder: Path) -> None:
    """Import the newsroom's feeds, actors, watches and channels."""
    files.write(folder, feed_urls=newsroom.feed_urls, hook_url=newsroom.hook_url)
    tocsin(settings, "watch", "import", str(folder / "watches.yaml"))
    tocsin(settings, "feeds", "import", str(folder / "feeds.opml"))


@contextmanager
def tocsin_running(settings: Settings, *arguments: str, **more: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A long-running command; its output lies in the data folder under its name."""
    log = settings.data_folder / f"{arguments[0]}.log"
    with running(settings, "-m", "pipeline", *arguments, log=log, **(QUICK | more)) as process:
        yield process


@dataclass(frozen=True)
class Account:
    """Every page version that was acknowledged, and how it ended."""

    pages: set[str]
    """Version ids on raw-pages."""
    ended: dict[str, set[str]] = field(default_factory=dict)
    """For each version: `stage/outcome` of every end it had, the emitted ones left out."""
    repeated: int = 0
    """Records beyond the first of the same page version and stage, which their names absorb."""

    @property
    def missing(self) -> set[str]:
        """Pages without an end."""
        return self.pages - {version for version, ends in self.ended.items() if ends}

    @property
    def contradicted(self) -> dict[str, set[str]]:
        """Pages that ended in more than one way."""
        return {version: ends for version, ends in self.ended.items() if len(ends) > 1}


_COUNTED = (registry.RAW_PAGES, registry.MATCHES, registry.OUTCOMES, registry.RAW_PAGES.dead_letter)


class Accountant:
    """Reads the topics and balances them."""

    def __init__(self, settings: Settings) -> None:
        self._reader = Reader(settings, *_COUNTED)

    def balance(self) -> Account:
        """The account of everything read so far."""
        self._reader.read_to_end()
        pages: set[str] = set()
        ends: dict[str, set[str]] = {}
        names: Counter[object] = Counter()
        for found in self._reader.found:
            if found.spec == registry.RAW_PAGES.dead_letter:
                continue
            record = found.record
            if isinstance(record, RawPage):
                pages.add(record.origin.version_id)
            elif isinstance(record, Match):
                ends.setdefault(record.origin.version_id, set()).add("match/matched")
                names[record.match_id] += 1
            elif record.stage in ("clean", "tag", "match"):
                ends.setdefault(record.version_id, set()).add(f"{record.stage}/{record.outcome}")
                names[record.outcome_id] += 1
        return Account(pages, ends, sum(names.values()) - len(names))

    def close(self) -> None:
        """Close the client."""
        self._reader.close()


def alerts_received(newsroom: Newsroom) -> Counter[tuple[str, str]]:
    """Watch id and address of the page, for every webhook received with a valid signature."""
    return Counter(
        (delivery.payload["data"]["watch_id"], delivery.payload["data"]["url"])
        for delivery in newsroom.receiver.deliveries
    )


def stories_of(
    received: Counter[tuple[str, str]], newsroom: Newsroom, articles: list[ScriptedArticle]
) -> Counter[tuple[str, str]]:
    """The same, with the story in place of the address."""
    by_url = {newsroom.url_of(article): article.story for article in articles}
    stories: Counter[tuple[str, str]] = Counter()
    for (watch, url), count in received.items():
        stories[watch, by_url[url]] += count
    return stories
