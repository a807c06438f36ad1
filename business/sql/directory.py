"""The few questions that come before a tenant is known: which businesses a user reaches, where work is due.

Each question is keyed by a user or answers with bare business ids; no business content passes here. This is the only
code beside the tenant's session that reads the tables, and it never writes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Executable, and_, case, func, or_, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from business.entities.effects import MessageState
from business.entities.memberships import Membership
from business.entities.preferences import Preferences
from business.errors import Unavailable
from business.read_models import Backlog, UserBusiness
from business.sql.repositories.people import SqlMemberships, SqlPreferences
from business.sql.tables import ActivityRow, BusinessRow, MembershipRow, OutboxRow, PreferenceRow


class Directory:
    """Reads across tenants, for the HTTP layer and the schedulers. Every method raises Unavailable."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def membership(self, user_id: str, business_id: str) -> Membership | None:
        """The user's active membership of the business, if there is one."""
        statement = select(MembershipRow).where(
            MembershipRow.user_id == user_id,
            MembershipRow.business_id == business_id,
            MembershipRow.is_active,
        )
        rows = await self._rows(statement)
        return SqlMemberships.from_row(rows[0][0]) if rows else None

    async def preferences(self, user_id: str, business_id: str) -> Preferences | None:
        """What the user wants remembered in the business, if anything."""
        statement = select(PreferenceRow).where(
            PreferenceRow.id == user_id, PreferenceRow.business_id == business_id
        )
        rows = await self._rows(statement)
        return SqlPreferences.from_row(rows[0][0]) if rows else None

    async def businesses_of(self, user_id: str) -> tuple[UserBusiness, ...]:
        """Businesses that the user reaches, the longest-standing membership first."""
        statement = (
            select(MembershipRow, BusinessRow.name, BusinessRow.timezone)
            .join(BusinessRow, BusinessRow.business_id == MembershipRow.business_id)
            .where(MembershipRow.user_id == user_id, MembershipRow.is_active)
            .order_by(MembershipRow.joined_at, MembershipRow.business_id)
        )
        return tuple(
            UserBusiness(row[0].business_id, row[1], row[2], row[0].role, row[0].name)
            for row in await self._rows(statement)
        )

    async def businesses_with_due_messages(self, now: datetime) -> tuple[str, ...]:
        """Businesses whose outbox holds a message to deliver that nobody holds."""
        is_due = (
            OutboxRow.state == MessageState.WAITING,
            OutboxRow.not_before <= now,
            or_(OutboxRow.held_until.is_(None), OutboxRow.held_until <= now),
        )
        return tuple(
            row[0] for row in await self._rows(select(OutboxRow.business_id).where(*is_due).distinct())
        )

    async def businesses_with_undelivered(self) -> tuple[str, ...]:
        """Businesses with messages that wait or were given up, for the operator."""
        states = (MessageState.WAITING, MessageState.GIVEN_UP)
        statement = select(OutboxRow.business_id).where(OutboxRow.state.in_(states)).distinct()
        return tuple(row[0] for row in await self._rows(statement))

    async def next_delivery_at(self) -> datetime | None:
        """When the next reminder or message can be taken; None when nothing waits."""
        reminder = await self._rows(select(func.min(ActivityRow.next_reminder_at)))
        # The later of the two times, in SQL that both databases speak.
        at = case(
            (OutboxRow.held_until > OutboxRow.not_before, OutboxRow.held_until), else_=OutboxRow.not_before
        )
        message = await self._rows(select(func.min(at)).where(OutboxRow.state == MessageState.WAITING))
        times = [row[0] for row in (*reminder, *message) if row[0] is not None]
        return min(times, default=None)

    async def backlog(self, now: datetime) -> Backlog:
        """How the outbox of all businesses stands."""
        is_late = and_(
            OutboxRow.state == MessageState.WAITING,
            OutboxRow.not_before <= now,
            or_(OutboxRow.held_until.is_(None), OutboxRow.held_until <= now),
        )
        statement = select(
            func.count().filter(OutboxRow.state == MessageState.WAITING),
            func.count().filter(is_late),
            func.min(OutboxRow.not_before).filter(is_late),
            func.count().filter(OutboxRow.state == MessageState.GIVEN_UP),
        ).where(OutboxRow.state.in_((MessageState.WAITING, MessageState.GIVEN_UP)))
        waiting, due, oldest, dead = (await self._rows(statement))[0]
        return Backlog(waiting, due, (now - oldest).total_seconds() if oldest else 0.0, dead)

    async def businesses_with_due_reminders(self, now: datetime) -> tuple[str, ...]:
        """Businesses with a reminder whose time has come."""
        statement = select(ActivityRow.business_id).where(ActivityRow.next_reminder_at <= now).distinct()
        return tuple(row[0] for row in await self._rows(statement))

    async def any_member(self) -> tuple[str, str] | None:
        """Some active member (user id, business id), for a process to warm up with; None in an empty database."""
        statement = (
            select(MembershipRow.user_id, MembershipRow.business_id)
            .where(MembershipRow.is_active)
            .order_by(MembershipRow.role.desc())
            .limit(1)
        )
        rows = await self._rows(statement)
        return (rows[0][0], rows[0][1]) if rows else None

    async def ping(self) -> None:
        """Ask the database for nothing; raises Unavailable when it does not answer or has no tables."""
        await self._rows(select(BusinessRow.business_id).limit(1))

    async def _rows(self, statement: Executable) -> list[Any]:
        try:
            async with AsyncSession(self._engine) as session:
                return list(await session.execute(statement))
        except (DBAPIError, PoolTimeout, OSError) as error:
            raise Unavailable("I can't reach the books right now. Please try again in a moment.") from error
