"""The working half of the seed: customers, projects, jobs, history and follow-ups around today.

Builds entities only; writes nothing.
"""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from business.entities.activities import Activity, ActivityType, Reminder
from business.entities.addresses import Address
from business.entities.businesses import Business
from business.entities.contacts import Contact, ContactType, LifecycleStage, RelationshipStatus
from business.entities.interactions import Interaction, InteractionType
from business.entities.jobs import Job, JobPriority, JobSource, JobStatus, JobType
from business.entities.numbers import Series
from business.entities.projects import Milestone, ProgressEntry, Project, ProjectStatus, ProjectType
from business.seed_data.people import PEOPLE
from business.seed_data.work import PROJECTS, UNDATED, WORK, Undated, Work

FIRST_JOB = 1001
_SPACE = uuid.UUID("8d1f3a52-6f0e-5c1b-9a2e-365000000000")
_OUTCOMES = {
    "paid": JobStatus.PAID,
    "invoiced": JobStatus.INVOICED,
    "on_hold": JobStatus.ON_HOLD,
    "cancelled": JobStatus.CANCELLED,
    "late": JobStatus.SCHEDULED,
}
_SOURCES = (
    JobSource.PHONE,
    JobSource.REPEAT_CUSTOMER,
    JobSource.WEBSITE,
    JobSource.REFERRAL,
    JobSource.VOICE_AGENT,
)


class Calendar:
    """Times around the moment of seeding, in the business's zone, and deterministic ids."""

    def __init__(self, business: Business, now: datetime) -> None:
        self.now = now
        self.today = business.today(now)
        self._business = business

    def id(self, kind: str, key: str) -> str:
        """The same id for the same thing at every seeding."""
        return str(uuid.uuid5(_SPACE, f"{self._business.id}/{kind}/{key}"))

    def ago(self, days: int) -> datetime:
        """This time of day, ``days`` days back."""
        return self.now - timedelta(days=days)

    def day(self, offset: int) -> date:
        """The date ``offset`` days from today."""
        return self.today + timedelta(days=offset)

    def working_day(self, offset: int) -> date:
        """The date ``offset`` working days from today; 0 is today, be it a Sunday."""
        day = self.today
        step = timedelta(days=1 if offset > 0 else -1)
        for _ in range(abs(offset)):
            day += step
            while day.weekday() >= 5:
                day += step
        return day

    def at(self, day: date, clock: str) -> datetime:
        """A local time of day, in UTC."""
        return datetime.combine(day, time.fromisoformat(clock), self._business.zone).astimezone(UTC)

    def slot(self, working_day: int, clock: str, minutes: int) -> tuple[datetime, datetime]:
        """Start and end, in UTC, of something on a working day."""
        start = self.at(self.working_day(working_day), clock)
        return start, start + timedelta(minutes=minutes)


