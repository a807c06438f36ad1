"""Repositories of jobs and projects."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Integer, Select, and_, bindparam, case, func, or_, select

from business.entities.jobs import BOOKED_STATUSES, OPEN_JOBS, Job, JobStatus
from business.entities.numbers import sequence_of
from business.entities.projects import OPEN_PROJECTS, Project, ProjectStatus
from business.errors import NotFound
from business.read_models import JobView, ProjectName
from business.sql.repositories.entity_repository import EntityRepository, rows_by_number, rows_ending_with
from business.sql.tables import ContactRow, JobRow, ProjectRow
from business.sql.tenancy import prepared


class SqlJobs(EntityRepository[Job, JobRow]):
    """Jobs; lists join the contact's name in one statement."""

    entity_class = Job
    row_class = JobRow
    kind = "job"

    async def view(self, job_id: str) -> JobView:
        """The job with its contact's name. Raises NotFound."""
        found = (await self._session.execute(_VIEW, {"job": job_id})).first()
        if found is None:
            raise NotFound(self.kind, "")
        row, name, phone, mobile = cast("tuple[Any, ...]", found)
        return JobView(self.from_row(row), name, phone or mobile)

    async def by_number(self, number: str) -> tuple[JobView, ...]:
        """Jobs with that number; else with those digits; else whose digits end so, the newest first, at most 5."""
        wanted, sequence = number.strip().upper(), sequence_of(number)
        same = await self._views(_SAME_NUMBER, number=wanted, sequence=sequence)
        if same:
            return tuple(view for view in same if view.job.number == wanted) or same[:5]
        ids = await rows_ending_with(self._session, JobRow, sequence)
        if not ids:
            return ()
        return await self._views(_with_contact().where(JobRow.id.in_(ids)).order_by(JobRow.sequence.desc()))

    async def between(self, start: datetime, end: datetime, *, limit: int = 200) -> tuple[JobView, ...]:
        """Jobs that start in [start, end), cancelled ones left out, soonest first."""
        return await self._views(_BETWEEN, start=start, end=end, most=limit)

    async def with_status(self, statuses: Collection[JobStatus], *, limit: int = 50) -> tuple[JobView, ...]:
        """Jobs in these statuses: open ones soonest first, ended ones newest first."""
        is_open = all(status in OPEN_JOBS for status in statuses)
        order = JobRow.scheduled_start.asc() if is_open else JobRow.scheduled_start.desc()
        statement = _with_contact().where(JobRow.status.in_(statuses))
        return await self._views(statement.order_by(order).limit(limit))

    async def overdue(self, now: datetime, *, limit: int = 50) -> tuple[JobView, ...]:
        """Booked jobs whose planned end has passed, the oldest first."""
        statement = _with_contact().where(_overdue(now)).order_by(JobRow.scheduled_end).limit(limit)
        return await self._views(statement)

    async def of_contacts(
        self, contact_ids: Collection[str], *, statuses: Collection[JobStatus] | None = None, limit: int = 20
    ) -> tuple[JobView, ...]:
        """Jobs of these contacts, soonest first."""
        wanted = list(JobStatus if statuses is None else statuses)
        return await self._views(_OF_CONTACTS, contacts=list(contact_ids), statuses=wanted, most=limit)

    async def of_project(self, project_id: str) -> tuple[JobView, ...]:
        """Jobs of a project, soonest first."""
        statement = _with_contact().where(JobRow.project_id == project_id)
        return await self._views(statement.order_by(JobRow.scheduled_start))

    async def booked_between(self, start: datetime, end: datetime) -> tuple[JobView, ...]:
        """Booked jobs that take up some moment of [start, end)."""
        views = await self._views(_BOOKED_BETWEEN, start=start, end=end)
        # Ordered here: an ORDER BY would tempt SQLite to walk the whole history by start.
        return tuple(sorted(views, key=lambda view: view.job.scheduled_start or start))

    async def search(self, text: str, *, limit: int = 10) -> tuple[JobView, ...]:
        """Open jobs whose title or customer holds every word of ``text``, soonest first."""
        is_contact = and_(ContactRow.business_id == JobRow.business_id, ContactRow.id == JobRow.contact_id)
        statement = select(JobRow.id, JobRow.scheduled_start).outerjoin(ContactRow, is_contact)
        statement = statement.where(JobRow.status.in_(OPEN_JOBS))
        for word in text.casefold().split():
            in_title = func.lower(JobRow.title).contains(word, autoescape=True)
            statement = statement.where(or_(in_title, ContactRow.search_text.contains(word, autoescape=True)))
        found = (await self._session.execute(statement)).all()
        # Ordered here, for the same reason as above; undated jobs come last.
        found = sorted(found, key=lambda row: (row.scheduled_start is None, row.scheduled_start, row.id))[
            :limit
        ]
        if not found:
            return ()
        views = await self._views(_with_contact().where(JobRow.id.in_([row.id for row in found])))
        place = {row.id: index for index, row in enumerate(found)}
        return tuple(sorted(views, key=lambda view: place[view.job.id]))

    async def counts(self) -> dict[JobStatus, int]:
        """How many jobs there are in each status."""
        rows = await self._session.execute(select(JobRow.status, func.count()).group_by(JobRow.status))
        return dict(rows.all())

    async def count(self, status: JobStatus) -> int:
        """How many jobs are in a status."""
        statement = select(func.count()).select_from(JobRow).where(JobRow.status == status)
        return (await self._session.scalar(statement)) or 0

    async def count_between(self, start: datetime, end: datetime) -> int:
        """How many jobs start in [start, end), cancelled ones left out."""
        within = (JobRow.scheduled_start >= start, JobRow.scheduled_start < end)
        statement = (
            select(func.count()).select_from(JobRow).where(*within, JobRow.status != JobStatus.CANCELLED)
        )
        return (await self._session.scalar(statement)) or 0

    async def count_overdue(self, now: datetime) -> int:
        """How many booked jobs' planned end has passed."""
        return (
            await self._session.scalar(select(func.count()).select_from(JobRow).where(_overdue(now)))
        ) or 0

    async def project_counts(self, project_ids: Collection[str]) -> dict[str, tuple[int, int]]:
        """For each project with jobs: (open jobs, all jobs but the cancelled)."""
        open_count = func.sum(case((JobRow.status.in_(OPEN_JOBS), 1), else_=0))
        statement = (
            select(JobRow.project_id, open_count, func.count())
            .where(JobRow.project_id.in_(project_ids), JobRow.status != JobStatus.CANCELLED)
            .group_by(JobRow.project_id)
        )
        rows = await self._session.execute(statement)
        return {project: (int(still_open), total) for project, still_open, total in rows if project}

    async def _views(self, statement: Select[Any], **parameters: Any) -> tuple[JobView, ...]:
        rows = await self._session.execute(statement, parameters)
        split = len(self.columns)
        return tuple(
            [
                JobView(self.from_values(row[:split]), row[split], row[split + 1] or row[split + 2])
                for row in rows
            ]
        )

    def _derived(self, entity: Job) -> dict[str, Any]:
        return {"sequence": sequence_of(entity.number)}


