"""Where SQLite's statements run: at once where they cannot wait, in the connection's thread where they may."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from business.sql.database import create_engine, writing
from business.sql.sqlite_connection import NearConnection

_WHERE = text("SELECT here()")
_LONG = text(
    "SELECT here(), (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)"
    " SELECT sum(i) FROM n)"
)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    made = create_engine(f"sqlite:///{tmp_path / 'a.db'}", pool_size=1)
    async with writing(made).begin() as connection:
        await connection.execute(text("CREATE TABLE thing (name TEXT)"))
    yield made
    await made.dispose()


async def near(connection: AsyncConnection) -> NearConnection:
    raw = (await connection.get_raw_connection()).driver_connection
    assert isinstance(raw, NearConnection)
    await raw.visit(lambda: raw.raw.create_function("here", 0, threading.get_ident))
    return raw


async def test_only_what_takes_the_lock_or_is_long_visits_the_thread(engine: AsyncEngine) -> None:
    me = threading.get_ident()
    async with engine.connect() as connection:
        await near(connection)
        assert await connection.scalar(_WHERE) != me, "the first one may have to wait for the file"
        assert await connection.scalar(_WHERE) == me
        where, total = (await connection.execute(_LONG)).one()
        assert (where != me, total) == (True, 300_000 * 300_001 // 2)
        assert await connection.scalar(_WHERE) == me
        await connection.rollback()
        assert await connection.scalar(_WHERE) != me, "a new transaction"


async def test_a_writer_holds_its_lock_from_the_beginning(engine: AsyncEngine) -> None:
    async with writing(engine).begin() as connection:
        await near(connection)
        assert await connection.scalar(_WHERE) == threading.get_ident()
        await connection.execute(text("INSERT INTO thing VALUES ('a')"))
        assert (await connection.execute(_LONG)).one()[1] == 300_000 * 300_001 // 2
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM thing")) == 1, (
            "giving up a SELECT undid nothing"
        )


async def test_an_error_is_the_callers_and_the_connection_goes_on(engine: AsyncEngine) -> None:
    async with writing(engine).begin() as connection:
        await connection.execute(text("INSERT INTO thing VALUES ('a')"))
        with pytest.raises(OperationalError, match="no such column"):
            await connection.execute(text("SELECT colour FROM thing"))
        assert await connection.scalar(text("SELECT count(*) FROM thing")) == 1


async def test_after_a_cancelled_statement_the_next_one_queues_behind_it(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        raw = await near(connection)
        begun, release = threading.Event(), threading.Event()

        def hold() -> None:
            begun.set()
            release.wait(10)

        abandoned = asyncio.create_task(raw.visit(hold))
        await asyncio.to_thread(begun.wait, 10)
        abandoned.cancel()
        undo = asyncio.create_task(raw.rollback())
        for _ in range(20):
            await asyncio.sleep(0)
        assert not undo.done()
        release.set()
        await undo
