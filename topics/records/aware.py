"""What every record with a time has in common."""

from dataclasses import fields
from datetime import datetime
from functools import cache


class Aware:
    """Refuses naive datetimes when a record is made or decoded."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for name in _times(type(self)):  # type: ignore[arg-type]  # mypy takes the hash of its instances for its own
            value = getattr(self, name)
            if value is not None and value.tzinfo is None:
                raise ValueError(f"{name} has no time zone: {value.isoformat()}")


@cache
def _times(record: type) -> tuple[str, ...]:
    """The fields that hold a time; looked for once, since hundreds of records are made for an article."""
    return tuple(field.name for field in fields(record) if field.type in (datetime, datetime | None))
