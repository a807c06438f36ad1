"""Fixtures of the tool tests: the small business of ``world``, planted once on each database, copied for each test."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC
from pathlib import Path

import pytest

from business.clock import FixedClock
from business.migrations.runner import upgrade
from business.sql.database import Database
from tests.support.postgres import PostgresServer, database_kinds
from tests.support.weather import KnownWeather
from tests.tools.world import NOW, TZ, World, plant
from tools.executor import ToolExecutor

_TEMPLATE = "tools_planted"


async def _build(url: str) -> dict[str, str]:
    await upgrade(url)
    return await plant(url)


@pytest.fixture(scope="session")
def planted_file(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """The filled database as an SQLite file, and the ids of what is in it."""
    path = tmp_path_factory.mktemp("planted") / "planted.db"
    return path, asyncio.run(_build(f"sqlite:///{path}"))


@pytest.fixture(scope="session")
def planted_template(postgres: PostgresServer) -> tuple[str, dict[str, str]]:
    """The filled database's name on the run's PostgreSQL, and the ids of what is in it."""
    return _TEMPLATE, asyncio.run(_build(postgres.create(_TEMPLATE)))


@pytest.fixture
def sqlite_copy(planted_file: tuple[Path, dict[str, str]], tmp_path: Path) -> tuple[str, dict[str, str]]:
    """The URL of an SQLite copy of the planted business, and the ids of what is in it."""
    source, ids = planted_file
    for part in source.parent.glob(f"{source.name}*"):
        shutil.copy(part, tmp_path / part.name)
    return f"sqlite:///{tmp_path / source.name}", ids


@pytest.fixture(params=database_kinds())
def planted_copy(request: pytest.FixtureRequest) -> Iterator[tuple[str, dict[str, str]]]:
    """The URL of a copy of the planted business, once on each kind of server, and the ids of what is in it."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_copy")
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    template, ids = request.getfixturevalue("planted_template")
    with server.copy_of(template) as url:
        yield url, ids


@asynccontextmanager
async def _opened(url: str, ids: dict[str, str]) -> AsyncIterator[World]:
    clock = FixedClock(NOW.astimezone(UTC))
    database = Database(url, clock=clock)
    weather = KnownWeather(NOW, TZ).service()
    yield World(database, ToolExecutor(database, weather=weather), clock, dict(ids), url)
    await database.close()


@pytest.fixture
async def world(planted_copy: tuple[str, dict[str, str]]) -> AsyncIterator[World]:
    """A copy of the planted business for one test, on each database."""
    async with _opened(*planted_copy) as world:
        yield world


@pytest.fixture
async def sqlite_world(sqlite_copy: tuple[str, dict[str, str]]) -> AsyncIterator[World]:
    """The same on SQLite only, for what is decided before any query."""
    async with _opened(*sqlite_copy) as world:
        yield world
