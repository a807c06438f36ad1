"""Backup and restore of a PostgreSQL database with its own programs: pg_dump, pg_restore and psql.

A password goes to them by the environment, never on a command line. A restore is one transaction.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import URL

from business.backup.archive import Manifest
from business.backup.errors import BackupRefused
from business.errors import Unavailable

CONNECT_S = 10
#: For the largest database that a program run by hand still suits.
TOOL_S = 3600.0
_VERSIONS = "alembic_version"


async def dump(url: URL, target: Path) -> tuple[str, dict[str, int]]:
    """Write a dump in custom format; the schema's revision and the row counts, all of one moment.

    Raises BackupRefused (no_database, tool_missing, tool_failed), Unavailable.
    """
    async with (
        _connected(url) as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        tables = await _tables(connection)
        if _VERSIONS not in tables:
            raise BackupRefused("no_database", "The database has no tables of ours.")
        revision: str = await connection.fetchval("SELECT version_num FROM alembic_version")
        rows = {table: await _count(connection, table) for table in tables}
        snapshot: str = await connection.fetchval("SELECT pg_export_snapshot()")
        options = ("--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}")
        await _run(url, "pg_dump", *options, f"--file={target}")
    return revision, rows


async def check_target(url: URL, *, may_replace: bool) -> None:
    """Raise BackupRefused (in_use, not_empty) unless a dump can be restored into the database."""
    async with _connected(url) as connection:
        others = await connection.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        if others:
            raise BackupRefused("in_use", "Others are connected to the database. Stop the server first.")
        if may_replace:
            return
        for table in await _tables(connection):
            if table != _VERSIONS and await _count(connection, table):
                raise BackupRefused("not_empty", "The database is not empty; --force replaces what is in it.")


async def restore(url: URL, manifest: Manifest, source: Path, ours: Collection[str]) -> None:
    """Replace our tables by those of a dump, in one transaction that also counts the rows.

    Args:
        url: The database.
        manifest: Of the backup.
        source: The dump.
        ours: Names of the tables of the present schema.

    Raises:
        BackupRefused: corrupt, tool_missing, tool_failed (among others, when the rows are not those counted).
    """
    script = source.with_suffix(".sql")
    try:
        await _run(url, "pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(source))
    except BackupRefused as error:
        if error.reason == "tool_failed":
            raise BackupRefused("corrupt", "The dump in the backup cannot be read.") from error
        raise
    async with _connected(url) as connection:
        present = set(await _tables(connection))
    replaced = sorted(present & {*ours, *manifest.rows, _VERSIONS})
    commands = [f"DROP TABLE IF EXISTS {', '.join(map(_quoted, replaced))} CASCADE"] if replaced else []
    before = [option for command in commands for option in ("-c", command)]
    options = ("-X", "-q", "--single-transaction", "-v", "ON_ERROR_STOP=1", *before, "-f", str(script))
    await _run(url, "psql", *options, "-c", _check(manifest))


def _check(manifest: Manifest) -> str:
    """A command that fails, and undoes the transaction it is in, unless every table has its rows."""
    tests = [
        f"IF (SELECT count(*) FROM {_quoted(table)}) <> {count} THEN RAISE EXCEPTION 'rows differ'; END IF;"  # noqa: S608
        for table, count in manifest.rows.items()
    ]
    return f"SET search_path TO public; DO $check$ BEGIN {' '.join(tests)} END $check$"


@asynccontextmanager
async def _connected(url: URL) -> AsyncGenerator[Any]:
    secure = url.query.get("ssl") or url.query.get("sslmode")
    try:
        connection = await asyncpg.connect(
            host=url.host,
            port=url.port,
            user=url.username,
            password=url.password,
            database=url.database,
            timeout=CONNECT_S,
            ssl=secure if isinstance(secure, str) else None,
        )
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise Unavailable(f"The database can't be reached ({type(error).__name__}).") from error
    try:
        yield connection
    finally:
        await connection.close()


async def _tables(connection: Any) -> list[str]:
    rows = await connection.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
    )
    return [str(row["tablename"]) for row in rows]


async def _count(connection: Any, table: str) -> int:
    return int(await connection.fetchval(f"SELECT count(*) FROM {_quoted(table)}"))  # noqa: S608


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _program(name: str) -> str:
    """The path of one of PostgreSQL's programs, the newest where it is not on the path."""
    found = shutil.which(name)
    if found:
        return found
    installed = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"),
        key=lambda path: path.parts[-3].zfill(4),
        reverse=True,
    )
    if not installed:
        raise BackupRefused("tool_missing", f"{name} is not installed. It comes with PostgreSQL's client.")
    return str(installed[0])


async def _run(url: URL, name: str, *options: str) -> None:
    secure = url.query.get("sslmode") or url.query.get("ssl")
    connection = {
        "PGHOST": url.host,
        "PGPORT": str(url.port) if url.port else None,
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
        "PGSSLMODE": secure if isinstance(secure, str) else None,
        "PGCONNECT_TIMEOUT": str(CONNECT_S),
    }
    given = {variable: value for variable, value in connection.items() if value}
    process = await asyncio.create_subprocess_exec(
        _program(name),
        *options,
        env={**os.environ, **given},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(TOOL_S):
            _, said = await process.communicate()
    except BaseException:
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        words = said.decode(errors="replace").strip().splitlines()
        raise BackupRefused("tool_failed", f"{name} failed: {words[-1] if words else process.returncode}")
