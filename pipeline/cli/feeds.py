"""`tocsin feeds`: The sources to poll."""

import typer

app = typer.Typer(help="The sources to poll.", no_args_is_help=True)
