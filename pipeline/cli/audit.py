"""`tocsin audit`: does everything that went in come out, once?"""

import json
from datetime import timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from pipeline.adapters import clock
from pipeline.adapters.database import Database, runs
from pipeline.adapters.database.auditing import Cohort, EndCount
from pipeline.adapters.database.deliveries import Status
from pipeline.cli import control
from pipeline.errors import UnavailableError, UsageError
from pipeline.ledger import audit as auditing
from pipeline.ledger import progress, wording
from pipeline.ledger.noting import EMITTED
from pipeline.replay.asking import read_time
from pipeline.settings import Settings, load
from pipeline.wording import lasting
from topics.codec import to_builtins

_NONE = "–"
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
    if cohort.since is not None and cohort.since >= (cohort.until or now):
        raise UsageError("--from lies behind --to" if cohort.until is not None else "--from lies in the future")
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
        show(account, grace)
    if not account.is_whole:
        raise typer.Exit(1)


def _require_read(settings: Settings, database: Database, wait_s: float) -> None:
    unread = progress.catch_up(settings, database, within_s=wait_s)
    if unread:
        raise UnavailableError(
            f"{unread} records are not indexed yet, so that nothing can be called missing: is `tocsin ledger` running?"
        )


def show(account: auditing.Account, grace: timedelta) -> None:
    """Print the balance, what its words mean, and by name what does not add up."""
    _console.print(_table(account))
    _console.print(_legend(account, grace), style="dim")
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


def _table(account: auditing.Account) -> Table:
    table = Table(
        "stage", *(Column(name, justify="right") for name in ("given", "ended", "under way", "missing")), "how"
    )
    listed = sum(end.records for end in account.listed)
    table.add_row("poll", _NONE, str(listed), _NONE, _NONE, _how("poll", account.listed))
    for one in account.stages:
        ended = sum(end.records for end in one.ends)
        missing = f"[red]{one.missing}[/]" if one.missing else "0"
        table.add_row(one.stage, str(one.given), str(ended), str(one.under_way), missing, _how(one.stage, one.ends))
    sent = ", ".join(f"{number} {_said_of_delivery(status)}" for status, number in sorted(account.deliveries.items()))
    table.add_row("deliver", _NONE, str(sum(account.deliveries.values())), _NONE, _NONE, sent)
    return table


def _how(stage: str, ends: tuple[EndCount, ...]) -> str:
    """`12 cleaned, 3 too-short`: what went on by what was done with it, the others by the reason."""
    done = "matched" if stage == "match" else wording.WORK_OF[stage]
    return ", ".join(f"{end.records} {done if end.outcome == EMITTED else end.reason or end.outcome}" for end in ends)


def _legend(account: auditing.Account, grace: timedelta) -> str:
    """What the columns and the reasons of this account mean."""
    ends = (*account.listed, *(end for one in account.stages for end in one.ends))
    reasons = sorted({end.reason for end in ends if end.reason is not None})
    columns = (
        f"given: passed on by the stage before ({_NONE}: nobody counts what feeds list ahead, or",
        "to how many channels alerts are to go); ended: has its outcome, told under how;",
        f"under way: has none, for less than {lasting(grace)}; missing: has none for longer",
    )
    return "\n".join((*columns, *(f"{reason}: {wording.said_of(reason)}" for reason in reasons)))


def _said_of_delivery(status: str) -> str:
    return wording.SAID_OF_DELIVERIES[Status(status)]
