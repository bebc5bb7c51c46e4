"""`tocsin topics`: Create, check and document the topics."""

import typer

app = typer.Typer(help="Create, check and document the topics.", no_args_is_help=True)
