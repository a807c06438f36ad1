"""Projects: longer work for a client, with progress, milestones and a budget. Pure rules, no I/O."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from business.entities.addresses import NO_ADDRESS, Address
from business.entities.transitions import Transitions
from business.errors import InvalidTransition, ValidationFailed
from business.money import ZERO

MAX_NAME = 200
MAX_DESCRIPTION = 1000


class ProjectType(StrEnum):
    """Kinds of project."""

    MAINTENANCE = "maintenance"
    INSTALLATION = "installation"
    RENOVATION = "renovation"
    EMERGENCY = "emergency"
    CONSULTATION = "consultation"
    INSPECTION = "inspection"
    REPAIR = "repair"
    CONSTRUCTION = "construction"


class ProjectStatus(StrEnum):
    """Life of a project."""

    PLANNING = "planning"
    ACTIVE = "active"
    ON_HOLD = "on_hold"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class ProjectPriority(StrEnum):
    """How pressing a project is."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


_S = ProjectStatus
PROJECT_TRANSITIONS = Transitions(
    "project",
    {
        _S.PLANNING: (_S.ACTIVE, _S.CANCELLED),
        _S.ACTIVE: (_S.ON_HOLD, _S.COMPLETED, _S.CANCELLED),
        _S.ON_HOLD: (_S.ACTIVE, _S.CANCELLED),
    },
)
OPEN_PROJECTS = (_S.PLANNING, _S.ACTIVE, _S.ON_HOLD)


@dataclass(frozen=True, slots=True)
class ProgressEntry:
    """One report of progress, in per cent."""

    at: datetime
    percent: int
    by: str
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Milestone:
    """A step that the client can see."""

    id: str
    name: str
    due: date | None = None
    completed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """One project. Dates are business-local; amounts in the business's currency."""

    id: str
    number: str
    name: str
    contact_id: str
    created_at: datetime
    updated_at: datetime
    created_by: str
    description: str = ""
    type: ProjectType = ProjectType.RENOVATION
    status: ProjectStatus = ProjectStatus.PLANNING
    priority: ProjectPriority = ProjectPriority.MEDIUM
    start_date: date | None = None
    end_date: date | None = None
    completed_on: date | None = None
    estimated_budget: Decimal = ZERO
    actual_cost: Decimal = ZERO
    manager: str | None = None
    team: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    notes: str = ""
    address: Address = NO_ADDRESS
    progress_percent: int = 0
    progress_log: tuple[ProgressEntry, ...] = ()
    milestones: tuple[Milestone, ...] = ()

    def __post_init__(self) -> None:
        if not self.name.strip() or len(self.name) > MAX_NAME:
            raise ValidationFailed("name", f"A project name has 1 to {MAX_NAME} characters.")
        if len(self.description) > MAX_DESCRIPTION:
            raise ValidationFailed(
                "description", f"A project description has at most {MAX_DESCRIPTION} characters."
            )
        if self.start_date is not None and self.end_date is not None and self.end_date <= self.start_date:
            raise ValidationFailed("end_date", "A project must end after it starts.")
        if self.estimated_budget < 0 or self.actual_cost < 0:
            raise ValidationFailed("budget", "Budget and cost must not be negative.")
        if not 0 <= self.progress_percent <= 100:
            raise ValidationFailed("progress_percentage", "Progress must be between 0 and 100 percent.")

    @property
    def budget_variance(self) -> Decimal:
        """Budget less cost: negative means over budget."""
        return self.estimated_budget - self.actual_cost

    def is_overdue(self, today: date) -> bool:
        """Whether its end has passed while it is open."""
        return self.status in OPEN_PROJECTS and self.end_date is not None and self.end_date < today

    def moved_to(self, status: ProjectStatus, now: datetime, today: date) -> Project:
        """The project in another status; completing stamps the day. Raises InvalidTransition."""
        PROJECT_TRANSITIONS.check(self.status, status)
        done = today if status is ProjectStatus.COMPLETED else self.completed_on
        return replace(self, status=status, completed_on=done, updated_at=now)

    def progressed(self, percent: int, by: str, now: datetime, notes: str = "") -> Project:
        """The project at ``percent``, with the report in its log. Raises InvalidTransition once it has ended."""
        if PROJECT_TRANSITIONS.is_final(self.status):
            said = f"That project is {self.status.value}, so its progress can't change any more."
            raise InvalidTransition("project", self.status.value, f"{percent}_percent", (), said)
        entry = ProgressEntry(now, percent, by, notes)
        return replace(
            self, progress_percent=percent, progress_log=(*self.progress_log, entry), updated_at=now
        )

    def with_milestone(self, milestone: Milestone, now: datetime) -> Project:
        """The project with ``milestone`` added, or replaced when it has the id already."""
        others = tuple(one for one in self.milestones if one.id != milestone.id)
        return replace(self, milestones=(*others, milestone), updated_at=now)

    def spent(self, amount: Decimal, now: datetime) -> Project:
        """The project with ``amount`` more of cost."""
        return replace(self, actual_cost=self.actual_cost + amount, updated_at=now)
