"""How far a topic was folded, kept beside what the folding made, so that both are committed together or neither."""

from sqlalchemy import ColumnElement, Connection, and_, select, update

from pipeline.adapters.database.schema import offsets
from pipeline.adapters.database.statements import insert_if_new
from pipeline.adapters.group_reader import Partition
from pipeline.errors import TocsinError


class StaleOffsetError(TocsinError):
    """Another process has folded the partition meanwhile; nothing of this transaction may stand."""


def load(connection: Connection, partition: Partition) -> int:
    """The next offset to fold; 0 for a partition never folded."""
    found = connection.execute(select(offsets.c.next_offset).where(_is(partition))).scalar()
    return 0 if found is None else found


def move(connection: Connection, partition: Partition, *, expected: int, to: int) -> None:
    """Set the next offset. StaleOffsetError unless it was the expected one; waits for whoever is changing it."""
    insert_if_new(
        connection,
        offsets,
        topic=partition.topic,
        topic_uuid=partition.topic_uuid,
        partition=partition.number,
        next_offset=0,
    )
    moved = connection.execute(
        update(offsets).where(_is(partition), offsets.c.next_offset == expected).values(next_offset=to)
    )
    if moved.rowcount != 1:
        raise StaleOffsetError(f"{partition.topic}/{partition.number} is no longer at {expected}")


def _is(partition: Partition) -> ColumnElement[bool]:
    return and_(
        offsets.c.topic == partition.topic,
        offsets.c.topic_uuid == partition.topic_uuid,
        offsets.c.partition == partition.number,
    )
