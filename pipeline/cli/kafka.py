"""`tocsin kafka`: start and stop the embedded Kafka."""

from typing import Annotated

import typer

from pipeline import log, settings
from pipeline.adapters import broker
from pipeline.errors import UsageError
from pipeline.settings import Settings

app = typer.Typer(help="Start and stop the embedded Kafka.", no_args_is_help=True)

Nodes = Annotated[int | None, typer.Option(help="1, or 3 to try faults; as set in TOCSIN_KAFKA__EMBEDDED_NODES.")]


@app.command()
def start(nodes: Nodes = None) -> None:
    """Start Kafka and return when it answers; what runs already is left alone."""
    chosen = _load(nodes)
    broker.start(chosen, say=typer.echo)
    typer.echo(f"Kafka answers at {chosen.bootstrap}")


@app.command()
def stop() -> None:
    """Stop Kafka and return when it is gone."""
    stopped = broker.stop(_load(None))
    typer.echo("Kafka is stopped" if stopped else "Kafka was not running")


@app.command()
def status() -> None:
    """Say which nodes run; exit code 1 unless all of them do and answer."""
    found = broker.status(_load(None))
    for node in found.nodes:
        typer.echo(
            f"node {node.number}, port {node.port}: {'not running' if node.pid is None else f'running, pid {node.pid}'}"
        )
    typer.echo("Kafka answers" if found.is_answering else "Kafka does not answer" if found.nodes else "never started")
    raise typer.Exit(0 if found.is_answering else 1)


def _load(nodes: int | None) -> Settings:
    loaded = settings.load()
    log.configure(level=loaded.log_level)
    if nodes is None:
        return loaded
    if nodes not in (1, 3):
        raise UsageError(f"--nodes {nodes}: 1 or 3 is expected")
    return loaded.model_copy(update={"kafka": loaded.kafka.model_copy(update={"embedded_nodes": nodes})})
