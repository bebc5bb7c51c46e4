"""`tocsin actors`: people and organisations to recognise."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from pipeline.adapters.database import Connection, actors, watches
from pipeline.cli import control
from pipeline.errors import UsageError
from pipeline.stages import watchfile
from pipeline.stages.match import QueryError, parse_query
from pipeline.stages.match.exact.reading import found_by
from pipeline.stages.match.language.naming import named
from topics.records import Actor, ActorKind

app = typer.Typer(help="People and organisations to recognise.", no_args_is_help=True)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="YAML with actors; channels and watches in it count, too.")],
) -> None:
    """Put a file's actors in force; nothing is written unless all of it can be used."""
    control.import_file(file)


@app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False) -> None:
    """Show every actor with its aliases."""
    with control.reading() as database, database.read() as connection:
        stored = actors.list_all(connection)
    if as_json:
        for actor in stored:
            line = {"id": actor.actor_id, "name": actor.name, "kind": actor.kind.value, "aliases": list(actor.aliases)}
            typer.echo(json.dumps(line, ensure_ascii=False))
        return
    table = Table("id", "name", "kind", "aliases")
    for actor in stored:
        table.add_row(actor.actor_id, actor.name, actor.kind.value, ", ".join(actor.aliases))
    Console().print(table)


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="The name as it is best known; the id is made of it.")],
    kind: Annotated[ActorKind, typer.Option(help="person or organisation.")] = ActorKind.PERSON,
    alias: Annotated[list[str] | None, typer.Option(help="Another spelling, in any script; may be repeated.")] = None,
) -> None:
    """Add an actor, or change the one of that name."""
    actor_id = watchfile.slug(name)
    if not actor_id:
        raise UsageError(f"{name!r}: a name needs a letter or a digit")
    actor = Actor(actor_id=actor_id, name=name, kind=kind, aliases=tuple(alias or ()))
    done = control.change(lambda connection, now: actors.put(connection, actor, now=now))
    typer.echo(f"{actor_id}: {done.value}")


@app.command()
def rm(actor_id: Annotated[str, typer.Argument(help="The actor's id, as `tocsin actors list` shows it.")]) -> None:
    """Recognise an actor no longer; one that a watch names stays."""
    if not control.change(lambda connection, now: _remove(connection, actor_id, now)):
        raise UsageError(f"{actor_id}: no such actor; `tocsin actors list` shows them")
    typer.echo(f"{actor_id}: removed")


def _remove(connection: Connection, actor_id: str, now: datetime) -> bool:
    """UsageError while a watch names the actor and no other of that name: it would lose the aliases unseen."""
    listed = actors.list_all(connection)
    own = frozenset().union(*(found_by(one) for one in listed if one.actor_id == actor_id))
    own -= frozenset().union(*(found_by(one) for one in listed if one.actor_id != actor_id))
    for stored in watches.list_all(connection):
        if own and _names(stored.watch.query) & own:
            raise UsageError(f"{actor_id} is in use by watch {stored.watch.watch_id}; change that first")
    return actors.remove(connection, actor_id, now=now)


def _names(query: str) -> frozenset[str]:
    try:
        return frozenset(one.name for one in named(parse_query(query)))
    except QueryError:
        return frozenset()
