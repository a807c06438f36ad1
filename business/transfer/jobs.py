"""The sheet of jobs: one row a job, known again by its number.

A job comes in as a new one and then walks its own state machine to where the file says it is, with the file's times.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from business.entities.jobs import (
    CostEstimate,
    Job,
    JobPriority,
    JobSource,
    JobStatus,
    JobType,
    TimeTracking,
)
from business.entities.memberships import Permission
from business.paging.queries import Book
from business.paging.repository import Entry, PagedUnitOfWork
from business.transfer.columns import Column
from business.transfer.errors import RecordRefused
from business.transfer.references import (
    CONTACT_COLUMNS,
    PROJECT_COLUMN,
    address_columns,
    address_from,
    are_people,
    contact_of,
    entity_id_of,
    members_named,
    people_of,
)
from business.transfer.report import Outcome
from business.transfer.sheet import Record, Sheet, Source, Values, locale_of
from business.transfer.values import (
    Amount,
    Choice,
    DocumentNumber,
    Kind,
    Moment,
    Number,
    Text,
    Texts,
    Whole,
    Word,
)
from business.use_cases.jobs import Jobs, NewJob
from business.use_cases.support import check_plausible

_S = JobStatus
_STATUS_WORDS = {"canceled": "cancelled", "complete": "completed", "done": "completed", "closed": "completed"}
_PATHS: dict[JobStatus, tuple[JobStatus, ...]] = {
    _S.DRAFT: (),
    _S.QUOTED: (_S.QUOTED,),
    _S.SCHEDULED: (),
    _S.IN_PROGRESS: (_S.IN_PROGRESS,),
    _S.ON_HOLD: (_S.ON_HOLD,),
    _S.COMPLETED: (_S.IN_PROGRESS, _S.COMPLETED),
    _S.INVOICED: (_S.IN_PROGRESS, _S.COMPLETED, _S.INVOICED),
    _S.PAID: (_S.IN_PROGRESS, _S.COMPLETED, _S.INVOICED, _S.PAID),
    _S.CANCELLED: (_S.CANCELLED,),
}
# The same for a job that somebody has begun with.
_BEGUN_PATHS: dict[JobStatus, tuple[JobStatus, ...]] = {
    _S.SCHEDULED: (_S.IN_PROGRESS, _S.ON_HOLD, _S.SCHEDULED),
    _S.ON_HOLD: (_S.IN_PROGRESS, _S.ON_HOLD),
    _S.CANCELLED: (_S.IN_PROGRESS, _S.CANCELLED),
}
# Our column → the field of the cost estimate.
_COST = {
    "labour_cost": "labour",
    "material_cost": "material",
    "equipment_cost": "equipment",
    "overhead_cost": "overhead",
    "markup_percent": "markup_percent",
    "cost_tax_percent": "tax_percent",
    "cost_discount": "discount",
}
_TIME = ("estimated_hours", "actual_hours", "billable_hours", "break_minutes")


def _column(name: str, kind: Kind, *aliases: str) -> Column:
    return Column(name, kind, lambda source: getattr(source.entity, name), aliases)


def _time(name: str, kind: Kind, *aliases: str) -> Column:
    return Column(name, kind, lambda source: getattr(source.entity.time, name), aliases)


def _cost(name: str, *aliases: str) -> Column:
    def get(source: Source) -> Decimal | None:
        cost: CostEstimate | None = source.entity.cost
        return None if cost is None else getattr(cost, _COST[name])

    return Column(name, Number() if name.endswith("percent") else Amount(), get, aliases)


def _people(source: Source) -> tuple[str, ...]:
    job: Job = source.entity
    return tuple(source.people[user_id] for user_id in job.assigned_users if user_id in source.people)


class JobSheet(Sheet):
    """Jobs as rows."""

    book = Book.JOBS
    needed = (("title",),)
    fields: ClassVar[Mapping[str, str]] = {
        "scheduled_date": "scheduled_start",
        "assigned_users": "assigned_to",
        "cost": "labour_cost",
        "discount": "cost_discount",
        "time": "estimated_hours",
    }
    columns = (
        _column("number", DocumentNumber(), "job number", "job no", "job #", "work order", "work order number"),
        _column("title", Word(), "job title", "name", "job name", "summary", "subject"),
        _column("description", Text(), "details", "job description"),
        _column("type", Choice(JobType), "job type", "category"),
        _column("status", Choice(JobStatus, _STATUS_WORDS), "job status", "state of job"),
        _column("priority", Choice(JobPriority, {"normal": "medium"})),
        _column("source", Choice(JobSource), "lead source"),
        *CONTACT_COLUMNS,
        PROJECT_COLUMN,
        *address_columns("job address", "property address", "location", "service street"),
        _column("scheduled_start", Moment(), "start", "start date", "scheduled date", "date", "scheduled",
                "start time", "scheduled start date", "visit date"),
        _column("scheduled_end", Moment(), "end", "end date", "end time", "scheduled end date"),
        _column("actual_start", Moment(), "started at", "started"),
        _column("actual_end", Moment(), "completed at", "finished", "closed date", "completed date"),
        Column("assigned_to", Texts(), _people, ("assigned users", "technician", "team", "assignee", "crew"),
               is_compared=False),
        _column("tags", Texts(), "labels"),
        _column("notes", Text(), "note", "comments", "internal notes"),
        _column("customer_requirements", Text(), "requirements", "special instructions"),
        _column("completion_notes", Text(), "closing notes"),
        _time("estimated_hours", Number()),
        _time("actual_hours", Number(), "hours"),
        _time("billable_hours", Number()),
        _time("break_minutes", Whole()),
        _cost("labour_cost", "labor cost", "labor", "labour"),
        _cost("material_cost", "materials", "materials cost"),
        _cost("equipment_cost"),
        _cost("overhead_cost"),
        _cost("markup_percent", "markup", "markup %"),
        _cost("cost_tax_percent"),
        _cost("cost_discount"),
    )  # fmt: skip

    async def sources(self, uow: PagedUnitOfWork, entries: Sequence[Entry]) -> list[Source]:
        """One row a job."""
        people = await people_of(uow)
        jobs = [entry for entry in entries if isinstance(entry, Job)]
        contacts = await uow.references.contacts({job.contact_id for job in jobs if job.contact_id})
        projects = await uow.references.numbers(
            Book.PROJECTS, {job.project_id for job in jobs if job.project_id}
        )
        return [
            Source(
                job,
                contact=contacts.get(job.contact_id or ""),
                people=people,
                project_number=projects.get(job.project_id or ""),
            )
            for job in jobs
        ]

    def identities(self, values: Values) -> tuple[str, ...]:
        """The number, if the file gives one."""
        return (values["number"],) if values.get("number") else ()

    async def take(self, uow: PagedUnitOfWork, record: Record) -> Outcome:
        """Bring a job in. Raises RecordRefused, the use cases' errors."""
        values = record.values[0]
        number = values.get("number")
        existing = await uow.references.numbered(Book.JOBS, number) if number else None
        if isinstance(existing, Job):
            await self._refuse_difference(uow, values, existing)
            return Outcome.UNCHANGED
        contact = await contact_of(uow, values)
        status = _status(values)
        made = await Jobs(uow).create(
            NewJob(
                title=values.get("title") or "",
                contact_id=contact.id if contact else None,
                start=values.get("scheduled_start"),
                end=values.get("scheduled_end"),
                address=address_from(values, uow.business.address.country),
                source=values.get("source") or JobSource.OTHER,
                project_id=await entity_id_of(uow, values, Book.PROJECTS),
                assigned_users=await members_named(uow, values.get("assigned_to") or ()),
                number=number,
                time=TimeTracking(**{name: values[name] for name in _TIME if values.get(name) is not None}),
                cost=_cost_of(values),
                **_given(values, "description", "type", "priority", "tags", "notes", "customer_requirements"),
            ),
            # Two jobs at one time were agreed to wherever the file comes from.
            allow_overlap=True,
        )
        job = _walked(made.job, status, values, uow.now)
        if job != made.job:
            uow.require(Permission.EDIT_JOBS)
            await uow.jobs.save(replace(job, updated_at=uow.now))
        return Outcome.CREATED

    async def _refuse_difference(self, uow: PagedUnitOfWork, values: Values, existing: Job) -> None:
        source = (await self.sources(uow, (existing,)))[0]
        different = self.differences(values, source, locale_of(uow))
        contact = await contact_of(uow, values)
        if contact is not None and contact.id != existing.contact_id:
            different.append("contact")
        if values.get("assigned_to") and not await are_people(
            uow, values["assigned_to"], existing.assigned_users
        ):
            different.append("assigned_to")
        if different:
            reason = f"Job {existing.number} is there already. Different here: {', '.join(different)}."
            raise RecordRefused("conflict", "number", reason, existing.number)


