"""`tocsin clean`, `tocsin tag`, `tocsin match`: the stages as filters over JSON lines, without a broker.

One line out for each line in, in order. A line whose stage emitted holds `"outcome": "emit"` and the record's fields;
one that did not holds `drop` or `reject` with its reason, and passes the filters after it as it is. A line that cannot
be read becomes `"outcome": "error"` with its number, and the exit code at the end is 1.
"""

import base64
import binascii
import json
import os
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer

from pipeline.adapters import clock
from pipeline.errors import TocsinError, UsageError
from pipeline.stages import identity, urls, watchfile
from pipeline.stages.outcome import Drop, Emit, Outcome, Reject
from topics import codec
from topics.records import Article, Origin, RawPage, TaggedArticle, Watch

Line = dict[str, Any]
_EXIT_BAD_LINES = 1


class _BadLineError(ValueError):
    """The line cannot be used; the message says why."""


def register(app: typer.Typer) -> None:
    """Add the filters to the command line."""
    app.command("clean")(clean)
    app.command("tag")(tag)
    app.command("match")(match)


def clean(
    html: Annotated[
        Path | None, typer.Option(help="One page from a file, instead of lines from standard input.")
    ] = None,
    url: Annotated[str | None, typer.Option(help="The address of --html.")] = None,
) -> None:
    """Pages in, articles out: {"url", "html" or "body_base64", "fetched_at", "headers"} a line."""
    from pipeline.stages.clean import clean as stage

    def work(line: Line) -> Line:
        return _line(stage(_page(line)), line)

    if html is None and url is None:
        _run(work)
        return
    if html is None or url is None:
        raise UsageError("--html and --url go together")
    try:
        body = html.read_bytes()
    except OSError as error:
        raise UsageError(f"{html}: {error.strerror}") from error
    try:
        _write(work({"url": url, "body_base64": base64.b64encode(body).decode()}))
    except _BadLineError as error:
        raise UsageError(str(error)) from error


def tag(
    actors: Annotated[
        Path | None, typer.Option(help="YAML with actors; without it only unlisted ones are found.")
    ] = None,
) -> None:
    """Articles in, tagged articles out."""
    from pipeline.stages.tag import ActorIndex
    from pipeline.stages.tag import tag as stage

    index = ActorIndex(_read(actors).actors if actors is not None else ())
    _run(_after("articles", lambda line: _line(stage(_record(line, Article), actors=index), line)))


def match(
    watches: Annotated[Path, typer.Option(help="YAML with watches.")],
    actors: Annotated[Path | None, typer.Option(help="YAML with actors, where they are not in the same file.")] = None,
) -> None:
    """Tagged articles in, their matches out: one line with a list of them."""
    from pipeline.stages.match import WatchIndex
    from pipeline.stages.match import match as stage

    file = _read(watches)
    index = WatchIndex()
    for actor in (*file.actors, *(_read(actors).actors if actors is not None else ())):
        index.put_actor(actor)
    for entry in file.watches:
        index.put(
            Watch(watch_id=entry.watch_id, name=entry.name, query=entry.query, subscriber=entry.subscriber, revision=1)
        )

    def work(line: Line) -> Line:
        outcome = stage(_record(line, TaggedArticle), watches=index)
        for fault in index.faults():
            # Put aside, it would be missing from every line that follows.
            raise TocsinError(f"watch {fault.watch_id}: {fault.reason}")
        if not isinstance(outcome, Emit):
            return _line(outcome, line)
        return {
            "outcome": "emit",
            "url": line.get("url"),
            "matches": [codec.to_builtins(one) for one in outcome.records],
        }

    _run(_after("tagged articles", work))


def _run(work: Callable[[Line], Line]) -> None:
    """Every line of standard input through the work; a reader that has gone ends it quietly."""
    bad = 0
    try:
        for number, line in enumerate(_lines(sys.stdin.buffer), 1):
            try:
                result = work(_parse(line))
            except _BadLineError as error:
                bad += 1
                result = {"outcome": "error", "line": number, "error": str(error)}
            _write(result)
        sys.stdout.flush()
    except BrokenPipeError:
        # Python would complain once more when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return
    if bad:
        print(f"tocsin: {bad} line{'s' if bad > 1 else ''} could not be used", file=sys.stderr)
        raise typer.Exit(_EXIT_BAD_LINES)


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    yield from stream


