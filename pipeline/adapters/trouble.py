"""Says that something outside is away: once when it goes, once when it is back."""

from time import monotonic

from pipeline import log

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 5.0
_logger = log.get(__name__)


class Trouble:
    """The state of one thing outside, for one thread or task."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._failures = 0
        self._since = 0.0

    def failed(self, error: Exception) -> float:
        """Note a failure; the seconds to wait before the next try."""
        self._failures += 1
        if self._failures == 1:
            self._since = monotonic()
            _logger.warning("trying again until it succeeds", what=self._what, error=str(error))
        return float(min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2 ** min(self._failures - 1, 10)))

    def worked(self) -> None:
        """Note that it works."""
        if self._failures:
            _logger.info("works again", what=self._what, away_s=round(monotonic() - self._since, 1))
        self._failures = 0
