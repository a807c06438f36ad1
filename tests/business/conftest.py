"""Databases for the business layer's tests: SQLite and PostgreSQL, a fresh one for each test."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from business.clock import FixedClock
from business.migrations.runner import upgrade
from business.sql.database import Database
from tests.business.world import NOW, World
from tests.support.postgres import PostgresServer, database_kinds

_TEMPLATE = "business_empty"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file."""
    path = tmp_path_factory.mktemp("template") / "empty.db"
    asyncio.run(upgrade(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer) -> str:
    """The name of a migrated, empty database on the run's PostgreSQL."""
    asyncio.run(upgrade(postgres.create(_TEMPLATE)))
    return _TEMPLATE


@pytest.fixture(params=database_kinds())
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated, empty database, once on each kind of server."""
    if request.param == "sqlite":
        path = tmp_path / "business.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.copy_of(request.getfixturevalue("postgres_template")) as url:
        yield url


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    clock = FixedClock(NOW)
    database = Database(database_url, clock=clock)
    made = World(database, clock)
    await made.found()
    yield made
    await database.close()
