"""Pages and references in SQL: keyset reading along the primary key, and exact look-ups by an index.

Reads only. Never counts and never skips rows: a page costs the same wherever it begins.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from business.entities.contacts import Contact
from business.entities.estimates import AWAITING_ANSWER, EstimateStatus
from business.entities.invoices import UNPAID_INVOICES
from business.paging.queries import OVERDUE, Book, Filters
from business.paging.repository import Entry
from business.sql.repositories.documents import SqlEstimates, SqlInvoices
from business.sql.repositories.people import SqlContacts
from business.sql.repositories.work import SqlJobs, SqlProjects
from business.sql.tables import ContactRow, EstimateRow, InvoiceRow, JobRow, ProjectRow

_MOST_NAMESAKES = 6


class _Contacts(SqlContacts):
    read = SqlContacts._all


class _Jobs(SqlJobs):
    read = SqlJobs._all


class _Projects(SqlProjects):
    read = SqlProjects._all


class _Estimates(SqlEstimates):
    read = SqlEstimates._all


class _Invoices(SqlInvoices):
    read = SqlInvoices._all


_READERS: dict[Book, tuple[type[Any], type[Any]]] = {
    Book.CONTACTS: (_Contacts, ContactRow),
    Book.JOBS: (_Jobs, JobRow),
    Book.PROJECTS: (_Projects, ProjectRow),
    Book.ESTIMATES: (_Estimates, EstimateRow),
    Book.INVOICES: (_Invoices, InvoiceRow),
}


class SqlPages:
    """Entities in the order of their ids."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        self._session = session
        self._tenant = tenant

    async def rows(
        self,
        book: Book,
        filters: Filters,
        *,
        limit: int,
        after: str | None = None,
        newest_first: bool = True,
        today: date,
        zone: ZoneInfo,
    ) -> tuple[Entry, ...]:
        """At most ``limit`` entities behind the one with the id ``after``."""
        reader, row = _READERS[book]
        statement = select(row).where(*_conditions(book, row, filters, today, zone))
        if after is not None:
            statement = statement.where(row.id < after if newest_first else row.id > after)
        ordered = statement.order_by(row.id.desc() if newest_first else row.id).limit(limit)
        return await reader(self._session, self._tenant).read(ordered)

    async def one(self, book: Book, entity_id: str) -> Entry:
        """One entity. Raises NotFound."""
        return await _READERS[book][0](self._session, self._tenant).get(entity_id)


def _conditions(
    book: Book, row: Any, filters: Filters, today: date, zone: ZoneInfo
) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.statuses:
        found.append(or_(*(_has_status(book, row, status, today) for status in filters.statuses)))
    if filters.contact_id is not None:
        found.append(row.contact_id == filters.contact_id)
    if filters.updated_since is not None:
        found.append(row.updated_at >= filters.updated_since)
    if filters.text:
        words = filters.text.casefold().split()
        found.extend(ContactRow.search_text.contains(word, autoescape=True) for word in words)
    return [*found, *_within(book, filters, zone)]


def _has_status(book: Book, row: Any, status: str, today: date) -> ColumnElement[bool]:
    """Whether a row is in a status, with what is derived from dates applied."""
    if book is Book.INVOICES and status == OVERDUE:
        return and_(InvoiceRow.status.in_(UNPAID_INVOICES), InvoiceRow.due_date < today)
    if book is Book.ESTIMATES:
        if status == EstimateStatus.EXPIRED:
            has_run_out = and_(EstimateRow.status.in_(AWAITING_ANSWER), EstimateRow.valid_until < today)
            return or_(EstimateRow.status == EstimateStatus.EXPIRED, has_run_out)
        if status in AWAITING_ANSWER:
            return and_(EstimateRow.status == EstimateStatus(status), EstimateRow.valid_until >= today)
    return row.status == status


def _within(book: Book, filters: Filters, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    """Conditions on the book's natural date."""
    first, last = filters.first_day, filters.last_day
    found: list[ColumnElement[bool]] = []
    if book in (Book.PROJECTS, Book.INVOICES):
        day = ProjectRow.start_date if book is Book.PROJECTS else InvoiceRow.issue_date
        found.extend([day >= first] if first else [])
        found.extend([day <= last] if last else [])
    elif book in (Book.JOBS, Book.ESTIMATES):
        moment = JobRow.scheduled_start if book is Book.JOBS else EstimateRow.created_at
        found.extend([moment >= _midnight(first, zone)] if first else [])
        found.extend([moment < _midnight(last, zone, days=1)] if last else [])
    return found


def _midnight(day: date, zone: ZoneInfo, *, days: int = 0) -> datetime:
    """The beginning of a local day; the ends of the calendar stay as they are."""
    try:
        return datetime.combine(day + timedelta(days=days), time(), zone).astimezone(UTC)
    except OverflowError:
        return datetime.combine(day, time(), UTC)


class SqlReferences:
    """Finds what is referred to, exactly."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        self._session = session
        self._tenant = tenant
        self._contacts = _Contacts(session, tenant)

    async def contacts(self, contact_ids: Collection[str]) -> dict[str, Contact]:
        """Contacts by id."""
        if not contact_ids:
            return {}
        found = await self._contacts.read(select(ContactRow).where(ContactRow.id.in_(contact_ids)))
        return {contact.id: contact for contact in found}

    async def contact_by_email(self, email: str) -> Contact | None:
        """The contact with a (normalised) email address."""
        found = await self._contacts.read(select(ContactRow).where(ContactRow.email == email))
        return found[0] if found else None

    async def contacts_by_phone(self, number: str) -> tuple[Contact, ...]:
        """Contacts with an E.164 number, as phone or mobile; at most two."""
        has_it = or_(ContactRow.phone == number, ContactRow.mobile == number)
        return await self._contacts.read(select(ContactRow).where(has_it).order_by(ContactRow.id).limit(2))

    async def contacts_by_name(self, name: str) -> tuple[Contact, ...]:
        """Contacts with that display name or company name, capitals ignored; at most six."""
        # The words narrow the search; equality is judged here, since databases fold capitals differently.
        words = name.casefold().split()
        if not words:
            return ()
        holds = (ContactRow.search_text.contains(word, autoescape=True) for word in words)
        found = await self._contacts.read(select(ContactRow).where(*holds).order_by(ContactRow.id))
        same = [one for one in found if words in _names(one)]
        return tuple(same[:_MOST_NAMESAKES])

    async def numbered(self, book: Book, number: str) -> Entry | None:
        """The job, project, estimate or invoice with exactly this (normalised) number."""
        reader, row = _READERS[book]
        found = await reader(self._session, self._tenant).read(select(row).where(row.number == number))
        return found[0] if found else None

    async def numbers(self, book: Book, entity_ids: Collection[str]) -> dict[str, str]:
        """Numbers by id."""
        if not entity_ids:
            return {}
        row = _READERS[book][1]
        rows = await self._session.execute(select(row.id, row.number).where(row.id.in_(entity_ids)))
        return {found.id: found.number for found in rows}


def _names(contact: Contact) -> tuple[list[str], list[str]]:
    return contact.display_name.casefold().split(), contact.company_name.casefold().split()
