"""`tocsin alerts`: What was raised and delivered."""

import typer

app = typer.Typer(help="What was raised and delivered.", no_args_is_help=True)
