"""What the page needs of the control database: alerts by their sequence."""

from collections.abc import Sequence
from typing import Protocol

from pipeline.web.view import AlertView


class AlertSource(Protocol):
    """Alerts in the order in which they were raised. Both calls may block; they are made in threads."""

    def newest(self, limit: int) -> Sequence[AlertView]:
        """The newest alerts, newest first."""

    def after(self, sequence: int, limit: int) -> Sequence[AlertView]:
        """Alerts raised after that one, oldest first."""
