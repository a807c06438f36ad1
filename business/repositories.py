"""What use cases need from storage, as protocols: repositories and the unit of work that holds them.

Every repository works within the tenant of its unit of work; none takes a business id. Implementations: business/sql.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from business.actor import Actor
from business.entities.activities import Activity
from business.entities.businesses import Business
from business.entities.contacts import Contact, ContactType, RelationshipStatus
from business.entities.estimates import Estimate, EstimateStatus
from business.entities.interactions import Interaction
from business.entities.invoices import Invoice, InvoiceStatus
from business.entities.jobs import Job, JobStatus
from business.entities.memberships import Membership, Permission
from business.entities.numbers import Series
from business.entities.preferences import Preferences
from business.entities.projects import Project, ProjectStatus
from business.entities.usage import DayUsage, ModelUsage
from business.machinery import AuditRepository, CallRepository, ConfirmationRepository, OutboxRepository
from business.read_models import ContactName, InvoiceDigest, JobView, ProjectName

Entity = TypeVar("Entity")


class Repository(Protocol[Entity]):
    """Entities of one kind, by id."""

    async def get(self, entity_id: str, /) -> Entity:
        """The entity. Raises NotFound."""
        ...

    async def find(self, entity_id: str, /) -> Entity | None:
        """The entity, if there is one."""
        ...

    async def add(self, entity: Entity) -> None:
        """Write a new entity. Raises ValidationFailed for a text longer than its column."""
        ...

    async def add_all(self, entities: Collection[Entity]) -> None:
        """Write many new entities at once."""
        ...

    async def save(self, entity: Entity) -> None:
        """Write a changed entity. Raises NotFound, ValidationFailed."""
        ...


class MembershipRepository(Repository[Membership], Protocol):
    """Members of the business."""

    async def of_user(self, user_id: str) -> Membership | None:
        """The membership of a user, removed ones included."""
        ...

    async def all(self, *, active_only: bool = True) -> tuple[Membership, ...]:
        """Members, by role and name."""
        ...


class ContactRepository(Repository[Contact], Protocol):
    """Contacts."""

    async def names(self, *, limit: int | None = None) -> tuple[ContactName, ...]:
        """Names of all contacts in use, for matching, by name; the first ``limit`` of them."""
        ...

    async def names_since(self, version: int) -> dict[str, ContactName | None]:
        """By id, the names that have changed since a version; None for contacts that are no longer in use."""
        ...

    async def version(self) -> int | None:
        """A number that changes whenever what ``names`` answers does; None when this transaction has changed it."""
        ...

    async def search(
        self,
        text: str,
        *,
        relationship: RelationshipStatus | None = None,
        type: ContactType | None = None,
        limit: int = 10,
    ) -> tuple[Contact, ...]:
        """Contacts in use whose names, email, phones or city hold every word of ``text``, by name."""
        ...

    async def display_names(self, contact_ids: Collection[str]) -> dict[str, str]:
        """Display names by id."""
        ...

    async def page(self, *, limit: int, offset: int) -> tuple[Contact, ...]:
        """Contacts by name, archived ones included."""
        ...

    async def duplicate_of(self, contact: Contact) -> Contact | None:
        """Another contact with the same email address or one of the same phone numbers."""
        ...


class InteractionRepository(Repository[Interaction], Protocol):
    """Interactions."""

    async def of_contact(self, contact_id: str, *, limit: int) -> tuple[Interaction, ...]:
        """The newest first."""
        ...


class ActivityRepository(Repository[Activity], Protocol):
    """Activities."""

    async def open(
        self, *, assigned_to: str | None = None, until: datetime | None = None, limit: int = 50
    ) -> tuple[Activity, ...]:
        """Open activities, soonest first."""
        ...

    async def count_open(self, *, until: datetime) -> int:
        """How many open activities are scheduled up to ``until``."""
        ...

    async def next_of_contact(self, contact_id: str) -> Activity | None:
        """The soonest open activity about a contact."""
        ...

    async def with_due_reminders(self, now: datetime, *, limit: int = 100) -> tuple[Activity, ...]:
        """Open activities with a reminder whose time has come."""
        ...


class JobRepository(Repository[Job], Protocol):
    """Jobs."""

    async def view(self, job_id: str) -> JobView:
        """The job with its contact's name. Raises NotFound."""
        ...

    async def by_number(self, number: str) -> tuple[JobView, ...]:
        """Jobs with that number; else with those digits; else whose digits end so, the newest first, at most 5."""
        ...

    async def between(self, start: datetime, end: datetime, *, limit: int = 200) -> tuple[JobView, ...]:
        """Jobs that start in [start, end), cancelled ones left out, soonest first."""
        ...

    async def with_status(self, statuses: Collection[JobStatus], *, limit: int = 50) -> tuple[JobView, ...]:
        """Jobs in these statuses: open ones soonest first, ended ones newest first."""
        ...

    async def overdue(self, now: datetime, *, limit: int = 50) -> tuple[JobView, ...]:
        """Booked jobs whose planned end has passed, the oldest first."""
        ...

    async def of_contacts(
        self, contact_ids: Collection[str], *, statuses: Collection[JobStatus] | None = None, limit: int = 20
    ) -> tuple[JobView, ...]:
        """Jobs of these contacts, soonest first."""
        ...

    async def of_project(self, project_id: str) -> tuple[JobView, ...]:
        """Jobs of a project, soonest first."""
        ...

    async def booked_between(self, start: datetime, end: datetime) -> tuple[JobView, ...]:
        """Booked jobs that take up some moment of [start, end)."""
        ...

    async def search(self, text: str, *, limit: int = 10) -> tuple[JobView, ...]:
        """Open jobs whose title or customer holds every word of ``text``, soonest first."""
        ...

    async def counts(self) -> dict[JobStatus, int]:
        """How many jobs there are in each status."""
        ...

    async def count(self, status: JobStatus) -> int:
        """How many jobs are in a status."""
        ...

    async def count_between(self, start: datetime, end: datetime) -> int:
        """How many jobs start in [start, end), cancelled ones left out."""
        ...

    async def count_overdue(self, now: datetime) -> int:
        """How many booked jobs' planned end has passed."""
        ...

    async def project_counts(self, project_ids: Collection[str]) -> dict[str, tuple[int, int]]:
        """For each project with jobs: (open jobs, all jobs but the cancelled)."""
        ...


