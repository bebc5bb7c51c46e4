"""What the page needs of the control database: alerts by their sequence."""

from collections.abc import Sequence
from typing import Protocol

from pipeline.adapters.database import Database, alerts
from pipeline.web.view import AlertView, alert_view


class AlertSource(Protocol):
    """Alerts in the order in which they were raised. Both calls may block; they are made in threads."""

    def newest(self, limit: int) -> Sequence[AlertView]:
        """The newest alerts, newest first."""

    def after(self, sequence: int, limit: int) -> Sequence[AlertView]:
        """Alerts raised after that one, oldest first. TransientError when the database does not answer."""


class StoredAlerts:
    """The control database's alerts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def newest(self, limit: int) -> Sequence[AlertView]:
        """The newest alerts, newest first."""
        with self._database.read() as connection:
            return [_view(stored) for stored in alerts.newest(connection, limit=limit)]

    def after(self, sequence: int, limit: int) -> Sequence[AlertView]:
        """Alerts raised after that one, oldest first."""
        with self._database.read() as connection:
            return [_view(stored) for stored in alerts.after(connection, sequence, limit=limit)]


def _view(stored: alerts.StoredAlert) -> AlertView:
    sent = [f"{delivery.channel}: {delivery.status.value}" for delivery in stored.deliveries]
    return alert_view(stored.alert, sequence=stored.sequence, copies=stored.copies, deliveries=sent)
