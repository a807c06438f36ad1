"""Databases for the business layer's tests: SQLite and PostgreSQL, a fresh one for each test."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from business.clock import FixedClock
from business.migrations.runner import upgrade
from business.seed import seed
from business.sql.database import Database
from tests.business.world import NOW, World
from tests.support.postgres import PostgresServer, database_kinds

_TEMPLATE, _SEEDED = "business_empty", "business_seeded"


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


@pytest.fixture(scope="session")
def seeded_file(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the demo businesses."""
    path = shutil.copy(sqlite_template, tmp_path_factory.mktemp("seeded") / "seeded.db")
    asyncio.run(_seed(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def seeded_template(postgres: PostgresServer, postgres_template: str) -> str:
    """The name of a database with the demo businesses on the run's PostgreSQL."""
    asyncio.run(_seed(postgres.create(_SEEDED, postgres_template)))
    return _SEEDED


async def _seed(url: str) -> None:
    database = Database(url)
    await seed(database, NOW)
    await database.close()


@pytest.fixture(params=database_kinds())
def seeded_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with the demo businesses, once on each kind of server."""
    if request.param == "sqlite":
        path = shutil.copy(request.getfixturevalue("seeded_file"), tmp_path / "seeded.db")
        yield f"sqlite:///{path}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.copy_of(request.getfixturevalue("seeded_template")) as url:
        yield url


@pytest.fixture
async def seeded(seeded_url: str) -> AsyncIterator[Database]:
    """A database with the demo businesses."""
    database = Database(seeded_url)
    yield database
    await database.close()


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    clock = FixedClock(NOW)
    database = Database(database_url, clock=clock)
    made = World(database, clock)
    await made.found()
    yield made
    await database.close()
