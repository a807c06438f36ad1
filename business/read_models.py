"""What lists and look-ups answer with: entities joined with the few words that a listener needs. Plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from business.entities.invoices import UNPAID_INVOICES, InvoiceStatus, InvoiceTerms, late_fee_on
from business.entities.jobs import Job
from business.entities.memberships import Role
from business.entities.projects import ProjectStatus


@dataclass(frozen=True, slots=True)
class JobView:
    """A job with whose it is."""

    job: Job
    contact_name: str | None = None
    contact_phone: str | None = None


@dataclass(frozen=True, slots=True)
class ContactName:
    """What matching a spoken name needs. ``phones`` are E.164."""

    id: str
    display_name: str
    first_name: str
    last_name: str
    company_name: str
    phones: tuple[str, ...]
    city: str


@dataclass(frozen=True, slots=True)
class ProjectName:
    """What matching a spoken project needs."""

    id: str
    number: str
    name: str
    client_name: str
    status: ProjectStatus


@dataclass(frozen=True, slots=True)
class InvoiceDigest:
    """An unpaid invoice without its lines; enough to say who owes what."""

    id: str
    number: str
    contact_id: str
    contact_name: str
    title: str
    status: InvoiceStatus
    issue_date: date
    due_date: date
    total: Decimal
    net_paid: Decimal
    paid_in_time: Decimal
    terms: InvoiceTerms

    def amount_due(self, today: date) -> Decimal:
        """Total + late fee − net payments."""
        fee = late_fee_on(
            total=self.total,
            paid_in_time=self.paid_in_time,
            due_date=self.due_date,
            terms=self.terms,
            today=today,
        )
        return self.total + fee - self.net_paid

    def is_overdue(self, today: date) -> bool:
        """Whether it is not settled and past its due date."""
        return self.status in UNPAID_INVOICES and self.due_date < today

    def days_overdue(self, today: date) -> int:
        """Days since the due date; 0 when not overdue."""
        return (today - self.due_date).days if self.is_overdue(today) else 0


@dataclass(frozen=True, slots=True)
class UserBusiness:
    """One business that a user reaches."""

    business_id: str
    business_name: str
    timezone: str
    role: Role
    user_name: str


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is in the outboxes of all businesses: how much, never what.

    Attributes:
        waiting: Messages not delivered yet, whenever they are due.
        due: Those of them that could be taken now.
        oldest_due_s: How long the oldest of those has been due, seconds.
        dead: Messages given up, for an operator to look at.
    """

    waiting: int
    due: int
    oldest_due_s: float
    dead: int
