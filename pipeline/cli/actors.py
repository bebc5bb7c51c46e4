"""`tocsin actors`: People and organisations to recognise."""

import typer

app = typer.Typer(help="People and organisations to recognise.", no_args_is_help=True)
