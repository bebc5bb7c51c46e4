"""Numbers and lengths of time as people write them."""

from datetime import timedelta

_UNITS = ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


def counted(number: int, thing: str, *, many: str | None = None) -> str:
    """`1 alert`, `1,204 alerts`; `many` where the plural is not made with an s."""
    return f"{number:,} {thing if number == 1 else many or thing + 's'}"


def times(number: int) -> str:
    """`once`, `3 times`."""
    return "once" if number == 1 else f"{number:,} times"


def in_a_row(number: int) -> str:
    """`once`, `3 times in a row`."""
    return times(number) if number == 1 else f"{times(number)} in a row"


def lasting(length: timedelta) -> str:
    """`1 minute`, `40 minutes`, `2.5 hours`, `14 days`: in the largest unit of which there is at least one."""
    seconds = length.total_seconds()
    size, unit = next(((size, unit) for size, unit in _UNITS if round(seconds) >= size), _UNITS[-1])
    shown = f"{seconds / size:.1f}".removesuffix(".0") if size >= _UNITS[1][0] else f"{seconds / size:.0f}"
    return f"{shown} {unit}" if shown == "1" else f"{shown} {unit}s"