def _write(line: Line) -> None:
    sys.stdout.buffer.write(json.dumps(line, ensure_ascii=False).encode("utf-8", "replace") + b"\n")


def _parse(line: bytes) -> Line:
    try:
        value = json.loads(line.rstrip(b"\r\n"))
    except json.JSONDecodeError as error:
        raise _BadLineError(f"not JSON: {error.msg} at character {error.pos + 1}") from error
    except (ValueError, RecursionError) as error:
        raise _BadLineError(f"not JSON: {error}") from error
    if not isinstance(value, dict):
        raise _BadLineError("a JSON object is expected")
    return value


def _after(what: str, work: Callable[[Line], Line]) -> Callable[[Line], Line]:
    """The work for lines that the filter before emitted; the others pass as they are."""

    def pass_or_work(line: Line) -> Line:
        if line.get("outcome", "emit") != "emit":
            return line
        if "matches" in line:
            raise _BadLineError(f"{what} are expected, these are matches")
        return work(line)

    return pass_or_work


def _line(outcome: Outcome[Any], given: Line) -> Line:
    match outcome:
        case Emit(records=(record, *_)):
            fields = codec.to_builtins(record)
            return {"outcome": "emit", "url": given.get("url"), **fields}
        case Drop(reason=reason, detail=detail):
            return {"outcome": "drop", "reason": reason.value, "detail": detail, "url": given.get("url")}
        case Reject(reason=reason, detail=detail):
            return {"outcome": "reject", "reason": reason.value, "detail": detail, "url": given.get("url")}
    raise TypeError("a stage emits at least one record")


def _record(line: Line, record: type[Any]) -> Any:
    try:
        return codec.from_builtins(line, record)
    except codec.UndecodableError as error:
        raise _BadLineError(str(error)) from error


def _page(line: Line) -> RawPage:
    url = _text(line, "url")
    normalised = urls.normalise(url) if url is not None else None
    if url is None or normalised is None:
        raise _BadLineError("`url`: an http or https address is expected")
    body = _body(line)
    page = identity.page_id(normalised)
    fetched_at = _moment(line, "fetched_at") or clock.now()
    origin = Origin(
        page_id=page,
        version_id=identity.version_id(page, body),
        url=url,
        fetched_at=fetched_at,
        seen_at=fetched_at,
        published_at=_moment(line, "published_at"),
        feed_id=_text(line, "feed_id"),
    )
    return RawPage(
        origin=origin,
        final_url=url,
        host=urls.host_of(url),
        body=body,
        content_type=_content_type(line),
        entry_title=_text(line, "entry_title"),
    )


def _body(line: Line) -> bytes:
    html, encoded = _text(line, "html"), _text(line, "body_base64")
    if html is not None:
        return html.encode("utf-8", "replace")
    if encoded is None:
        raise _BadLineError("`html` or `body_base64` is missing")
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _BadLineError(f"`body_base64`: {error}") from error


def _content_type(line: Line) -> str | None:
    headers = line.get("headers") or {}
    if not isinstance(headers, dict):
        raise _BadLineError("`headers`: an object is expected")
    if "html" in line and line["html"] is not None:
        return "text/html; charset=utf-8"
    found = [value for name, value in headers.items() if name.lower() == "content-type" and isinstance(value, str)]
    return found[0] if found else None


def _text(line: Line, name: str) -> str | None:
    value = line.get(name)
    if value is not None and not isinstance(value, str):
        raise _BadLineError(f"`{name}`: text is expected")
    return value


def _moment(line: Line, name: str) -> datetime | None:
    text = _text(line, name)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise _BadLineError(f"`{name}`: not a time: {text[:40]}") from error
    if moment.tzinfo is None:
        raise _BadLineError(f"`{name}`: the time zone is missing")
    return moment


def _read(path: Path) -> watchfile.WatchFile:
    try:
        return watchfile.read(path.read_text("utf-8"), source=str(path))
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8 text (byte {error.start})") from error
