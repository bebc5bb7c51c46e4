"""How far a reader of a topic is, kept beside what its reading made, so that both are committed together or neither."""

from sqlalchemy import ColumnElement, Connection, and_, select, update

from pipeline.adapters.database.engine import Database
from pipeline.adapters.database.schema import offsets
from pipeline.adapters.database.statements import insert_if_new
from pipeline.adapters.partition import Partition
from pipeline.errors import TocsinError


class StaleOffsetError(TocsinError):
    """Another process has read the partition meanwhile; nothing of this transaction may stand."""


class StoredPositions:
    """Where a reader's partitions are read from: as the database has it. What a `GroupReader` asks."""

    def __init__(self, database: Database, *, reader: str) -> None:
        self._database = database
        self._reader = reader

    def load(self, partition: Partition) -> int:
        """The next offset to read."""
        with self._database.read() as connection:
            return load(connection, partition, reader=self._reader)

    def rewind(self, partition: Partition, position: int, to: int) -> None:
        """Read again from there; what was read before changes nothing."""
        with self._database.write() as connection:
            move(connection, partition, reader=self._reader, expected=position, to=to)


def load(connection: Connection, partition: Partition, *, reader: str) -> int:
    """The next offset to read; 0 for a partition never read."""
    found = connection.execute(select(offsets.c.next_offset).where(_is(partition, reader))).scalar()
    return 0 if found is None else found


def of_reader(connection: Connection, reader: str) -> dict[Partition, int]:
    """Where a reader stands in every partition it has ever read."""
    rows = connection.execute(select(offsets).where(offsets.c.reader == reader))
    return {Partition(row.topic, row.topic_uuid, row.partition): row.next_offset for row in rows}


def move(connection: Connection, partition: Partition, *, reader: str, expected: int, to: int) -> None:
    """Set the next offset. StaleOffsetError unless it was the expected one; waits for whoever is changing it."""
    insert_if_new(
        connection,
        offsets,
        reader=reader,
        topic=partition.topic,
        topic_uuid=partition.topic_uuid,
        partition=partition.number,
        next_offset=0,
    )
    moved = connection.execute(
        update(offsets).where(_is(partition, reader), offsets.c.next_offset == expected).values(next_offset=to)
    )
    if moved.rowcount != 1:
        raise StaleOffsetError(f"{partition.topic}/{partition.number} is no longer at {expected}")


def _is(partition: Partition, reader: str) -> ColumnElement[bool]:
    return and_(
        offsets.c.reader == reader,
        offsets.c.topic == partition.topic,
        offsets.c.topic_uuid == partition.topic_uuid,
        offsets.c.partition == partition.number,
    )
