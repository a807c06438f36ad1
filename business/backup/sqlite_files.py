"""Backup and restore of a SQLite file: the online backup API out, a checked file moved into place in.

Blocking; callers run it in a thread or have nothing else to do. Never writes into a database that somebody uses.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from business.backup.errors import BackupRefused

_WAIT_S = 1.0
_VERSIONS = "alembic_version"


def copy_out(source: Path, target: Path) -> None:
    """A consistent copy of ``source`` while others read and write it. Raises BackupRefused (no_database)."""
    if not source.is_file() or not source.stat().st_size:
        raise BackupRefused("no_database", f"There is no database at {source}.")
    with closing(sqlite3.connect(source)) as database, closing(sqlite3.connect(target)) as copy:
        database.backup(copy)
        # One file without a log beside it; the server switches the log on again when it opens it.
        copy.execute("PRAGMA journal_mode = DELETE")


def revision_of(path: Path) -> str | None:
    """The schema's revision; None in a file without one."""
    with closing(sqlite3.connect(path)) as database:
        if _VERSIONS not in _tables(database):
            return None
        found = database.execute("SELECT version_num FROM alembic_version").fetchone()
        return None if found is None else str(found[0])


def row_counts(path: Path) -> dict[str, int]:
    """How many rows each table has."""
    with closing(sqlite3.connect(path)) as database:
        return {table: _count(database, table) for table in _tables(database)}


def check_sound(path: Path) -> None:
    """Raise BackupRefused (corrupt) unless the file is a whole database whose references hold."""
    try:
        with closing(sqlite3.connect(path)) as database:
            is_whole = database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            has_strays = database.execute("PRAGMA foreign_key_check").fetchone() is not None
    except sqlite3.DatabaseError as error:
        raise BackupRefused("corrupt", "The backup holds no database.") from error
    if not is_whole or has_strays:
        raise BackupRefused("corrupt", "The database in the backup is damaged.")


def is_empty(path: Path) -> bool:
    """Whether there is nothing that a restore would destroy; what cannot be read counts as something."""
    if not path.exists() or not path.stat().st_size:
        return True
    try:
        with closing(sqlite3.connect(path)) as database:
            return all(table == _VERSIONS or not _count(database, table) for table in _tables(database))
    except sqlite3.DatabaseError:
        return False


def put_in_place(ready: Path, target: Path) -> None:
    """Move a finished database file to ``target``, at once. Raises BackupRefused (in_use).

    Leaving the write-ahead log needs the file for oneself: that is how a server that has it open is noticed. The lock
    is held until the new file is there.
    """
    with closing(sqlite3.connect(ready)) as database:
        database.execute("PRAGMA journal_mode = DELETE")
    with ready.open("rb") as stream:
        os.fsync(stream.fileno())
    with closing(sqlite3.connect(target, timeout=_WAIT_S, isolation_level=None)) as old:
        _take_alone(old, target)
        _as_before(target, ready)
        for leftover in (f"{target}-wal", f"{target}-shm"):
            Path(leftover).unlink(missing_ok=True)  # a log of the old file would be replayed into the new one
        ready.replace(target)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _take_alone(database: sqlite3.Connection, path: Path) -> None:
    try:
        mode = database.execute("PRAGMA journal_mode = DELETE").fetchone()
        if mode != ("delete",):
            raise _in_use(path)
        database.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        raise _in_use(path) from error
    except sqlite3.DatabaseError:
        # No database any more: there is nothing to lock, and replacing it is what a restore is for.
        with suppress(sqlite3.DatabaseError):
            database.rollback()


def _as_before(target: Path, ready: Path) -> None:
    """Give the new file the old one's rights, so that a server of another account can still open it."""
    known = target.stat()
    if known.st_size:
        ready.chmod(known.st_mode & 0o777)
        if os.geteuid() == 0:
            os.chown(ready, known.st_uid, known.st_gid)


def _in_use(path: Path) -> BackupRefused:
    return BackupRefused("in_use", f"Something has {path} open. Stop the server first.")


def _tables(database: sqlite3.Connection) -> list[str]:
    names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name"
    return [str(name) for (name,) in database.execute(names)]


def _count(database: sqlite3.Connection, table: str) -> int:
    quoted = table.replace('"', '""')
    return int(database.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()[0])  # noqa: S608
