"""`tocsin watch preview` and `backfill`: watches and what is stored."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from pipeline import log, settings
from pipeline.adapters import clock
from pipeline.adapters.database import actors
from pipeline.cli import control
from pipeline.errors import UsageError
from pipeline.replay import preview as previewing
from pipeline.stages.match import QueryError, parse_query
from topics import codec
from topics.records import Match, Snippet

_HIGHLIGHT = "bold yellow"


def register(app: typer.Typer) -> None:
    """Add the commands to `tocsin watch`."""
    app.command()(preview)


def preview(
    query: Annotated[str, typer.Argument(help="What to look for: docs/watches.md.")],
    days: Annotated[float, typer.Option(min=0.01, help="How far back, by arrival.")] = 7.0,
    limit: Annotated[int, typer.Option(min=0, help="Alerts shown; those beyond are counted.")] = 20,
    within: Annotated[float, typer.Option(min=0.1, help="Seconds after which the search ends.")] = 30.0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show what a query would have brought from what is stored, the newest days first, and how many alerts a day."""
    loaded = settings.load()
    log.configure(level=loaded.log_level)
    try:
        parse_query(query)
    except QueryError as error:
        raise UsageError(f"query: {error}") from error
    with control.reading() as database, database.read() as connection:
        known = actors.list_all(connection)
    limits = previewing.Limits(days=days, shown=limit, time=timedelta(seconds=within))
    events = previewing.preview(loaded, query, actors=known, now=clock.now(), limits=limits)
    if as_json:
        _write(events)
    else:
        _show(events)


def _write(events: Iterator[previewing.Event]) -> None:
    for event in events:
        if isinstance(event, previewing.Shown):
            typer.echo(json.dumps({"alert": codec.to_builtins(event.match)}, ensure_ascii=False))
        elif isinstance(event, previewing.Summary):
            each_day = {"articles_per_day": event.articles_per_day, "alerts_per_day": event.alerts_per_day}
            typer.echo(json.dumps({"summary": asdict(event) | each_day}))


def _show(events: Iterator[previewing.Event]) -> None:
    console = Console(highlight=False)
    with bar(console) as progress:
        task = progress.add_task("searching", total=None)
        for event in events:
            if isinstance(event, previewing.Shown):
                progress.console.print(_alert(event.match))
            elif isinstance(event, previewing.Progress):
                progress.update(task, completed=event.passed, total=event.size)
            else:
                progress.stop()
                console.print(_summary(event))


def bar(console: Console) -> Progress:
    """A progress bar of records that goes when it is done; none where the output is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def _alert(match: Match) -> Text:
    text = Text()
    text.append(match.title or match.url, "bold")
    text.append(f"\n  {match.site_name or ''} · seen {match.origin.seen_at:%Y-%m-%d %H:%M} · {match.url}\n", "dim")
    for snippet in match.snippets:
        text.append("  ").append_text(_snippet(snippet)).append("\n")
    return text


def _snippet(snippet: Snippet) -> Text:
    text = Text(snippet.text)
    for start, end in snippet.highlights:
        text.stylize(_HIGHLIGHT, start, end)
    return text


def _summary(summary: previewing.Summary) -> Text:
    text = Text()
    text.append(f"about {summary.alerts_per_day:.1f} alerts a day", "bold")
    text.append(
        f": {summary.alerts} alerts from {summary.matches} matching articles, of {summary.articles:,} articles of"
        f" {summary.days:.1f} days ({summary.articles_per_day:,.0f} a day), in {summary.seconds:.1f} s"
    )
    if not summary.is_whole:
        text.append("\nThe time was up before all was searched: these are the newest days; --within gives more time.")
    return text
