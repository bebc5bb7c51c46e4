"""`tocsin replay`: history through the live stages again; `list`, `show` and `cancel` look after the runs."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text
from typer.core import TyperGroup

from pipeline import log, settings
from pipeline.adapters import clock, topics
from pipeline.adapters.database import Database, open_database, runs, upgrade
from pipeline.adapters.database.runs import Notify, Run, RunStatus
from pipeline.cli import shadow
from pipeline.cli.replay_screen import Screen, as_line, show_report
from pipeline.errors import TocsinError, UsageError
from pipeline.replay import job
from pipeline.replay.asking import KIND, Request, read_rate, read_time
from pipeline.replay.job import BAD, Job, Plan
from pipeline.replay.rehearsal import rehearse
from pipeline.replay.selection import Selection
from pipeline.settings import Settings
from topics import registry
from topics.records import Mode

_DEFAULT = "run"
_EXIT_FAILURES = 1
_SITES_SHOWN = 10


class _Group(TyperGroup):
    """`tocsin replay raw-pages` and `tocsin replay list`: what is no command is what to replay."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # its type is private to Typer
        if args and args[0] not in self.commands and args[0] != "--help":
            args = [_DEFAULT, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_Group,
    help="History through the live stages again: `tocsin replay TOPIC` or `FILE`; options: `tocsin replay run --help`.",
    no_args_is_help=True,
)


@app.command(_DEFAULT)
def run(  # noqa: PLR0913, PLR0917  # an operator's words, each an option of its own
    source: Annotated[
        str | None,
        typer.Argument(
            help="raw-pages, articles, tagged-articles or matches; or a .jsonl or .warc file, also gzipped."
        ),
    ] = None,
    since: Annotated[str | None, typer.Option("--from", help="Arrived since: 2026-03-04T05:06Z, 7d, 3h.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Arrived before; now where it is not given.")] = None,
    feed: Annotated[list[str] | None, typer.Option(help="Of that feed: its id or address. May be repeated.")] = None,
    site: Annotated[list[str] | None, typer.Option(help="Of that host or its subdomains.")] = None,
    lang: Annotated[list[str] | None, typer.Option(help="In that language, by its two letters.")] = None,
    id_: Annotated[list[str] | None, typer.Option("--id", help="That page, version or match; or an address.")] = None,
    published_from: Annotated[str | None, typer.Option(help="Published since.")] = None,
    published_to: Annotated[str | None, typer.Option(help="Published before.")] = None,
    into: Annotated[str, typer.Option(help="As far as this stage: clean, tag, match or fold.")] = "fold",
    mode: Annotated[Mode, typer.Option(help="backfill: what is new becomes history; shadow: seen by nobody.")] = (
        Mode.BACKFILL
    ),
    notify: Annotated[Notify, typer.Option(help="Of new alerts: nobody is told, or once, and never twice.")] = (
        Notify.NONE
    ),
    rate: Annotated[str | None, typer.Option(help="At most so many records: 200/s, 30/m.")] = None,
    workers: Annotated[int, typer.Option(min=0, help="Workers of each stage to start; 0 relies on others.")] = 1,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count what would be replayed; write nothing.")] = False,
    against: Annotated[
        str | None,
        typer.Option(help="live: run this code's stages here, beside what is stored, and show what differs."),
    ] = None,
    sample: Annotated[int, typer.Option(min=0, help="With --against: about so many pages; 0 for all.")] = (
        shadow.DEFAULT_SAMPLE
    ),
    fail_if: Annotated[
        list[str] | None, typer.Option(help="With --against: exit code 1 beyond it: text>1%. May be repeated.")
    ] = None,
    resume: Annotated[str | None, typer.Option(help="Go on with that run.")] = None,
    anew: Annotated[bool, typer.Option("--new", help="Start anew though the same was begun before.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The report as JSON.")] = False,
) -> None:
    """Replay a range of a topic, or a file, through the live stages, without telling anyone anything twice."""
    speed = read_rate(rate)
    if (source is None) == (resume is None):
        raise UsageError("name what to replay, or a run with --resume; not both")
    if source is None:
        _resume(str(resume), speed, workers, as_json=as_json)
        return
    now = clock.now()
    selection = Selection(
        feeds=tuple(feed or ()),
        sites=tuple(site or ()),
        languages=tuple(lang or ()),
        ids=tuple(id_ or ()),
        published_from=read_time(published_from, option="--published-from", now=now),
        published_to=read_time(published_to, option="--published-to", now=now),
    )
    planned = job.plan(
        Request(source=source, since=since, until=until, selection=selection, last_stage=into, mode=mode, notify=notify)
    )
    if against is not None or fail_if:
        if (source, mode, against) != (registry.RAW_PAGES.name, Mode.SHADOW, "live"):
            raise UsageError("--against live goes with raw-pages and --mode shadow; --fail-if with --against")
        if selection != Selection():
            raise UsageError("--against live looks at pages of all kinds: only --from, --to and --sample choose them")
        begin, end = read_time(since, option="--from", now=now), read_time(until, option="--to", now=now)
        limits = shadow.read_limits(fail_if or [])
        shadow.run(_load(), since=begin, until=end, sample=sample, limits=limits, as_json=as_json)
        return
    if dry_run:
        _rehearse(planned, as_json=as_json)
        return
    with _opened() as (loaded, database):
        found = _begin(loaded, database, planned, anew=anew)
        typer.echo(f"run {found.run_id}", err=True)
        _work(loaded, database, found, rate=speed, workers=workers, as_json=as_json)


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many, the newest first.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show the newest runs and where they stand."""
    with _opened() as (_, database), database.read() as connection:
        found = runs.newest(connection, limit=limit)
    if as_json:
        for one in found:
            typer.echo(json.dumps(as_line(one), ensure_ascii=False))
        return
    console = Console(highlight=False, soft_wrap=True)
    for one in found:
        console.print(_entry(one))
    if not found:
        console.print("no runs yet", style="dim")


@app.command()
def show(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="The run's id, or its beginning.")],
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Show one run: how far it is, or its report."""
    with _opened() as (_, database), database.read() as connection:
        found = runs.find(connection, run_id)
    show_report(found, as_json=as_json)


