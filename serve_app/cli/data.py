"""``hero365 data``: CSV files in and out of the configured database, as a member of one of its businesses.

Acts with that member's permissions and under their name in the audit trail.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncGenerator, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from cyclopts import Parameter

from config.settings import load_settings

if TYPE_CHECKING:
    from business.actor import Actor
    from business.paging.queries import Book
    from business.sql.database import Database
    from business.transfer.report import Report

Result = TypeVar("Result")

Kind = Literal["contacts", "jobs", "invoices"]
_SHOWN = 20


def export_file(kind: Kind, file: Path, *, business: str, user: str) -> int:
    """Write every record of a kind to a CSV file.

    Args:
        kind: What to export.
        file: Where to; it is replaced when the export is whole.
        business: Id of the business.
        user: Id of the member who exports.
    """
    from business.paging.queries import Book

    size = _done(_export(Book(kind), file, business, user))
    print(f"{file}: {size} bytes.")
    return 0


def import_file(
    kind: Kind,
    file: Path,
    *,
    business: str,
    user: str,
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    refused: Path | None = None,
    import_id: str | None = None,
) -> int:
    """Read a CSV file; ends with 1 when a record was refused.

    Args:
        kind: What the file holds.
        file: The file.
        business: Id of the business.
        user: Id of the member who imports.
        dry_run: Write nothing; say what would happen.
        refused: Where to write the refused rows, to be mended and imported again.
        import_id: Of an import that was cut off, to go on with it.
    """
    from business.paging.queries import Book

    report = _done(_import(Book(kind), file, business, user, dry_run, refused, import_id))
    _show(report)
    return 1 if report.refused else 0


async def _export(book: Book, file: Path, business: str, user: str) -> int:
    from business.transfer.exporting import export
    from business.transfer.sheets import sheet_of

    draft = file.with_name(f".{file.name}.part")
    written = 0
    try:
        async with _opened(business, user) as (database, actor):
            with draft.open("wb") as stream:
                async for part in export(database, actor, sheet_of(book)):
                    written += stream.write(part.encode())
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    return written


async def _import(
    book: Book,
    file: Path,
    business: str,
    user: str,
    is_dry_run: bool,
    refused: Path | None,
    import_id: str | None,
) -> Report:
    import secrets

    from business.transfer.importing import Importer
    from business.transfer.refused import RefusedRows
    from business.transfer.sheets import sheet_of

    with contextlib.ExitStack() as files:
        stream = files.enter_context(file.open("rb"))
        sink = None
        if refused is not None:
            sink = RefusedRows(files.enter_context(refused.open("w", encoding="utf-8", newline="")))
        async with _opened(business, user) as (database, actor):
            importer = Importer(
                database,
                actor,
                sheet_of(book),
                import_id=import_id or secrets.token_hex(8),
                is_dry_run=is_dry_run,
                on_refused=sink,
            )
            return await importer.run(stream)


@contextlib.asynccontextmanager
async def _opened(business: str, user: str) -> AsyncGenerator[tuple[Database, Actor]]:
    """The configured database, and who acts in it."""
    from business.actor import Actor
    from business.sql.database import Database

    database = Database(load_settings().database_url, pool_size=1)
    try:
        yield database, Actor(business, user)
    finally:
        await database.close()


def _show(report: Report) -> None:
    would = "would be " if report.dry_run else ""
    print(
        f"{report.rows} rows: {report.created} {would}created, {report.unchanged} there already, "
        f"{report.refused} {would}refused."
    )
    if report.ignored_columns:
        print(f"Columns that mean nothing here: {', '.join(report.ignored_columns)}.")
    for one in report.refusals[:_SHOWN]:
        where = f"line {one.line}" + (f", {one.column}" if one.column else "")
        what = f" [{one.value}]" if one.value else ""
        print(f"  {where}: {one.reason}{what} ({one.code})", file=sys.stderr)
    more = len(report.refusals) - _SHOWN + report.refusals_left_off
    if more > 0:
        print(f"  … and {more} more; --refused FILE writes them all.", file=sys.stderr)


def _done(work: Coroutine[Any, Any, Result]) -> Result:
    """The result of ``work``. Raises CommandFailed with the code and the reason."""
    from business.errors import BusinessError
    from business.transfer.errors import FileRefused
    from serve_app.cli.failure import CommandFailed

    try:
        return asyncio.run(work)
    except FileRefused as error:
        raise CommandFailed(f"{error.message} ({error.reason})") from error
    except BusinessError as error:
        raise CommandFailed(f"{error.message} ({error.code})") from error
    except OSError as error:
        raise CommandFailed(f"{error.filename or 'A file'}: {error.strerror} (file_error)") from error
