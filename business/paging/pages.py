"""Use cases of reading page by page: permission, the rows behind a cursor, and the cursor behind those.

The order is that of the ids, newest first: a row never changes its place, so that whoever reads to the end sees every
row that was there at the beginning exactly once, whatever is added meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from business.entities.contacts import Contact
from business.entities.estimates import Estimate
from business.entities.invoices import Invoice
from business.entities.jobs import Job
from business.errors import ValidationFailed
from business.paging import cursor, shapes
from business.paging.queries import MOST_ROWS, Book, PageQuery, checked
from business.paging.repository import Entry, PagedUnitOfWork
from business.paging.shapes import Shape


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, and the cursor behind the last of them; None when there are no more."""

    items: tuple[Shape, ...]
    next_cursor: str | None


class Pages:
    """The books of one business, page by page."""

    def __init__(self, uow: PagedUnitOfWork) -> None:
        self._uow = uow

    async def page(self, book: Book, query: PageQuery) -> Page:
        """One page. Raises Forbidden, ValidationFailed (limit, cursor, filters)."""
        uow = self._uow
        uow.require(book.viewing)
        if not 1 <= query.limit <= MOST_ROWS:
            raise ValidationFailed("limit", f"A page has 1 to {MOST_ROWS} rows.")
        filters = checked(book, query.filters)
        after = cursor.decode(query.cursor, book, filters) if query.cursor else None
        # One more than asked for tells whether there is a next page.
        rows = await uow.pages.rows(
            book, filters, limit=query.limit + 1, after=after, today=uow.today, zone=uow.zone
        )
        shown = rows[: query.limit]
        names = await self._names(shown)
        items = tuple(self._shape(entry, names) for entry in shown)
        is_last = len(rows) <= query.limit
        return Page(items, None if is_last else cursor.encode(book, filters, shown[-1].id))

    async def one(self, book: Book, entity_id: str) -> Shape:
        """One entity with all its parts. Raises Forbidden, NotFound."""
        self._uow.require(book.viewing)
        entry = await self._uow.pages.one(book, entity_id)
        return self._details(entry, await self._names((entry,)))

    async def _names(self, entries: Collection[Entry]) -> dict[str, str]:
        """Display names of the contacts that ``entries`` belong to."""
        ids = {one.contact_id for one in entries if not isinstance(one, Contact) and one.contact_id}
        return await self._uow.contacts.display_names(ids) if ids else {}

    def _shape(self, entry: Entry, names: dict[str, str]) -> Shape:
        today = self._uow.today
        if isinstance(entry, Contact):
            return shapes.contact_shape(entry)
        if isinstance(entry, Job):
            return shapes.job_shape(entry, names, self._uow.now)
        if isinstance(entry, Estimate):
            return shapes.estimate_shape(entry, names, today)
        if isinstance(entry, Invoice):
            return shapes.invoice_shape(entry, names, today)
        return shapes.project_shape(entry, names, today)

    def _details(self, entry: Entry, names: dict[str, str]) -> Shape:
        today = self._uow.today
        if isinstance(entry, Contact):
            return shapes.contact_shape(entry)
        if isinstance(entry, Job):
            return shapes.job_details(entry, names, self._uow.now)
        if isinstance(entry, Estimate):
            return shapes.estimate_details(entry, names, today)
        if isinstance(entry, Invoice):
            return shapes.invoice_details(entry, names, today)
        return shapes.project_details(entry, names, today)