@app.command()
def cancel(run_id: Annotated[str, typer.Argument(metavar="RUN", help="The run's id, or its beginning.")]) -> None:
    """End a run where it stands. What was fed already comes to its end in the lane; what counts as told is told."""
    with _opened() as (_, database):
        with database.write() as connection:
            found = runs.ask_to_cancel(connection, runs.find(connection, run_id).run_id, now=clock.now())
        try:
            with runs.held(database, found.run_id), database.write() as connection:
                note = "cancelled while nobody worked on it"
                runs.end(connection, found.run_id, RunStatus.CANCELLED, now=clock.now(), note=note)
        except UsageError:
            typer.echo(f"run {found.run_id} is asked to end")
            return
    typer.echo(f"run {found.run_id} is cancelled")


def _begin(loaded: Settings, database: Database, planned: Plan, *, anew: bool) -> Run:
    """A new run; or the one of the same words that has not ended, when the operator wants that."""
    with database.read() as connection:
        before = runs.unfinished(connection, planned.request.asked)
    if before is None or anew:
        return job.start(loaded, database, planned)
    stands = f"run {before.run_id} of the same words stands at {100 * before.passed / max(1, before.size):.0f} %"
    if sys.stdin.isatty():
        if typer.confirm(f"{stands}. Go on with it?", default=True, err=True):
            return before
        return job.start(loaded, database, planned)
    raise UsageError(f"{stands}: go on with --resume {before.run_id}, or start again with --new")


def _resume(beginning: str, rate: float | None, workers: int, *, as_json: bool) -> None:
    with _opened() as (loaded, database):
        with database.read() as connection:
            found = runs.find(connection, beginning)
        if found.asked.kind != KIND:
            raise UsageError(f"run {found.run_id} is a {found.asked.kind}: give the command that began it again")
        _work(loaded, database, found, rate=rate, workers=workers, as_json=as_json)


