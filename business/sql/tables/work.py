"""Tables of jobs and projects. Columns are named as the entities' fields."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from business.entities.addresses import Address
from business.entities.jobs import CostEstimate, JobPriority, JobSource, JobStatus, JobType, TimeTracking
from business.entities.projects import Milestone, ProgressEntry, ProjectPriority, ProjectStatus, ProjectType
from business.sql.base import ID, EntityRow, of_business, within_tenant
from business.sql.types import EnumText, Money, Texts, TypedJson, UtcDateTime


class JobRow(EntityRow):
    """One job. ``sequence`` is the number's digits, derived, for "job forty two"."""

    __tablename__ = "job"
    __table_args__ = (
        of_business(),
        within_tenant("contact_id", "contact"),
        within_tenant("project_id", "project"),
        UniqueConstraint("business_id", "number"),
        Index(None, "business_id", "sequence"),
        Index(None, "business_id", "scheduled_start"),
        Index(None, "business_id", "status", "scheduled_start"),
        Index(None, "business_id", "status", "scheduled_end"),
        Index(None, "business_id", "contact_id", "status"),
        Index(None, "business_id", "project_id", "status"),
    )

    number: Mapped[str] = mapped_column(String(32))
    sequence: Mapped[int | None] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(String(300))
    description: Mapped[str] = mapped_column(Text)
    type: Mapped[JobType] = mapped_column(EnumText(JobType))
    status: Mapped[JobStatus] = mapped_column(EnumText(JobStatus))
    priority: Mapped[JobPriority] = mapped_column(EnumText(JobPriority))
    source: Mapped[JobSource] = mapped_column(EnumText(JobSource))
    contact_id: Mapped[str | None] = mapped_column(ID)
    project_id: Mapped[str | None] = mapped_column(ID)
    address: Mapped[Address] = mapped_column(TypedJson(Address))
    scheduled_start: Mapped[datetime | None] = mapped_column(UtcDateTime)
    scheduled_end: Mapped[datetime | None] = mapped_column(UtcDateTime)
    actual_start: Mapped[datetime | None] = mapped_column(UtcDateTime)
    actual_end: Mapped[datetime | None] = mapped_column(UtcDateTime)
    assigned_users: Mapped[tuple[str, ...]] = mapped_column(Texts)
    tags: Mapped[tuple[str, ...]] = mapped_column(Texts)
    notes: Mapped[str] = mapped_column(Text)
    customer_requirements: Mapped[str] = mapped_column(Text)
    completion_notes: Mapped[str] = mapped_column(Text)
    time: Mapped[TimeTracking] = mapped_column(TypedJson(TimeTracking))
    cost: Mapped[CostEstimate | None] = mapped_column(TypedJson(CostEstimate))
    created_by: Mapped[str] = mapped_column(ID)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ProjectRow(EntityRow):
    """One project."""

    __tablename__ = "project"
    __table_args__ = (
        of_business(),
        within_tenant("contact_id", "contact"),
        UniqueConstraint("business_id", "number"),
        Index(None, "business_id", "sequence"),
        Index(None, "business_id", "status", "end_date"),
        Index(None, "business_id", "contact_id"),
    )

    number: Mapped[str] = mapped_column(String(32))
    sequence: Mapped[int | None] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text)
    contact_id: Mapped[str] = mapped_column(ID)
    type: Mapped[ProjectType] = mapped_column(EnumText(ProjectType))
    status: Mapped[ProjectStatus] = mapped_column(EnumText(ProjectStatus))
    priority: Mapped[ProjectPriority] = mapped_column(EnumText(ProjectPriority))
    start_date: Mapped[date | None]
    end_date: Mapped[date | None]
    completed_on: Mapped[date | None]
    estimated_budget: Mapped[Decimal] = mapped_column(Money)
    actual_cost: Mapped[Decimal] = mapped_column(Money)
    manager: Mapped[str | None] = mapped_column(ID)
    team: Mapped[tuple[str, ...]] = mapped_column(Texts)
    tags: Mapped[tuple[str, ...]] = mapped_column(Texts)
    notes: Mapped[str] = mapped_column(Text)
    address: Mapped[Address] = mapped_column(TypedJson(Address))
    progress_percent: Mapped[int]
    progress_log: Mapped[tuple[ProgressEntry, ...]] = mapped_column(TypedJson(tuple[ProgressEntry, ...]))
    milestones: Mapped[tuple[Milestone, ...]] = mapped_column(TypedJson(tuple[Milestone, ...]))
    created_by: Mapped[str] = mapped_column(ID)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
