"""A limit on rejects: a bad release must not empty a topic into its dead letters."""

from collections import deque


class RejectLimit:
    """Watches the share of rejects among the last records."""

    def __init__(self, *, window: int, share: float) -> None:
        self._recent: deque[bool] = deque(maxlen=window)
        self._rejects = 0
        self._share = share
        # A few bad records at the start say nothing yet.
        self._least = max(10, window // 4)

    def note(self, *, is_reject: bool) -> bool:
        """Count one record; True when the limit is passed."""
        if len(self._recent) == self._recent.maxlen:
            self._rejects -= self._recent[0]
        self._recent.append(is_reject)
        self._rejects += is_reject
        return len(self._recent) >= self._least and self._rejects / len(self._recent) >= self._share
