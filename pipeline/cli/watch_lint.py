"""`tocsin watch lint`: what is doubtful about watches, and how many alerts a day they would raise."""

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from rich.console import Console
from rich.text import Text

from pipeline import log, settings
from pipeline.adapters import clock
from pipeline.adapters.database import actors, watches
from pipeline.cli import control
from pipeline.cli.watch_history import estimate_of
from pipeline.errors import TransientError, UnavailableError, UsageError
from pipeline.replay.preview import Limits, Summary, preview
from pipeline.stages.match import QueryError, parse_query
from pipeline.stages.match.language.dialects import Syntax, translated
from pipeline.stages.match.language.lint import Doubt, Finding, lint
from pipeline.stages.match.language.naming import unlisted
from topics.records import Actor

_EXIT_NEVER = 1
_DAYS_OF_QUERY = 7.0
_COLOURS = {Doubt.NEVER: "bold red", Doubt.BROAD: "yellow", Doubt.COSTLY: "yellow"}


class _Watch(NamedTuple):
    name: str
    query: str


def register(app: typer.Typer) -> None:
    """Add the commands to `tocsin watch`."""
    app.command("lint")(lint_watches)
    app.command()(translate)


def lint_watches(
    query: Annotated[
        str | None, typer.Argument(help="A query; without it, the file's watches or all in force.")
    ] = None,
    file: Annotated[Path | None, typer.Option(help="YAML with watches.")] = None,
    syntax: Annotated[Syntax, typer.Option("--from", help="What the query is written in.")] = Syntax.TOCSIN,
    days: Annotated[float | None, typer.Option(min=0.0, help="Days of stored articles to estimate from.")] = None,
    within: Annotated[float, typer.Option(min=0.1, help="Seconds for the estimate of one watch.")] = 10.0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a watch.")] = False,
) -> None:
    """Name what can never match, what is too broad, too costly, or probably meant otherwise.

    Also how many alerts a day: for a query from the last 7 days of stored articles, for watches with --days. Exit
    code 1 when some part can never match, 2 when a query cannot be read.
    """
    if query is not None and file is not None:
        raise UsageError("a query or --file, not both")
    if days is None:
        days = _DAYS_OF_QUERY if query is not None else 0.0
    given, known = _given(query, file, syntax, has_estimate=days > 0)
    estimate = _Estimate(known or (), days=days, within=within)
    is_never = False
    for watch in given:
        findings = _findings(watch, known)
        is_never = is_never or any(one.doubt is Doubt.NEVER for one in findings)
        _show(watch, findings, estimate.of(watch.query), as_json=as_json)
    if estimate.trouble is not None:
        typer.echo(f"tocsin: no estimate: {estimate.trouble}", err=True)
    if is_never:
        raise typer.Exit(_EXIT_NEVER)


class _Estimate:
    """Previews of watches; after one that cannot be had, none."""

    def __init__(self, known: Sequence[Actor], *, days: float, within: float) -> None:
        self._limits = Limits(days=days, shown=0, time=timedelta(seconds=within))
        self._known = known
        self._is_wanted = days > 0
        self.trouble: str | None = None

    def of(self, query: str) -> Summary | None:
        """The summary; None where it is not asked for or cannot be had."""
        if not self._is_wanted or self.trouble is not None:
            return None
        loaded = settings.load()
        log.configure(level=loaded.log_level)
        try:
            events = list(preview(loaded, query, actors=self._known, now=clock.now(), limits=self._limits))
        except (UnavailableError, TransientError) as error:
            self.trouble = str(error)
            return None
        return next((event for event in events if isinstance(event, Summary)), None)


def translate(
    query: Annotated[str, typer.Argument(help="The query as the other system takes it.")],
    syntax: Annotated[Syntax, typer.Option("--from", help="What the query is written in.")],
) -> None:
    """Write a query of another system in Tocsin's own words; what cannot be carried over is named with its place."""
    try:
        typer.echo(translated(query, syntax))
    except QueryError as error:
        raise UsageError(f"query {error} ({error.excerpt(query)})") from error


def _given(
    query: str | None, file: Path | None, syntax: Syntax, *, has_estimate: bool
) -> tuple[list[_Watch], tuple[Actor, ...] | None]:
    """The watches, and the actors they may name; None where nobody was asked which there are."""
    if query is not None and not has_estimate:
        return [_Watch("query", _own(query, syntax))], None
    read = control.read_file(file) if file is not None else None
    with control.reading() as database, database.read() as connection:
        known = actors.list_all(connection)
        if read is not None:
            everybody = {one.actor_id: one for one in (*known, *read.actors)}
            return [_Watch(one.name, one.query) for one in read.watches], tuple(everybody.values())
        if query is not None:
            return [_Watch("query", _own(query, syntax))], known
        return [_Watch(one.watch.name, one.watch.query) for one in watches.list_all(connection)], known


def _own(query: str, syntax: Syntax) -> str:
    try:
        own = translated(query, syntax)
        parse_query(own)
    except QueryError as error:
        raise UsageError(f"query {error} ({error.excerpt(query)})") from error
    return own


def _findings(watch: _Watch, known: Sequence[Actor] | None) -> tuple[Finding, ...]:
    try:
        query = parse_query(watch.query)
        return (*lint(query), *(unlisted(query, known) if known is not None else ()))
    except QueryError as error:
        raise UsageError(f"query of watch {watch.name} {error} ({error.excerpt(watch.query)})") from error


def _show(watch: _Watch, findings: tuple[Finding, ...], summary: Summary | None, *, as_json: bool) -> None:
    if as_json:
        found = [
            {"doubt": one.doubt, "position": one.position, "message": one.message, "hint": one.hint} for one in findings
        ]
        line: dict[str, object] = {"watch": watch.name, "query": watch.query, "findings": found}
        if summary is not None and summary.failure is not None:
            line["failure"] = summary.failure
        elif summary is not None:
            line["alerts_per_day"] = summary.alerts_per_day
            line["articles_per_day"] = summary.articles_per_day
        typer.echo(json.dumps(line, ensure_ascii=False))
        return
    console = Console(highlight=False, soft_wrap=True)
    for one in findings:
        text = Text(f"{watch.name}: ")
        text.append(one.doubt.value, _COLOURS.get(one.doubt, ""))
        text.append(f" at character {one.position + 1}: {one.message}; {one.hint} ")
        text.append(f"({QueryError(one.position, '', '').excerpt(watch.query)})", "dim")
        console.print(text)
    if summary is not None and not summary.tells_of_a_day:
        console.print(f"{watch.name}: {estimate_of(summary)}")
    elif summary is not None:
        articles = f"{summary.articles_per_day:,.0f} articles a day"
        console.print(f"{watch.name}: {estimate_of(summary)} of {articles}, from {summary.days:.1f} days")
    elif not findings:
        console.print(f"{watch.name}: no doubts")
