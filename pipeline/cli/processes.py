"""The long-running commands: `tocsin poll`, `work`, `deliver`, `serve`, `lag`."""

import typer


def register(app: typer.Typer) -> None:
    """Add the processes to the command line."""
