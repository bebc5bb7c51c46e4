"""The three ways a record can end at a stage, and the closed sets of reasons."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from topics.records import OutcomeKind, WatchFault

T = TypeVar("T")


class DropReason(StrEnum):
    """Fine, but not wanted."""

    TOO_OLD = "too-old"
    GONE = "gone"
    FORBIDDEN = "forbidden"
    ROBOTS = "robots"
    FETCH_FAILED = "fetch-failed"
    BODY_TOO_LARGE = "body-too-large"
    PRIVATE_ADDRESS = "private-address"
    NOT_HTML = "not-html"
    HOME_PAGE = "home-page"
    SECTION_PAGE = "section-page"
    CONSENT_WALL = "consent-wall"
    ERROR_PAGE = "error-page"
    NO_TEXT = "no-text"
    TOO_SHORT = "too-short"
    COPY = "copy"
    SAME_PAGE = "same-page"
    KNOWN = "known"
    NO_WATCH = "no-watch"

    @property
    def kind(self) -> OutcomeKind:
        """The recorded outcome this reason belongs to."""
        return _KINDS.get(self, OutcomeKind.DROPPED)


_KINDS = {
    DropReason.COPY: OutcomeKind.DUPLICATE,
    DropReason.SAME_PAGE: OutcomeKind.DUPLICATE,
    DropReason.KNOWN: OutcomeKind.DUPLICATE,
    DropReason.NO_WATCH: OutcomeKind.UNMATCHED,
}


class RejectReason(StrEnum):
    """Unusable: the record goes to the dead letters."""

    UNDECODABLE = "undecodable"
    TOO_LARGE = "too-large"
    UNPARSABLE = "unparsable"
    DEADLINE = "deadline"
    CHILD_DIED = "child-died"
    OUT_OF_MEMORY = "out-of-memory"
    UNSENDABLE = "unsendable"
    UNEXPECTED = "unexpected"


@dataclass(frozen=True, slots=True)
class Emit(Generic[T]):
    """The stage's output, at least one record."""

    records: tuple[T, ...]
    put_aside: tuple[WatchFault, ...] = ()
    """Watches whose matches may be missing from it."""


@dataclass(frozen=True, slots=True)
class Drop:
    """Not wanted further down."""

    reason: DropReason
    detail: str | None = None
    put_aside: tuple[WatchFault, ...] = ()
    """Watches that might have wanted it."""


@dataclass(frozen=True, slots=True)
class Reject:
    """Not usable at all."""

    reason: RejectReason
    detail: str | None = None


Outcome = Emit[T] | Drop | Reject
