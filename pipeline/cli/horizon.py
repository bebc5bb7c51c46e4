"""`tocsin topics horizon`: what can be replayed, and until when."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from pipeline import log, settings
from pipeline.adapters import horizon
from pipeline.adapters.archive import ARCHIVED, ArchiveStore, Beyond, beyond, parts
from pipeline.adapters.horizon import Horizon
from pipeline.errors import UsageError
from pipeline.settings import Settings

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line instead of a table.")]


def show(as_json: AsJson = False) -> None:
    """Show what can be replayed and until when: what each topic holds, when it goes, what the archive has beyond it."""
    loaded = settings.load()
    log.configure(level=loaded.log_level)
    found = horizon.read(loaded)
    if not found:
        raise UsageError(f"there are no topics at {loaded.bootstrap}: create them with `tocsin topics apply`")
    archives = {one.name: _beyond(loaded, one) for one in found}
    if as_json:
        for one in found:
            typer.echo(json.dumps(_line(one, archives[one.name])))
        return
    names = ("topic", "records", "size", "oldest (UTC)", "kept for", "stays until")
    table = Table(*(Column(name, no_wrap=True) for name in names), box=None, padding=(0, 1, 0, 0))
    if loaded.archive.url:
        table.add_column("archive beyond")
    for one in found:
        table.add_row(
            one.name,
            f"{one.records:,}",
            "?" if one.stored_bytes is None else size(one.stored_bytes),
            _day(one.oldest_at),
            _kept_for(one),
            _day(one.goes_at),
            *((_said(archives[one.name]),) if loaded.archive.url else ()),
        )
    Console().print(table)


def moment(at: datetime | None) -> str:
    """A time as tables show it."""
    return "" if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _day(at: datetime | None) -> str:
    """A time of the last or next months: the table has to fit a terminal; `--json` has all of it."""
    return "" if at is None else f"{at.astimezone(UTC):%b %d %H:%M}"


def size(count: int) -> str:
    """Bytes as tables show them."""
    amount = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} TiB"


def _beyond(loaded: Settings, one: Horizon) -> Beyond | None:
    """The archive beside the topic; None for one that has none."""
    if not loaded.archive.url or one.spec not in ARCHIVED:
        return None
    return beyond(one, parts(ArchiveStore(loaded).segments(one.name)))


def _kept_for(one: Horizon) -> str:
    if one.is_compacted:
        return "compacted"
    limit = "" if one.retention_bytes is None else f", {size(one.retention_bytes)} a partition"
    return ("for ever" if one.retention is None else f"{one.retention.total_seconds() / 86_400:g} days") + limit


def _said(archive: Beyond | None) -> str:
    if archive is None:
        return ""
    held = f"{archive.records:,} since {moment(archive.since)}" if archive.records else "nothing"
    return f"{held}; {archive.waiting:,} not yet archived" if archive.waiting else held


def _line(one: Horizon, archive: Beyond | None) -> dict[str, object]:
    return {
        "topic": one.name,
        "records": one.records,
        "bytes": one.stored_bytes,
        "oldest_at": _written(one.oldest_at),
        "retention_s": one.retention.total_seconds() if one.retention else None,
        "retention_bytes": one.retention_bytes,
        "is_compacted": one.is_compacted,
        "goes_not_before": _written(one.goes_at),
        "archived_beyond": archive.records if archive is not None else None,
        "archived_since": _written(archive.since) if archive is not None else None,
        "not_archived": archive.waiting if archive is not None else None,
    }


def _written(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None
