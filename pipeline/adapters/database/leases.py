"""Which delivering processes are alive: each renews a lease; what a process without one was sending was interrupted.

Leases are compared by the processes' own clocks: machines that deliver from one database must agree on the time to
within a few seconds.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, update

from pipeline.adapters.database.schema import deliverers
from pipeline.adapters.database.statements import insert_if_new

LEASE = timedelta(seconds=10)


def renew(connection: Connection, incarnation: str, *, now: datetime) -> None:
    """Be alive for the length of a lease from now."""
    until = now + LEASE
    if not insert_if_new(connection, deliverers, incarnation=incarnation, started_at=now, alive_until=until):
        connection.execute(update(deliverers).where(deliverers.c.incarnation == incarnation).values(alive_until=until))


def end(connection: Connection, incarnation: str) -> None:
    """Be alive no longer."""
    connection.execute(delete(deliverers).where(deliverers.c.incarnation == incarnation))


def forget_dead(connection: Connection, *, now: datetime) -> None:
    """Remove the leases that have run out."""
    connection.execute(delete(deliverers).where(deliverers.c.alive_until <= now))
