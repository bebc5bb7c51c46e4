"""`tocsin channels`: Where alerts go."""

import typer

app = typer.Typer(help="Where alerts go.", no_args_is_help=True)
