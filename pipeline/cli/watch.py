"""`tocsin watch`: standing queries."""

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from pipeline.adapters import match_reports
from pipeline.adapters.database import Connection, actors, channels, watches
from pipeline.cli import control
from pipeline.cli.commands import WATCH_COMMANDS, lazily
from pipeline.errors import UsageError
from pipeline.settings import load
from pipeline.stages import watchfile
from topics.records import Watch

app = typer.Typer(help="Standing queries.", no_args_is_help=True, cls=lazily(WATCH_COMMANDS))

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line instead of a table.")]
WatchId = Annotated[str, typer.Argument(help="The watch's id, as `tocsin watch list` shows it.")]


@app.command("import")
def import_(file: Annotated[Path, typer.Argument(help="YAML with channels, actors and watches.")]) -> None:
    """Put a file's channels, actors and watches in force; nothing is written unless all of it can be used.

    Watches that ask for it (`backfill_days`) are then matched against what is stored, once for each revision.
    """
    from pipeline.cli import watch_history

    for days, watch_ids in control.import_file(file).items():
        watch_history.backfill(watch_ids, days=days, all_new=True)


@app.command()
def export() -> None:
    """Write all channels, actors and watches to standard output, as a file to import. Secrets are in it."""
    with control.reading() as database, database.read() as connection:
        file = watchfile.WatchFile(
            channels=tuple(map(control.written, channels.list_all(connection))),
            actors=actors.list_all(connection),
            watches=tuple(
                watchfile.WatchEntry(
                    watch_id=stored.watch.watch_id,
                    name=stored.watch.name,
                    query=stored.watch.query,
                    subscriber=stored.watch.subscriber,
                    channels=stored.channels,
                )
                for stored in watches.list_all(connection)
            ),
        )
    typer.echo(watchfile.write(file), nl=False)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """Show every watch, and why one that is to be in force was put aside by a match agent."""
    with control.reading() as database, database.read() as connection:
        stored = watches.list_all(connection)
    faults = match_reports.put_aside(load(), {one.watch.watch_id: one.watch.revision for one in stored})
    if as_json:
        for one in stored:
            typer.echo(json.dumps(_line(one) | {"put_aside": faults.get(one.watch.watch_id)}, ensure_ascii=False))
        return
    console = Console(highlight=False, soft_wrap=True)
    for one in stored:
        console.print(_entry(one, faults.get(one.watch.watch_id)))
    if not stored:
        console.print("no watches yet: docs/watches.md says how to write one", style="dim")


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="What its alerts are headed with; its id is made of it.")],
    query: Annotated[str, typer.Argument(help="What to look for: docs/watches.md.")],
    channel: Annotated[list[str] | None, typer.Option(help="Where its alerts go; may be repeated.")] = None,
    subscriber: Annotated[str, typer.Option(help="Who owns it.")] = watchfile.DEFAULT_SUBSCRIBER,
) -> None:
    """Add a watch, or change the one of that name. It is in force when the command returns."""
    from pipeline.stages.match import QueryError, parse_query

    watch_id = watchfile.slug(name)
    if not watch_id:
        raise UsageError(f"{name!r}: a name needs a letter or a digit")
    try:
        parse_query(query)
    except QueryError as error:
        raise UsageError(f"query {error} ({error.excerpt(query)})") from error
    watch = Watch(watch_id=watch_id, name=name, query=query, subscriber=subscriber, revision=0)
    done = control.change(lambda connection, now: watches.put(connection, watch, channels=channel or (), now=now))
    typer.echo(f"{watch_id}: {done.value}")


@app.command()
def rm(watch_id: WatchId) -> None:
    """Take a watch out of force for good; its alerts stay."""
    if not control.change(lambda connection, now: watches.remove(connection, watch_id, now=now)):
        raise UsageError(f"{watch_id}: no such watch; `tocsin watch list` shows them")
    typer.echo(f"{watch_id}: removed")


@app.command()
def enable(watch_id: WatchId) -> None:
    """Put a watch in force again."""
    _switch(watch_id, enabled=True)


@app.command()
def disable(watch_id: WatchId) -> None:
    """Take a watch out of force for a while."""
    _switch(watch_id, enabled=False)


def _switch(watch_id: str, *, enabled: bool) -> None:
    def work(connection: Connection, now: datetime) -> None:
        stored = watches.get(connection, watch_id)
        if stored is None:
            raise UsageError(f"{watch_id}: no such watch; `tocsin watch list` shows them")
        watches.put(connection, replace(stored.watch, enabled=enabled), channels=stored.channels, now=now)

    control.change(work)
    typer.echo(f"{watch_id}: {'in force' if enabled else 'out of force'}")


def _entry(stored: watches.StoredWatch, fault: str | None) -> Text:
    """A watch in three lines, as wide as they come."""
    watch = stored.watch
    text = Text(watch.watch_id, style="bold")
    text.append(f"  {watch.name}, revision {watch.revision}", style="not bold")
    if not watch.enabled:
        text.append("  not in force", style="red")
    elif fault is not None:
        text.append(f"  put aside: {fault}", style="red")
    text.append(f"\n  {watch.query}\n", style="not bold")
    text.append(f"  to {', '.join(stored.channels) or 'no channel'}", style="not bold dim")
    return text


def _line(stored: watches.StoredWatch) -> dict[str, object]:
    watch = stored.watch
    return {
        "id": watch.watch_id,
        "name": watch.name,
        "query": watch.query,
        "subscriber": watch.subscriber,
        "channels": list(stored.channels),
        "revision": watch.revision,
        "enabled": watch.enabled,
    }
