"""What an answer to a page's request means. Pure.

First rule that holds: a page that cannot be ours ends at once with a reason; what may pass is tried again; anything
else of status 2xx is the page.
"""

from dataclasses import dataclass

from pipeline.adapters.http import Failure, FetchError, Response
from pipeline.stages.outcome import Drop, DropReason

PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml", "application/xml", "text/xml", "text/plain"})
"""Media types a page may come under; plain text is what some servers call everything."""

# RFC 9110, sections 15.5 and 15.6; 425 is RFC 8470, 429 is RFC 6585, 451 is RFC 7725.
_GONE = {404, 410}
_FORBIDDEN = {401, 402, 403, 407, 451}
_MAY_PASS = {408, 425, 429}

_ENDS = {
    Failure.ROBOTS: DropReason.ROBOTS,
    Failure.PRIVATE_ADDRESS: DropReason.PRIVATE_ADDRESS,
    Failure.BODY_TOO_LARGE: DropReason.BODY_TOO_LARGE,
    Failure.UNWANTED_TYPE: DropReason.NOT_HTML,
    Failure.BAD_URL: DropReason.FETCH_FAILED,
    Failure.REDIRECTS: DropReason.FETCH_FAILED,
}


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again later."""

    detail: str
    retry_after_s: float | None = None
    is_attempt: bool = True
    """False where the server was not even asked."""


def of_response(response: Response) -> Drop | Retry | None:
    """None when the response is the page."""
    detail = f"HTTP {response.status}"
    if response.is_success:
        return None
    if response.status in _GONE:
        return Drop(DropReason.GONE, detail)
    if response.status in _FORBIDDEN:
        return Drop(DropReason.FORBIDDEN, detail)
    if response.status >= 500 or response.status in _MAY_PASS:
        return Retry(detail, response.retry_after_s)
    return Drop(DropReason.FETCH_FAILED, detail)


def of_failure(error: FetchError) -> Drop | Retry:
    """A failed request never gives a page."""
    reason = _ENDS.get(error.failure)
    if reason is not None:
        return Drop(reason, str(error))
    return Retry(str(error), error.retry_after_s, is_attempt=error.failure is not Failure.HOST_PAUSED)
