"""Use cases of jobs: book, move, change status, look up. Overlaps are reported, never silently booked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from business.clock import as_utc
from business.entities.addresses import NO_ADDRESS, Address
from business.entities.jobs import (
    OPEN_JOBS,
    UNTIMED,
    USUAL_MINUTES,
    CostEstimate,
    Job,
    JobPriority,
    JobSource,
    JobStatus,
    JobType,
    TimeTracking,
)
from business.entities.memberships import Permission
from business.entities.numbers import Series
from business.errors import Conflict, ValidationFailed
from business.read_models import JobView
from business.repositories import UnitOfWork
from business.use_cases.support import check_members, check_plausible, check_references

MAX_DAYS_AHEAD = 366


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job to be created.

    Attributes:
        start: Planned start, aware; without one the job is a draft.
        end: Planned end; by default the usual duration of the type.
        assigned_users: None gives it to the acting user.
        address: By default the contact's.
        number: A number of the caller's own; by default the next of the series.
    """

    title: str
    description: str = ""
    contact_id: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    type: JobType = JobType.SERVICE
    priority: JobPriority = JobPriority.MEDIUM
    address: Address | None = None
    source: JobSource = JobSource.VOICE_AGENT
    project_id: str | None = None
    assigned_users: tuple[str, ...] | None = None
    tags: tuple[str, ...] = ()
    notes: str = ""
    customer_requirements: str = ""
    time: TimeTracking = UNTIMED
    cost: CostEstimate | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Rescheduled:
    """A moved job, and where it was before (None: it had no date)."""

    view: JobView
    previous_start: datetime | None
    previous_end: datetime | None


