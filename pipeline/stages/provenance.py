"""What records carry of their own making: the stages that made them, and when each step finished.

Stage versions are part of the record. What a replay would change is not; it travels in Kafka headers: `steps`, a JSON
object of step name to RFC 3339 time; `source`, the topic, partition and offset of the record this one came from;
`version`, that of the stage that made it; `attempt`, where the stage had the record for more than the first time;
`retried-from`, on a record that was put back from the dead letters, the letter's id. What comes of a replayed record
carries three more: `run`; `replays`, the topic, partition and offset (or file and line) of the record that is run
again; `last-stage`, where the run is to go no further. What matching made of one carries `put-aside` where watches were
put aside that may have matched, a JSON object: the reasons by the ids of `watches`, and how many `others` there were.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from topics.records import Origin, WatchFault

STEPS_HEADER = "steps"
SOURCE_HEADER = "source"
VERSION_HEADER = "version"
ATTEMPT_HEADER = "attempt"
RETRIED_FROM_HEADER = "retried-from"
RUN_HEADER = "run"
REPLAYS_HEADER = "replays"
LAST_STAGE_HEADER = "last-stage"
PUT_ASIDE_HEADER = "put-aside"

STAGES = ("poll", "clean", "tag", "match", "fold")
"""Where a page or what became of it can end, in the data's order."""

_MOST_NAMED, _LONGEST_REASON = 20, 200
"""Every match of an article carries them."""


@dataclass(frozen=True, slots=True)
class PutAside:
    """Watches that were put aside and may have matched."""

    reasons: Mapping[str, str] = field(default_factory=dict)
    """By their ids, as many as are named."""
    others: int = 0
    """How many more there were."""


def made_by(origin: Origin, version: str) -> Origin:
    """The origin with one more stage version (`clean/1`) at the end."""
    return replace(origin, made_by=(*origin.made_by, version))


def encode_steps(steps: dict[str, datetime]) -> bytes:
    """The header's value."""
    return json.dumps({name: moment.isoformat() for name, moment in steps.items()}).encode()


def outcome_headers(source: str, version: str, received: Mapping[str, str]) -> dict[str, str]:
    """What the record says in which another ended: where that lay, which version of the stage ended it, which try."""
    attempt = attempt_of(received)
    tried = {ATTEMPT_HEADER: str(attempt)} if attempt > 1 else {}
    return {SOURCE_HEADER: source, VERSION_HEADER: version} | tried | replay_headers(received)


def replay_headers(received: Mapping[str, str]) -> dict[str, str]:
    """What a replayed record hands on to all that comes of it; nothing for a live one."""
    return {name: received[name] for name in (RUN_HEADER, REPLAYS_HEADER, LAST_STAGE_HEADER) if name in received}


def put_aside_header(faults: Iterable[WatchFault], received: Mapping[str, str]) -> dict[str, str]:
    """What is said of watches that may have matched a replayed record; nothing of a live one, or where there are none.

    Of live work their owners are told at once, by reports of the agents; a run has to tell of them when it has ended.
    """
    reasons = {fault.watch_id: fault.reason[:_LONGEST_REASON] for fault in faults}
    if not reasons or RUN_HEADER not in received:
        return {}
    named = {watch_id: reasons[watch_id] for watch_id in sorted(reasons)[:_MOST_NAMED]}
    return {PUT_ASIDE_HEADER: json.dumps({"watches": named, "others": len(reasons) - len(named)})}


def read_put_aside(headers: Mapping[str, str]) -> PutAside | None:
    """What the header says; None where there is none, or none that can be read."""
    try:
        said = json.loads(headers.get(PUT_ASIDE_HEADER, "null"))
        return PutAside({str(key): str(why) for key, why in said["watches"].items()}, int(said["others"]))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def is_beyond_last(stage: str, headers: Mapping[str, str]) -> bool:
    """The record was replayed as far as a stage before this one: it is read, and nothing is done with it."""
    last = headers.get(LAST_STAGE_HEADER)
    return last in STAGES and stage in STAGES and STAGES.index(last) < STAGES.index(stage)


def attempt_of(headers: Mapping[str, str]) -> int:
    """Which try of its stage at a record this is, from 1; more than that only for what came from the dead letters."""
    value = headers.get(ATTEMPT_HEADER, "")
    return max(1, int(value)) if value.isascii() and value.isdigit() and len(value) < 6 else 1


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
