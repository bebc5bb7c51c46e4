"""Days, months and years of a query as intervals of time; UTC.

`2026-03-01` is that day, `2026-03` that month, `2026` that year. `a..b` goes from the beginning of a to the end of b,
either may be left out; `>=a` from the beginning of a, `>a` from after its end, `<=a` to its end, `<a` to before
its beginning.
"""

import re
from datetime import UTC, datetime, timedelta

from pipeline.stages.match.language.query import Published, QueryError

_DATE = r"\d{4}(?:-\d{1,2}(?:-\d{1,2})?)?"
_ONE = re.compile(rf"(?P<comparison>[<>]=?|=)?(?P<date>{_DATE})")
_RANGE = re.compile(rf"(?P<since>{_DATE})?\.\.(?P<until>{_DATE})?")
_HINT = "write published:2026-03-01, published:>=2026-03 or published:2026-01-01..2026-02-01"

Interval = tuple[datetime, datetime]


def published(text: str, *, start: int, position: int) -> Published:
    """The condition; `start` is where the value stands, `position` the clause. QueryError when it is no date."""
    since, until = _bounds("".join(text.split()), start)
    if since is not None and until is not None and since >= until:
        raise QueryError(start, f"{text} ends before it begins", "write the earlier date first")
    return Published(f"published:{''.join(text.split())}", position, since, until)


def _bounds(text: str, start: int) -> tuple[datetime | None, datetime | None]:
    if (found := _RANGE.fullmatch(text)) is not None and text != "..":
        since = _interval(found["since"], start)[0] if found["since"] else None
        return since, _interval(found["until"], start)[1] if found["until"] else None
    one = _ONE.fullmatch(text)
    if one is None:
        raise QueryError(start, f"{text} is no date", _HINT)
    first, after = _interval(one["date"], start)
    match one["comparison"]:
        case ">=":
            return first, None
        case ">":
            return after, None
        case "<=":
            return None, after
        case "<":
            return None, first
        case _:
            return first, after


def _interval(text: str, start: int) -> Interval:
    numbers = [int(part) for part in text.split("-")]
    year, month, day = (*numbers, *(1, 1))[:3]
    try:
        first = datetime(year, month, day, tzinfo=UTC)
        if len(numbers) == 3:
            return first, first + timedelta(days=1)
        months = year * 12 + month - 1 + (1 if len(numbers) == 2 else 12)
        return first, datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise QueryError(start, f"there is no day {text}", _HINT) from error
