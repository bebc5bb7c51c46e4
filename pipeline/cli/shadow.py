"""`tocsin replay raw-pages --mode shadow --against live`: what the stages as they are here would make otherwise."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipeline.adapters.database import actors, watches
from pipeline.cli import control
from pipeline.cli.spoken import Spoken, percent
from pipeline.cli.watch_history import bar
from pipeline.errors import UsageError
from pipeline.replay.differences import LIMITS, Differences, quantile, shares
from pipeline.replay.shadow import Wanted, compare
from pipeline.settings import Settings

DEFAULT_SAMPLE = 2000
EXIT_OVER = 1
"""The exit code when a limit is passed, or when there was nothing to compare."""

_LIMIT = re.compile(r"\s*([a-z-]+)\s*>\s*(\d+(?:\.\d+)?)\s*(%|s)?\s*")
_MOST_NAMES = 10
Limits = dict[str, float]


def read_limits(words: Sequence[str]) -> Limits:
    """Limits as written: `text>1%`, `clean-seconds>2`. UsageError for one that is none."""
    limits: Limits = {}
    for one in words:
        found = _LIMIT.fullmatch(one)
        is_known = found is not None and found[1] in LIMITS and (found[3] == "%") != found[1].endswith("-seconds")
        if found is None or not is_known:
            shares_ = ", ".join(name for name in LIMITS if not name.endswith("-seconds"))
            raise UsageError(f"--fail-if {one}: text>1% or clean-seconds>2 is expected, of: {shares_}, STAGE-seconds")
        limits[found[1]] = float(found[2]) / (100 if found[3] == "%" else 1)
    return limits


def run(
    loaded: Settings,
    *,
    since: datetime | None,
    until: datetime | None,
    sample: int = DEFAULT_SAMPLE,
    limits: Limits | None = None,
    as_json: bool = False,
) -> None:
    """Compare, show, and end with exit code 1 when a limit is passed."""
    with control.reading() as database, database.read() as connection:
        in_force = [stored.watch for stored in watches.list_all(connection) if stored.watch.enabled]
        listed = actors.list_all(connection)
    wanted = Wanted(actors=listed, watches=in_force, since=since, until=until, sample=sample)
    console = Console(stderr=True)
    spoken = Spoken(console)
    with bar(console) as progress:
        task = progress.add_task("pages", total=None)

        def on_progress(passed: int, size: int) -> None:
            progress.update(task, completed=passed, total=size)
            spoken.say(f"comparing: {percent(passed, size)}", passed=passed, size=size)

        found = compare(loaded, wanted, on_progress=on_progress)
    over = passed_limits(found, limits or {})
    if as_json:
        typer.echo(json.dumps(_line(found, over), ensure_ascii=False))
    else:
        _show(found)
    for one in over:
        typer.echo(f"over the limit: {one}", err=True)
    if over:
        raise typer.Exit(EXIT_OVER)


def passed_limits(found: Differences, limits: Limits) -> list[str]:
    """Each limit that is passed, in words. With nothing to compare no limit is kept."""
    if limits and not found.compared:
        return ["nothing was compared: no page of the range has its live account any more, or yet"]
    values = shares(found)
    return [
        f"{name} is {_written(name, values.get(name, 0.0))}, allowed {_written(name, limit)}"
        for name, limit in limits.items()
        if values.get(name, 0.0) > limit
    ]


def _show(found: Differences) -> None:
    console = Console(highlight=False)
    console.print(
        f"{found.compared:,} pages compared, {found.without_account:,} without an account of live work any more, or yet"
    )
    table = Table("what", "changed", "share", title="against live")
    values = shares(found)
    for name, count in _counts(found).items():
        table.add_row(name, f"{count:,}", _written(name, values[name]))
    console.print(table)
    _show_times(console, found)
    for title, names in (
        ("ends", Counter({f"{before} → {now}": count for (before, now), count in found.ends.items()})),
        ("fields", found.fields_changed),
        ("actors no longer found", found.actors_lost),
        ("actors newly found", found.actors_found),
        ("watches that lose matches", found.matches_lost),
        ("watches that gain matches", found.matches_found),
    ):
        if names:
            said = ", ".join(f"{name} {count}" for name, count in names.most_common(_MOST_NAMES))
            console.print(f"[bold]{title}[/]: {escape(said)}")
    for watch_id, reason in found.put_aside.items():
        said = escape(f"{watch_id}: {reason}")
        console.print(f"[bold]put aside here, so that its matches are missing[/]: {said}", soft_wrap=True)
    for sample in found.samples:
        console.print(f"\n[bold]{sample.what}[/] {escape(sample.url)}\n{escape(sample.diff)}")


def _show_times(console: Console, found: Differences) -> None:
    table = Table("stage", "live p50", "live p95", "here p50", "here p95", title="seconds (live: with its waiting)")
    for stage, now in found.seconds_now.items():
        before = found.seconds_before.get(stage, [])
        times = [quantile(values, share) for values in (before, now) for share in (0.5, 0.95)]
        table.add_row(stage, *(f"{value:.4f}" for value in times))
    console.print(table)


def _counts(found: Differences) -> dict[str, int]:
    return {
        "outcome": found.ends.total(),
        "rejected": found.newly_rejected,
        "text": found.text_changed,
        "title": found.fields_changed["title"],
        "date": found.fields_changed["published_at"],
        "language": found.fields_changed["language"],
        "actors": found.actors_changed,
        "matches": found.matches_lost.total() + found.matches_found.total(),
    }


def _line(found: Differences, over: Sequence[str]) -> dict[str, object]:
    return {
        "compared": found.compared,
        "without_account": found.without_account,
        "changed": _counts(found),
        "shares": shares(found),
        "ends": [{"from": before, "to": now, "pages": count} for (before, now), count in found.ends.most_common()],
        "fields": dict(found.fields_changed),
        "actors": {"lost": dict(found.actors_lost), "found": dict(found.actors_found)},
        "matches": {
            "before": found.matches_before,
            "lost": dict(found.matches_lost),
            "found": dict(found.matches_found),
            "put_aside": dict(found.put_aside),
        },
        "seconds": {
            stage: {
                "live": {"p50": quantile(before, 0.5), "p95": quantile(before, 0.95)},
                "here": {"p50": quantile(now, 0.5), "p95": quantile(now, 0.95)},
            }
            for stage, now in found.seconds_now.items()
            for before in (found.seconds_before.get(stage, []),)
        },
        "samples": [asdict(sample) for sample in found.samples],
        "over": list(over),
    }


def _written(name: str, value: float) -> str:
    return f"{value:.3g} s" if name.endswith("-seconds") else f"{100 * value:.3g} %"
