"""Records to bytes and back, strictly: a wrong type, a missing field or a naive datetime is refused with its path.

Unknown fields are let through, so that an old reader survives a new writer. Nothing else knows the encoding library.
"""

from functools import cache
from typing import Any, TypeVar

import msgspec

from topics.spec import Encoding, TopicSpec

T = TypeVar("T")


class UndecodableError(ValueError):
    """The bytes are not a record of the topic; the message says what and where."""


def encode(spec: TopicSpec, record: object) -> bytes:
    """The record as the topic's bytes. TypeError when it is not the topic's record."""
    if spec.encoding is Encoding.BYTES or not isinstance(record, spec.record):
        raise TypeError(f"topic {spec.name} does not carry {type(record).__name__}")
    return _encoder(spec.encoding).encode(record)


def decode(spec: TopicSpec, value: bytes | None) -> Any:
    """The topic's record in those bytes. UndecodableError when there is none, tombstones included."""
    if value is None:
        raise UndecodableError("the value is a tombstone")
    try:
        return _decoder(spec.encoding, spec.record).decode(value)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise UndecodableError(f"{spec.record.__name__}: {error}") from error


def decode_part(spec: TopicSpec, value: bytes | None, part: type[T]) -> T:
    """Those fields of the topic's record that the dataclass `part` has; the others are passed over, which is quicker.

    UndecodableError as `decode`.
    """
    if value is None:
        raise UndecodableError("the value is a tombstone")
    wanted: type = part
    try:
        found: T = _decoder(spec.encoding, wanted).decode(value)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise UndecodableError(f"{spec.record.__name__}: {error}") from error
    return found


def to_builtins(record: object) -> Any:
    """The record as JSON-ready dictionaries, lists and strings."""
    return msgspec.to_builtins(record, builtin_types=())


def from_builtins(value: Any, record: type[T]) -> T:
    """The record in JSON-like values. UndecodableError with the path of the first misfit."""
    try:
        return msgspec.convert(value, record)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise UndecodableError(f"{record.__name__}: {error}") from error


@cache
def _encoder(encoding: Encoding) -> msgspec.json.Encoder | msgspec.msgpack.Encoder:
    return msgspec.msgpack.Encoder() if encoding is Encoding.MSGPACK else msgspec.json.Encoder()


@cache
def _decoder(encoding: Encoding, record: type) -> Any:
    return (msgspec.msgpack if encoding is Encoding.MSGPACK else msgspec.json).Decoder(record)
