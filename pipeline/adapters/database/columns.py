"""Kinds of columns that both databases keep alike: moments, identifiers, counted rows."""

import re
from datetime import UTC, datetime
from hashlib import blake2b

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, LargeBinary, TypeDecorator


class Moment(TypeDecorator[datetime]):
    """An aware datetime, kept as UTC. SQLite has no zones: there it is kept without and given one when read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """UTC; ValueError for a naive one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"no time zone: {value.isoformat()}")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware, UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_DIGEST = re.compile(r"[0-9a-f]{32}")


class Digest(TypeDecorator[str]):
    """An identifier of 32 hexadecimal digits, kept as its 16 bytes. What is none is kept as a digest of it, which is
    found again but not read back."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        """16 bytes."""
        if value is None:
            return None
        if _DIGEST.fullmatch(value):
            return bytes.fromhex(value)
        return blake2b(value.encode("utf-8", "surrogatepass"), digest_size=16).digest()

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        """32 hexadecimal digits."""
        return None if value is None else value.hex()


# SQLite counts rows by itself only in a column it knows as INTEGER.
COUNTED = BigInteger().with_variant(Integer, "sqlite")
"""Of a primary key that counts up by itself."""
