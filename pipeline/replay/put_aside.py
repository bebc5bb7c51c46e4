"""The watches that were put aside while a run went on, so that it lacks matches: in its report, and in words."""

from collections.abc import Mapping
from typing import Any

from pipeline.stages.provenance import PutAside

MOST_SAID = 5
_REASONS, _OTHERS = "put_aside", "put_aside_others"


def reported(aside: PutAside) -> dict[str, Any]:
    """As a run's report has it: why, by the ids of the watches, and how many others there were at least."""
    return {_REASONS: dict(aside.reasons), _OTHERS: aside.others}


def put_aside_in(report: Mapping[str, Any] | None) -> PutAside:
    """The watches that a run's report names; none where there is no report."""
    return PutAside(report.get(_REASONS, {}), report.get(_OTHERS, 0)) if report is not None else PutAside()


def said_of(aside: PutAside) -> str | None:
    """In a line: why the run has failed. None when it has not, for this at least."""
    if not aside.reasons:
        return None
    told = [f"{watch_id}: {reason}" for watch_id, reason in sorted(aside.reasons.items())[:MOST_SAID]]
    left = len(aside.reasons) - len(told) + aside.others
    more = [f"{left} more"] if left else []
    return f"watches were put aside and lack matches: {'; '.join([*told, *more])}"
