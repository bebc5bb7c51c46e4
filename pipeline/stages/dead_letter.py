"""What a dead letter says: the refused record's own headers, and beside them who refused it, why, and where it lay.

The value is the record's bytes as they were. `retried` gives the headers with which those bytes go back: the record's
own, the number of the next try, and the letter they come from.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pipeline.stages import identity
from pipeline.stages.outcome import RejectReason
from pipeline.stages.provenance import ATTEMPT_HEADER, RETRIED_FROM_HEADER, VERSION_HEADER, attempt_of
from topics.records import Origin

ID_HEADER = "id"
_STORY = (
    *("stage", "reason", "detail", "topic", "partition", "offset", ATTEMPT_HEADER, VERSION_HEADER, "failed_at"),
    *(ID_HEADER, "page_id", "version_id", "feed_id", "run_id", "mode", "url", "watch_id"),
)
_DETAIL_CHARACTERS = 200
_URL_CHARACTERS = 2000
_UNKNOWN_TIME = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A record that a stage refused."""

    stage: str
    version: str
    reason: str
    detail: str
    topic: str
    """Name on the broker; here the record lay."""
    partition: int
    offset: int
    failed_at: datetime
    attempt: int = 1
    page_id: str | None = None
    """None, as all that follows, where the record cannot be read."""
    version_id: str | None = None
    feed_id: str | None = None
    run_id: str | None = None
    mode: str | None = None
    url: str | None = None
    watch_id: str | None = None

    @property
    def source(self) -> str:
        """Topic, partition and offset in one word."""
        return f"{self.topic}/{self.partition}/{self.offset}"

    @property
    def letter_id(self) -> str:
        """The same however often the record is refused where it lies."""
        return identity.digest("dead-letter", self.source)

    def about(self, origin: Origin | None, *, watch_id: str | None = None) -> "Refusal":
        """The same refusal of the record of that origin; None where the record could not be read."""
        if origin is None:
            return self
        return replace(
            self,
            page_id=origin.page_id,
            version_id=origin.version_id,
            feed_id=origin.feed_id,
            run_id=origin.run_id,
            mode=origin.mode.value,
            url=origin.url[:_URL_CHARACTERS].replace("\0", ""),
            watch_id=watch_id,
        )


def write(received: Mapping[str, str], refusal: Refusal) -> dict[str, str]:
    """The letter's headers."""
    said = {name: getattr(refusal, name) for name in _STORY if name not in (ID_HEADER, "detail", "failed_at")}
    said |= {
        ID_HEADER: refusal.letter_id,
        "detail": refusal.detail[-_DETAIL_CHARACTERS:],
        "failed_at": refusal.failed_at.isoformat(),
    }
    own = {name: value for name, value in received.items() if name not in _STORY}
    return own | {name: str(value) for name, value in said.items() if value is not None}


def read(headers: Mapping[str, str]) -> Refusal:
    """What the headers say; whatever is missing or unusable is empty."""
    return Refusal(
        stage=headers.get("stage", ""),
        version=headers.get(VERSION_HEADER, ""),
        reason=headers.get("reason", ""),
        detail=headers.get("detail", ""),
        topic=headers.get("topic", ""),
        partition=_number(headers.get("partition")),
        offset=_number(headers.get("offset")),
        failed_at=_moment(headers.get("failed_at")),
        attempt=attempt_of(headers),
        **{
            name: headers.get(name)
            for name in ("page_id", "version_id", "feed_id", "run_id", "mode", "url", "watch_id")
        },
    )


def is_left_where_it_lay(headers: Mapping[str, str]) -> bool:
    """An empty letter of such headers holds nothing because its record was too large for one."""
    return headers.get("reason") == RejectReason.UNSENDABLE.value


def retried(headers: Mapping[str, str], *, letter_id: str) -> dict[str, str]:
    """The headers under which the letter's record goes back to where it lay."""
    own = {name: value for name, value in headers.items() if name not in _STORY}
    return own | {ATTEMPT_HEADER: str(attempt_of(headers) + 1), RETRIED_FROM_HEADER: letter_id}


def _number(value: str | None) -> int:
    return int(value) if value is not None and value.isascii() and value.isdigit() and len(value) < 19 else 0


def _moment(value: str | None) -> datetime:
    try:
        moment = datetime.fromisoformat(value or "")
    except ValueError:
        return _UNKNOWN_TIME
    return moment if moment.tzinfo is not None else _UNKNOWN_TIME
