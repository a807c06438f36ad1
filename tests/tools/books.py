"""Looks at a test's database from outside, and takes it away: what a tool left behind, what it says without one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import make_url, select

from business.sql import tables
from business.sql.base import TenantRow
from business.sql.database import create_engine

assert tables.__all__


async def everything(url: str) -> dict[str, set[tuple[Any, ...]]]:
    """All rows of all tables and tenants, by table."""
    engine = create_engine(url, pool_size=1)
    found: dict[str, set[tuple[Any, ...]]] = {}
    try:
        async with engine.connect() as connection:
            for name, table in TenantRow.metadata.tables.items():
                rows = await connection.execute(select(table))
                found[name] = {tuple(map(repr, row)) for row in rows}
    finally:
        await engine.dispose()
    return found


@asynccontextmanager
async def taken_away(url: str) -> AsyncIterator[None]:
    """Make the database unreachable: the file is moved off, or the server takes no more connections to it.

    Connections that are open must have been closed before (SQLite); PostgreSQL's are cut.
    """
    if url.startswith("sqlite"):
        with _moved(Path(str(make_url(url).database))):
            yield
        return
    address, _, name = url.rpartition("/")
    admin = await asyncpg.connect(f"{address}/postgres")
    try:
        await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
        try:
            yield
        finally:
            await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    finally:
        await admin.close()


@contextmanager
def _moved(path: Path) -> Iterator[None]:
    away = path.with_suffix(".away")
    path.rename(away)
    path.mkdir()  # else the file would be made anew
    try:
        yield
    finally:
        path.rmdir()
        away.rename(path)
