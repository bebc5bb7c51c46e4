"""`tocsin dlq`: what stages refused, to be looked at, tried again or given up."""

import getpass
import json
import socket
import sys
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from pipeline.adapters import clock
from pipeline.adapters.database import dead_letters
from pipeline.adapters.database.dead_letters import DeadLetter, LetterStatus, Wanted
from pipeline.cli import control
from pipeline.errors import TocsinError, UsageError
from pipeline.ledger import letters, progress
from pipeline.ledger.letters import Opened
from pipeline.replay.asking import read_time
from pipeline.settings import load
from topics import codec
from topics.records import RawPage

app = typer.Typer(help="What stages refused: look at it, try it again, give it up.", no_args_is_help=True)

_MANY = 1
# Read into memory before they are put back: a page may be of 6 MB.
_TOGETHER = 20
_VALUE_CHARACTERS = 2000
_HEXADECIMAL = frozenset("0123456789abcdef")
_console = Console(highlight=False, soft_wrap=True)

Ids = Annotated[list[str] | None, typer.Argument(help="Ids of letters, or their beginnings.")]
Topic = Annotated[str | None, typer.Option(help="Records of that topic only.")]
Stage = Annotated[str | None, typer.Option(help="Refused by that stage only.")]
Reason = Annotated[str | None, typer.Option(help="Refused for that reason only.")]
Since = Annotated[str | None, typer.Option("--from", help="Refused since: ISO time, or so long ago: 90m, 24h, 7d.")]
Until = Annotated[str | None, typer.Option("--to", help="Refused before: the same.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask, however many they are.")]


