"""Which sheets there are, by name. Data only."""

from __future__ import annotations

from business.errors import NotFound
from business.paging.queries import Book
from business.transfer.contacts import ContactSheet
from business.transfer.invoices import InvoiceSheet
from business.transfer.jobs import JobSheet
from business.transfer.sheet import Sheet

SHEETS: dict[Book, Sheet] = {sheet.book: sheet for sheet in (ContactSheet(), JobSheet(), InvoiceSheet())}


def sheet_of(book: Book) -> Sheet:
    """The sheet of a book. Raises NotFound for one that has none."""
    sheet = SHEETS.get(book)
    if sheet is None:
        raise NotFound("sheet", book.value)
    return sheet
