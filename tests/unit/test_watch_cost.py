"""What the match agents report of their watches is put together over all of them."""

from dataclasses import replace

from pipeline.adapters.match_reports import faults_of, reasons
from pipeline.cli.watch_cost import together
from tests.records import FULL
from topics.records import MatchReport, WatchCost, WatchFault

_REPORT = FULL["match-reports"]


def _report(worker: str, costs: dict[str, tuple[int, float]], *faults: WatchFault) -> MatchReport:
    assert isinstance(_REPORT, MatchReport)
    return replace(
        _REPORT,
        worker=worker,
        costs=tuple(
            WatchCost(watch_id=watch_id, evaluations=count, seconds=spent) for watch_id, (count, spent) in costs.items()
        ),
        faults=faults,
    )


def _fault(watch_id: str, revision: int | None) -> WatchFault:
    return WatchFault(watch_id=watch_id, revision=revision, reason=f"of {revision}")


def test_costs_of_several_agents_are_added_and_the_costliest_comes_first() -> None:
    reports = [_report("a", {"x": (1, 1.0), "y": (5, 1.5)}), _report("b", {"x": (2, 1.0)})]
    assert [(one.watch_id, one.evaluations, one.seconds) for one in together(reports)] == [("x", 3, 2.0), ("y", 5, 1.5)]


def test_no_reports_are_no_costs() -> None:
    assert together([]) == []
    assert faults_of([]) == {}


def test_of_a_watch_that_several_agents_have_put_aside_the_newest_revision_is_told() -> None:
    reports = [_report(str(number), {}, _fault("x", revision)) for number, revision in enumerate((2, None, 3, 1))]
    assert faults_of(reports) == {"x": _fault("x", 3)}


def test_what_an_agent_said_of_a_former_revision_is_not_said_of_the_watch_as_it_is_now() -> None:
    faults = [_fault("mended", 2), _fault("broken", 2), _fault("unreadable", None), _fault("removed", 2)]
    revisions = {"mended": 3, "broken": 2, "unreadable": 5, "good": 1}
    assert reasons(faults_of([_report("a", {}, *faults)]), revisions) == {"broken": "of 2", "unreadable": "of None"}
