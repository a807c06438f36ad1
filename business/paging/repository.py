"""What paging and transfer need from storage beside the repositories of the use cases, as protocols.

As those, every method works within the tenant of its unit of work; none takes a business id.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Protocol
from zoneinfo import ZoneInfo

from business.entities.contacts import Contact
from business.entities.estimates import Estimate
from business.entities.invoices import Invoice
from business.entities.jobs import Job
from business.entities.projects import Project
from business.paging.queries import Book, Filters
from business.repositories import UnitOfWork

Entry = Contact | Job | Project | Estimate | Invoice


class PageRepository(Protocol):
    """Entities in the order of their ids, which never changes: the order in which they were made."""

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
        ...

    async def one(self, book: Book, entity_id: str) -> Entry:
        """One entity. Raises NotFound."""
        ...


class ReferenceRepository(Protocol):
    """Finds what a file or a page refers to, exactly and by an index."""

    async def contacts(self, contact_ids: Collection[str]) -> dict[str, Contact]:
        """Contacts by id."""
        ...

    async def contact_by_email(self, email: str) -> Contact | None:
        """The contact with a (normalised) email address."""
        ...

    async def contacts_by_phone(self, number: str) -> tuple[Contact, ...]:
        """Contacts with an E.164 number, as phone or mobile; at most two."""
        ...

    async def contacts_by_name(self, name: str) -> tuple[Contact, ...]:
        """Contacts with that display name or company name, capitals ignored; at most six."""
        ...

    async def numbered(self, book: Book, number: str) -> Entry | None:
        """The job, project, estimate or invoice with exactly this (normalised) number."""
        ...

    async def numbers(self, book: Book, entity_ids: Collection[str]) -> dict[str, str]:
        """Numbers by id."""
        ...


class PagedUnitOfWork(UnitOfWork, Protocol):
    """A unit of work that can also read pages and resolve references."""

    pages: PageRepository
    references: ReferenceRepository