def _given(values: Values, *names: str) -> dict[str, Any]:
    return {name: values[name] for name in names if values.get(name) is not None}


def _cost_of(values: Values) -> CostEstimate | None:
    parts = {field: values[name] for name, field in _COST.items() if values.get(name) is not None}
    return CostEstimate(**parts) if parts else None


def _status(values: Values) -> JobStatus:
    """The status that the file asks for. Raises RecordRefused where the dates do not allow it."""
    has_date = values.get("scheduled_start") is not None
    status: JobStatus = values.get("status") or (_S.SCHEDULED if has_date else _S.DRAFT)
    if status in (_S.DRAFT, _S.QUOTED):
        if has_date:
            reason = f"A job that is {status.value} has no date yet; with a date it is scheduled."
            raise RecordRefused("validation", "status", reason, status.value)
    elif status is not _S.CANCELLED and not has_date:
        reason = f"A job that is {status.value.replace('_', ' ')} needs scheduled_start."
        raise RecordRefused("validation", "scheduled_start", reason)
    if values.get("actual_start") is not None and (status in (_S.DRAFT, _S.QUOTED) or not has_date):
        raise RecordRefused("validation", "actual_start", "A job without a date has not begun.")
    return status


def _walked(job: Job, status: JobStatus, values: Values, now: datetime) -> Job:
    """The new ``job`` in ``status``, by steps that its state machine allows, at the file's times."""
    began: datetime | None = values.get("actual_start")
    ended: datetime | None = values.get("actual_end")
    for column, at in (("actual_start", began), ("actual_end", ended)):
        if at is not None:
            check_plausible(at, now, field=column)
    path = _BEGUN_PATHS.get(status, _PATHS[status]) if began else _PATHS[status]
    start = began or job.scheduled_start or now
    end = ended or max(job.scheduled_end or start, start)
    for step in path:
        job = job.moved_to(step, end if step is _S.COMPLETED else start)
    if ended is not None:
        job = replace(job, actual_end=ended)
    if job.actual_start and job.actual_end and job.actual_end < job.actual_start:
        raise RecordRefused("validation", "actual_end", "A job must end after it starts.")
    notes: str = values.get("completion_notes") or ""
    return replace(job, completion_notes=notes, updated_at=job.created_at)
