"""Dates as feeds write them, read without a clock and without guessing.

Read in order: RFC 3339 and its looser relatives (a space for the T, no colon in the offset, a date alone), then RFC
822, 2822 and asctime with the zone names feeds use. A date without a zone is taken as UTC. Anything else is no date:
`3 hours ago` would be another date at each poll, and 6/5/2021 is two; an entry without a date is fetched, one with a
wrong one may not be.
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

_LONGEST = 64
"""Characters; longer text is no date."""
_EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
"""Before this it is a system's zero (0001-01-01, 1970-01-01), not a day of publication."""
_AHEAD = timedelta(days=1)
"""Clocks and zones are wrong by hours, not by more."""

# Hours from UTC of the names met in feeds beyond those of RFC 2822 §4.3, which the standard library knows; the
# ambiguous ones (IST, BST) as the news sites that write them mean it.
_ZONE_HOURS = {
    **{"WET": 0, "WEST": 1, "BST": 1, "CET": 1, "MEZ": 1, "CEST": 2, "MESZ": 2, "EET": 2, "EEST": 3, "MSK": 3},
    **{"IST": 5.5, "SGT": 8, "HKT": 8, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13},
}
_ZONES = {name: timezone(timedelta(hours=hours)) for name, hours in _ZONE_HOURS.items()}
_NAMED_ZONE = re.compile(r"\b([A-Z]{3,4})\b(?=$| \d{4}$)")
_ISO = re.compile(r"\d{4}-?\d\d-?\d\d([T ].*)?", re.IGNORECASE)
_HALF_DAY = re.compile(r"\d ?[ap]\.?m\b", re.IGNORECASE)


def read(text: str | None) -> datetime | None:
    """The moment the text names, UTC; None when it names none."""
    stripped = " ".join((text or "").split())
    if not stripped or len(stripped) > _LONGEST:
        return None
    moment = _read_iso(stripped) or _read_mail(stripped)
    return None if moment is None else _in_utc(moment)


def plausible(moment: datetime | None, *, now: datetime | None) -> datetime | None:
    """The moment, unless it is absurd for a publication: before 1980, or more than a day after `now` where given."""
    if moment is None or moment < _EARLIEST or (now is not None and moment > now + _AHEAD):
        return None
    return moment


def _read_iso(text: str) -> datetime | None:
    if not _ISO.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text.replace(" +", "+").replace(" -", "-").removesuffix(" UTC"))
    except ValueError:
        return None


def _read_mail(text: str) -> datetime | None:
    if _HALF_DAY.search(text):
        return None  # the standard library would drop the "pm"
    zone = _NAMED_ZONE.search(text)
    known = _ZONES.get(zone.group(1)) if zone else None
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return moment if known is None else moment.replace(tzinfo=known)


def _in_utc(moment: datetime) -> datetime | None:
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
