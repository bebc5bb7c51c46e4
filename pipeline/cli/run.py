"""`tocsin run`: everything on one machine, from the broker to the alerts on the screen."""

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