def _with_contact(*columns: Any) -> Any:
    """Jobs and how their contacts are called and reached."""
    is_contact = and_(ContactRow.business_id == JobRow.business_id, ContactRow.id == JobRow.contact_id)
    selected = (*(columns or SqlJobs.columns), ContactRow.display_name, ContactRow.mobile, ContactRow.phone)
    return select(*selected).select_from(JobRow).outerjoin(ContactRow, is_contact)


# A whole row, which a change that follows finds in memory.
_VIEW: Any = prepared(_with_contact(JobRow).where(JobRow.id == bindparam("job")))
_SAME_NUMBER = prepared(
    _with_contact()
    .where(or_(JobRow.number == bindparam("number"), JobRow.sequence == bindparam("sequence")))
    .order_by(JobRow.sequence.desc())
)
_BETWEEN = prepared(
    _with_contact()
    .where(
        JobRow.scheduled_start >= bindparam("start"),
        JobRow.scheduled_start < bindparam("end"),
        JobRow.status != JobStatus.CANCELLED,
    )
    .order_by(JobRow.scheduled_start, JobRow.number)
    .limit(bindparam("most", type_=Integer))
)
_OF_CONTACTS = prepared(
    _with_contact()
    .where(
        JobRow.contact_id.in_(bindparam("contacts", expanding=True)),
        JobRow.status.in_(bindparam("statuses", expanding=True)),
    )
    .order_by(JobRow.scheduled_start)
    .limit(bindparam("most", type_=Integer))
)
_BOOKED_BETWEEN = prepared(
    _with_contact().where(
        JobRow.status.in_(BOOKED_STATUSES),
        JobRow.scheduled_end > bindparam("start"),
        JobRow.scheduled_start < bindparam("end"),
    )
)


def _overdue(now: datetime) -> Any:
    return and_(JobRow.status.in_(BOOKED_STATUSES), JobRow.scheduled_end < now)


class SqlProjects(EntityRepository[Project, ProjectRow]):
    """Projects."""

    entity_class = Project
    row_class = ProjectRow
    kind = "project"

    async def by_number(self, number: str) -> tuple[Project, ...]:
        """As for jobs."""
        ids = await rows_by_number(self._session, ProjectRow, number, sequence_of(number))
        if not ids:
            return ()
        statement = select(ProjectRow).where(ProjectRow.id.in_(ids)).order_by(ProjectRow.sequence.desc())
        return await self._all(statement)

    async def with_status(self, statuses: Collection[ProjectStatus]) -> tuple[Project, ...]:
        """Projects in these statuses, the soonest end first."""
        statement = select(ProjectRow).where(ProjectRow.status.in_(statuses))
        return await self._all(statement.order_by(ProjectRow.end_date, ProjectRow.number))

    async def names(self) -> tuple[ProjectName, ...]:
        """Names of all projects, open ones first, for matching."""
        is_client = and_(
            ContactRow.business_id == ProjectRow.business_id, ContactRow.id == ProjectRow.contact_id
        )
        is_ended = case((ProjectRow.status.in_(OPEN_PROJECTS), 0), else_=1)
        statement = (
            select(
                ProjectRow.id, ProjectRow.number, ProjectRow.name, ContactRow.display_name, ProjectRow.status
            )
            .join(ContactRow, is_client)
            .order_by(is_ended, ProjectRow.sequence.desc())
        )
        return tuple([ProjectName(*row) for row in await self._session.execute(statement)])

    async def count(self, statuses: Collection[ProjectStatus]) -> int:
        """How many projects are in these statuses."""
        statement = select(func.count()).select_from(ProjectRow).where(ProjectRow.status.in_(statuses))
        return (await self._session.scalar(statement)) or 0

    def _derived(self, entity: Project) -> dict[str, Any]:
        return {"sequence": sequence_of(entity.number)}