def _work(  # how to go on with it
    loaded: Settings, database: Database, found: Run, *, rate: float | None, workers: int, as_json: bool
) -> None:
    screen = Screen(found)
    try:
        with screen.shown():
            ended = Job(loaded, database, found, screen).work(rate=rate, workers=workers)
    except TocsinError as error:
        if isinstance(error, UsageError):
            raise
        raise TocsinError(f"{error}; go on with `tocsin replay --resume {found.run_id}`") from error
    show_report(ended, as_json=as_json)
    if ended.status is RunStatus.PAUSED:
        typer.echo(f"go on with `tocsin replay --resume {ended.run_id}`", err=True)
    if ended.status is not RunStatus.DONE or ended.counts.get(BAD, 0):
        raise typer.Exit(_EXIT_FAILURES)


def _rehearse(planned: Plan, *, as_json: bool) -> None:
    loaded = _load()
    bad: list[str] = []

    def on_bad(line: str) -> None:
        bad.append(line)
        typer.echo(line, err=True)

    extent = job.extent_of(loaded, planned)
    source = job.open_source(loaded, planned, extent, run=None, on_bad=on_bad, batch=2000)
    try:
        found = rehearse(source, planned.topic, planned.request.selection.compile(), on_passed=lambda _passed: None)
    finally:
        source.close()
    counts = {"read": found.read, "taken": found.taken, "left_out": found.left_out, "unreadable": found.unreadable}
    if as_json:
        typer.echo(json.dumps(counts | {"bad": len(bad), "taken_bytes": found.taken_bytes, "sites": found.sites}))
    else:
        typer.echo(_would(planned))
        typer.echo(", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items()))
        if found.span is not None:
            first, last = found.span
            typer.echo(
                f"{found.taken_bytes / 1e6:,.1f} MB, arrived {first:%Y-%m-%d %H:%M:%S} to {last:%Y-%m-%d %H:%M:%S}"
            )
        if found.sites:
            typer.echo(f"by site, {min(len(found.sites), _SITES_SHOWN)} of {len(found.sites)}:")
        for host, count in found.sites.most_common(_SITES_SHOWN):
            typer.echo(f"  {count:>8,} {host}")
    if bad:
        raise typer.Exit(_EXIT_FAILURES)


def _would(planned: Plan) -> str:
    """What the run would do, in a line."""
    request = planned.request
    told = {
        Notify.NONE: "nobody is told",
        Notify.DIGEST: "each channel gets one digest",
        Notify.LIVE: "channels are told of new alerts",
    }
    stages = ", ".join(step.stage for step in planned.steps)
    whom = told[request.notify] if request.mode is Mode.BACKFILL else "nobody is told"
    return f"would run {stages} in mode {request.mode.value}; {whom}. Nothing is written now."


def _entry(one: Run) -> Text:
    """A run in two lines, as wide as they come."""
    words = " ".join(f"{name} {_plain(value)}" for name, value in one.asked.words.items())
    done = f"{100 * one.passed / max(1, one.size):.0f} % " if one.size else ""
    text = Text(f"{one.run_id}  {one.started_at:%Y-%m-%d %H:%M:%S}Z  ")
    text.append(f"{done}{one.state(now=clock.now())}", style="bold")
    text.append(f"\n  {one.asked.kind}, {one.asked.mode.value}: {words}")
    if one.note:
        text.append(f"\n  {one.note}")
    return text


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | dict) else str(value)


@contextmanager
def _opened() -> Iterator[tuple[Settings, Database]]:
    loaded = _load()
    topics.require(loaded)
    upgrade(loaded)
    database = open_database(loaded)
    try:
        yield loaded, database
    finally:
        database.close()


def _load() -> Settings:
    loaded = settings.load()
    log.configure(level=loaded.log_level, process="replay")
    return loaded
