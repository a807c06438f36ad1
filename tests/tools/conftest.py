"""Fixtures of the tool tests: the small business of ``world``, planted once and copied for each test."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import UTC
from pathlib import Path

import pytest

from business.clock import FixedClock
from business.migrations.runner import upgrade
from business.sql.database import Database
from tests.tools.world import NOW, World, plant
from tools.executor import ToolExecutor


@pytest.fixture(scope="session")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """The filled database as a file, and the ids of what is in it; made once."""
    path = tmp_path_factory.mktemp("planted") / "planted.db"
    url = f"sqlite:///{path}"

    async def build() -> dict[str, str]:
        await upgrade(url)
        return await plant(url)

    return path, asyncio.run(build())


@pytest.fixture
async def world(planted: tuple[Path, dict[str, str]], tmp_path: Path) -> AsyncIterator[World]:
    """A copy of the planted business for one test."""
    source, ids = planted
    for part in source.parent.glob(f"{source.name}*"):
        shutil.copy(part, tmp_path / part.name)
    url = f"sqlite:///{tmp_path / source.name}"
    clock = FixedClock(NOW.astimezone(UTC))
    database = Database(url, clock=clock)
    yield World(database, ToolExecutor(database), clock, dict(ids), url)
    await database.close()
