"""Folding: one alert for each story and watch, whatever comes again and in whatever order."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages import identity
from pipeline.stages.fold import Ignore, Join, Known, KnownAlert, Part, Raise, Recall, fold, lane_of, lanes_seen
from tests.delivering import NOW, WINDOW, match_of
from topics.records import Match, Mode


def known_alert(sequence: int, hours: float) -> KnownAlert:
    return KnownAlert(sequence=sequence, fetched_at=NOW + timedelta(hours=hours))


def decide(match: Match, known: Known) -> object:
    return fold(match, known=known, story_window=WINDOW, steps={"poll": NOW}, now=NOW)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param(Known(folded_by=frozenset({"live"})), Ignore(), id="the same record again"),
        pytest.param(
            Known(folded_by=frozenset({"live", "r1"}), of_page=(known_alert(1, 0),)),
            Ignore(),
            id="the same record again, whatever else is known",
        ),
        pytest.param(Known(folded_by=frozenset({"r1"})), Recall(), id="folded by another run"),
        pytest.param(Known(of_page=(known_alert(1, -71),)), Join(1, Part.SAME_PAGE), id="page within the window"),
        pytest.param(Known(of_page=(known_alert(1, -72),)), Join(1, Part.SAME_PAGE), id="page at the window's end"),
        pytest.param(
            Known(of_page=(known_alert(1, 71),)), Join(1, Part.SAME_PAGE), id="page fetched earlier, come later"
        ),
        pytest.param(
            Known(of_page=(known_alert(1, -60), known_alert(2, -5))), Join(2, Part.SAME_PAGE), id="the nearest alert"
        ),
        pytest.param(Known(of_text=(known_alert(1, -5),)), Join(1, Part.COPY), id="same text"),
        pytest.param(Known(of_text=(known_alert(1, -5000),)), Join(1, Part.COPY), id="same text, long ago"),
        pytest.param(
            Known(of_page=(known_alert(1, -1),), of_text=(known_alert(2, -1),)),
            Join(1, Part.SAME_PAGE),
            id="the page before the text",
        ),
        pytest.param(
            Known(of_page=(known_alert(1, -100),), of_text=(known_alert(1, -100),)),
            Join(1, Part.COPY),
            id="page beyond the window, text unchanged",
        ),
    ],
)
def test_a_match_of_a_known_story_joins_it(known: Known, expected: object) -> None:
    assert decide(match_of(), known) == expected


@pytest.mark.parametrize(
    "known", [Known(), Known(of_page=(known_alert(1, -73),))], ids=["nothing known", "too long ago"]
)
def test_anything_else_raises_an_alert_that_carries_its_match_and_times(known: Known) -> None:
    match = match_of()
    decision = decide(match, known)
    assert isinstance(decision, Raise)
    alert = decision.alert
    assert alert.match == match
    assert alert.story_id == identity.digest("story", match.text_digest)
    assert alert.alert_id == identity.alert_id(match.watch_id, alert.story_id)
    assert (alert.raised_at, alert.steps) == (NOW, {"poll": NOW, "fold": NOW})


def test_the_mode_of_a_match_is_the_mode_of_its_alert() -> None:
    decision = decide(match_of(mode=Mode.BACKFILL, run_id="r1"), Known())
    assert isinstance(decision, Raise)
    assert decision.alert.mode is Mode.BACKFILL


@pytest.mark.parametrize(
    ("mode", "lane", "seen"),
    [
        (Mode.LIVE, "live", ("live",)),
        (Mode.BACKFILL, "backfill", ("live", "backfill")),
        (Mode.SHADOW, "shadow:r1", ("shadow:r1",)),
    ],
)
def test_live_matches_are_compared_with_live_ones_alone(mode: Mode, lane: str, seen: tuple[str, ...]) -> None:
    origin = match_of(mode=mode, run_id="r1").origin
    assert (lane_of(origin), lanes_seen(origin)) == (lane, seen)


class Memory:
    """What the database remembers, in plain lists."""

    def __init__(self) -> None:
        self.alerts: list[KnownAlert] = []
        self.ids: list[str] = []
        self.parts: Counter[Part] = Counter()
        self._marks: list[tuple[Match, int]] = []

    def fold(self, match: Match) -> None:
        decision = decide(match, self._known(match))
        if isinstance(decision, Raise):
            self.alerts.append(KnownAlert(sequence=len(self.alerts), fetched_at=match.origin.fetched_at))
            self.ids.append(decision.alert.alert_id)
            self._marks.append((match, len(self.alerts) - 1))
        if isinstance(decision, Join):
            self.parts[decision.part] += 1
            self._marks.append((match, decision.sequence))

    def _known(self, match: Match) -> Known:
        marks = [(known, sequence) for known, sequence in self._marks if known.watch_id == match.watch_id]
        return Known(
            folded_by=frozenset(known.origin.run_id for known, _ in marks if known.match_id == match.match_id),
            of_page=tuple(
                self.alerts[number] for known, number in marks if known.origin.page_id == match.origin.page_id
            ),
            of_text=tuple(self.alerts[number] for known, number in marks if known.text_digest == match.text_digest),
        )


matches = st.builds(
    match_of,
    page=st.sampled_from("abc"),
    text=st.sampled_from("xyz"),
    version=st.sampled_from("12"),
    watch=st.sampled_from(["w1", "w2"]),
    hours=st.integers(-200, 200),
)


@given(st.lists(matches, max_size=30))
def test_no_watch_is_told_of_a_story_twice_and_every_match_counts_once(given_matches: list[Match]) -> None:
    memory = Memory()
    for match in given_matches:
        memory.fold(match)
    assert len(set(memory.ids)) == len(memory.ids)
    assert len(memory.ids) + memory.parts.total() == len({match.match_id for match in given_matches})


@given(st.lists(matches, max_size=20), st.randoms(use_true_random=False))
def test_redelivery_in_any_order_changes_nothing(given_matches: list[Match], random: object) -> None:
    memory = Memory()
    for match in given_matches:
        memory.fold(match)
    before = (list(memory.ids), dict(memory.parts))
    again = list(given_matches)
    random.shuffle(again)  # type: ignore[attr-defined]
    for match in again:
        memory.fold(match)
    assert (memory.ids, dict(memory.parts)) == before
