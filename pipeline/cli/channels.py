"""`tocsin channels`: where alerts go."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from pipeline.adapters.database import channels
from pipeline.cli import control
from pipeline.errors import UsageError
from pipeline.stages.watchfile import ChannelKind

app = typer.Typer(help="Where alerts go.", no_args_is_help=True)


@app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False) -> None:
    """Show every channel; secrets are not shown."""
    with control.reading() as database, database.read() as connection:
        stored = channels.list_all(connection)
    if as_json:
        for channel in stored:
            typer.echo(json.dumps(_line(channel), ensure_ascii=False))
        return
    table = Table("name", "kind", "to", "when interrupted", "state")
    for channel in stored:
        state = f"disabled: {channel.disabled_reason}" if channel.disabled_at is not None else "in use"
        where = channel.url or channel.path or ""
        table.add_row(channel.name, channel.kind.value, where, channel.on_interrupted.value, state)
    Console().print(table)


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="What watches call it by.")],
    url: Annotated[str | None, typer.Option(help="Of a webhook.")] = None,
    path: Annotated[str | None, typer.Option(help="Of a file; a relative one lies in the data folder.")] = None,
    secret: Annotated[str | None, typer.Option(help="Signs a webhook; made and shown when left out.")] = None,
    on_interrupted: Annotated[
        channels.OnInterrupted, typer.Option(help="After a crash in mid-send: send the same again, or hold it.")
    ] = channels.OnInterrupted.RESEND,
) -> None:
    """Add a channel, or change and re-enable the one of that name: a webhook, a file, or else standard output."""
    if url is not None and path is not None:
        raise UsageError("a channel has either --url or --path")
    kind = ChannelKind.WEBHOOK if url else ChannelKind.FILE if path else ChannelKind.STDOUT
    secrets = (secret,) if secret is not None else ()
    channel = channels.StoredChannel(
        name=name, kind=kind, url=url, path=path, secrets=secrets, on_interrupted=on_interrupted
    )
    done = control.change(lambda connection, now: channels.put(connection, channel, now=now))
    typer.echo(f"{name}: {done.value}")
    if kind is ChannelKind.WEBHOOK and secret is None:
        with control.reading() as database, database.read() as connection:
            stored = next(one for one in channels.list_all(connection) if one.name == name)
        typer.echo(f"signed with {stored.secrets[0]}")


@app.command()
def rm(name: Annotated[str, typer.Argument(help="The channel's name.")]) -> None:
    """Remove a channel that no watch uses."""
    if not control.change(lambda connection, now: channels.remove(connection, name, now=now)):
        raise UsageError(f"{name}: no such channel; `tocsin channels list` shows them")
    typer.echo(f"{name}: removed")


def _line(channel: channels.StoredChannel) -> dict[str, object]:
    return {
        "name": channel.name,
        "kind": channel.kind.value,
        "url": channel.url,
        "path": channel.path,
        "on_interrupted": channel.on_interrupted.value,
        "disabled": channel.disabled_reason,
    }
