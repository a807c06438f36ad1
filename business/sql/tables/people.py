"""Tables of businesses, memberships, contacts, interactions and activities, their columns named as fields."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, synonym

from business.entities.activities import ActivityStatus, ActivityType, Reminder, ReminderChannel
from business.entities.addresses import Address
from business.entities.businesses import CompanySize, OpeningHours
from business.entities.contacts import (
    ContactStatus,
    ContactType,
    LifecycleStage,
    Priority,
    RelationshipStatus,
)
from business.entities.interactions import InteractionType
from business.entities.memberships import Permission, Role
from business.entities.preferences import PreferredAgent, PreferredSpeed
from business.money import Currency
from business.sql.base import ID, EntityRow, TenantRow, of_business, within_tenant
from business.sql.types import EnumText, Money, Texts, TypedJson, UtcDateTime


class BusinessRow(TenantRow):
    """The tenant itself; its id is the tenant column."""

    __tablename__ = "business"

    id: Mapped[str] = synonym("business_id")
    name: Mapped[str] = mapped_column(String(200))
    trade: Mapped[str] = mapped_column(String(100))
    company_size: Mapped[CompanySize] = mapped_column(EnumText(CompanySize))
    phone: Mapped[str | None] = mapped_column(String(32))
    email: Mapped[str | None] = mapped_column(String(254))
    website: Mapped[str | None] = mapped_column(String(300))
    address: Mapped[Address] = mapped_column(TypedJson(Address))
    timezone: Mapped[str] = mapped_column(String(64))
    business_hours: Mapped[tuple[OpeningHours, ...]] = mapped_column(TypedJson(tuple[OpeningHours, ...]))
    currency: Mapped[Currency] = mapped_column(EnumText(Currency))
    tax_id: Mapped[str | None] = mapped_column(String(64))
    licence: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class MembershipRow(EntityRow):
    """One user in one business."""

    __tablename__ = "membership"
    __table_args__ = (
        of_business(),
        UniqueConstraint("business_id", "user_id"),
        Index(None, "user_id"),
    )

    user_id: Mapped[str] = mapped_column(ID)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[Role] = mapped_column(EnumText(Role))
    email: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(32))
    granted: Mapped[frozenset[Permission]] = mapped_column(TypedJson(frozenset[Permission]))
    withheld: Mapped[frozenset[Permission]] = mapped_column(TypedJson(frozenset[Permission]))
    is_active: Mapped[bool]
    invited_by: Mapped[str | None] = mapped_column(ID)
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PreferenceRow(EntityRow):
    """What one user wants remembered; its id is the user's."""

    __tablename__ = "preference"
    __table_args__ = (of_business(),)

    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    voice: Mapped[str | None] = mapped_column(String(64))
    voice_speed: Mapped[PreferredSpeed | None] = mapped_column(EnumText(PreferredSpeed))
    agent_type: Mapped[PreferredAgent | None] = mapped_column(EnumText(PreferredAgent))
    is_driving: Mapped[bool | None]
    safety_mode: Mapped[bool | None]
    greeting_name: Mapped[str | None] = mapped_column(String(64))
    reminder_channel: Mapped[ReminderChannel | None] = mapped_column(EnumText(ReminderChannel))


class ContactRow(EntityRow):
    """One contact. ``display_name`` and ``search_text`` are derived on every save.

    ``names_version`` is the version of the business's names that this row's last change of them made.
    """

    __tablename__ = "contact"
    __table_args__ = (
        of_business(),
        UniqueConstraint("business_id", "email"),
        Index(None, "business_id", "phone"),
        Index(None, "business_id", "mobile"),
        Index(None, "business_id", "display_name"),
        Index(None, "business_id", "names_version"),
    )

    first_name: Mapped[str] = mapped_column(String(100))
    last_name: Mapped[str] = mapped_column(String(100))
    company_name: Mapped[str] = mapped_column(String(200))
    display_name: Mapped[str] = mapped_column(String(202))
    search_text: Mapped[str] = mapped_column(Text)
    city: Mapped[str] = mapped_column(String(100))
    names_version: Mapped[int] = mapped_column(default=0)
    email: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(32))
    mobile: Mapped[str | None] = mapped_column(String(32))
    type: Mapped[ContactType] = mapped_column(EnumText(ContactType))
    status: Mapped[ContactStatus] = mapped_column(EnumText(ContactStatus))
    relationship: Mapped[RelationshipStatus] = mapped_column(EnumText(RelationshipStatus))
    lifecycle: Mapped[LifecycleStage] = mapped_column(EnumText(LifecycleStage))
    priority: Mapped[Priority] = mapped_column(EnumText(Priority))
    source: Mapped[str] = mapped_column(String(100))
    assigned_to: Mapped[str | None] = mapped_column(ID)
    estimated_value: Mapped[Decimal | None] = mapped_column(Money)
    tags: Mapped[tuple[str, ...]] = mapped_column(Texts)
    address: Mapped[Address] = mapped_column(TypedJson(Address))
    notes: Mapped[str] = mapped_column(Text)
    last_contacted: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class InteractionRow(EntityRow):
    """One entry in a contact's history."""

    __tablename__ = "interaction"
    __table_args__ = (
        of_business(),
        within_tenant("contact_id", "contact"),
        Index(None, "business_id", "contact_id", "occurred_at"),
    )

    contact_id: Mapped[str] = mapped_column(ID)
    type: Mapped[InteractionType] = mapped_column(EnumText(InteractionType))
    description: Mapped[str] = mapped_column(Text)
    performed_by: Mapped[str] = mapped_column(ID)
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)
    outcome: Mapped[str | None] = mapped_column(Text)
    next_action: Mapped[str | None] = mapped_column(Text)
    scheduled_follow_up: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ActivityRow(EntityRow):
    """One follow-up, task or reminder. ``next_reminder_at`` is derived on every save."""

    __tablename__ = "activity"
    __table_args__ = (
        of_business(),
        within_tenant("contact_id", "contact"),
        within_tenant("job_id", "job"),
        Index(None, "business_id", "status", "scheduled_at"),
        Index(None, "business_id", "contact_id"),
        Index(None, "next_reminder_at"),
    )

    type: Mapped[ActivityType] = mapped_column(EnumText(ActivityType))
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    contact_id: Mapped[str | None] = mapped_column(ID)
    job_id: Mapped[str | None] = mapped_column(ID)
    status: Mapped[ActivityStatus] = mapped_column(EnumText(ActivityStatus))
    priority: Mapped[Priority] = mapped_column(EnumText(Priority))
    scheduled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(ID)
    assigned_to: Mapped[str] = mapped_column(ID)
    reminders: Mapped[tuple[Reminder, ...]] = mapped_column(TypedJson(tuple[Reminder, ...]))
    next_reminder_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
