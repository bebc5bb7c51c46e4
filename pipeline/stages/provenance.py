"""What records carry of their own making: the stages that made them, and when each step finished.

Stage versions are part of the record. Times of processing are not (a replay would change them): they travel in a Kafka
header `steps`, a JSON object of step name to RFC 3339 time.
"""

import json
from dataclasses import replace
from datetime import datetime

from topics.records import Origin

STEPS_HEADER = "steps"


def made_by(origin: Origin, version: str) -> Origin:
    """The origin with one more stage version (`clean/1`) at the end."""
    return replace(origin, made_by=(*origin.made_by, version))


def encode_steps(steps: dict[str, datetime]) -> bytes:
    """The header's value."""
    return json.dumps({name: moment.isoformat() for name, moment in steps.items()}).encode()


def decode_steps(value: str | bytes | None) -> dict[str, datetime]:
    """The steps in a header; whatever cannot be read is left out, as is a time without a zone."""
    try:
        items = json.loads(value or "{}").items()
    except (ValueError, AttributeError):
        return {}
    steps = {str(name): _read(moment) for name, moment in items}
    return {name: moment for name, moment in steps.items() if moment is not None}


def _read(moment: object) -> datetime | None:
    try:
        read = datetime.fromisoformat(str(moment))
    except ValueError:
        return None
    return read if read.tzinfo is not None else None
