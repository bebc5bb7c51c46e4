"""`tocsin feeds`: the sources to poll."""

import sys
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from pipeline import log, settings
from pipeline.adapters import clock, topics
from pipeline.adapters.feed_store import FeedStore
from pipeline.cli import quiet
from pipeline.errors import TocsinError, UsageError
from pipeline.settings import Settings
from pipeline.stages import identity
from pipeline.stages.feeds import outline
from pipeline.stages.feeds.outlined import OutlinedFeed, feed_address
from topics.records import Feed

app = typer.Typer(help="The sources to poll.", no_args_is_help=True)

app.command("quiet")(quiet.quiet)

_SENT_TOGETHER = 200
_LARGEST_FILE_BYTES = 50 << 20


class Format(StrEnum):
    """What a list of feeds is written as."""

    OPML = "opml"
    YAML = "yaml"


AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line instead of a table.")]
IgnoreRobots = Annotated[bool, typer.Option("--ignore-robots", help="Do not heed the site's robots.txt.")]


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="OPML or YAML; what it does not say of a known feed stays.")],
) -> None:
    """Add the feeds of a file; nothing is written unless the whole file can be used."""
    loaded = _load()
    listed = read_file(file)
    topics.require(loaded)
    with FeedStore(loaded) as store:
        known = store.all()
        now = clock.now()
        wanted = [merge(feed, known.get(identity.feed_id(feed.url)), added_at=now) for feed in listed]
        changed = [feed for feed in wanted if known.get(feed.feed_id) != feed]
        _put(store, changed)
    added = sum(feed.feed_id not in known for feed in changed)
    typer.echo(f"feeds: {added} added, {len(changed) - added} changed, {len(wanted) - len(changed)} as they were")


def read_file(file: Path) -> tuple[OutlinedFeed, ...]:
    """What a file lists. UsageError names the line at fault."""
    return outline.read(_content(file), source=str(file))


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """Show every feed: when it last answered, when it is asked next, what is wrong."""
    from pipeline.cli import feed_report

    loaded = _load()
    with FeedStore(loaded) as store:
        feeds, states = store.all(), store.states()
    lines = [feed_report.line(feed, states.get(feed_id)) for feed_id, feed in feeds.items()]
    lines.sort(key=lambda line: (line.state, line.url))
    feed_report.show_list(lines, as_json=as_json, now=clock.now())


@app.command()
def export(
    format: Annotated[Format, typer.Option("--format", help="YAML keeps all that is set; OPML title and folders.")] = (
        Format.OPML
    ),
) -> None:
    """Write every feed to standard output."""
    with FeedStore(_load()) as store:
        feeds = sorted(store.all().values(), key=lambda feed: (feed.folders, feed.url))
    text = outline.write_opml(feeds) if format is Format.OPML else outline.write_yaml(feeds)
    sys.stdout.buffer.write(text.encode("utf-8"))


@app.command()
def add(
    url: Annotated[str, typer.Argument(help="A feed, or a site that announces one.")],
    title: Annotated[str | None, typer.Option(help="Otherwise the feed's own.")] = None,
    folder: Annotated[list[str] | None, typer.Option(help="Outermost first; may be repeated.")] = None,
    ignore_robots: IgnoreRobots = False,
    unasked: Annotated[bool, typer.Option("--unasked", help="Add the address as it is, without asking it.")] = False,
) -> None:
    """Add one feed, found from the site's address where that is what is given."""
    loaded = _load()
    address = feed_address(url, place="URL")
    said = OutlinedFeed(
        url=address, title=title, folders=tuple(folder or ()), obey_robots=False if ignore_robots else None
    )
    topics.require(loaded)
    if not unasked:
        said = _found(loaded, said, obey_robots=not ignore_robots)
    with FeedStore(loaded) as store:
        known = store.all().get(identity.feed_id(said.url))
        store.put(merge(said, known, added_at=clock.now()))
    typer.echo(f"{'changed' if known else 'added'} {said.url}" + (f" ({said.title})" if said.title else ""))


@app.command()
def rm(url: Annotated[str, typer.Argument(help="The feed's address or its id.")]) -> None:
    """Stop polling a feed; what is remembered of it stays."""
    with FeedStore(_load()) as store:
        if not store.remove(identity.feed_id(url.strip())) and not store.remove(url.strip()):
            raise UsageError(f"{url}: no such feed; `tocsin feeds list` shows them")
    typer.echo(f"removed {url}")


@app.command()
def check(
    url: Annotated[str, typer.Argument(help="A feed, or a site that announces one.")],
    as_json: AsJson = False,
    ignore_robots: IgnoreRobots = False,
) -> None:
    """Ask an address as a poller would and tell what is there; exit code 1 when it is no feed. Needs no broker."""
    from pipeline.cli import feed_probe, feed_report

    loaded = _load()
    probe = feed_probe.probe(loaded.fetch, feed_address(url, place="URL"), obey_robots=not ignore_robots)
    feed_report.show_check(feed_report.checked(probe, loaded.poll), as_json=as_json)
    if probe.feed is None:
        raise typer.Exit(1)


def merge(said: OutlinedFeed, known: Feed | None, *, added_at: datetime) -> Feed:
    """The feed as it is to stand: what is said, else what is known of it, else the defaults."""
    base = known or Feed(feed_id=identity.feed_id(said.url), url=said.url, added_at=added_at)
    return replace(
        base,
        title=said.title or base.title,
        folders=said.folders or base.folders,
        interval_floor_s=base.interval_floor_s if said.interval_floor_s is None else said.interval_floor_s,
        obey_robots=base.obey_robots if said.obey_robots is None else said.obey_robots,
        enabled=base.enabled if said.enabled is None else said.enabled,
    )


def _load() -> Settings:
    loaded = settings.load()
    log.configure(level=loaded.log_level)
    return loaded


def _content(file: Path) -> bytes:
    try:
        if file.stat().st_size > _LARGEST_FILE_BYTES:
            raise UsageError(f"{file}: larger than {_LARGEST_FILE_BYTES >> 20} MB, which no list of feeds is")
        return file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from error


def _put(store: FeedStore, feeds: list[Feed]) -> None:
    parts = [feeds[start : start + _SENT_TOGETHER] for start in range(0, len(feeds), _SENT_TOGETHER)]
    for part in track(parts, "sending", console=Console(stderr=True), disable=not sys.stderr.isatty()):
        store.put_all(part)


def _found(loaded: Settings, said: OutlinedFeed, *, obey_robots: bool) -> OutlinedFeed:
    """The feed at or behind the address. TocsinError, with what each address asked answered, when there is none."""
    from pipeline.cli import feed_probe

    probes = feed_probe.find(loaded.fetch, said.url, obey_robots=obey_robots)
    for probe in probes[:-1]:
        typer.echo(f"{probe.url}: {probe.error}", err=True)
    last = probes[-1]
    if last.feed is None:
        raise TocsinError(f"{last.url}: {last.error}; no feed was found at or behind {said.url}")
    return replace(said, url=last.address, title=said.title or last.feed.title)
