"""How every benchmark shows its rows."""

import json
import sys
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

Row = Mapping[str, object]


def show(title: str, rows: Sequence[Row], *, as_json: bool) -> None:
    """A table for people, or one JSON object a row."""
    if as_json:
        for row in rows:
            sys.stdout.write(json.dumps({"bench": title, **row}) + "\n")
        return
    table = Table(title=title)
    for name in rows[0]:
        table.add_column(name, justify="right" if isinstance(rows[0][name], int | float) else "left")
    for row in rows:
        table.add_row(*(f"{value:,.3g}" if isinstance(value, float) else str(value) for value in row.values()))
    Console().print(table)
