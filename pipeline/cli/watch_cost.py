"""`tocsin watch cost`: which watches cost most to match, and which were put aside; from all match agents at work."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipeline.adapters import match_reports
from pipeline.settings import load
from topics.records import MatchReport, WatchCost, WatchFault


def register(app: typer.Typer) -> None:
    """Add the command to `tocsin watch`."""
    app.command("cost")(cost)


def cost(
    limit: Annotated[int, typer.Option(min=1, help="How many watches to show.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a watch.")] = False,
) -> None:
    """Show the watches that cost the match agents most, and those they have put aside, with the reason.

    Agents report every half minute; nothing is shown of an agent that was not heard for longer.
    """
    reports = match_reports.latest(load())
    costs = together(reports)[:limit]
    faults = match_reports.faults_of(reports)
    if as_json:
        for one in costs:
            line = {"id": one.watch_id, "evaluations": one.evaluations, "seconds": one.seconds}
            typer.echo(json.dumps(line, ensure_ascii=False))
        for fault in faults.values():
            put_aside = {"id": fault.watch_id, "revision": fault.revision, "put_aside": fault.reason}
            typer.echo(json.dumps(put_aside, ensure_ascii=False))
        return
    _show(reports, costs, list(faults.values()))


def together(reports: Sequence[MatchReport]) -> list[WatchCost]:
    """What the agents' watches cost in all, the costliest first."""
    evaluations: Counter[str] = Counter()
    seconds: defaultdict[str, float] = defaultdict(float)
    for report in reports:
        for one in report.costs:
            evaluations[one.watch_id] += one.evaluations
            seconds[one.watch_id] += one.seconds
    return [
        WatchCost(watch_id=watch_id, evaluations=evaluations[watch_id], seconds=spent)
        for watch_id, spent in sorted(seconds.items(), key=lambda each: (-each[1], each[0]))
    ]


def _show(reports: Sequence[MatchReport], costs: Sequence[WatchCost], faults: Sequence[WatchFault]) -> None:
    console = Console(highlight=False)
    if not reports:
        console.print("no match agent has reported in the last minute and a half")
        return
    for report in reports:
        engine = "compiled kernel" if report.is_compiled else "Python alone: the kernel was not built"
        console.print(
            f"{report.worker}, since {report.started_at:%Y-%m-%d %H:%M} UTC: "
            f"{report.watches:,} watches, {report.articles:,} articles, {engine}"
        )
    if costs:
        console.print(_table(costs))
    for fault in faults:
        revision = f", revision {fault.revision}" if fault.revision is not None else ""
        console.print(
            f"[red]put aside[/red] {escape(fault.watch_id)}{revision}: {escape(fault.reason)}", soft_wrap=True
        )
    if faults:
        console.print(
            "these match again once they are changed, or disabled and enabled: `tocsin watch list` shows them"
        )


def _table(costs: Sequence[WatchCost]) -> Table:
    table = Table()
    table.add_column("watch", overflow="fold")
    for heading in ("articles tried", "ms each", "seconds in all"):
        table.add_column(heading, justify="right")
    for one in costs:
        each = f"{1_000 * one.seconds / one.evaluations:.4f}" if one.evaluations else "–"
        table.add_row(escape(one.watch_id), f"{one.evaluations:,}", each, f"{one.seconds:.3f}")
    return table
