"""Every way something can end, in words of people who read news and not our code. Pure.

A test holds each table against the code: nothing ends in a way that has no words here.
"""

from collections.abc import Mapping

from pipeline.adapters.database.deliveries import Status
from pipeline.stages.outcome import DropReason, RejectReason

SAID_OF_DROPS: Mapping[DropReason, str] = {
    DropReason.TOO_OLD: "its feed dates it further back than TOCSIN_POLL__MAX_ENTRY_AGE allows",
    DropReason.GONE: "its server says there is no such page",
    DropReason.FORBIDDEN: "its server does not let us have it: a login, a paywall or a block",
    DropReason.ROBOTS: "the site's robots.txt asks not to fetch it",
    DropReason.FETCH_FAILED: "it could not be fetched",
    DropReason.BODY_TOO_LARGE: "it is larger than TOCSIN_FETCH__MAX_BODY_BYTES allows",
    DropReason.PRIVATE_ADDRESS: "it lies at a private address (allowed by TOCSIN_FETCH__ALLOW_PRIVATE_ADDRESSES)",
    DropReason.NOT_HTML: "it is no HTML page",
    DropReason.HOME_PAGE: "it is a front page",
    DropReason.SECTION_PAGE: "it is a list of articles",
    DropReason.CONSENT_WALL: "the server gave a page that asks for consent instead",
    DropReason.ERROR_PAGE: "it is an error page",
    DropReason.NO_TEXT: "no text was found on it",
    DropReason.TOO_SHORT: "its text is too short to be one",
    DropReason.COPY: "its text is a copy of one that has its alert",
    DropReason.SAME_PAGE: "it is a later version of a page that has its alert",
    DropReason.NO_WATCH: "no watch that was in force then, and not put aside, matched it",
    DropReason.KNOWN: "it had come to its alert before",
}
SAID_OF_REJECTS: Mapping[RejectReason, str] = {
    RejectReason.UNDECODABLE: "its record in Kafka cannot be read",
    RejectReason.TOO_LARGE: "it is too large to be handled",
    RejectReason.UNPARSABLE: "it cannot be parsed",
    RejectReason.DEADLINE: "it took longer than TOCSIN_WORK__PAGE_DEADLINE allows",
    RejectReason.CHILD_DIED: "the process that handled it died, twice",
    RejectReason.OUT_OF_MEMORY: "it took more memory than TOCSIN_WORK__CHILD_MEMORY_MEGABYTES allows",
    RejectReason.UNSENDABLE: "what came of it was refused by the broker or the database",
    RejectReason.UNEXPECTED: "it failed in a way nobody foresaw, which is a mistake of ours: please report it",
}
SAID_OF_POLLS: Mapping[str, str] = {
    "new-entries": "it listed something new",
    "nothing-new": "it listed nothing new",
    "not-modified": "nothing on it had changed",
    "gone": "its server says it is gone for good",
    "robots": "the site's robots.txt asks not to read it",
    "paused": "its server has asked us to wait",
    "failed": "its server gave no usable answer",
    "unparsable": "what it answered is no feed",
}
"""By what a poller calls them."""
SAID_OF_DELIVERIES: Mapping[Status, str] = {
    Status.PENDING: "waits to be sent",
    Status.SENDING: "is being sent",
    Status.DELIVERED: "delivered",
    Status.FAILED: "given up",
    Status.UNKNOWN: "interrupted: it may have arrived and is not sent again",
}
ENDED_AT: Mapping[str, str] = {
    "poll": "Listed by its feed and not taken",
    "clean": "Fetched and not taken for an article",
    "tag": "Read as an article and not tagged",
    "match": "Read as an article and not told",
    "fold": "Matched and not told again",
}
"""What comes before the reason for which a page went no further, by the stage."""
REFUSED_AT: Mapping[str, str] = {
    "clean": "It could not be cleaned",
    "tag": "Its people, organisations and figures could not be tagged",
    "match": "It could not be held against the watches",
    "fold": "Its match could not be made an alert",
}
"""The same where it is a dead letter now."""
WORK_OF: Mapping[str, str] = {
    "poll": "fetched",
    "clean": "cleaned",
    "tag": "tagged",
    "match": "held against the watches",
    "fold": "made an alert",
}
"""What a page is when the stage is done with it."""
_SAID: Mapping[str, str] = {
    **{known.value: said for known, said in SAID_OF_DROPS.items()},
    **{known.value: said for known, said in SAID_OF_REJECTS.items()},
}


def said_of(reason: str | None) -> str:
    """The reason in words; one that another version of ours has given stays as it is."""
    return _SAID.get(reason or "", reason or "no reason is recorded")


def said_of_poll(outcome: str | None) -> str:
    """How a poll ended, in words."""
    return SAID_OF_POLLS.get(outcome or "", outcome or "how that ended is not known")
