"""Activities: follow-ups, tasks and reminders, and the rules by which reminders may reach a person. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from business.entities.contacts import Priority
from business.entities.transitions import Transitions
from business.errors import ValidationFailed

MAX_DELIVERIES_A_DAY = 10
MAX_DELIVERY_TRIES = 3


class ActivityType(StrEnum):
    """Kinds of activity."""

    INTERACTION = "interaction"
    STATUS_CHANGE = "status_change"
    TASK = "task"
    REMINDER = "reminder"
    NOTE = "note"
    SYSTEM_EVENT = "system_event"
    SERVICE_EVENT = "service_event"
    FINANCIAL_EVENT = "financial_event"
    DOCUMENT_EVENT = "document_event"


class ActivityStatus(StrEnum):
    """Life of an activity."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    OVERDUE = "overdue"


class ReminderChannel(StrEnum):
    """How a reminder reaches the person."""

    NOTIFICATION = "notification"
    EMAIL = "email"
    SMS = "sms"


_S = ActivityStatus
ACTIVITY_TRANSITIONS = Transitions(
    "task",
    {
        _S.PENDING: (_S.IN_PROGRESS, _S.COMPLETED, _S.CANCELLED, _S.OVERDUE),
        _S.IN_PROGRESS: (_S.COMPLETED, _S.CANCELLED, _S.OVERDUE),
        _S.OVERDUE: (_S.IN_PROGRESS, _S.COMPLETED, _S.CANCELLED, _S.PENDING),
    },
)
OPEN_ACTIVITIES = (_S.PENDING, _S.IN_PROGRESS, _S.OVERDUE)


@dataclass(frozen=True, slots=True)
class Reminder:
    """One nudge about an activity. ``sent`` is set when it was handed to the outbox."""

    id: str
    at: datetime
    message: str
    channel: ReminderChannel = ReminderChannel.NOTIFICATION
    sent: datetime | None = None


@dataclass(frozen=True, slots=True)
class Activity:
    """Something to do or to be reminded of.

    Attributes:
        contact_id: None for a personal reminder.
        scheduled_at: When it starts to matter (UTC).
        due_at: When it must be done (UTC), not before ``scheduled_at``.
        assigned_to: User it concerns and who is reminded.
    """

    id: str
    type: ActivityType
    title: str
    created_by: str
    assigned_to: str
    created_at: datetime
    updated_at: datetime
    description: str = ""
    contact_id: str | None = None
    job_id: str | None = None
    status: ActivityStatus = ActivityStatus.PENDING
    priority: Priority = Priority.MEDIUM
    scheduled_at: datetime | None = None
    due_at: datetime | None = None
    completed_at: datetime | None = None
    reminders: tuple[Reminder, ...] = ()

    def __post_init__(self) -> None:
        if not self.title.strip():
            raise ValidationFailed("message", "Tell me what to remind you of.")
        if self.scheduled_at and self.due_at and self.scheduled_at > self.due_at:
            raise ValidationFailed("due_at", "It can't be due before it is scheduled.")

    @property
    def is_open(self) -> bool:
        """Whether it still has to be done."""
        return self.status in OPEN_ACTIVITIES

    def is_overdue(self, now: datetime) -> bool:
        """Whether it is open past its due time."""
        return self.is_open and self.due_at is not None and self.due_at < now

    def moved_to(self, status: ActivityStatus, now: datetime) -> Activity:
        """The activity in another status; completing stamps the time. Raises InvalidTransition."""
        ACTIVITY_TRANSITIONS.check(self.status, status)
        done = now if status is ActivityStatus.COMPLETED else self.completed_at
        return replace(self, status=status, completed_at=done, updated_at=now)

    def rescheduled(self, at: datetime, now: datetime) -> Activity:
        """The activity at another time, with its unsent reminders moved along. Raises InvalidTransition."""
        status = self.status
        if status is not ActivityStatus.PENDING:
            ACTIVITY_TRANSITIONS.check(status, ActivityStatus.PENDING)
            status = ActivityStatus.PENDING
        shift = at - self.scheduled_at if self.scheduled_at else timedelta()
        moved = tuple(
            reminder if reminder.sent else replace(reminder, at=reminder.at + shift)
            for reminder in self.reminders
        )
        due = self.due_at + shift if self.due_at else None
        return replace(self, status=status, scheduled_at=at, due_at=due, reminders=moved, updated_at=now)

    def due_reminders(self, now: datetime) -> tuple[Reminder, ...]:
        """Reminders whose time has come and that were not handed over yet."""
        if not self.is_open:
            return ()
        return tuple(reminder for reminder in self.reminders if reminder.sent is None and reminder.at <= now)

    def handed_over(self, reminder_ids: frozenset[str], now: datetime) -> Activity:
        """The activity with these reminders marked as given to the outbox."""
        marked = tuple(
            replace(reminder, sent=now) if reminder.id in reminder_ids else reminder
            for reminder in self.reminders
        )
        return replace(self, reminders=marked, updated_at=now)

    @property
    def next_reminder_at(self) -> datetime | None:
        """When the earliest unsent reminder is due; None when there is none or the activity is closed."""
        times = [reminder.at for reminder in self.reminders if reminder.sent is None]
        return min(times) if times and self.is_open else None


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Local hours in which nobody is disturbed; may cross midnight. Equal ends: none at all."""

    begins: time = time(21)
    ends: time = time(7)

    def next_allowed(self, at: datetime, zone: ZoneInfo) -> datetime:
        """``at`` itself, or the end of the quiet hours it falls into (aware, same instant semantics)."""
        local = at.astimezone(zone)
        clock = local.time().replace(tzinfo=None)
        crosses = self.begins > self.ends
        is_quiet = clock >= self.begins or clock < self.ends if crosses else self.begins <= clock < self.ends
        if not is_quiet:
            return at
        day = local.date()
        if crosses and clock >= self.begins:
            day += timedelta(days=1)
        return datetime.combine(day, self.ends, zone).astimezone(at.tzinfo)


NEVER_QUIET = QuietHours(time(0), time(0))