class Field:
    """Builds customers and work of the demonstration business."""

    def __init__(self, calendar: Calendar, owner: str, tyler: str, marisol: str) -> None:
        self._calendar = calendar
        self._owner = owner
        self._people = {"dana": owner, "tyler": tyler, "marisol": marisol}
        self.last_job = FIRST_JOB - 1

    def contacts(self) -> dict[str, Contact]:
        """Contacts by key."""
        made: dict[str, Contact] = {}
        for index, person in enumerate(PEOPLE):
            name = f"{person.first}.{person.last}".strip(".") or person.company.replace(" ", "")
            relationship = RelationshipStatus(person.relationship)
            is_client = relationship is RelationshipStatus.ACTIVE_CLIENT
            made[person.key] = Contact(
                id=self._calendar.id("contact", person.key),
                created_at=self._calendar.ago(300 - 7 * index),
                updated_at=self._calendar.ago(2),
                first_name=person.first,
                last_name=person.last,
                company_name=person.company,
                email=f"{name.lower().replace(chr(39), '')}@mail.example",
                phone=f"+197055501{person.digits}" if index % 4 == 0 else None,
                mobile=f"+197055501{person.digits}" if index % 4 else None,
                type=ContactType(person.type),
                relationship=relationship,
                lifecycle=LifecycleStage.CUSTOMER if is_client else LifecycleStage.CONSIDERATION,
                source="referral" if index % 3 else "website",
                address=Address(person.street, person.city, "CO", f"805{21 + index % 28}"),
                notes=person.notes,
                last_contacted=self._calendar.ago(1 + index % 9) if is_client else None,
            )
        return made

    def projects(self, contacts: dict[str, Contact]) -> dict[str, Project]:
        """Projects by key, numbered from PROJ-001."""
        made: dict[str, Project] = {}
        calendar = self._calendar
        for index, venture in enumerate(PROJECTS, 1):
            client = contacts[venture.contact]
            status = ProjectStatus(venture.status)
            reported = ProgressEntry(calendar.ago(3), venture.progress, self._owner, "Weekly report")
            made[venture.key] = Project(
                id=calendar.id("project", venture.key),
                number=Series.PROJECT.format(index),
                name=venture.name,
                contact_id=client.id,
                created_at=calendar.ago(120 - index),
                updated_at=calendar.ago(3),
                created_by=self._owner,
                type=ProjectType(venture.type),
                status=status,
                start_date=calendar.day(venture.start),
                end_date=calendar.day(venture.end),
                completed_on=calendar.day(venture.end - 1) if status is ProjectStatus.COMPLETED else None,
                estimated_budget=Decimal(venture.budget),
                actual_cost=Decimal(venture.cost),
                manager=self._owner,
                team=(self._people["tyler"], self._people["marisol"]),
                address=client.address,
                progress_percent=venture.progress,
                progress_log=(reported,) if venture.progress else (),
                milestones=(
                    Milestone(
                        calendar.id("milestone", venture.key), "Rough-in", calendar.day(venture.start + 10)
                    ),
                ),
            )
        return made

    def jobs(self, contacts: dict[str, Contact], projects: dict[str, Project]) -> list[Job]:
        """Jobs in the order of their numbers, from JOB-001001."""
        jobs = [self._dated(work, contacts, projects) for work in WORK]
        jobs.extend(self._undated(plan, contacts) for plan in UNDATED)
        return jobs

    def interactions(self, contacts: dict[str, Contact]) -> list[Interaction]:
        """A few recent conversations."""
        told = (
            ("whitfield", InteractionType.CALL, "Wants the kitchen done before the holidays.", 2),
            ("johnson_s", InteractionType.CALL, "Asked whether the new sink fits the old vanity.", 1),
            ("lee", InteractionType.MEETING, "Chose the shower tile and the fixtures.", 4),
            ("patel", InteractionType.EMAIL, "Sent the warranty papers for the water heater.", 5),
            ("reyes", InteractionType.QUOTE, "Compared our radiant floor quote with another one.", 6),
            ("kowalski", InteractionType.NOTE, "Prefers mornings; the dog is friendly.", 8),
        )
        return [
            Interaction(
                id=self._calendar.id("interaction", f"{key}-{days}"),
                contact_id=contacts[key].id,
                type=kind,
                description=text,
                performed_by=self._owner,
                occurred_at=self._calendar.ago(days),
            )
            for key, kind, text, days in told
        ]

    def activities(self, contacts: dict[str, Contact]) -> list[Activity]:
        """The owner's open follow-ups and reminders, all ahead."""
        planned: tuple[tuple[str | None, str, int, str], ...] = (
            ("fischer", "Call Anna Fischer about the repipe", 1, "10:00"),
            ("smith_l", "Ask Linda Smith about the mini split", 2, "09:30"),
            ("reyes", "Follow up on the radiant floor quote", 3, "11:00"),
            (None, "Order copper fittings", 1, "07:30"),
            (None, "Renew the truck insurance", 6, "08:00"),
        )
        return [self._activity(contacts, *plan) for plan in planned]

    def _activity(
        self, contacts: dict[str, Contact], key: str | None, title: str, day: int, clock: str
    ) -> Activity:
        at = self._calendar.at(self._calendar.day(day), clock)
        return Activity(
            id=self._calendar.id("activity", title),
            type=ActivityType.TASK if key else ActivityType.REMINDER,
            title=title,
            created_by=self._owner,
            assigned_to=self._owner,
            created_at=self._calendar.ago(2),
            updated_at=self._calendar.ago(2),
            contact_id=contacts[key].id if key else None,
            scheduled_at=at,
            due_at=at,
            reminders=(Reminder(self._calendar.id("reminder", title), at, title),),
        )

    def _dated(self, work: Work, contacts: dict[str, Contact], projects: dict[str, Project]) -> Job:
        start, end = self._calendar.slot(work.day, work.start, work.minutes)
        status = self._status(work, start, end)
        has_begun = status in (JobStatus.IN_PROGRESS, JobStatus.COMPLETED, JobStatus.INVOICED, JobStatus.PAID)
        has_ended = has_begun and status is not JobStatus.IN_PROGRESS
        client = contacts[work.contact]
        self.last_job += 1
        # Booked days ahead, but never after today.
        booked = min(self._calendar.ago(1), start - timedelta(days=3 + self.last_job % 5))
        return Job(
            id=self._calendar.id("job", str(self.last_job)),
            number=Series.JOB.format(self.last_job),
            title=work.title,
            created_at=booked,
            updated_at=max(booked, min(self._calendar.now, end)),
            created_by=self._owner,
            type=JobType(work.type),
            status=status,
            priority=JobPriority(work.priority),
            source=_SOURCES[self.last_job % len(_SOURCES)],
            contact_id=client.id,
            project_id=projects[work.project].id if work.project else None,
            address=client.address,
            scheduled_start=start,
            scheduled_end=end,
            actual_start=start if has_begun else None,
            actual_end=end if has_ended else None,
            assigned_users=(self._people[work.who],),
            notes="Waiting for a part." if status is JobStatus.ON_HOLD else "",
            completion_notes="Done; customer satisfied." if has_ended else "",
        )

    def _undated(self, plan: Undated, contacts: dict[str, Contact]) -> Job:
        client = contacts[plan.contact]
        self.last_job += 1
        return Job(
            id=self._calendar.id("job", str(self.last_job)),
            number=Series.JOB.format(self.last_job),
            title=plan.title,
            created_at=self._calendar.ago(6),
            updated_at=self._calendar.ago(6),
            created_by=self._owner,
            type=JobType(plan.type),
            status=JobStatus(plan.status),
            source=JobSource.WEBSITE,
            contact_id=client.id,
            address=client.address,
        )

    def _status(self, work: Work, start: datetime, end: datetime) -> JobStatus:
        """The named outcome, else what the clock says."""
        if work.outcome:
            return _OUTCOMES[work.outcome]
        if end <= self._calendar.now:
            return JobStatus.COMPLETED
        return JobStatus.IN_PROGRESS if start <= self._calendar.now else JobStatus.SCHEDULED
