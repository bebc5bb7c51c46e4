"""`tocsin watch`: Standing queries."""

import typer

app = typer.Typer(help="Standing queries.", no_args_is_help=True)
