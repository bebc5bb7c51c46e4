"""What every record with a time has in common."""

from dataclasses import fields
from datetime import datetime


class Aware:
    """Refuses naive datetimes when a record is made or decoded."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for field in fields(self):  # type: ignore[arg-type]  # subclasses are dataclasses
            value = getattr(self, field.name)
            if isinstance(value, datetime) and value.tzinfo is None:
                raise ValueError(f"{field.name} has no time zone: {value.isoformat()}")
