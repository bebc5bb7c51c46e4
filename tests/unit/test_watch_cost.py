"""What the match agents report of their watches is put together over all of them."""

from dataclasses import replace
from datetime import timedelta

from pipeline.cli.watch_cost import faults_of, together
from tests.records import FULL
from topics.records import MatchReport, WatchCost, WatchFault

_REPORT = FULL["match-reports"]


def _report(worker: str, costs: dict[str, tuple[int, float]], faults: dict[str, str]) -> MatchReport:
    assert isinstance(_REPORT, MatchReport)
    return replace(
        _REPORT,
        worker=worker,
        costs=tuple(
            WatchCost(watch_id=watch_id, evaluations=count, seconds=spent) for watch_id, (count, spent) in costs.items()
        ),
        faults=tuple(WatchFault(watch_id=watch_id, reason=reason) for watch_id, reason in faults.items()),
    )


def test_costs_of_several_agents_are_added_and_the_costliest_comes_first() -> None:
    reports = [_report("a", {"x": (1, 1.0), "y": (5, 1.5)}, {}), _report("b", {"x": (2, 1.0)}, {"z": "too slow"})]
    assert [(one.watch_id, one.evaluations, one.seconds) for one in together(reports)] == [("x", 3, 2.0), ("y", 5, 1.5)]
    assert faults_of(reports) == {"z": "too slow"}


def test_no_reports_are_no_costs() -> None:
    assert together([]) == []
    assert faults_of([]) == {}


def test_what_an_agent_said_before_a_watch_was_changed_is_not_said_of_it() -> None:
    report = _report("a", {}, {"mended": "too slow", "broken": "too slow"})
    later = report.at + timedelta(seconds=1)
    changed_at = {"mended": later, "broken": report.at}
    assert faults_of([report], changed_at) == {"broken": "too slow"}
    assert faults_of([report, replace(report, worker="b", at=later)], changed_at).keys() == {"mended", "broken"}
