"""Dead letters put back or given up: what is decided about one and what that does stand or fall together."""

from dataclasses import dataclass
from datetime import datetime

from pipeline.adapters.database import Connection, dead_letters, outbox
from pipeline.adapters.database.dead_letters import DeadLetter, LetterStatus
from pipeline.adapters.kafka import headers_of
from pipeline.adapters.ranges import Bounds, RangeRecord, TopicRange
from pipeline.errors import TransientError, UsageError
from pipeline.settings import Settings
from pipeline.stages import dead_letter
from topics import codec, registry
from topics.spec import TopicSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A dead letter with what it holds."""

    letter: DeadLetter
    headers: dict[str, str]
    value: bytes
    """The bytes of the record that was refused."""

    @property
    def record(self) -> object | None:
        """The record, where it can be read."""
        try:
            found: object = codec.decode(registry.by_name(self.letter.topic), self.value)
        except (codec.UndecodableError, KeyError):
            return None
        return found


def open_letter(settings: Settings, letter: DeadLetter) -> Opened:
    """The letter from Kafka. UsageError when it, or the record it left where it lay, is no longer there."""
    found = _record_at(settings, letter.letter_topic, letter.letter_partition, letter.letter_offset)
    headers = headers_of(list(found.headers))
    value = found.value
    if not value and dead_letter.is_left_where_it_lay(headers):
        # Too large even for a letter: only its headers went.
        value = _record_at(settings, letter.topic, letter.partition, letter.offset).value
    return Opened(letter=letter, headers=headers, value=value or b"")


def retry(connection: Connection, opened: Opened, *, by: str, now: datetime) -> bool:
    """Put the record back into its topic. False when the letter is not open any more: somebody was faster."""
    letter = opened.letter
    if not dead_letters.close(connection, letter.letter_id, LetterStatus.RETRIED, by=by, note=None, now=now):
        return False
    outbox.add_bytes(
        connection,
        _spec(letter.topic),
        key=letter.key.encode(),
        value=opened.value,
        headers=list(dead_letter.retried(opened.headers, letter_id=letter.letter_id).items()),
        now=now,
    )
    return True


def drop(connection: Connection, letter: DeadLetter, *, by: str, reason: str, now: datetime) -> bool:
    """Give the letter up. False when it is not open any more. In Kafka it stays until its time is over."""
    return dead_letters.close(connection, letter.letter_id, LetterStatus.DROPPED, by=by, note=reason, now=now)


def _spec(topic: str) -> TopicSpec:
    try:
        return registry.by_name(topic)
    except KeyError as error:
        raise UsageError(f"the letter names the topic {topic or '(none)'}, which is none of ours") from error


def _record_at(settings: Settings, topic: str, partition: int, offset: int) -> RangeRecord:
    source = TopicRange(settings, _spec(topic), {partition: Bounds(offset, offset + 1)})
    try:
        for batch in source.batches():
            for record in batch.records:
                if record.offset == offset:
                    return record
    except TransientError as error:
        raise UsageError(f"{topic}/{partition}/{offset} cannot be read: {error}") from error
    finally:
        source.close()
    raise UsageError(f"{topic}/{partition}/{offset} is no longer in Kafka: the topic does not keep it any longer")
