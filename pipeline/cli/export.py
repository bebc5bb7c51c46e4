"""`tocsin export`: a range of a topic into a file, as JSON lines or WARC."""

import gzip
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated

import typer

from pipeline import log, settings
from pipeline.adapters import archive, clock, warc
from pipeline.adapters.kafka import topic_name
from pipeline.adapters.ranges import RangeRecord
from pipeline.adapters.record_files import line_of
from pipeline.adapters.warc import Lying
from pipeline.errors import UsageError
from pipeline.replay.asking import read_time
from pipeline.replay.selection import Selection
from pipeline.settings import Settings
from topics import codec, registry
from topics.records import RawPage
from topics.spec import TopicSpec

_KINDS = (".jsonl", ".jsonl.gz", ".warc.gz")
_EXIT_FAILURES = 1


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("export")(export)


def export(  # noqa: PLR0913, PLR0917  # an operator's words, each an option of its own
    topic: Annotated[str, typer.Argument(help="raw-pages, articles, tagged-articles or matches.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="A .jsonl, .jsonl.gz or (pages) .warc.gz file.")],
    since: Annotated[str | None, typer.Option("--from", help="Arrived since: 2026-03-04T05:06Z, 7d, 3h.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Arrived before; now where it is not given.")] = None,
    feed: Annotated[list[str] | None, typer.Option(help="Of that feed: its id or address. May be repeated.")] = None,
    site: Annotated[list[str] | None, typer.Option(help="Of that host or its subdomains.")] = None,
    lang: Annotated[list[str] | None, typer.Option(help="In that language, by its two letters.")] = None,
    id_: Annotated[list[str] | None, typer.Option("--id", help="That page, version or match; or an address.")] = None,
) -> None:
    """Write a range of a topic into a file that `tocsin replay` reads again; exit code 1 when records were left out."""
    spec = _topic(topic)
    _check(output, spec)
    selection = Selection(
        feeds=tuple(feed or ()), sites=tuple(site or ()), languages=tuple(lang or ()), ids=tuple(id_ or ())
    )
    selection.check(spec)
    loaded = settings.load()
    log.configure(level=loaded.log_level, process="export")
    now = clock.now()
    bounds = archive.bounds_of(
        loaded,
        spec,
        since=read_time(since, option="--from", now=now),
        until=read_time(until, option="--to", now=now),
    )
    source = archive.HistoryRange(loaded, spec, bounds)
    written = unreadable = 0
    is_taken = selection.compile()
    try:
        with _replacing(output) as file:
            for record in (record for batch in source.batches() for record in batch.records):
                try:
                    decoded = codec.decode(spec, record.value)
                except codec.UndecodableError as error:
                    unreadable += 1
                    typer.echo(f"{spec.name}/{record.partition}/{record.offset}: {error}", err=True)
                    continue
                if is_taken(decoded):
                    written += 1
                    file.write(_encoded(loaded, spec, output, record))
    finally:
        source.close()
    typer.echo(f"{written:,} records in {output}" + (f"; {unreadable} unreadable left out" if unreadable else ""))
    if unreadable:
        raise typer.Exit(_EXIT_FAILURES)


def _topic(name: str) -> TopicSpec:
    found = [spec for spec in registry.REPLAYABLE if spec.name == name]
    if not found:
        raise UsageError(f"{name} is not exported; {', '.join(spec.name for spec in registry.REPLAYABLE)} are")
    return found[0]


def _check(output: Path, spec: TopicSpec) -> None:
    if not output.name.endswith(_KINDS):
        raise UsageError(f"{output}: the name must end with {', '.join(_KINDS)}")
    if output.name.endswith(".warc.gz") and spec.record is not RawPage:
        raise UsageError(f"{output}: WARC holds pages; write {spec.name} as .jsonl")
    if not output.absolute().parent.is_dir():
        raise UsageError(f"{output}: there is no folder {output.absolute().parent}")


def _encoded(loaded: Settings, spec: TopicSpec, output: Path, record: RangeRecord) -> bytes:
    if not output.name.endswith(".warc.gz"):
        return line_of(spec, record.partition, record)
    lying = Lying(
        topic_name(loaded, spec),
        record.partition,
        record.offset,
        record.arrived_ms,
        record.key,
        record.value,
        record.headers,
    )
    return warc.member(spec, lying)


@contextmanager
def _replacing(output: Path) -> Iterator[IO[bytes]]:
    """A file beside it that takes its place when it is whole."""
    part = output.with_name(f".{output.name}.part")
    try:
        with part.open("wb") as file:
            if output.name.endswith(".jsonl.gz"):
                with gzip.GzipFile(fileobj=file, mode="wb", mtime=0) as stream:
                    yield stream  # type: ignore[misc]  # a stream of bytes like the other
            else:
                yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(output)
    except OSError as error:
        raise UsageError(f"{output}: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)