@app.command("list")
def list_(  # noqa: PLR0913, PLR0917  # each is an option
    topic: Topic = None,
    stage: Stage = None,
    reason: Reason = None,
    since: Since = None,
    until: Until = None,
    status: Annotated[LetterStatus | None, typer.Option(help="Only what stands so.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, the newest first.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show dead letters, the newest first."""
    wanted = _wanted(topic=topic, stage=stage, reason=reason, since=since, until=until, status=status)
    with control.reading() as database:
        with database.read() as connection:
            found = dead_letters.find(connection, wanted, limit=limit)
            total = dead_letters.count(connection, wanted)
        unread = progress.behind(load(), database)
    if as_json:
        for letter in found:
            typer.echo(json.dumps(codec.to_builtins(letter), ensure_ascii=False, default=str))
    else:
        _show_table(found, total)
    if unread:
        typer.echo(f"{unread} records are not indexed yet: is `tocsin ledger` running?", err=True)


@app.command()
def show(
    ids: Ids = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show letters whole: what is known of them, their headers, and the record or the beginning of its bytes."""
    settings = load()
    for letter in _found(_wanted(ids=ids)):
        opened = letters.open_letter(settings, letter)
        if as_json:
            typer.echo(json.dumps(_as_json(opened), ensure_ascii=False, default=str))
        else:
            _show_letter(opened)


@app.command()
def retry(
    ids: Ids = None,
    topic: Topic = None,
    stage: Stage = None,
    reason: Reason = None,
    since: Since = None,
    until: Until = None,
    yes: Yes = False,
) -> None:
    """Put refused records back into their topic, to go through the same stage again. Each letter is put back once."""
    wanted = _wanted(
        ids=ids, topic=topic, stage=stage, reason=reason, since=since, until=until, status=LetterStatus.OPEN
    )
    found = _found(wanted)
    _confirm(found, "put back into their topics", yes=yes)
    oldest_first, put_back, failed = found[::-1], 0, 0
    for first in range(0, len(oldest_first), _TOGETHER):
        some = oldest_first[first : first + _TOGETHER]
        opened = [one for letter in some if (one := _opened(letter)) is not None]
        failed += len(some) - len(opened)
        put_back += _retry(opened)
    typer.echo(f"{put_back} put back" + (f", {failed} could not be" if failed else ""))
    if failed:
        raise typer.Exit(1)


@app.command()
def drop(  # noqa: PLR0913, PLR0917  # each is an option
    because: Annotated[str, typer.Option("--because", help="Why they are given up; kept with each.")],
    ids: Ids = None,
    topic: Topic = None,
    stage: Stage = None,
    reason: Reason = None,
    since: Since = None,
    until: Until = None,
    yes: Yes = False,
) -> None:
    """Give letters up: they count as open no longer. In Kafka they stay until their time is over."""
    wanted = _wanted(
        ids=ids, topic=topic, stage=stage, reason=reason, since=since, until=until, status=LetterStatus.OPEN
    )
    found = _found(wanted)
    _confirm(found, "given up", yes=yes)
    with control.reading() as database, database.write() as connection:
        now, by = clock.now(), _operator()
        dropped = sum(letters.drop(connection, letter, by=by, reason=because, now=now) for letter in found)
    typer.echo(f"{dropped} given up")


def _opened(letter: DeadLetter) -> Opened | None:
    """The letter from Kafka; None, having said why, when it cannot be had."""
    try:
        return letters.open_letter(load(), letter)
    except UsageError as error:
        typer.echo(f"{letter.letter_id[:12]}: {error}", err=True)
        return None


def _retry(opened: list[Opened]) -> int:
    """Put them back together; how many were still open."""
    by = _operator()
    return control.change(lambda connection, now: sum(letters.retry(connection, one, by=by, now=now) for one in opened))


def _wanted(*, ids: list[str] | None = None, since: str | None = None, until: str | None = None, **more: Any) -> Wanted:
    """UsageError for an id or a time that can be none."""
    now = clock.now()
    for one in ids or ():
        if not one or len(one) > 32 or not set(one) <= _HEXADECIMAL:
            raise UsageError(f"{one}: no id of a dead letter; `tocsin dlq list` shows them")
    return Wanted(
        ids=tuple(ids or ()),
        since=read_time(since, option="--from", now=now),
        until=read_time(until, option="--to", now=now),
        **more,
    )


def _found(wanted: Wanted) -> tuple[DeadLetter, ...]:
    """UsageError when nothing was asked for, or an id is no letter's or more than one's."""
    if wanted == Wanted() or wanted == Wanted(status=LetterStatus.OPEN):
        raise UsageError("say which: by id, or with --topic, --stage, --reason, --from, --to")
    with control.reading() as database, database.read() as connection:
        found = dead_letters.find(connection, wanted)
        known = dead_letters.find(connection, Wanted(ids=wanted.ids)) if wanted.ids else ()
    for beginning in wanted.ids:
        fitting = [letter for letter in known if letter.letter_id.startswith(beginning)]
        if len(fitting) != 1:
            many = "no dead letter has" if not fitting else "several dead letters have"
            raise UsageError(f"{beginning}: {many} an id that begins so")
        if wanted.status is not None and fitting[0].status is not wanted.status:
            raise UsageError(f"{beginning}: is {fitting[0].status.value} already, by {fitting[0].changed_by}")
    if not found:
        raise TocsinError("no dead letter is meant by that")
    return found


def _confirm(found: tuple[DeadLetter, ...], what: str, *, yes: bool) -> None:
    if yes or len(found) <= _MANY:
        return
    if not sys.stdin.isatty():
        raise UsageError(f"{len(found)} letters would be {what}: add --yes")
    if not typer.confirm(f"{len(found)} letters will be {what}. Go on?"):
        raise typer.Exit(1)


def _operator() -> str:
    try:
        return f"{getpass.getuser()}@{socket.gethostname()}"
    except (OSError, KeyError):
        return socket.gethostname()


def _show_table(found: tuple[DeadLetter, ...], total: int) -> None:
    if not found:
        _console.print("no dead letters")
        return
    whole = (Column(name, no_wrap=True) for name in ("id", "refused (UTC)", "stage", "reason", "try", "status"))
    table = Table(*whole, Column("page or key", overflow="fold"), box=None, padding=(0, 1, 0, 0))
    for letter in found:
        table.add_row(
            letter.letter_id[:12],
            f"{letter.failed_at:%Y-%m-%d %H:%M:%S}",
            letter.stage,
            letter.reason,
            str(letter.attempt),
            letter.status.value,
            escape(letter.url or letter.key),
        )
    _console.print(table)
    if total > len(found):
        _console.print(f"{len(found)} of {total}; --limit shows more")


def _show_letter(opened: Opened) -> None:
    for name, value in codec.to_builtins(opened.letter).items():
        if value is not None:
            _console.print(f"{name}: {escape(str(value))}")
    for name, text in opened.headers.items():
        _console.print(f"  header {escape(name)}: {escape(text)}")
    _console.print(escape(_value(opened)))


def _value(opened: Opened) -> str:
    """The beginning of the record as JSON, or of its bytes."""
    record = opened.record
    if record is None:
        return f"{len(opened.value)} bytes: {opened.value[:_VALUE_CHARACTERS]!r}"
    shown = codec.to_builtins(record)
    if isinstance(record, RawPage):
        # As text, which its letters may be read by, not as bytes.
        shown |= {"body": record.body.decode("utf-8", "replace")}
    text = json.dumps(shown, ensure_ascii=False, default=repr, indent=2)
    return text if len(text) <= _VALUE_CHARACTERS else f"{text[:_VALUE_CHARACTERS]}…"


def _as_json(opened: Opened) -> dict[str, Any]:
    return {"letter": codec.to_builtins(opened.letter), "headers": opened.headers, "value": _value(opened)}
