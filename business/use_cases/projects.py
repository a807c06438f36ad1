"""Use cases of projects: create, report, progress, milestones. Budget variance and overdue are derived."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from business.entities.addresses import Address
from business.entities.memberships import Permission
from business.entities.numbers import Series
from business.entities.projects import (
    OPEN_PROJECTS,
    Milestone,
    Project,
    ProjectPriority,
    ProjectStatus,
    ProjectType,
)
from business.money import ZERO, parse_amount
from business.read_models import JobView, ProjectName
from business.repositories import UnitOfWork
from business.use_cases.support import check_members


@dataclass(frozen=True, slots=True)
class NewProject:
    """A project to be created. The address is by default the client's."""

    name: str
    contact_id: str
    description: str = ""
    type: ProjectType = ProjectType.RENOVATION
    priority: ProjectPriority = ProjectPriority.MEDIUM
    start_date: date | None = None
    end_date: date | None = None
    estimated_budget: Decimal = ZERO
    manager: str | None = None
    team: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    notes: str = ""
    address: Address | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class ProjectReport:
    """How a project stands today.

    Attributes:
        budget_variance: Budget less cost; negative is over budget.
        days_left: Days to the end; negative is late; None without an end.
    """

    project: Project
    client_name: str
    budget_variance: Decimal
    is_overdue: bool
    days_left: int | None
    open_jobs: int
    total_jobs: int


class Projects:
    """Projects of one business."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    async def create(self, new: NewProject) -> ProjectReport:
        """Create a project in planning. Raises Forbidden, NotFound, ValidationFailed, Conflict (number)."""
        uow = self._uow
        uow.require(Permission.CREATE_PROJECTS)
        client = await uow.contacts.get(new.contact_id)
        people = {*new.team, *([new.manager] if new.manager else [])}
        if people:
            await check_members(uow, people, field="team")
        project = Project(
            id=uow.new_id(),
            number="-",
            name=new.name.strip(),
            contact_id=new.contact_id,
            created_at=uow.now,
            updated_at=uow.now,
            created_by=uow.actor.user_id,
            description=new.description,
            type=new.type,
            priority=new.priority,
            start_date=new.start_date,
            end_date=new.end_date,
            estimated_budget=parse_amount(new.estimated_budget, field="budget"),
            manager=new.manager,
            team=new.team,
            tags=new.tags,
            notes=new.notes,
            address=new.address or client.address,
        )
        number = await (
            uow.numbers.reserve(new.number, Series.PROJECT)
            if new.number
            else uow.numbers.next(Series.PROJECT)
        )
        project = replace(project, number=number)
        await uow.projects.add(project)
        return (await self._reports((project,)))[0]

    async def get(self, project_id: str) -> ProjectReport:
        """How a project stands. Raises Forbidden, NotFound."""
        self._uow.require(Permission.VIEW_PROJECTS)
        return (await self._reports((await self._uow.projects.get(project_id),)))[0]

    async def find_by_number(self, number: str) -> tuple[ProjectReport, ...]:
        """Projects that a number means: exactly that one, else those that end so. Raises Forbidden."""
        self._uow.require(Permission.VIEW_PROJECTS)
        return await self._reports(await self._uow.projects.by_number(number))

    async def names(self) -> tuple[ProjectName, ...]:
        """Names of all projects, open ones first, for matching. Raises Forbidden."""
        self._uow.require(Permission.VIEW_PROJECTS)
        return await self._uow.projects.names()

    async def active(self) -> tuple[ProjectReport, ...]:
        """Projects under way, the soonest end first. Raises Forbidden."""
        return await self.by_status((ProjectStatus.ACTIVE,))

    async def by_status(
        self, statuses: Collection[ProjectStatus] = OPEN_PROJECTS
    ) -> tuple[ProjectReport, ...]:
        """Projects in these statuses, the soonest end first. Raises Forbidden."""
        self._uow.require(Permission.VIEW_PROJECTS)
        return await self._reports(await self._uow.projects.with_status(statuses))

    async def jobs(self, project_id: str) -> tuple[JobView, ...]:
        """Jobs of a project, soonest first. Raises Forbidden."""
        self._uow.require(Permission.VIEW_PROJECTS)
        return await self._uow.jobs.of_project(project_id)

    async def update_progress(
        self, project_id: str, percent: int, *, notes: str | None = None
    ) -> ProjectReport:
        """Report progress. Raises Forbidden, NotFound, ValidationFailed, InvalidTransition (ended)."""
        self._uow.require(Permission.EDIT_PROJECTS)
        project = await self._uow.projects.get(project_id)
        return await self._save(
            project.progressed(percent, self._uow.actor.user_id, self._uow.now, notes or "")
        )

    async def change_status(self, project_id: str, status: ProjectStatus) -> ProjectReport:
        """Change a project's status. Raises Forbidden, NotFound, InvalidTransition."""
        self._uow.require(Permission.EDIT_PROJECTS)
        project = await self._uow.projects.get(project_id)
        return await self._save(project.moved_to(status, self._uow.now, self._uow.today))

    async def add_cost(self, project_id: str, amount: Decimal) -> ProjectReport:
        """Add to what the project has cost. Raises Forbidden, NotFound, ValidationFailed."""
        self._uow.require(Permission.EDIT_PROJECTS)
        project = await self._uow.projects.get(project_id)
        return await self._save(project.spent(parse_amount(amount), self._uow.now))

    async def set_milestone(
        self, project_id: str, name: str, *, due: date | None = None, is_done: bool = False
    ) -> ProjectReport:
        """Add a milestone, or change the one of that name. Raises Forbidden, NotFound, ValidationFailed."""
        uow = self._uow
        uow.require(Permission.EDIT_PROJECTS)
        project = await uow.projects.get(project_id)
        known = [one for one in project.milestones if one.name.casefold() == name.casefold()]
        milestone = known[0] if known else Milestone(uow.new_id(), name)
        milestone = replace(milestone, due=due or milestone.due, completed_on=uow.today if is_done else None)
        return await self._save(project.with_milestone(milestone, uow.now))

    async def _save(self, project: Project) -> ProjectReport:
        await self._uow.projects.save(project)
        return (await self._reports((project,)))[0]

    async def _reports(self, projects: tuple[Project, ...]) -> tuple[ProjectReport, ...]:
        if not projects:
            return ()
        today = self._uow.today
        counts = await self._uow.jobs.project_counts([project.id for project in projects])
        clients = await self._uow.contacts.display_names({project.contact_id for project in projects})
        reports: list[ProjectReport] = []
        for project in projects:
            still_open, total = counts.get(project.id, (0, 0))
            report = ProjectReport(
                project=project,
                client_name=clients.get(project.contact_id, ""),
                budget_variance=project.budget_variance,
                is_overdue=project.is_overdue(today),
                days_left=(project.end_date - today).days if project.end_date else None,
                open_jobs=still_open,
                total_jobs=total,
            )
            reports.append(report)
        return tuple(reports)
