"""``hero365 db``: the schema brought up to date, backups made and restored. Works on the configured database only."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

from cyclopts import Parameter

from config.settings import load_settings

Result = TypeVar("Result")


def upgrade() -> int:
    """Create the tables of the configured database, or bring them up to date; harmless when they are."""
    from business.migrations.runner import upgrade as bring_up

    settings = load_settings()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    print(f"The database is at revision {_done(bring_up(settings.database_url))}.")
    return 0


def backup(file: Path | None = None, *, force: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Write a backup of all businesses: one moment, with a checksum, while the server runs.

    Args:
        file: Where to; by default hero365-DATE-TIME.tar.gz in this folder.
        force: Replace the file if it exists.
    """
    from business.backup.backups import back_up
    from business.clock import SystemClock

    target = file or Path(f"hero365-{datetime.now(UTC):%Y%m%d-%H%M%S}.tar.gz")
    manifest = _done(back_up(load_settings().database_url, target, SystemClock(), may_replace=force))
    print(f"{target}: {sum(manifest.rows.values())} rows at revision {manifest.revision}.")
    return 0


def restore(file: Path, *, force: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Put the database back as it was when the backup was made. Restore only backups you trust.

    Args:
        file: The backup.
        force: Give up what the database holds now.
    """
    from business.backup.backups import restore as put_back

    settings = load_settings()
    manifest = _done(put_back(settings.database_url, file, may_replace=force))
    print(f"Restored {sum(manifest.rows.values())} rows of {manifest.created_at}.")
    return 0


def _done(work: Awaitable[Result]) -> Result:
    """The result of ``work``. Raises CommandFailed with the code and the reason."""
    from business.backup.errors import BackupRefused
    from business.errors import BusinessError
    from serve_app.cli.failure import CommandFailed

    async def run() -> Result:
        return await work

    try:
        return asyncio.run(run())
    except BackupRefused as error:
        raise CommandFailed(f"{error.message} ({error.reason})") from error
    except BusinessError as error:
        raise CommandFailed(f"{error.message} ({error.code})") from error
    except OSError as error:
        raise CommandFailed(f"{error.filename or 'A file'}: {error.strerror} (file_error)") from error
