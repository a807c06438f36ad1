"""What a reader of pages may ask for: the books, their filters, and what of it is refused. Pure values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from business.entities.contacts import ContactStatus
from business.entities.estimates import EstimateStatus
from business.entities.invoices import InvoiceStatus
from business.entities.jobs import JobStatus
from business.entities.memberships import Permission
from business.entities.projects import ProjectStatus
from business.errors import ValidationFailed

MOST_ROWS = 200
USUAL_ROWS = 50
OVERDUE = "overdue"


class Book(StrEnum):
    """What can be read page by page."""

    CONTACTS = "contacts"
    JOBS = "jobs"
    PROJECTS = "projects"
    ESTIMATES = "estimates"
    INVOICES = "invoices"

    @property
    def viewing(self) -> Permission:
        """What a member needs to read it."""
        return Permission(f"view_{self.value}")

    @property
    def creating(self) -> Permission:
        """What a member needs to add to it."""
        return Permission(f"create_{self.value}")


_STATUSES: dict[Book, tuple[str, ...]] = {
    Book.CONTACTS: tuple(ContactStatus),
    Book.JOBS: tuple(JobStatus),
    Book.PROJECTS: tuple(ProjectStatus),
    Book.ESTIMATES: tuple(EstimateStatus),
    # Overdue is derived from dates; it can be asked for like a status.
    Book.INVOICES: (*InvoiceStatus, OVERDUE),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """Which rows are wanted; what is empty or None leaves all of them.

    Attributes:
        statuses: Any of these; effective ones (an estimate past its date is ``expired``).
        contact_id: Of this contact.
        updated_since: Changed at or after this moment (aware).
        first_day: From this business-local day on: jobs by planned start, projects by start, estimates by creation,
            invoices by issue date. Rows without the date never match.
        last_day: Up to this day, inclusive.
        text: Contacts whose names, email, phones or city hold every word of it.
    """

    statuses: tuple[str, ...] = ()
    contact_id: str | None = None
    updated_since: datetime | None = None
    first_day: date | None = None
    last_day: date | None = None
    text: str | None = None


NO_FILTERS = Filters()


@dataclass(frozen=True, slots=True)
class PageQuery:
    """One page: which rows, how many at most, and after which cursor."""

    filters: Filters = NO_FILTERS
    limit: int = USUAL_ROWS
    cursor: str | None = None


def checked(book: Book, filters: Filters) -> Filters:
    """``filters`` in one spelling. Raises ValidationFailed for what ``book`` cannot be asked."""
    for status in filters.statuses:
        if status not in _STATUSES[book]:
            allowed = ", ".join(_STATUSES[book])
            raise ValidationFailed("status", f"A status of {book.value} is one of: {allowed}.")
    if filters.updated_since is not None and filters.updated_since.tzinfo is None:
        raise ValidationFailed("updated_since", "A time needs a time zone, as in 2026-05-13T14:00:00Z.")
    if filters.first_day and filters.last_day and filters.last_day < filters.first_day:
        raise ValidationFailed("date_to", "The last day must not lie before the first.")
    return replace(filters, statuses=tuple(sorted(set(filters.statuses))))
