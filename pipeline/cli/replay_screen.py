"""What a replay shows: a progress bar with the time left, what it waits for, and the balanced report at the end."""

import json
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import monotonic
from types import FrameType
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from pipeline.adapters.database.runs import Run
from pipeline.cli.spoken import Spoken, percent
from pipeline.replay.put_aside import MOST_SAID, put_aside_in
from pipeline.replay.telling import DIGEST, TOLD

_NOTHING_MOVES_AFTER_S = 30.0
_BAD_SHOWN = 20


class Screen:
    """Watches one run on standard error; a bar on a terminal, a line now and then elsewhere."""

    def __init__(self, run: Run) -> None:
        self._console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[done]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("[yellow]{task.fields[note]}"),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._run = run
        self._bar = self._progress.add_task("feeding", total=max(1, run.size), completed=run.passed, done="", note="")
        self._spoken = Spoken(self._console)
        self._stopping = False
        self._asked = 0
        self._left: tuple[str, int] = ("", -1)
        self._moved_at = monotonic()
        self._bad = 0

    @contextmanager
    def shown(self) -> Iterator[None]:
        """While the run is worked on: ctrl-C asks on a terminal, and stops it to be resumed elsewhere."""
        before = {number: signal.signal(number, self._on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            with self._progress:
                yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def fed(self, run: Run) -> None:
        """Move the bar; say what it waits for."""
        self._run = run
        done = f"{run.counts.get('fed', 0):,} fed, {run.counts.get('left_out', 0):,} left out"
        self._progress.update(self._bar, completed=run.passed, done=done, note=run.note or "")
        line = f"{percent(run.passed, run.size)}: {done}{'; ' + run.note if run.note else ''}"
        self._spoken.say(line, passed=run.passed, size=run.size)

    def left(self, stage: str, records: int) -> None:
        """Show what the lane still has in hand, and who does not seem to be there to take it."""
        if (stage, records) != self._left:
            self._left, self._moved_at = (stage, records), monotonic()
        note = ""
        if records and stage != DIGEST and monotonic() - self._moved_at > _NOTHING_MOVES_AFTER_S:
            process = "tocsin deliver" if stage in ("fold", "outbox") else "tocsin work --lane replay"
            note = f"nothing moves: does `{process}` run?"
        self._progress.update(self._bar, description="settling", done=f"{stage}: {records:,} left", note=note)
        self._spoken.say(f"{stage}: {records} left{'; ' + note if note else ''}")

    def bad(self, line: str) -> None:
        """Say where and why, up to a number of them."""
        self._bad += 1
        if self._bad <= _BAD_SHOWN:
            self._console.print(escape(line), highlight=False, soft_wrap=True)
        elif self._bad == _BAD_SHOWN + 1:
            self._console.print("further ones are only counted")

    def is_stopping(self) -> bool:
        """Asked on the run's own thread: here the operator can be asked back."""
        if self._asked and not self._stopping and sys.stdin.isatty():
            self._ask()
        return self._stopping

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._asked += 1
        if number == signal.SIGTERM or self._asked > 1 or not sys.stdin.isatty():
            self._stopping = True

    def _ask(self) -> None:
        self._progress.stop()
        answer = typer.prompt("stop here, to be resumed later? [y/n]", default="y", err=True)
        self._asked = 0
        self._stopping = answer.strip().lower().startswith("y")
        if not self._stopping:
            self._progress.start()


def show_report(run: Run, *, as_json: bool) -> None:
    """What the run came to."""
    if as_json:
        typer.echo(json.dumps(as_line(run), ensure_ascii=False))
        return
    report: Mapping[str, Any] = run.report or {}
    typer.echo(f"run {run.run_id} is {run.status.value}{f': {run.note}' if run.note else ''}")
    counts = ", ".join(
        f"{count:,} {name.replace('_', ' ')}" for name, count in run.counts.items() if count and name != TOLD
    )
    typer.echo(f"range: {counts or 'nothing yet'}")
    if report.get("stages"):
        Console().print(_stages(report["stages"]))
    alerts = report.get("alerts")
    if alerts:
        told = {"none": "nobody is told", "digest": f"{report.get('told', 0)} in the digest", "live": "told as live"}
        typer.echo(
            f"alerts: {alerts['new']} new ({told[run.asked.notify.value]}), {alerts['joined']} joined, "
            f"{alerts['known']} known"
        )
    aside = put_aside_in(report)
    if len(aside.reasons) > MOST_SAID:
        for watch_id, reason in sorted(aside.reasons.items()):
            typer.echo(f"{watch_id} was put aside and lacks matches: {reason}")
    if "balanced" in report:
        typer.echo("balanced" if report["balanced"] else "NOT BALANCED: " + "; ".join(report["wrong"]))


def as_line(run: Run) -> dict[str, Any]:
    """The run as JSON."""
    return {
        "run_id": run.run_id,
        "kind": run.asked.kind,
        "mode": run.asked.mode.value,
        "notify": run.asked.notify.value,
        "asked": dict(run.asked.words),
        "status": run.status.value,
        "note": run.note,
        "size": run.size,
        "counts": dict(run.counts),
        "started_at": run.started_at.isoformat(),
        "ended_at": run.ended_at.isoformat() if run.ended_at is not None else None,
        "report": run.report,
    }


def _stages(stages: list[dict[str, Any]]) -> Table:
    table = Table("stage", "in", "emitted", "dropped", "rejected", "missing", "reasons")
    for one in stages:
        reasons = ", ".join(f"{count} {why}" for why, count in one["reasons"].items())
        table.add_row(
            one["stage"], *(f"{one[name]:,}" for name in ("in", "emitted", "dropped", "rejected", "missing")), reasons
        )
    return table