class ProjectRepository(Repository[Project], Protocol):
    """Projects."""

    async def by_number(self, number: str) -> tuple[Project, ...]:
        """As for jobs."""
        ...

    async def with_status(self, statuses: Collection[ProjectStatus]) -> tuple[Project, ...]:
        """Projects in these statuses, the soonest end first."""
        ...

    async def names(self) -> tuple[ProjectName, ...]:
        """Names of all projects, open ones first, for matching."""
        ...

    async def count(self, statuses: Collection[ProjectStatus]) -> int:
        """How many projects are in these statuses."""
        ...


class EstimateRepository(Repository[Estimate], Protocol):
    """Estimates and quotes."""

    async def by_number(self, number: str) -> tuple[Estimate, ...]:
        """As for jobs."""
        ...

    async def with_status(
        self, statuses: Collection[EstimateStatus], *, limit: int = 200
    ) -> tuple[Estimate, ...]:
        """Estimates in these stored statuses, the soonest to expire first."""
        ...

    async def of_contacts(self, contact_ids: Collection[str], *, limit: int = 20) -> tuple[Estimate, ...]:
        """Estimates of these contacts, the newest first."""
        ...


class InvoiceRepository(Repository[Invoice], Protocol):
    """Invoices with their payments."""

    async def by_number(self, number: str) -> tuple[Invoice, ...]:
        """As for jobs."""
        ...

    async def of_estimate(self, estimate_id: str) -> Invoice | None:
        """The invoice made from an estimate."""
        ...

    async def of_contacts(
        self,
        contact_ids: Collection[str],
        *,
        statuses: Collection[InvoiceStatus] | None = None,
        limit: int = 20,
    ) -> tuple[Invoice, ...]:
        """Invoices of these contacts, the newest first."""
        ...

    async def digests(
        self, statuses: Collection[InvoiceStatus], *, contact_id: str | None = None
    ) -> tuple[InvoiceDigest, ...]:
        """Invoices in these statuses without their lines, the soonest due first."""
        ...


class UsageRepository(Repository[ModelUsage], Protocol):
    """What conversations have used of paid models."""

    async def spent(self, day: date) -> int:
        """List price of a day, millionths of a US dollar."""
        ...

    async def by_day(self, first: date, last: date) -> tuple[DayUsage, ...]:
        """The sums of each day and model, both days included."""
        ...


class NumberRepository(Protocol):
    """Series of numbers."""

    async def next(self, series: Series) -> str:
        """The next number that is not taken; gap-free, because it is undone with the transaction."""
        ...

    async def reserve(self, number: str, series: Series) -> str:
        """A caller's own number, normalised; the series does not move. Raises Conflict when it is taken."""
        ...

    async def continue_from(self, series: Series, last: int) -> None:
        """Go on after ``last`` (a business that brings its own numbering). Never goes back."""
        ...


class UnitOfWork(Protocol):
    """One transaction within one business."""

    actor: Actor
    now: datetime
    business: Business
    membership: Membership
    businesses: Repository[Business]
    memberships: MembershipRepository
    preferences: Repository[Preferences]
    contacts: ContactRepository
    interactions: InteractionRepository
    activities: ActivityRepository
    jobs: JobRepository
    projects: ProjectRepository
    estimates: EstimateRepository
    invoices: InvoiceRepository
    usage: UsageRepository
    numbers: NumberRepository
    audit: AuditRepository
    calls: CallRepository
    confirmations: ConfirmationRepository
    outbox: OutboxRepository

    @property
    def today(self) -> date:
        """The business-local date."""
        ...

    @property
    def zone(self) -> ZoneInfo:
        """The business's time zone."""
        ...

    def new_id(self) -> str:
        """A fresh, time-ordered id."""
        ...

    def require(self, permission: Permission) -> None:
        """Raise Forbidden unless the acting member has ``permission``."""
        ...

    def savepoint(self) -> AbstractAsyncContextManager[None]:
        """Part of the transaction that is undone alone when it raises."""
        ...
