"""Brings a database to the current schema. Start-up runs it each time, so a current database costs one query.

Several processes may call it at once: the first one migrates, the others wait and find nothing to do.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from business.errors import Unavailable
from business.migrations.planner import teach_planner
from business.sql.database import create_engine, writing

# Any key that no tenant's lock has: those are hashes of ids.
_MIGRATION_LOCK = 365


def alembic_config() -> Config:
    """Alembic's configuration, without an ini file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config


def head_revision() -> str:
    """The revision that this code works with."""
    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    if head is None:
        raise RuntimeError("there are no migrations")
    return head


async def current_revision(database_url: str) -> str | None:
    """The database's revision; None when it is empty. Raises Unavailable."""
    engine = create_engine(database_url, pool_size=1)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_revision)
    except (DBAPIError, OSError) as error:
        raise Unavailable(f"The database can't be read ({type(error).__name__}).") from error
    finally:
        await engine.dispose()


async def upgrade(database_url: str) -> str:
    """Create or migrate the database of ``database_url`` and return its revision. Raises Unavailable."""
    head = head_revision()
    if await current_revision(database_url) == head:
        return head
    engine = create_engine(database_url, pool_size=1)
    try:
        async with writing(engine).begin() as connection:
            await connection.run_sync(_upgrade)
    except (DBAPIError, OSError) as error:
        raise Unavailable(f"The database can't be prepared ({type(error).__name__}).") from error
    finally:
        await engine.dispose()
    return head


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _upgrade(connection: Connection) -> None:
    """Migrate within the caller's transaction, alone: SQLite has the write lock already."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    teach_planner(connection)
