"""`tocsin watch preview` and `backfill`: watches and what is stored."""

import json
import signal
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import timedelta
from threading import Event
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from pipeline import log, settings
from pipeline.adapters import clock, horizon, topics
from pipeline.adapters.database import Database, actors, runs, watches
from pipeline.adapters.database.runs import Run, RunStatus
from pipeline.cli import control
from pipeline.cli.spoken import Spoken, percent
from pipeline.errors import UsageError
from pipeline.replay import backfill as backfilling
from pipeline.replay import preview as previewing
from pipeline.replay.put_aside import put_aside_in
from pipeline.settings import Settings
from pipeline.stages.match import QueryError, parse_query
from pipeline.wording import counted, lasting
from topics import codec, registry
from topics.records import Match, Snippet, Watch

_HIGHLIGHT = "bold yellow"
_MOST_RUNS = 10_000
_MOST_DAYS = 3650
_TOO_LITTLE = "too little is stored to say how many alerts a day"


def register(app: typer.Typer) -> None:
    """Add the commands to `tocsin watch`."""
    app.command()(preview)
    app.command()(backfill)


def preview(
    query: Annotated[str, typer.Argument(help="What to look for: docs/watches.md.")],
    days: Annotated[float, typer.Option(min=0.01, max=_MOST_DAYS, help="How far back, by arrival.")] = 7.0,
    limit: Annotated[int, typer.Option(min=0, help="Alerts shown; those beyond are counted.")] = 20,
    within: Annotated[float, typer.Option(min=0.1, max=86_400, help="Seconds after which the search ends.")] = 30.0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show what a query would have brought from what is stored, the newest hours first, and how many alerts a day.

    Exit code 1 where evaluating the query failed, so that matches are missing.
    """
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
    failure = _write(events) if as_json else _show(events)
    if failure is not None:
        raise typer.Exit(1)


def _write(events: Iterator[previewing.Event]) -> str | None:
    """As JSON; the failure that ended the search."""
    failure = None
    for event in events:
        if isinstance(event, previewing.Shown):
            typer.echo(json.dumps({"alert": codec.to_builtins(event.match)}, ensure_ascii=False))
        elif isinstance(event, previewing.Summary):
            each_day = {"articles_per_day": event.articles_per_day, "alerts_per_day": event.alerts_per_day}
            typer.echo(json.dumps({"summary": asdict(event) | each_day}, ensure_ascii=False))
            failure = event.failure
    return failure


def _show(events: Iterator[previewing.Event]) -> str | None:
    """For people; the failure that ended the search."""
    console, failure = Console(highlight=False), None
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
                failure = event.failure
    return failure


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


def estimate_of(summary: previewing.Summary) -> str:
    """About how many alerts a day, or why that cannot be said."""
    if summary.failure is not None:
        return f"matches are missing, {summary.failure}"
    return f"about {summary.alerts_per_day:.1f} alerts a day" if summary.tells_of_a_day else _TOO_LITTLE


def _snippet(snippet: Snippet) -> Text:
    """The stretch with what it matched by, and a mark where it was cut out of a sentence."""
    text = Text(snippet.text.replace("\n", " "))
    for start, end in snippet.highlights:
        text.stylize(_HIGHLIGHT, start, end)
    is_ended = snippet.text.rstrip("\"'”’»)").endswith((".", "!", "?", "…", "。", "؟"))
    return Text.assemble("… " if snippet.start else "", text, "" if is_ended else " …")


def _summary(summary: previewing.Summary) -> Text:
    text = Text()
    articles, span = counted(summary.articles, "article"), lasting(timedelta(days=summary.days))
    text.append(estimate_of(summary), "bold")
    text.append(
        f": {counted(summary.alerts, 'alert')} from {counted(summary.matches, 'matching article')}, of"
        f" {articles} of {span}, in {summary.seconds:.1f} s"
    )
    if not summary.is_whole and summary.failure is None:
        text.append("\nThe time was up before all was searched: these are the newest hours; --within gives more time.")
    return text


def backfill(
    watch_ids: Annotated[
        list[str] | None, typer.Argument(help="Ids of watches, as `tocsin watch list` shows them.")
    ] = None,
    days: Annotated[float, typer.Option(min=0.01, max=_MOST_DAYS, help="How far back, by arrival.")] = 30.0,
    all_new: Annotated[
        bool, typer.Option("--all-new", help="Every watch in force, or of those named, that has had no backfill.")
    ] = False,
) -> None:
    """Match watches against what is stored: alerts appear as history, marked, and are not sent.

    The same command again goes on where it was stopped or killed.
    """
    if not all_new and not watch_ids:
        raise UsageError("name watches, or give --all-new")
    loaded = settings.load()
    log.configure(level=loaded.log_level)
    with control.reading() as database:
        wanted = _named(database, watch_ids) if watch_ids else _in_force(database)
        wanted = _without_backfill(database, wanted) if all_new else wanted
        if not wanted:
            typer.echo("every watch asked for has had its backfill")
            return
        run_backfill(loaded, database, wanted, days=days)


def run_backfill(loaded: Settings, database: Database, wanted: Sequence[Watch], *, days: float) -> None:
    """Do the backfill, showing how far it is, and say what came of it."""
    topics.require(loaded)
    for watch in wanted:
        _check(watch)
    _say_how_far(loaded, days)
    stopping = Event()
    before = signal.signal(signal.SIGINT, lambda _number, _frame: stopping.set())
    with database.read() as connection:
        known = actors.list_all(connection)
    run = backfilling.begin(loaded, database, wanted, days=days)
    console, spoken = Console(highlight=False), Spoken()
    work = backfilling.Backfill(loaded, database, run, watches=wanted, actors=known)
    try:
        with runs.held(database, run.run_id), bar(console) as progress:
            task = progress.add_task(f"backfill {run.run_id}", total=run.size, completed=run.passed)

            def on_progress(now: Run) -> None:
                said = f" ({now.note})" if now.note else ""
                progress.update(task, completed=now.passed, description=f"backfill {now.run_id}{said}")
                found = counted(now.counts.get(backfilling.MATCHES, 0), "match", many="matches")
                far = f"{percent(now.passed, now.size)}: {found}"
                spoken.say(f"backfill {now.run_id}{said}: {far}", passed=now.passed, size=now.size)

            run = work.work(is_stopping=stopping.is_set, on_progress=on_progress)
    finally:
        work.close()
        signal.signal(signal.SIGINT, before)
    _report(run, wanted)


def _check(watch: Watch) -> None:
    try:
        parse_query(watch.query)
    except QueryError as error:
        raise UsageError(f"watch {watch.watch_id}: query: {error}") from error


def _say_how_far(loaded: Settings, days: float) -> None:
    """That the topic does not reach so far back, where it does not."""
    (topic,) = horizon.read(loaded, [registry.TAGGED_ARTICLES])
    if topic.oldest_at is not None and topic.oldest_at > clock.now() - timedelta(days=days):
        typer.echo(f"stored articles reach back to {topic.oldest_at:%Y-%m-%d %H:%M} UTC")


def _report(run: Run, wanted: Sequence[Watch]) -> None:
    counts = run.counts
    found = counted(counts.get(backfilling.MATCHES, 0), "match", many="matches")
    searched = counted(counts.get(backfilling.ARTICLES, 0), "article")
    asked = counted(len(wanted), "watch", many="watches")
    typer.echo(
        f"run {run.run_id}, {run.status.value}: {found} of {asked} in {searched};"
        " `tocsin deliver` stores their alerts as history, unsent"
    )
    for watch_id, reason in sorted(put_aside_in(run.report).reasons.items()):
        typer.echo(f"{watch_id} was put aside and lacks matches: {reason}")
    for name, said in (
        (backfilling.UNREADABLE, "articles could not be read"),
        (backfilling.UNSENDABLE, "matches are too large to send"),
    ):
        if counts.get(name):
            typer.echo(f"{counts[name]} {said}")
    if run.status is RunStatus.PAUSED:
        typer.echo("the same command goes on where this one stopped")
    if run.status is not RunStatus.DONE:
        raise typer.Exit(1)


def _named(database: Database, watch_ids: Sequence[str]) -> list[Watch]:
    with database.read() as connection:
        in_force = {stored.watch.watch_id: stored.watch for stored in watches.list_all(connection)}
    unknown = [watch_id for watch_id in watch_ids if watch_id not in in_force]
    if unknown:
        raise UsageError(f"{', '.join(unknown)}: no such watch; `tocsin watch list` shows them")
    out_of_force = [watch_id for watch_id in watch_ids if not in_force[watch_id].enabled]
    if out_of_force:
        raise UsageError(f"{', '.join(out_of_force)}: out of force; `tocsin watch enable` puts it in force")
    return [in_force[watch_id] for watch_id in dict.fromkeys(watch_ids)]


def _in_force(database: Database) -> list[Watch]:
    with database.read() as connection:
        return [stored.watch for stored in watches.list_all(connection) if stored.watch.enabled]


def _without_backfill(database: Database, wanted: Sequence[Watch]) -> list[Watch]:
    with database.read() as connection:
        had = backfilling.already(runs.newest(connection, limit=_MOST_RUNS, kind=backfilling.KIND))
    return [watch for watch in wanted if (watch.watch_id, watch.revision) not in had]
