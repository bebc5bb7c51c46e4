"""What a run says of watches that were put aside: in the headers of what lacks their matches, and in one line."""

import pytest

from pipeline.replay.put_aside import put_aside_in, reported, said_of
from pipeline.stages.provenance import PUT_ASIDE_HEADER, PutAside, put_aside_header, read_put_aside
from topics.records import WatchFault

OF_A_RUN = {"run": "r1"}


def fault(watch_id: str, reason: str = "why") -> WatchFault:
    return WatchFault(watch_id=watch_id, reason=reason)


def test_what_lacks_matches_names_the_watches_and_the_reasons() -> None:
    header = put_aside_header([fault("dyke", "zu „tief“\n"), fault("aid")], OF_A_RUN)
    assert read_put_aside(header) == PutAside({"aid": "why", "dyke": "zu „tief“\n"}, 0)


def test_it_stays_short_however_many_there_are_and_counts_those_it_does_not_name() -> None:
    faults = [fault(f"w{number:04}", "long " * 1_000) for number in range(1_000)]
    header = put_aside_header(reversed(faults), OF_A_RUN)
    read = read_put_aside(header)
    assert read is not None
    assert (list(read.reasons), read.others) == ([one.watch_id for one in faults[:20]], 980)
    assert len(header[PUT_ASIDE_HEADER]) < 6_000


@pytest.mark.parametrize(
    ("faults", "headers"), [([], OF_A_RUN), ([fault("dyke")], {})], ids=["of none", "of live work"]
)
def test_there_is_none(faults: list[WatchFault], headers: dict[str, str]) -> None:
    assert put_aside_header(faults, headers) == {}


@pytest.mark.parametrize(
    "value", ["", "{", "null", "[]", "{}", '{"watches": [], "others": 0}', '{"watches": {"a": "b"}, "others": null}']
)
def test_a_header_that_cannot_be_read_says_nothing(value: str) -> None:
    assert read_put_aside({PUT_ASIDE_HEADER: value}) is None
    assert read_put_aside({}) is None


def test_a_report_names_all_that_are_known_and_a_line_the_first_of_them() -> None:
    aside = PutAside({f"w{number}": "why" for number in range(7)}, 3)
    assert put_aside_in(reported(aside)) == aside
    said = "watches were put aside and lack matches: w0: why; w1: why; w2: why; w3: why; w4: why; 5 more"
    assert said_of(aside) == said
    assert said_of(PutAside({"w": "why"})) == "watches were put aside and lack matches: w: why"


def test_of_a_run_in_which_none_was_nothing_is_said() -> None:
    assert put_aside_in(None) == put_aside_in({"stages": []}) == PutAside()
    assert said_of(PutAside()) is None
