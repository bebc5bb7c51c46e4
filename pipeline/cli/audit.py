"""`tocsin audit`: does everything that went in come out, once?"""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipeline.adapters import clock
from pipeline.adapters.database import Database, runs
from pipeline.adapters.database.auditing import Cohort, EndCount
from pipeline.cli import control
from pipeline.errors import UnavailableError
from pipeline.ledger import audit as auditing
from pipeline.ledger import progress
from pipeline.replay.asking import read_time
from pipeline.settings import Settings, load
from topics.codec import to_builtins

_console = Console(highlight=False, soft_wrap=True)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("audit")(audit)


def audit(
    since: Annotated[str, typer.Option("--from", help="ISO time, or so long ago: 90m, 24h, 7d.")] = "24h",
    until: Annotated[str | None, typer.Option("--to", help="The same; now when left out.")] = None,
    run: Annotated[str, typer.Option(help="A replay's run, whole, instead of what is live.")] = "live",
    wait: Annotated[float, typer.Option(min=0, help="Seconds the ledger may take to read what stands there.")] = 30,
    as_json: Annotated[bool, typer.Option("--json", help="The account as one JSON object.")] = False,
) -> None:
    """Balance what went into each stage against how it ended; exit code 1 when something is missing.

    A page counts by when it arrived in raw-pages. What has no end for less than TOCSIN_LEDGER__GRACE is under way.
    """
    settings, now = load(), clock.now()
    cohort = Cohort(since=read_time(since, option="--from", now=now), until=read_time(until, option="--to", now=now))
    with control.reading() as database:
        _require_read(settings, database, wait)
        with database.read() as connection:
            last, grace = None, settings.ledger.grace
            if run != "live":
                found = runs.find(connection, run)
                cohort, last = Cohort(run_id=found.run_id), found.asked.words.get("into")
            account = auditing.audit(connection, cohort, now=clock.now(), grace=grace, last_stage=last)
    if as_json:
        typer.echo(json.dumps(to_builtins(account) | {"is_whole": account.is_whole}, ensure_ascii=False, default=str))
    else:
        _show(account)
    if not account.is_whole:
        raise typer.Exit(1)


def _require_read(settings: Settings, database: Database, wait_s: float) -> None:
    unread = progress.catch_up(settings, database, within_s=wait_s)
    if unread:
        raise UnavailableError(
            f"{unread} records are not indexed yet, so that nothing can be called missing: is `tocsin ledger` running?"
        )


def _show(account: auditing.Account) -> None:
    table = Table("stage", "given", "ended", "under way", "missing", "how")
    listed = sum(end.records for end in account.listed)
    table.add_row("poll", "", str(listed), "", "", _how(account.listed))
    for one in account.stages:
        ended = sum(end.records for end in one.ends)
        missing = f"[red]{one.missing}[/]" if one.missing else "0"
        table.add_row(one.stage, str(one.given), str(ended), str(one.under_way), missing, _how(one.ends))
    sent = ", ".join(f"{status} {number}" for status, number in sorted(account.deliveries.items()))
    table.add_row("deliver", "", str(sum(account.deliveries.values())), "", "", sent)
    _console.print(table)
    for lost in account.missing:
        watch = f" for the watch {lost.watch_id}" if lost.watch_id is not None else ""
        place = f"{lost.topic}/{lost.partition}/{lost.offset}"
        _console.print(f"[red]missing[/] at {lost.stage}{watch}: {escape(lost.url or '?')}  {place}")
    for twice in account.contradicted:
        both = ", ".join(twice.outcomes)
        _console.print(f"[yellow]contradicted[/] at {twice.stage}: page {twice.page_id} ended as {both}")
    for letter in account.unended_retries:
        _console.print(f"[red]missing[/] the end of the retried dead letter {letter[:12]}")
    _console.print("[green]everything adds up[/]" if account.is_whole else "[red]it does not add up[/]")


def _how(ends: tuple[EndCount, ...]) -> str:
    return ", ".join(f"{end.reason or end.outcome} {end.records}" for end in ends)
