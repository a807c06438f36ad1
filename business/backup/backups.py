"""Backups of the whole database, all tenants: made while the server runs, restored whole or not at all.

A restore checks the archive, the schema and the target before it changes anything. Only for the operator's command
line: there is no way here through a tenant.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import URL

from business.backup import postgres_tools, sqlite_files
from business.backup.archive import Manifest, digest_of, pack, read_manifest, unpack
from business.backup.errors import BackupRefused
from business.clock import Clock
from business.migrations.runner import alembic_config, upgrade
from business.sql import tables
from business.sql.base import TenantRow
from business.sql.database import async_url

__all__ = ["tables"]  # declares them, so that the metadata below knows their names

_PAYLOADS = {"sqlite": "database.sqlite", "postgresql": "database.dump"}


async def back_up(database_url: str, target: Path, clock: Clock, *, may_replace: bool = False) -> Manifest:
    """Write a backup of one moment to ``target``; readers and writers go on meanwhile.

    Raises:
        BackupRefused: file_exists (without ``may_replace``), no_database, tool_missing, tool_failed.
        Unavailable: The database cannot be reached.
    """
    if not may_replace and await asyncio.to_thread(target.exists):
        raise BackupRefused("file_exists", f"{target} exists already.")
    url = async_url(database_url)
    kind = url.get_backend_name()
    target.parent.mkdir(parents=True, exist_ok=True)
    created = clock.now().isoformat()
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".hero365-backup-") as folder:
        payload = Path(folder) / _PAYLOADS[kind]
        revision, rows = await _written(url, payload)
        manifest = Manifest(
            kind=kind,
            payload=payload.name,
            sha256=await asyncio.to_thread(digest_of, payload),
            size=payload.stat().st_size,
            revision=revision,
            created_at=created,
            rows=rows,
        )
        await asyncio.to_thread(pack, manifest, payload, target)
    return manifest


async def restore(database_url: str, source: Path, *, may_replace: bool = False) -> Manifest:
    """Put the database back as it was when the backup was made, then bring it to the present schema.

    Args:
        database_url: Where to; the same kind of database as the backup's.
        source: The backup.
        may_replace: Give up what the database holds now.

    Raises:
        BackupRefused: With the reason; the database is as it was.
        Unavailable: The database cannot be reached.
    """
    url = async_url(database_url)
    manifest = await asyncio.to_thread(read_manifest, source)
    if manifest.kind != url.get_backend_name():
        raise BackupRefused(
            "wrong_kind", f"The backup is of {manifest.kind}, the database is {url.get_backend_name()}."
        )
    if manifest.revision not in _known_revisions():
        raise BackupRefused("newer_schema", "The backup was made by a newer version; update first.")
    into = _into_sqlite if manifest.kind == "sqlite" else _into_postgres
    await into(url, database_url, source, may_replace)
    return manifest


async def _written(url: URL, payload: Path) -> tuple[str, dict[str, int]]:
    """Write the payload; the schema's revision and the row counts."""
    if url.get_backend_name() != "sqlite":
        return await postgres_tools.dump(url, payload)
    await asyncio.to_thread(sqlite_files.copy_out, Path(str(url.database)), payload)
    revision = await asyncio.to_thread(sqlite_files.revision_of, payload)
    if revision is None:
        raise BackupRefused("no_database", "The database has no tables of ours.")
    return revision, await asyncio.to_thread(sqlite_files.row_counts, payload)


async def _into_sqlite(url: URL, _: str, source: Path, may_replace: bool) -> None:
    target = Path(os.path.abspath(str(url.database)))  # noqa: ASYNC240  (asks the disk for nothing)
    if not may_replace and not await asyncio.to_thread(sqlite_files.is_empty, target):
        raise BackupRefused("not_empty", f"{target} is not empty; --force replaces it.")
    target.parent.mkdir(parents=True, exist_ok=True)
    # Beside the target, so that the last step is a rename; upgraded there, so that a failure costs nothing.
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".hero365-restore-") as folder:
        ready = Path(folder) / "database.sqlite"
        ready.touch(mode=0o600)
        manifest = await asyncio.to_thread(unpack, source, ready)
        await asyncio.to_thread(sqlite_files.check_sound, ready)
        _check_content(
            manifest,
            await asyncio.to_thread(sqlite_files.revision_of, ready),
            await asyncio.to_thread(sqlite_files.row_counts, ready),
        )
        await upgrade(f"sqlite:///{ready}")
        await asyncio.to_thread(sqlite_files.put_in_place, ready, target)


async def _into_postgres(url: URL, database_url: str, source: Path, may_replace: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="hero365-restore-") as folder:
        dump = Path(folder) / "database.dump"
        manifest = await asyncio.to_thread(unpack, source, dump)
        await postgres_tools.check_target(url, may_replace=may_replace)
        await postgres_tools.restore(url, manifest, dump, TenantRow.metadata.tables.keys())
    await upgrade(database_url)


def _check_content(manifest: Manifest, revision: str | None, rows: dict[str, int]) -> None:
    if revision != manifest.revision or rows != manifest.rows:
        raise BackupRefused("rows_differ", "The backup does not hold what its manifest says.")


def _known_revisions() -> set[str]:
    scripts = ScriptDirectory.from_config(alembic_config())
    return {script.revision for script in scripts.walk_revisions()}
