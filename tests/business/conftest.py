"""Databases for the business layer's tests: SQLite always, PostgreSQL where its programs are installed."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from business.clock import FixedClock
from business.entities.memberships import Role
from business.migrations.runner import upgrade
from business.sql import tables as all_tables
from business.sql.base import TenantRow
from business.sql.database import Database
from tests.business.world import NOW, World, business, member


def postgres_programs() -> Path | None:
    """The folder of initdb and pg_ctl, if they are installed."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    return folders[0].parent if folders else None


assert all_tables.__all__
KINDS = ("sqlite", "postgresql") if postgres_programs() else ("sqlite",)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file."""
    path = tmp_path_factory.mktemp("template") / "empty.db"
    asyncio.run(upgrade(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL server of our own; yields its URL up to the database's name; it holds a migrated ``business``."""
    programs = postgres_programs()
    assert programs is not None
    # The server refuses to run as root, so then it runs as the user that its package made.
    identity: dict[str, str] = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
    memory = Path("/dev/shm")  # noqa: S108  (files in memory: the server is thrown away)
    folder = Path(tempfile.mkdtemp(prefix="hero365-pg-", dir=memory if memory.is_dir() else None))
    if identity:
        shutil.chown(folder, "postgres", "postgres")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = (
        f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off "
        "-c full_page_writes=off -c synchronous_commit=off -c max_connections=60"
    )
    run = {"check": True, "cwd": folder, "stdout": subprocess.DEVNULL, **identity}
    subprocess.run(
        [programs / "initdb", "-D", folder / "data", "-A", "trust", "-U", "postgres", "--no-sync"], **run
    )
    control = [programs / "pg_ctl", "-D", folder / "data", "-l", folder / "log"]
    subprocess.run([*control, "-o", options, "-w", "start"], **run)
    try:
        url = f"postgresql://postgres@127.0.0.1:{port}"
        asyncio.run(_command(f"{url}/postgres", "CREATE DATABASE business"))
        asyncio.run(upgrade(f"{url}/business"))
        yield url
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], **run)
        shutil.rmtree(folder)


async def _command(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a migrated, empty database, once on each kind of server."""
    if request.param == "sqlite":
        path = tmp_path / "business.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        return f"sqlite:///{path}"
    url = f"{request.getfixturevalue('postgres')}/business"
    tables = ", ".join(TenantRow.metadata.tables)
    asyncio.run(_command(url, f"TRUNCATE {tables}"))
    return url


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    clock = FixedClock(NOW)
    database = Database(database_url, clock=clock)
    made = World(database, clock)
    await database.found(business(made.business_id, "One Plumbing"), member(Role.OWNER))
    await database.found(
        business(made.other_id, "Two Electric", "Asia/Tokyo"), member(Role.OWNER, "user-stranger")
    )
    async with made.write() as uow:
        await uow.memberships.add_all([member(role) for role in Role if role is not Role.OWNER])
    yield made
    await database.close()
