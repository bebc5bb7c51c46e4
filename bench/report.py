"""How every benchmark shows its rows.

1. What is the same in all rows goes into the title instead of a column.
2. Where no terminal reads along, a table is as wide as it has to be.
3. On a terminal, columns that do not fit side by side go into further tables below, each of which begins with the
   columns of words before the first number again: they say which row it is.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence

from rich.console import Console
from rich.table import Table

Row = Mapping[str, object]
"""What was measured, by name; None where that was not measured."""

_AS_WIDE_AS_NEEDED = 10_000
_FRAME = 3
"""Characters a column takes beside its content: a line and two spaces."""


def show(title: str, rows: Sequence[Row], *, as_json: bool, width: int | None = None) -> None:
    """A table for people, or one JSON object a row; `width` in characters, the terminal's where it is not given."""
    if as_json:
        for row in rows:
            sys.stdout.write(json.dumps({"bench": title, **row}) + "\n")
        return
    if width is None and not sys.stdout.isatty():
        width = _AS_WIDE_AS_NEEDED
    console = Console(width=width, highlight=False)
    same = {name: value for name, value in rows[0].items() if _is_same(name, rows)}
    known = [f"{name} {_written(value)}" for name, value in same.items() if value is not None]
    console.print("\n" + ", ".join([title, *known]))
    columns = [name for name in rows[0] if name not in same]
    for names in _side_by_side(columns, rows, console.width):
        console.print(_table(names, rows))


def _is_same(name: str, rows: Sequence[Row]) -> bool:
    return len(rows) > 1 and all(row.get(name) == rows[0][name] for row in rows)


def _side_by_side(columns: Sequence[str], rows: Sequence[Row], width: int) -> Iterator[list[str]]:
    """The columns in as many tables as they need."""
    first = next((place for place, name in enumerate(columns) if _is_number(name, rows)), len(columns))
    heads = list(columns[:first])
    table = list(heads)
    for name in columns[first:]:
        if len(table) > len(heads) and sum(_width(one, rows) for one in [*table, name]) >= width:
            yield table
            table = list(heads)
        table.append(name)
    yield table


def _table(names: Sequence[str], rows: Sequence[Row]) -> Table:
    table = Table()
    for name in names:
        table.add_column(name, justify="right" if _is_number(name, rows) else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_written(row.get(name)) for name in names))
    return table


def _width(name: str, rows: Sequence[Row]) -> int:
    return _FRAME + max(len(name), *(len(_written(row.get(name))) for row in rows))


def _is_number(name: str, rows: Sequence[Row]) -> bool:
    return all(isinstance(row.get(name), int | float | None) for row in rows)


def _written(value: object) -> str:
    """Numbers with three digits that count, and no exponents."""
    match value:
        case None:
            return "–"
        case bool():
            return str(value)
        case int():
            return f"{value:,}"
        case float():
            return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.3g}"
    return str(value)
