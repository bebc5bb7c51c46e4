"""`tocsin settings`: every setting, its default and its meaning; `--markdown` is what docs/settings.md is made of."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from pipeline import settings

_HEAD = """# Settings

Made by `tocsin settings --markdown`. Each is a variable, or a line in the YAML file that `TOCSIN_CONFIG` names, where
`TOCSIN_KAFKA__BOOTSTRAP` is `kafka: {bootstrap: …}`. Variables win. Times are seconds (`90`), clock times (`0:01:30`)
or ISO 8601 (`PT1M30S`). An unknown name or an unusable value is refused at start.

| variable | default | meaning |
|---|---|---|
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("settings")(show)


def show(markdown: Annotated[bool, typer.Option(help="As a page in Markdown.")] = False) -> None:
    """Every setting, its default and its meaning."""
    if markdown:
        typer.echo(render(), nl=False)
        return
    table = Table("variable", "default", "meaning")
    for row in settings.describe():
        table.add_row(*row)
    Console().print(table)


def render() -> str:
    """The page."""
    rows = [
        # The number of cores differs from machine to machine.
        (name, "as many as cores" if name.endswith("POOL_PROCESSES") else default, meaning)
        for name, default, meaning in settings.describe()
    ]
    return _HEAD + "".join(
        f"| `{name}` | {f'`{default}`' if default else ''} | {meaning} |\n" for name, default, meaning in rows
    )
