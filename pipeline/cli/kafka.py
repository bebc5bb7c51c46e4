"""`tocsin kafka`: Start and stop the embedded Kafka."""

import typer

app = typer.Typer(help="Start and stop the embedded Kafka.", no_args_is_help=True)
