"""The unit of work on SQL: one transaction of one business, with its repositories. Commits are the database's job."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import and_, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from business.actor import Actor
from business.entities.businesses import Business
from business.entities.memberships import Membership, Permission, Role
from business.entities.preferences import Preferences
from business.errors import Forbidden
from business.ids import new_id
from business.machinery import AuditRepository, CallRepository, ConfirmationRepository, OutboxRepository
from business.paging.repository import PageRepository, ReferenceRepository
from business.repositories import (
    ActivityRepository,
    ContactRepository,
    EstimateRepository,
    InteractionRepository,
    InvoiceRepository,
    JobRepository,
    MembershipRepository,
    NumberRepository,
    ProjectRepository,
    Repository,
    UsageRepository,
)
from business.sql.repositories.counters import SqlNumbers
from business.sql.repositories.documents import SqlEstimates, SqlInvoices
from business.sql.repositories.outbox import SqlOutbox
from business.sql.repositories.pages import SqlPages, SqlReferences
from business.sql.repositories.people import (
    SqlActivities,
    SqlBusinesses,
    SqlContacts,
    SqlInteractions,
    SqlMemberships,
    SqlPreferences,
)
from business.sql.repositories.records import SqlAudit, SqlCalls, SqlConfirmations
from business.sql.repositories.usage import SqlUsage
from business.sql.repositories.work import SqlJobs, SqlProjects
from business.sql.tables import BusinessRow, MembershipRow
from business.sql.tenancy import prepared

# Read by every transaction, so that nobody acts with a membership or a permission that was taken away.
_ENTRY = prepared(
    select(*SqlBusinesses.columns, *SqlMemberships.columns)
    .select_from(BusinessRow)
    .outerjoin(
        MembershipRow,
        and_(
            MembershipRow.business_id == BusinessRow.business_id,
            MembershipRow.user_id == bindparam("user_id"),
            MembershipRow.is_active,
        ),
    )
)
_MEMBER_ID = SqlMemberships.columns.index(MembershipRow.id)


class SqlUnitOfWork:
    """One transaction within one business. Made by ``Database.tenant`` and ``Database.reading`` only."""

    def __init__(
        self, session: AsyncSession, actor: Actor, now: datetime, business: Business, membership: Membership
    ) -> None:
        tenant = actor.business_id
        self._session = session
        self.actor = actor
        self.now = now
        self.business = business
        self.membership = membership
        self.businesses: Repository[Business] = SqlBusinesses(session, tenant)
        self.memberships: MembershipRepository = SqlMemberships(session, tenant)
        self.preferences: Repository[Preferences] = SqlPreferences(session, tenant)
        self.contacts: ContactRepository = SqlContacts(session, tenant)
        self.interactions: InteractionRepository = SqlInteractions(session, tenant)
        self.activities: ActivityRepository = SqlActivities(session, tenant)
        self.jobs: JobRepository = SqlJobs(session, tenant)
        self.projects: ProjectRepository = SqlProjects(session, tenant)
        self.estimates: EstimateRepository = SqlEstimates(session, tenant)
        self.invoices: InvoiceRepository = SqlInvoices(session, tenant)
        self.usage: UsageRepository = SqlUsage(session, tenant)
        self.numbers: NumberRepository = SqlNumbers(session)
        self.audit: AuditRepository = SqlAudit(session, tenant)
        self.calls: CallRepository = SqlCalls(session, tenant, now)
        self.confirmations: ConfirmationRepository = SqlConfirmations(session, actor, now)
        self.outbox: OutboxRepository = SqlOutbox(session, tenant, now)
        self.pages: PageRepository = SqlPages(session, tenant)
        self.references: ReferenceRepository = SqlReferences(session, tenant)

    @classmethod
    async def enter(cls, session: AsyncSession, actor: Actor, now: datetime) -> SqlUnitOfWork:
        """The unit of work of ``actor``, with business and membership read. Raises Forbidden for a non-member."""
        found = (await session.execute(_ENTRY, {"user_id": actor.user_id})).first()
        split = len(SqlBusinesses.columns)
        joined = None if found is None else found[split:]
        is_member = joined is not None and joined[_MEMBER_ID] is not None
        if found is None or joined is None or not (is_member or actor.is_system):
            raise Forbidden("You are not a member of that business.")
        business = SqlBusinesses.from_values(found[:split])
        member = SqlMemberships.from_values(joined) if is_member else _system_member(actor, now)
        return cls(session, actor, now, business, member)

    @property
    def today(self) -> date:
        """The business-local date."""
        return self.business.today(self.now)

    @property
    def zone(self) -> ZoneInfo:
        """The business's time zone."""
        return self.business.zone

    def new_id(self) -> str:
        """A fresh, time-ordered id."""
        return new_id(self.now)

    def require(self, permission: Permission) -> None:
        """Raise Forbidden unless the acting member has ``permission``."""
        self.membership.require(permission)

    @asynccontextmanager
    async def savepoint(self) -> AsyncGenerator[None]:
        """Part of the transaction that is undone alone when it raises."""
        async with self._session.begin_nested():
            yield


def _system_member(actor: Actor, now: datetime) -> Membership:
    """Our own schedulers act with an owner's permissions, under a name of their own in the audit trail."""
    return Membership(id=actor.user_id, user_id=actor.user_id, name="Hero365", role=Role.OWNER, joined_at=now)
