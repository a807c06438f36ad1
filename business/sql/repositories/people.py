"""Repositories of the business, its members, contacts, interactions and activities."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from business.entities.activities import OPEN_ACTIVITIES, Activity
from business.entities.businesses import Business
from business.entities.contacts import Contact, ContactStatus, ContactType, RelationshipStatus
from business.entities.interactions import Interaction
from business.entities.memberships import Membership
from business.entities.preferences import Preferences
from business.read_models import ContactName
from business.sql.repositories.counters import bump, read_counter
from business.sql.repositories.entity_repository import EntityRepository
from business.sql.tables import (
    ActivityRow,
    BusinessRow,
    ContactRow,
    InteractionRow,
    MembershipRow,
    PreferenceRow,
)
from business.sql.tenancy import prepared

CONTACTS_VERSION = "contacts-version"
_IN_USE = (ContactStatus.ACTIVE, ContactStatus.INACTIVE)
# Rows read at a time where all contacts are read: some 10 ms of work.
_PART = 1_000
# No whole rows, no JSON.
_NAME_COLUMNS = (
    ContactRow.id,
    ContactRow.display_name,
    ContactRow.first_name,
    ContactRow.last_name,
    ContactRow.company_name,
    ContactRow.phone,
    ContactRow.mobile,
    ContactRow.city,
    ContactRow.status,
)
_NAMES = prepared(
    select(*_NAME_COLUMNS)
    .where(ContactRow.id > bindparam("after"))
    .order_by(ContactRow.id)
    .limit(bindparam("most", type_=Integer))
)
_NAMES_SINCE = prepared(select(*_NAME_COLUMNS).where(ContactRow.names_version > bindparam("version")))


class SqlBusinesses(EntityRepository[Business, BusinessRow]):
    """The business of the session's tenant."""

    entity_class = Business
    row_class = BusinessRow
    kind = "business"


class SqlMemberships(EntityRepository[Membership, MembershipRow]):
    """Members."""

    entity_class = Membership
    row_class = MembershipRow
    kind = "team member"

    async def of_user(self, user_id: str) -> Membership | None:
        """The membership of a user, removed ones included."""
        row = await self._session.scalar(select(MembershipRow).where(MembershipRow.user_id == user_id))
        return None if row is None else self.from_row(row)

    async def all(self, *, active_only: bool = True) -> tuple[Membership, ...]:
        """Members, by role and name."""
        statement = select(MembershipRow).order_by(MembershipRow.name)
        if active_only:
            statement = statement.where(MembershipRow.is_active)
        members = await self._all(statement)
        return tuple(sorted(members, key=lambda member: -member.role.rank))


class SqlPreferences(EntityRepository[Preferences, PreferenceRow]):
    """What users want remembered."""

    entity_class = Preferences
    row_class = PreferenceRow
    kind = "preference"


class SqlContacts(EntityRepository[Contact, ContactRow]):
    """Contacts. What name matching knows has a version, by which it can be cached."""

    entity_class = Contact
    row_class = ContactRow
    kind = "contact"

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        super().__init__(session, tenant)
        self._has_moved = False

    async def add_all(self, entities: Collection[Contact]) -> None:
        """Write new contacts and move the version. Raises ValidationFailed."""
        rows = [ContactRow(**self._values(entity)) for entity in entities]
        version = await self._move()
        for row in rows:
            row.names_version = version
        self._session.add_all(rows)
        await self._session.flush()

    async def save(self, entity: Contact) -> None:
        """Write a changed contact; a name, a number, the city or the status moves the version.

        Raises NotFound, ValidationFailed.
        """
        before = await self.find(entity.id)
        await super().save(entity)
        row = await self._row(entity.id)
        if row is not None and (before is None or _as_matched(before) != _as_matched(entity)):
            row.names_version = await self._move()
            await self._session.flush()

    async def version(self) -> int | None:
        """A number that changes whenever a contact's name does; None when this very transaction has changed one.

        None, because nobody may keep what a roll-back could still undo.
        """
        return None if self._has_moved else await read_counter(self._session, CONTACTS_VERSION)

    async def names(self, *, limit: int | None = None) -> tuple[ContactName, ...]:
        """Names of all contacts in use, for matching; with a ``limit`` the first of them by name.

        All of them are read in parts, between which other tasks go on.
        """
        if limit is not None:
            statement = select(*_NAME_COLUMNS).where(_in_use()).order_by(ContactRow.display_name)
            return tuple([_name(row) for row in await self._session.execute(statement.limit(limit))])
        found: list[ContactName] = []
        last = ""
        while True:
            rows = (await self._session.execute(_NAMES, {"after": last, "most": _PART})).all()
            found.extend(_name(row) for row in rows if row.status in _IN_USE)
            if len(rows) < _PART:
                return tuple(sorted(found, key=lambda name: name.display_name))
            last = rows[-1].id
            await asyncio.sleep(0)

    async def names_since(self, version: int) -> dict[str, ContactName | None]:
        """By id, the names that have changed since a version; None for contacts that are no longer in use."""
        rows = await self._session.execute(_NAMES_SINCE, {"version": version})
        return {row.id: _name(row) if row.status in _IN_USE else None for row in rows}

    async def _move(self) -> int:
        self._has_moved = True
        return await bump(self._session, CONTACTS_VERSION)

    async def search(
        self,
        text: str,
        *,
        relationship: RelationshipStatus | None = None,
        type: ContactType | None = None,
        limit: int = 10,
    ) -> tuple[Contact, ...]:
        """Contacts in use that hold every word of ``text``, by name."""
        statement = select(ContactRow).where(_in_use(), *_holds_words(text))
        if relationship is not None:
            statement = statement.where(ContactRow.relationship == relationship)
        if type is not None:
            statement = statement.where(ContactRow.type == type)
        return await self._all(statement.order_by(ContactRow.display_name).limit(limit))

    async def display_names(self, contact_ids: Collection[str]) -> dict[str, str]:
        """Display names by id."""
        statement = select(ContactRow.id, ContactRow.display_name).where(ContactRow.id.in_(contact_ids))
        return {row.id: row.display_name for row in await self._session.execute(statement)}

    async def page(self, *, limit: int, offset: int) -> tuple[Contact, ...]:
        """Contacts by name, archived ones included."""
        ordered = select(ContactRow).order_by(ContactRow.display_name, ContactRow.id)
        return await self._all(ordered.limit(limit).offset(offset))

    async def duplicate_of(self, contact: Contact) -> Contact | None:
        """Another contact with the same email address or one of the same phone numbers."""
        numbers = [number for number in (contact.phone, contact.mobile) if number]
        same: list[ColumnElement[bool]] = []
        if contact.email:
            same.append(ContactRow.email == contact.email)
        if numbers:
            same.extend((ContactRow.phone.in_(numbers), ContactRow.mobile.in_(numbers)))
        found = await self._all(select(ContactRow).where(ContactRow.id != contact.id, or_(*same)).limit(1))
        return found[0] if found else None

    def _derived(self, entity: Contact) -> dict[str, Any]:
        words = (
            entity.display_name,
            entity.company_name,
            entity.email or "",
            entity.phone or "",
            entity.mobile or "",
            entity.address.city,
        )
        return {
            "display_name": entity.display_name,
            "search_text": " ".join(word for word in words if word).casefold(),
            "city": entity.address.city,
        }


