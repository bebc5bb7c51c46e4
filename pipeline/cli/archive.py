"""`tocsin archive`: the archiving process, and what it has kept."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from pipeline import log, settings
from pipeline.adapters.archive import ArchiveStore, Kept, Segment, parts
from pipeline.adapters.archive.checking import check
from pipeline.cli.horizon import moment, size
from pipeline.settings import Settings
from topics import registry

app = typer.Typer(help="Keep raw pages in WARC files beyond what their topic keeps.")

_ID_CHARACTERS = 8
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line instead of a table.")]


@app.callback(invoke_without_command=True)
def run(context: typer.Context) -> None:
    """Archive raw pages to the folder or store of TOCSIN_ARCHIVE__URL, until ctrl-C. Any number share the work."""
    if context.invoked_subcommand is None:
        from pipeline import archive

        archive.run(_load("archive"))


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """Show what the archive holds, by partition."""
    store = ArchiveStore(_load())
    sizes = store.sizes()
    found = parts(sizes)
    table = Table(
        Column("partition", no_wrap=True),
        Column("topic id", min_width=_ID_CHARACTERS),
        "offsets",
        Column("from, UTC", min_width=10),
        Column("to, UTC", min_width=10),
        "files",
        "size",
    )
    for kept in found:
        line = _line(kept, sizes)
        if as_json:
            typer.echo(json.dumps(line))
            continue
        table.add_row(
            f"{kept.part.topic}/{kept.part.partition}",
            kept.part.incarnation[:_ID_CHARACTERS],
            f"{kept.first}–{kept.behind - 1}" + (f", {len(kept.gaps)} gaps" if kept.gaps else ""),
            moment(_earliest(kept)),
            moment(_latest(kept)),
            str(len(kept.files)),
            size(sum(sizes[segment] for segment, _ in kept.files)),
        )
    if not found:
        typer.echo(f"nothing is archived at {store.url}", err=as_json)
    elif not as_json:
        Console().print(table)


@app.command()
def verify() -> None:
    """Read every file and compare it with its name, index and digests. Exit code 1 when one is broken."""
    store = ArchiveStore(_load())
    files = records = 0
    complaints: list[str] = []
    for kept in parts(store.segments()):
        for checked in check(store, kept, registry.RAW_PAGES):
            files += 1
            records += checked.records
            if checked.complaint is not None:
                complaints.append(checked.complaint)
                typer.echo(f"broken: {checked.complaint}")
        for start, end in kept.gaps:
            typer.echo(f"gap: {kept.part.folder} lacks offsets {start} to {end - 1}")
    typer.echo(f"{files} files, {records} records, {len(complaints)} files broken")
    if complaints:
        raise typer.Exit(1)


def _line(kept: Kept, sizes: Mapping[Segment, int]) -> dict[str, object]:
    return {
        "topic": kept.part.topic,
        "incarnation": kept.part.incarnation,
        "partition": kept.part.partition,
        "first": kept.first,
        "behind": kept.behind,
        "gaps": kept.gaps,
        "earliest": _earliest(kept).isoformat(),
        "latest": _latest(kept).isoformat(),
        "files": len(kept.files),
        "bytes": sum(sizes[segment] for segment, _ in kept.files),
    }


def _earliest(kept: Kept) -> datetime:
    return datetime.fromtimestamp(min(segment.earliest_ms for segment, _ in kept.files) / 1000, UTC)


def _latest(kept: Kept) -> datetime:
    return datetime.fromtimestamp(max(segment.latest_ms for segment, _ in kept.files) / 1000, UTC)


def _load(process: str = "") -> Settings:
    loaded = settings.load()
    log.configure(level=loaded.log_level, process=process) if process else log.configure(level=loaded.log_level)
    return loaded
