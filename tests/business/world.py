"""A small world for the business layer's tests: two businesses, members of every role, a clock moved by hand."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from business.actor import Actor
from business.clock import FixedClock
from business.entities.addresses import Address
from business.entities.businesses import Business
from business.entities.memberships import Membership, Role
from business.money import LineItem
from business.sql.database import Database
from business.sql.unit_of_work import SqlUnitOfWork
from business.use_cases.contacts import Contacts, NewContact

# A Wednesday afternoon in Denver, so that the UTC date and the local date agree.
NOW = datetime(2026, 5, 13, 20, 0, tzinfo=UTC)
TODAY = NOW.date()
USER = "user-{}"


@dataclass
class World:
    """A database with two businesses, members of every role in the first, and a clock that is moved by hand."""

    database: Database
    clock: FixedClock
    business_id: str = "biz-one"
    other_id: str = "biz-two"

    def actor(self, role: Role = Role.OWNER, **call: str | int) -> Actor:
        """A member of the first business."""
        return Actor(business_id=self.business_id, user_id=USER.format(role.value), **call)

    @property
    def other(self) -> Actor:
        """The owner of the second business."""
        return Actor(business_id=self.other_id, user_id="user-stranger")

    def write(self, role: Role = Role.OWNER) -> contextlib.AbstractAsyncContextManager[SqlUnitOfWork]:
        return self.database.tenant(self.actor(role))

    def read(self, role: Role = Role.OWNER) -> contextlib.AbstractAsyncContextManager[SqlUnitOfWork]:
        return self.database.reading(self.actor(role))

    async def found(self) -> None:
        """Write the two businesses and their members."""
        await self.database.found(business(self.business_id, "One Plumbing"), member(Role.OWNER))
        stranger = member(Role.OWNER, "user-stranger")
        await self.database.found(business(self.other_id, "Two Electric", "Asia/Tokyo"), stranger)
        async with self.write() as uow:
            await uow.memberships.add_all([member(role) for role in Role if role is not Role.OWNER])

    async def contact(self, first: str = "Nora", last: str = "Quill", **details: str) -> str:
        """A new contact's id."""
        details = details or {"email": f"{first}.{last}@mail.example"}
        async with self.write() as uow:
            return (await Contacts(uow).create(NewContact(first_name=first, last_name=last, **details))).id


def business(business_id: str, name: str, timezone: str = "America/Denver") -> Business:
    return Business(business_id, name, "Plumbing", timezone, NOW, address=Address("1 Main", "Town", "CO"))


def member(role: Role, user_id: str | None = None) -> Membership:
    user = user_id or USER.format(role.value)
    return Membership(f"m-{user}", user, f"Ms {role.value.title()}", role, NOW)


def line(price: str, quantity: str = "1") -> LineItem:
    return LineItem("Labor", Decimal(quantity), Decimal(price))


def days(count: int) -> timedelta:
    return timedelta(days=count)
