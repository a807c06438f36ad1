"""Jobs: work at a customer's place, its state machine, schedule, hours and cost. Pure rules, no I/O."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from business.entities.addresses import NO_ADDRESS, Address
from business.entities.transitions import Transitions
from business.errors import ValidationFailed
from business.money import ZERO, cents, percent_of

MAX_TITLE = 300


class JobType(StrEnum):
    """Kinds of job."""

    SERVICE = "service"
    PROJECT = "project"
    MAINTENANCE = "maintenance"
    INSTALLATION = "installation"
    REPAIR = "repair"
    INSPECTION = "inspection"
    CONSULTATION = "consultation"
    QUOTE = "quote"
    FOLLOW_UP = "follow_up"
    EMERGENCY = "emergency"


class JobStatus(StrEnum):
    """Life of a job."""

    DRAFT = "draft"
    QUOTED = "quoted"
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    COMPLETED = "completed"
    INVOICED = "invoiced"
    PAID = "paid"
    CANCELLED = "cancelled"


class JobPriority(StrEnum):
    """How pressing a job is."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    URGENT = "urgent"
    EMERGENCY = "emergency"


class JobSource(StrEnum):
    """Where a job came from."""

    PHONE = "phone"
    EMAIL = "email"
    WEBSITE = "website"
    REFERRAL = "referral"
    SOCIAL_MEDIA = "social_media"
    ADVERTISEMENT = "advertisement"
    WALK_IN = "walk_in"
    REPEAT_CUSTOMER = "repeat_customer"
    PARTNERSHIP = "partnership"
    VOICE_AGENT = "voice_agent"
    OTHER = "other"


_S = JobStatus
JOB_TRANSITIONS = Transitions(
    "job",
    {
        _S.DRAFT: (_S.QUOTED, _S.SCHEDULED, _S.CANCELLED),
        _S.QUOTED: (_S.SCHEDULED, _S.DRAFT, _S.CANCELLED),
        _S.SCHEDULED: (_S.IN_PROGRESS, _S.ON_HOLD, _S.CANCELLED),
        _S.IN_PROGRESS: (_S.COMPLETED, _S.ON_HOLD, _S.CANCELLED),
        _S.ON_HOLD: (_S.IN_PROGRESS, _S.SCHEDULED, _S.CANCELLED),
        _S.COMPLETED: (_S.INVOICED,),
        _S.INVOICED: (_S.PAID,),
    },
)
# Statuses in which a job still takes somebody's time, so that it can overlap with another.
BOOKED_STATUSES = (_S.SCHEDULED, _S.IN_PROGRESS)
OPEN_JOBS = (_S.DRAFT, _S.QUOTED, _S.SCHEDULED, _S.IN_PROGRESS, _S.ON_HOLD)

# Planned minutes of a job that was given a start and no end.
USUAL_MINUTES = {
    JobType.SERVICE: 120,
    JobType.PROJECT: 480,
    JobType.MAINTENANCE: 90,
    JobType.INSTALLATION: 240,
    JobType.REPAIR: 120,
    JobType.INSPECTION: 60,
    JobType.CONSULTATION: 60,
    JobType.QUOTE: 60,
    JobType.FOLLOW_UP: 60,
    JobType.EMERGENCY: 120,
}


@dataclass(frozen=True, slots=True)
class TimeTracking:
    """Hours of a job, and its breaks in minutes. None is "not known"."""

    estimated_hours: Decimal | None = None
    actual_hours: Decimal | None = None
    billable_hours: Decimal | None = None
    break_minutes: int = 0

    def __post_init__(self) -> None:
        hours = (self.estimated_hours, self.actual_hours, self.billable_hours)
        if self.break_minutes < 0 or any(value is not None and value < 0 for value in hours):
            raise ValidationFailed("time", "Hours and breaks must not be negative.")


UNTIMED = TimeTracking()


@dataclass(frozen=True, slots=True)
class CostEstimate:
    """What a job is expected to cost, in the business's currency; percentages in per cent."""

    labour: Decimal = ZERO
    material: Decimal = ZERO
    equipment: Decimal = ZERO
    overhead: Decimal = ZERO
    markup_percent: Decimal = Decimal(20)
    tax_percent: Decimal = ZERO
    discount: Decimal = ZERO

    def __post_init__(self) -> None:
        amounts = (self.labour, self.material, self.equipment, self.overhead, self.discount)
        if any(value < 0 for value in (*amounts, self.markup_percent, self.tax_percent)):
            raise ValidationFailed("cost", "Costs and percentages must not be negative.")
        if self.discount > self.costs + self.markup:
            raise ValidationFailed("discount", "The discount is larger than what it reduces.")

    @property
    def costs(self) -> Decimal:
        """Labour, material, equipment and overhead."""
        return cents(self.labour + self.material + self.equipment + self.overhead)

    @property
    def markup(self) -> Decimal:
        """The mark-up on the costs."""
        return percent_of(self.costs, self.markup_percent)

    @property
    def price(self) -> Decimal:
        """(costs + mark-up − discount) + tax."""
        net = self.costs + self.markup - cents(self.discount)
        return net + percent_of(net, self.tax_percent)


