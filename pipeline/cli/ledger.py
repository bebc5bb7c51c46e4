"""`tocsin ledger`: the index that explain, audit and dlq read."""

from threading import Event

import typer

from pipeline import log, settings
from pipeline.cli import control
from pipeline.wording import counted

app = typer.Typer(help="Keep the index of how everything ended.")


@app.callback(invoke_without_command=True)
def keep(context: typer.Context) -> None:
    """Keep the index that explain, audit, dlq and feeds quiet read, until ctrl-C. Any number of these share it."""
    if context.invoked_subcommand is not None:
        return
    from pipeline import ledger

    loaded = settings.load()
    log.configure(level=loaded.log_level, process="ledger")
    ledger.run(loaded)


@app.command()
def prune() -> None:
    """Remove now what is older than the settings keep; the ledger does so by itself every hour."""
    from pipeline.ledger import upkeep

    with control.reading() as database:
        removed = upkeep.prune(database, settings.load().ledger, stopping=Event())
    for table, rows in sorted(removed.items()):
        typer.echo(f"{table}: {counted(rows, 'row')} removed")
    if not removed:
        typer.echo("nothing is that old")
