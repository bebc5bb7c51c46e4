"""Whether the ledger has read what it is asked about."""

from threading import Event
from time import monotonic

from pipeline.adapters.database import Database, offsets
from pipeline.adapters.extents import Extent, extents_of
from pipeline.adapters.partition import Partition
from pipeline.ledger.indexing import READER
from pipeline.ledger.noting import SOURCES
from pipeline.settings import Settings

_LOOK_EVERY_S = 0.5


def behind(settings: Settings, database: Database) -> int:
    """Records that stand in the topics now and are not indexed yet."""
    return _unread(database, extents_of(settings, SOURCES))


def catch_up(settings: Settings, database: Database, *, within_s: float) -> int:
    """Wait until all that stands in the topics now is indexed, no longer than that; how many records are not."""
    extents = extents_of(settings, SOURCES)
    until, pause = monotonic() + within_s, Event()
    while (unread := _unread(database, extents)) and monotonic() < until:
        pause.wait(_LOOK_EVERY_S)
    return unread


def _unread(database: Database, extents: dict[Partition, Extent]) -> int:
    with database.read() as connection:
        positions = offsets.of_reader(connection, READER)
    return sum(
        max(0, extent.end - max(extent.beginning, positions.get(partition, 0))) for partition, extent in extents.items()
    )