class Jobs:
    """Jobs of one business."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    async def create(self, new: NewJob, *, allow_overlap: bool = False) -> JobView:
        """Create a job: scheduled with a start, a draft without.

        Raises:
            Forbidden, NotFound, ValidationFailed.
            Conflict: Somebody assigned is booked at that time (details: ``overlaps``), or the number is taken.
        """
        uow = self._uow
        uow.require(Permission.CREATE_JOBS)
        contact = await uow.contacts.get(new.contact_id) if new.contact_id else None
        await check_references(uow, project_id=new.project_id)
        assigned = new.assigned_users if new.assigned_users is not None else (uow.actor.user_id,)
        await check_members(uow, assigned, field="assigned_users")
        start, end = self._slot(new)
        job = Job(
            id=uow.new_id(),
            number="-",
            title=new.title.strip(),
            created_at=uow.now,
            updated_at=uow.now,
            created_by=uow.actor.user_id,
            description=new.description,
            type=new.type,
            status=JobStatus.SCHEDULED if start else JobStatus.DRAFT,
            priority=new.priority,
            source=new.source,
            contact_id=new.contact_id,
            project_id=new.project_id,
            address=new.address or (contact.address if contact else NO_ADDRESS),
            scheduled_start=start,
            scheduled_end=end,
            assigned_users=assigned,
            tags=new.tags,
            notes=new.notes,
            customer_requirements=new.customer_requirements,
            time=new.time,
            cost=new.cost,
        )
        if not allow_overlap:
            await self._refuse_overlap(job)
        number = await (
            uow.numbers.reserve(new.number, Series.JOB) if new.number else uow.numbers.next(Series.JOB)
        )
        job = replace(job, number=number)
        await uow.jobs.add(job)
        return JobView(job, contact.display_name, contact.best_phone) if contact else JobView(job)

    async def get(self, job_id: str) -> JobView:
        """One job. Raises Forbidden, NotFound."""
        self._uow.require(Permission.VIEW_JOBS)
        return await self._uow.jobs.view(job_id)

    async def find_by_number(self, number: str) -> tuple[JobView, ...]:
        """Jobs that a number means: exactly that one, else those that end with its digits. Raises Forbidden."""
        self._uow.require(Permission.VIEW_JOBS)
        return await self._uow.jobs.by_number(number)

    async def search(self, text: str) -> tuple[JobView, ...]:
        """Open jobs whose title or customer holds every word of ``text``. Raises Forbidden."""
        self._uow.require(Permission.VIEW_JOBS)
        return await self._uow.jobs.search(text)

    async def of_contacts(
        self, contact_ids: Collection[str], *, open_only: bool = True
    ) -> tuple[JobView, ...]:
        """Jobs of these contacts, soonest first. Raises Forbidden."""
        self._uow.require(Permission.VIEW_JOBS)
        return await self._uow.jobs.of_contacts(contact_ids, statuses=OPEN_JOBS if open_only else None)

    async def today(self) -> tuple[JobView, ...]:
        """Jobs that start on the business's today. Raises Forbidden."""
        return await self.on_days(0, 1)

    async def upcoming(self, days: int = 7) -> tuple[JobView, ...]:
        """Jobs from now on, over ``days`` local days with today. Raises Forbidden, ValidationFailed."""
        if not 1 <= days <= MAX_DAYS_AHEAD:
            raise ValidationFailed("days_ahead", f"I can look 1 to {MAX_DAYS_AHEAD} days ahead.")
        views = await self.on_days(0, days)
        return tuple(view for view in views if _is_ahead(view.job, self._uow.now))

    async def on_days(self, first: int, days: int) -> tuple[JobView, ...]:
        """Jobs that start within ``days`` local days, from ``first`` days after today. Raises Forbidden."""
        self._uow.require(Permission.VIEW_JOBS)
        start, end = self._uow.business.day_bounds(self._uow.today + timedelta(days=first), days)
        return await self._uow.jobs.between(start, end)

    async def by_status(self, status: JobStatus, *, limit: int = 50) -> tuple[JobView, ...]:
        """Jobs in a status: open ones soonest first, ended ones newest first. Raises Forbidden."""
        self._uow.require(Permission.VIEW_JOBS)
        return await self._uow.jobs.with_status((status,), limit=limit)

    async def counts(self) -> dict[JobStatus, int]:
        """How many jobs there are in each status. Raises Forbidden."""
        self._uow.require(Permission.VIEW_JOBS)
        return await self._uow.jobs.counts()

    async def overdue(self) -> tuple[JobView, ...]:
        """Booked jobs whose planned end has passed. Raises Forbidden."""
        self._uow.require(Permission.VIEW_JOBS)
        return await self._uow.jobs.overdue(self._uow.now)

    async def reschedule(
        self,
        job_id: str,
        start: datetime,
        *,
        end: datetime | None = None,
        reason: str | None = None,
        allow_overlap: bool = False,
    ) -> Rescheduled:
        """Move a job, keeping its duration unless ``end`` is given.

        Raises:
            Forbidden, NotFound, ValidationFailed, InvalidTransition.
            Conflict: Somebody assigned is booked at that time (details: ``overlaps``).
        """
        uow = self._uow
        uow.require(Permission.EDIT_JOBS)
        view = await uow.jobs.view(job_id)
        begins = as_utc(start, field="new_date")
        check_plausible(begins, uow.now, field="new_date")
        moved = view.job.rescheduled(begins, as_utc(end, field="new_date") if end else None, uow.now)
        if reason:
            moved = moved.noted(f"Rescheduled: {reason}", uow.now)
        if not allow_overlap:
            await self._refuse_overlap(moved)
        await uow.jobs.save(moved)
        return Rescheduled(replace(view, job=moved), view.job.scheduled_start, view.job.scheduled_end)

    async def update_status(self, job_id: str, status: JobStatus, *, notes: str | None = None) -> JobView:
        """Change a job's status. Raises Forbidden, NotFound, InvalidTransition, ValidationFailed."""
        self._uow.require(Permission.EDIT_JOBS)
        view = await self._uow.jobs.view(job_id)
        return await self._save(view, view.job.moved_to(status, self._uow.now, notes))

    async def assign(self, job_id: str, user_ids: tuple[str, ...], *, allow_overlap: bool = False) -> JobView:
        """Give a job to other members. Raises Forbidden, NotFound, ValidationFailed, Conflict as ``create``."""
        self._uow.require(Permission.EDIT_JOBS)
        await check_members(self._uow, user_ids, field="assigned_users")
        view = await self._uow.jobs.view(job_id)
        job = replace(view.job, assigned_users=user_ids, updated_at=self._uow.now)
        if not allow_overlap:
            await self._refuse_overlap(job)
        return await self._save(view, job)

    async def add_note(self, job_id: str, text: str) -> JobView:
        """Add a line to a job's notes. Raises Forbidden, NotFound."""
        self._uow.require(Permission.EDIT_JOBS)
        view = await self._uow.jobs.view(job_id)
        return await self._save(view, view.job.noted(text, self._uow.now))

    async def set_time(self, job_id: str, time: TimeTracking) -> JobView:
        """Write down a job's hours. Raises Forbidden, NotFound."""
        self._uow.require(Permission.EDIT_JOBS)
        view = await self._uow.jobs.view(job_id)
        return await self._save(view, replace(view.job, time=time, updated_at=self._uow.now))

    async def set_cost(self, job_id: str, cost: CostEstimate) -> JobView:
        """Write down what a job is expected to cost. Raises Forbidden, NotFound."""
        self._uow.require(Permission.EDIT_JOBS)
        view = await self._uow.jobs.view(job_id)
        return await self._save(view, replace(view.job, cost=cost, updated_at=self._uow.now))

    async def overlaps(self, job: Job) -> tuple[JobView, ...]:
        """Other booked jobs that take somebody's time whom ``job`` needs at the same moment."""
        if job.scheduled_start is None or job.scheduled_end is None or not job.assigned_users:
            return ()
        booked = await self._uow.jobs.booked_between(job.scheduled_start, job.scheduled_end)
        people = set(job.assigned_users)
        return tuple(
            view for view in booked if view.job.id != job.id and people.intersection(view.job.assigned_users)
        )

    async def _save(self, view: JobView, job: Job) -> JobView:
        await self._uow.jobs.save(job)
        return replace(view, job=job)

    def _slot(self, new: NewJob) -> tuple[datetime | None, datetime | None]:
        """Planned start and end in UTC."""
        if new.start is None:
            if new.end is not None:
                raise ValidationFailed("scheduled_date", "A job with an end needs a start.")
            return None, None
        start = as_utc(new.start, field="scheduled_date")
        check_plausible(start, self._uow.now, field="scheduled_date")
        if new.end is not None:
            return start, as_utc(new.end, field="scheduled_date")
        return start, start + timedelta(minutes=USUAL_MINUTES[new.type])

    async def _refuse_overlap(self, job: Job) -> None:
        overlapping = await self.overlaps(job)
        if not overlapping:
            return
        first = overlapping[0]
        whose = f" for {first.contact_name}" if first.contact_name else ""
        raise Conflict(
            f"That overlaps with {first.job.title}{whose}.",
            {"overlaps": [_brief(view) for view in overlapping]},
        )


def _is_ahead(job: Job, now: datetime) -> bool:
    """Whether a job of today and later still lies ahead or is under way."""
    return job.status in OPEN_JOBS and (
        job.status is JobStatus.IN_PROGRESS or job.scheduled_end is None or job.scheduled_end >= now
    )


def _brief(view: JobView) -> dict[str, str | None]:
    job = view.job
    return {
        "id": job.id,
        "number": job.number,
        "title": job.title,
        "contact": view.contact_name,
        "start": job.scheduled_start.isoformat() if job.scheduled_start else None,
        "end": job.scheduled_end.isoformat() if job.scheduled_end else None,
    }