@dataclass(frozen=True, slots=True)
class Job:
    """One job. Times are UTC; ``assigned_users`` are user ids of members."""

    id: str
    number: str
    title: str
    created_at: datetime
    updated_at: datetime
    created_by: str
    description: str = ""
    type: JobType = JobType.SERVICE
    status: JobStatus = JobStatus.DRAFT
    priority: JobPriority = JobPriority.MEDIUM
    source: JobSource = JobSource.OTHER
    contact_id: str | None = None
    project_id: str | None = None
    address: Address = NO_ADDRESS
    scheduled_start: datetime | None = None
    scheduled_end: datetime | None = None
    actual_start: datetime | None = None
    actual_end: datetime | None = None
    assigned_users: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    notes: str = ""
    customer_requirements: str = ""
    completion_notes: str = ""
    time: TimeTracking = UNTIMED
    cost: CostEstimate | None = None

    def __post_init__(self) -> None:
        if not self.title.strip():
            raise ValidationFailed("title", "A job needs a title.")
        if len(self.title) > MAX_TITLE:
            raise ValidationFailed("title", f"A job title has at most {MAX_TITLE} characters.")
        if self.scheduled_end is not None and (
            self.scheduled_start is None or self.scheduled_end <= self.scheduled_start
        ):
            raise ValidationFailed("scheduled_date", "A job must end after it starts.")
        if self.scheduled_start is not None and self.scheduled_end is None:
            raise ValidationFailed("scheduled_date", "A job with a start needs an end.")

    @property
    def duration(self) -> timedelta | None:
        """Planned duration."""
        if self.scheduled_start is None or self.scheduled_end is None:
            return None
        return self.scheduled_end - self.scheduled_start

    def is_overdue(self, now: datetime) -> bool:
        """Whether its planned end has passed while it is scheduled or in progress."""
        return self.status in BOOKED_STATUSES and self.scheduled_end is not None and self.scheduled_end < now

    def overlaps(self, start: datetime, end: datetime) -> bool:
        """Whether the job is booked at some moment of [start, end)."""
        if self.status not in BOOKED_STATUSES or self.scheduled_start is None or self.scheduled_end is None:
            return False
        return self.scheduled_start < end and start < self.scheduled_end

    def moved_to(self, status: JobStatus, now: datetime, notes: str | None = None) -> Job:
        """The job in another status. Raises InvalidTransition.

        Starting stamps ``actual_start`` (the first time), completing stamps ``actual_end`` and keeps ``notes`` as
        completion notes; otherwise notes are appended.
        """
        JOB_TRANSITIONS.check(self.status, status)
        if status is JobStatus.SCHEDULED and self.scheduled_start is None:
            raise ValidationFailed("scheduled_date", "A job needs a date before it can be scheduled.")
        changed = replace(self, status=status, updated_at=now)
        if status is JobStatus.IN_PROGRESS and self.actual_start is None:
            changed = replace(changed, actual_start=now)
        if status is JobStatus.COMPLETED:
            return replace(changed, actual_end=now, completion_notes=notes or self.completion_notes)
        return changed.noted(notes, now) if notes else changed

    def rescheduled(self, start: datetime, end: datetime | None, now: datetime) -> Job:
        """The job at another time, its duration kept unless ``end`` is given. Raises InvalidTransition.

        A job that was not booked yet (draft, quoted, on hold) becomes scheduled; one that is under way keeps its
        status; an ended one cannot move.
        """
        status = self.status
        if status is not JobStatus.SCHEDULED and status is not JobStatus.IN_PROGRESS:
            JOB_TRANSITIONS.check(status, JobStatus.SCHEDULED)
            status = JobStatus.SCHEDULED
        until = end or start + (self.duration or timedelta(minutes=USUAL_MINUTES[self.type]))
        return replace(self, status=status, scheduled_start=start, scheduled_end=until, updated_at=now)

    def noted(self, text: str, now: datetime) -> Job:
        """The job with a line added to its notes."""
        return replace(self, notes=f"{self.notes}\n{text}".strip(), updated_at=now)