def _as_matched(contact: Contact) -> tuple[str | None, ...]:
    """What name matching knows of a contact; the rest may change without disturbing its caches."""
    names = (contact.first_name, contact.last_name, contact.company_name)
    return (*names, contact.phone, contact.mobile, contact.address.city, contact.status)


def _in_use() -> ColumnElement[bool]:
    return ContactRow.status.in_(_IN_USE)


def _name(row: Any) -> ContactName:
    return ContactName(
        id=row.id,
        display_name=row.display_name,
        first_name=row.first_name,
        last_name=row.last_name,
        company_name=row.company_name,
        phones=tuple([number for number in (row.mobile, row.phone) if number]),
        city=row.city,
    )


def _holds_words(text: str) -> list[ColumnElement[bool]]:
    """Conditions that the search text holds each word; a spoken phone number's punctuation is no word."""
    return [ContactRow.search_text.contains(word, autoescape=True) for word in text.casefold().split()]


class SqlInteractions(EntityRepository[Interaction, InteractionRow]):
    """Interactions."""

    entity_class = Interaction
    row_class = InteractionRow
    kind = "interaction"

    async def of_contact(self, contact_id: str, *, limit: int) -> tuple[Interaction, ...]:
        """The newest first."""
        rows = await self._session.execute(_OF_CONTACT, {"contact": contact_id, "most": limit})
        return tuple([self.from_values(row) for row in rows])


_OF_CONTACT = prepared(
    select(*SqlInteractions.columns)
    .where(InteractionRow.contact_id == bindparam("contact"))
    .order_by(InteractionRow.occurred_at.desc())
    .limit(bindparam("most", type_=Integer))
)


class SqlActivities(EntityRepository[Activity, ActivityRow]):
    """Activities."""

    entity_class = Activity
    row_class = ActivityRow
    kind = "reminder"

    async def open(
        self, *, assigned_to: str | None = None, until: datetime | None = None, limit: int = 50
    ) -> tuple[Activity, ...]:
        """Open activities, soonest first."""
        statement = _open_activities()
        if assigned_to is not None:
            statement = statement.where(ActivityRow.assigned_to == assigned_to)
        if until is not None:
            statement = statement.where(ActivityRow.scheduled_at < until)
        return await self._all(statement.order_by(ActivityRow.scheduled_at).limit(limit))

    async def count_open(self, *, until: datetime) -> int:
        """How many open activities are scheduled up to ``until``."""
        is_open = and_(ActivityRow.status.in_(OPEN_ACTIVITIES), ActivityRow.scheduled_at < until)
        statement = select(func.count()).select_from(ActivityRow).where(is_open)
        return (await self._session.scalar(statement)) or 0

    async def next_of_contact(self, contact_id: str) -> Activity | None:
        """The soonest open activity about a contact."""
        row = (await self._session.execute(_NEXT_OF_CONTACT, {"contact": contact_id})).first()
        return None if row is None else self.from_values(row)

    async def with_due_reminders(self, now: datetime, *, limit: int = 100) -> tuple[Activity, ...]:
        """Open activities with a reminder whose time has come."""
        statement = select(ActivityRow).where(ActivityRow.next_reminder_at <= now)
        return await self._all(statement.order_by(ActivityRow.next_reminder_at).limit(limit))

    def _derived(self, entity: Activity) -> dict[str, Any]:
        return {"next_reminder_at": entity.next_reminder_at}


def _open_activities() -> Select[ActivityRow]:
    return select(ActivityRow).where(ActivityRow.status.in_(OPEN_ACTIVITIES))


_NEXT_OF_CONTACT = prepared(
    select(*SqlActivities.columns)
    .where(ActivityRow.status.in_(OPEN_ACTIVITIES), ActivityRow.contact_id == bindparam("contact"))
    .order_by(ActivityRow.scheduled_at)
    .limit(1)
)
