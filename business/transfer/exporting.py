"""Exports a book as CSV, part by part: each part is one short transaction, so that nothing is held for long.

Spreadsheets open it as it is: UTF-8 with a mark, lines that end as theirs, cells that are no formulas.
"""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass

from business.actor import Actor
from business.entities.memberships import Permission
from business.paging.queries import NO_FILTERS
from business.paging.repository import PagedUnitOfWork
from business.sql.database import Database
from business.transfer.cells import safe
from business.transfer.sheet import Sheet, locale_of

PART = 200
_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class ExportPart:
    """Some rows as CSV text, the header before the first; ``after`` is where the next part begins, None at the end."""

    text: str
    after: str | None


async def export_part(
    uow: PagedUnitOfWork, sheet: Sheet, after: str | None = None, *, limit: int = PART
) -> ExportPart:
    """The part of an export behind the record with the id ``after``. Raises Forbidden."""
    uow.require(sheet.book.viewing)
    uow.require(Permission.VIEW_CONTACTS)
    entries = await uow.pages.rows(
        sheet.book, NO_FILTERS, limit=limit, after=after, newest_first=False, today=uow.today, zone=uow.zone
    )
    text = io.StringIO(newline="")
    rows = csv.writer(text)
    if after is None:
        text.write(_MARK)
        rows.writerow(column.name for column in sheet.columns if column.get is not None)
    locale = locale_of(uow)
    for source in await sheet.sources(uow, entries):
        rows.writerow(safe(cell) for cell in sheet.written(source, locale))
    return ExportPart(text.getvalue(), entries[-1].id if len(entries) == limit else None)


async def export(database: Database, actor: Actor, sheet: Sheet) -> AsyncIterator[str]:
    """A whole export in parts. Raises Forbidden, Unavailable."""
    after: str | None = None
    while True:
        async with database.reading(actor) as uow:
            part = await export_part(uow, sheet, after)
        yield part.text
        after = part.after
        if after is None:
            return
