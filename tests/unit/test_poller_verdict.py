"""What an answer means for an entry: a page, another try, or one of the closed reasons."""

import pytest

from pipeline.adapters.http import Failure, FetchError, Response
from pipeline.poller import verdict
from pipeline.poller.verdict import Retry
from pipeline.stages.outcome import Drop


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, "page"),
        (203, "page"),
        (301, "fetch-failed"),
        (304, "fetch-failed"),
        (400, "fetch-failed"),
        (401, "forbidden"),
        (403, "forbidden"),
        (404, "gone"),
        (408, "retry"),
        (410, "gone"),
        (418, "fetch-failed"),
        (429, "retry"),
        (451, "forbidden"),
        (500, "retry"),
        (503, "retry"),
        (599, "retry"),
    ],
)
def test_a_status_has_one_meaning(status: int, expected: str) -> None:
    found = verdict.of_response(Response(url="u", final_url="u", status=status, headers={}))
    assert _name(found) == expected


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (Failure.BAD_URL, "fetch-failed"),
        (Failure.NO_ANSWER, "retry"),
        (Failure.TIMEOUT, "retry"),
        (Failure.REDIRECTS, "fetch-failed"),
        (Failure.BODY_TOO_LARGE, "body-too-large"),
        (Failure.UNDECODABLE_BODY, "retry"),
        (Failure.UNWANTED_TYPE, "not-html"),
        (Failure.PRIVATE_ADDRESS, "private-address"),
        (Failure.ROBOTS, "robots"),
        (Failure.ROBOTS_UNREACHABLE, "retry"),
        (Failure.HOST_PAUSED, "retry"),
    ],
)
def test_a_failure_has_one_meaning(failure: Failure, expected: str) -> None:
    assert _name(verdict.of_failure(FetchError(failure, "detail"))) == expected


def test_a_wait_the_server_asks_for_is_passed_on_and_a_pause_is_no_attempt() -> None:
    asked = verdict.of_response(Response(url="u", final_url="u", status=503, headers={}, retry_after_s=60))
    assert asked == Retry("HTTP 503", 60)
    paused = verdict.of_failure(FetchError(Failure.HOST_PAUSED, "", retry_after_s=30))
    assert isinstance(paused, Retry)
    assert (paused.retry_after_s, paused.is_attempt) == (30, False)


def _name(found: Drop | Retry | None) -> str:
    if found is None:
        return "page"
    return "retry" if isinstance(found, Retry) else found.reason.value
