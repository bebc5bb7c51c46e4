"""Brings the control database's tables to this version; safe when several processes start together."""

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from pipeline.adapters.database.engine import Database, open_database
from pipeline.adapters.database.locks import exclusive
from pipeline.errors import TransientError, UnavailableError, UsageError
from pipeline.settings import Settings

_MIGRATIONS = Path(__file__).parent / "migrations"
_NEWEST = max(step.stem.removeprefix("step_") for step in (_MIGRATIONS / "versions").glob("step_*.py"))


def upgrade(settings: Settings) -> None:
    """Make or upgrade the tables. UsageError when a newer Tocsin has been at work there."""
    database = open_database(settings)
    try:
        upgrade_database(database)
    except (TransientError, DatabaseError) as error:
        shown = database.url.render_as_string(hide_password=True)
        raise UnavailableError(f"the database {shown} could not be upgraded: {error}") from error
    finally:
        database.close()


def upgrade_database(database: Database) -> None:
    """`upgrade` for a database that is already open."""
    if _version(database) != _NEWEST:
        with exclusive(database, "upgrade"):
            _migrate(database)


def _version(database: Database) -> str | None:
    """What the database says it is, None where it says nothing."""
    with database.read() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        return found


def _migrate(database: Database) -> None:
    # Nearly every start finds the tables as they should be, and every process would pay for the import.
    from alembic import command
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with database.write() as connection:
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        found = MigrationContext.configure(connection).get_current_revision()
        if found is not None and found not in known:
            raise UsageError(f"the database was made by a newer Tocsin (its version is {found}): upgrade this one")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
