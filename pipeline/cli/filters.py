"""`tocsin clean`, `tocsin tag`, `tocsin match`: the stages as filters over JSON lines, without a broker."""

import typer


def register(app: typer.Typer) -> None:
    """Add the filters to the command line."""
