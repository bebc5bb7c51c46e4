"""What the control database must do, run on SQLite and on PostgreSQL alike: give a class a fixture `database`."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from pipeline.adapters.database import (
    Database,
    exclusive,
    exclusive_if_free,
    folding,
    leases,
    offsets,
    watches,
)
from pipeline.adapters.database.offsets import StaleOffsetError
from pipeline.adapters.database.schema import metadata
from pipeline.adapters.database.upgrade import upgrade_database
from pipeline.adapters.partition import Partition
from pipeline.errors import UsageError
from pipeline.stages.fold import Join, Part
from tests.delivering import (
    NOW,
    fold_into,
    introduce,
    match_of,
    webhook,
)
from tests.sending_suite import waiting

PARTITION = Partition("matches", "uuid-1", 3)


class DatabaseSuite:
    """Tables, transactions, offsets and locks."""

    def test_the_migrations_make_exactly_the_declared_tables(self, database: Database) -> None:
        with database.read() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, metadata) == []

    def test_processes_that_start_together_upgrade_once(self, database: Database) -> None:
        with database.write() as connection:
            metadata.drop_all(connection)
            connection.exec_driver_sql("DELETE FROM alembic_version")
        together = Barrier(4)

        def start(_number: int) -> None:
            together.wait()
            upgrade_database(database)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(start, range(4)))
        self.test_the_migrations_make_exactly_the_declared_tables(database)

    def test_a_database_of_a_newer_version_is_refused(self, database: Database) -> None:
        with database.write() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        with pytest.raises(UsageError, match="newer Tocsin"):
            upgrade_database(database)

    def test_an_exception_undoes_the_whole_transaction(self, database: Database) -> None:
        def fail() -> None:
            with database.write() as connection:
                introduce(connection, webhook())
                raise RuntimeError

        with pytest.raises(RuntimeError):
            fail()
        with database.read() as connection:
            assert watches.list_all(connection) == ()
        assert waiting(database) == []

    def test_offsets_move_only_from_where_they_are_expected(self, database: Database) -> None:
        def move(expected: int, to: int, partition: Partition = PARTITION) -> None:
            with database.write() as connection:
                offsets.move(connection, partition, reader="deliver", expected=expected, to=to)

        move(0, 5)
        with pytest.raises(StaleOffsetError):
            move(0, 5)
        with pytest.raises(StaleOffsetError):
            move(6, 7)
        move(5, 6)
        move(0, 1, replace(PARTITION, topic_uuid="made anew"))
        with database.read() as connection:
            assert offsets.load(connection, PARTITION, reader="deliver") == 6
            assert offsets.load(connection, replace(PARTITION, topic_uuid="never read"), reader="deliver") == 0
            assert offsets.load(connection, PARTITION, reader="another") == 0

    def test_a_process_that_has_lost_its_partition_can_write_nothing(self, database: Database) -> None:
        def fold_at(expected: int, page: str) -> None:
            with database.write() as connection:
                folding.store_join(connection, match_of(page), Join(1, Part.COPY), now=NOW)
                offsets.move(connection, PARTITION, reader="deliver", expected=expected, to=expected + 1)

        fold_into(database, match_of())
        fold_at(0, "first")
        before = waiting(database)
        with pytest.raises(StaleOffsetError):
            fold_at(0, "zombie")
        assert waiting(database) == before

    def test_a_lock_is_held_by_one_and_free_again_after(self, database: Database) -> None:
        with (
            exclusive(database, "a"),
            exclusive_if_free(database, "a") as second,
            exclusive_if_free(database, "b") as b,
        ):
            assert (second, b) == (False, True)
        with exclusive_if_free(database, "a") as is_held:
            assert is_held

    def test_writers_wait_for_each_other(self, database: Database) -> None:
        def count(_number: int) -> None:
            with database.write() as connection:
                leases.renew(connection, "p", now=NOW)
                stored = offsets.load(connection, PARTITION, reader="deliver")
                offsets.move(connection, PARTITION, reader="deliver", expected=stored, to=stored + 1)

        with ThreadPoolExecutor(4) as pool:
            retried(count, pool)
        with database.read() as connection:
            assert offsets.load(connection, PARTITION, reader="deliver") == 20


def retried(work: Callable[[int], None], pool: ThreadPoolExecutor) -> None:
    """Do the work twenty times, each again while another was faster."""

    def stubborn(number: int) -> None:
        while True:
            try:
                return work(number)
            except StaleOffsetError:
                continue

    list(pool.map(stubborn, range(20)))
