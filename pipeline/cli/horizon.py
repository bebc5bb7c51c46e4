"""`tocsin topics horizon`: what can be replayed, and until when."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from pipeline import log, settings
from pipeline.adapters import horizon
from pipeline.adapters.archive import ArchiveStore, Kept, parts
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
    beyond = {one.name: _beyond(loaded, one) for one in found}
    if as_json:
        for one in found:
            typer.echo(json.dumps(_line(one, beyond[one.name])))
        return
    table = Table(
        Column("topic", no_wrap=True),
        "records",
        "size",
        "oldest (UTC)",
        "kept for",
        "goes not before",
        "archive beyond it",
    )
    for one in found:
        table.add_row(
            one.name,
            f"{one.records:,}",
            "?" if one.stored_bytes is None else size(one.stored_bytes),
            moment(one.oldest_at),
            _kept_for(one),
            moment(one.goes_at),
            _said(beyond[one.name]),
        )
    Console().print(table)


def moment(at: datetime | None) -> str:
    """A time as tables show it."""
    return "" if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def size(count: int) -> str:
    """Bytes as tables show them."""
    amount = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} TiB"


def _beyond(loaded: Settings, one: Horizon) -> dict[str, int]:
    """What the archive has that the topic has no longer: records and since when; nothing without an archive."""
    if not loaded.archive.url:
        return {}
    older = [kept for kept in parts(ArchiveStore(loaded).segments(one.name)) if _records_beyond(one, kept)]
    if not older:
        return {}
    return {
        "records": sum(_records_beyond(one, kept) for kept in older),
        "since_ms": min(segment.earliest_ms for kept in older for segment, _ in kept.files),
    }


def _records_beyond(one: Horizon, kept: Kept) -> int:
    is_present = kept.part.incarnation.partition("~")[0] == one.incarnation
    below = one.starts.get(kept.part.partition, kept.behind) if is_present else kept.behind
    return sum(max(0, min(segment.behind, below) - first) for segment, first in kept.files)


def _kept_for(one: Horizon) -> str:
    if one.is_compacted:
        return "last of each key"
    limit = "" if one.retention_bytes is None else f", {size(one.retention_bytes)} a partition"
    return ("for ever" if one.retention is None else f"{one.retention.total_seconds() / 86_400:g} days") + limit


def _said(beyond: Mapping[str, int]) -> str:
    if not beyond:
        return ""
    return f"{beyond['records']:,} since {moment(datetime.fromtimestamp(beyond['since_ms'] / 1000, UTC))}"


def _line(one: Horizon, beyond: Mapping[str, int]) -> dict[str, object]:
    since = beyond.get("since_ms")
    return {
        "topic": one.name,
        "records": one.records,
        "bytes": one.stored_bytes,
        "oldest_at": one.oldest_at.isoformat() if one.oldest_at else None,
        "retention_s": one.retention.total_seconds() if one.retention else None,
        "retention_bytes": one.retention_bytes,
        "is_compacted": one.is_compacted,
        "goes_not_before": one.goes_at.isoformat() if one.goes_at else None,
        "archived_beyond": beyond.get("records", 0),
        "archived_since": datetime.fromtimestamp(since / 1000, UTC).isoformat() if since is not None else None,
    }
