"""Use cases of activities: follow-ups and reminders, and handing due reminders to the outbox.

Reminders disturb nobody in quiet hours and nobody more than ten times a day. Delivery itself is not done here.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, time, timedelta

from business.clock import as_utc
from business.entities.activities import (
    MAX_DELIVERIES_A_DAY,
    NEVER_QUIET,
    Activity,
    ActivityStatus,
    ActivityType,
    QuietHours,
    Reminder,
    ReminderChannel,
)
from business.entities.contacts import Priority
from business.entities.effects import OutboxMessage
from business.entities.memberships import Membership, Permission
from business.errors import Forbidden, ValidationFailed
from business.repositories import UnitOfWork
from business.use_cases.support import check_members, check_plausible

REMINDER_KIND = "reminder"


class Activities:
    """Follow-ups and reminders of one business."""

    def __init__(self, uow: UnitOfWork, *, quiet_hours: QuietHours | None = None) -> None:
        self._uow = uow
        self._quiet_hours = quiet_hours or QuietHours()

    async def schedule_follow_up(
        self,
        contact_id: str,
        at: datetime,
        notes: str,
        *,
        priority: Priority = Priority.MEDIUM,
        assigned_to: str | None = None,
    ) -> Activity:
        """Plan to come back to a contact, with a reminder then. Raises Forbidden, NotFound, ValidationFailed."""
        uow = self._uow
        uow.require(Permission.EDIT_CONTACTS)
        contact = await uow.contacts.get(contact_id)
        person = assigned_to or uow.actor.user_id
        await check_members(uow, (person,), field="assigned_to")
        when = self._future(at, "follow_up_date")
        title = f"Follow up with {contact.display_name}"
        message = f"{title}: {notes.strip()}" if notes.strip() else title
        channel = await self._preferred_channel(person)
        activity = Activity(
            id=uow.new_id(),
            type=ActivityType.TASK,
            title=title,
            description=notes.strip(),
            created_by=uow.actor.user_id,
            assigned_to=person,
            created_at=uow.now,
            updated_at=uow.now,
            contact_id=contact_id,
            priority=priority,
            scheduled_at=when,
            due_at=when,
            reminders=(Reminder(uow.new_id(), when, message, channel),),
        )
        await uow.activities.add(activity)
        return activity

    async def set_reminder(
        self, message: str, at: datetime, *, channel: ReminderChannel | None = None
    ) -> Activity:
        """Remind the acting user, by default as they prefer it. Every member may. Raises ValidationFailed."""
        uow = self._uow
        chosen = channel or await self._preferred_channel(uow.actor.user_id)
        when = self._future(at, "reminder_time")
        activity = Activity(
            id=uow.new_id(),
            type=ActivityType.REMINDER,
            title=message.strip(),
            created_by=uow.actor.user_id,
            assigned_to=uow.actor.user_id,
            created_at=uow.now,
            updated_at=uow.now,
            scheduled_at=when,
            due_at=when,
            reminders=(Reminder(uow.new_id(), when, message.strip(), chosen),),
        )
        await uow.activities.add(activity)
        return activity

    async def open(self, *, limit: int = 50) -> tuple[Activity, ...]:
        """The acting user's open follow-ups and reminders, soonest first."""
        return await self._uow.activities.open(assigned_to=self._uow.actor.user_id, limit=limit)

    async def complete(self, activity_id: str) -> Activity:
        """Tick it off. Raises Forbidden, NotFound, InvalidTransition."""
        activity = await self._own(activity_id)
        return await self._save(activity.moved_to(ActivityStatus.COMPLETED, self._uow.now))

    async def cancel(self, activity_id: str) -> Activity:
        """Drop it. Raises Forbidden, NotFound, InvalidTransition."""
        activity = await self._own(activity_id)
        return await self._save(activity.moved_to(ActivityStatus.CANCELLED, self._uow.now))

    async def reschedule(self, activity_id: str, at: datetime) -> Activity:
        """Move it, its unsent reminders along. Raises Forbidden, NotFound, InvalidTransition, ValidationFailed."""
        activity = await self._own(activity_id)
        return await self._save(activity.rescheduled(self._future(at, "reminder_time"), self._uow.now))

    async def reminded_now(self) -> frozenset[str]:
        """User ids of those whom a reminder is due for."""
        due = await self._uow.activities.with_due_reminders(self._uow.now)
        return frozenset(activity.assigned_to for activity in due)

    async def release_due(self, *, awake: Collection[str] = ()) -> int:
        """Hand reminders whose time has come to the outbox; returns how many.

        A reminder in quiet hours leaves when they end; who is ``awake`` (user ids of those in a conversation) is told
        at once. One beyond the day's limit leaves the next morning. Message ids come from the reminders, so that
        doing this twice queues nothing twice.
        """
        uow = self._uow
        released = 0
        for activity in await uow.activities.with_due_reminders(uow.now):
            due = activity.due_reminders(uow.now)
            member = await uow.memberships.of_user(activity.assigned_to)
            for reminder in due:
                if member is not None and member.is_active:
                    released += await self._queue(activity, reminder, member, member.user_id in awake)
            marked = activity.handed_over(frozenset(reminder.id for reminder in due), uow.now)
            await uow.activities.save(marked)
        return released

    async def _queue(
        self, activity: Activity, reminder: Reminder, member: Membership, is_awake: bool
    ) -> bool:
        recipient = _recipient(reminder.channel, member)
        is_notice = recipient is None or reminder.channel is ReminderChannel.NOTIFICATION
        quiet = NEVER_QUIET if is_awake and is_notice else self._quiet_hours
        message = OutboxMessage(
            id=f"reminder:{reminder.id}",
            kind=REMINDER_KIND,
            channel=reminder.channel.value if recipient else ReminderChannel.NOTIFICATION.value,
            recipient=recipient or member.user_id,
            payload={
                "activity_id": activity.id,
                "message": reminder.message,
                "user_id": member.user_id,
                "contact_id": activity.contact_id,
                "due_at": activity.due_at.isoformat() if activity.due_at else None,
            },
            not_before=await self._delivery_time(recipient or member.user_id, quiet),
        )
        return await self._uow.outbox.queue(message)

    async def _delivery_time(self, recipient: str, quiet: QuietHours) -> datetime:
        """The first moment outside quiet hours of a day that has room for one more."""
        uow = self._uow
        at = quiet.next_allowed(uow.now, uow.zone)
        while True:
            midnight = datetime.combine(at.astimezone(uow.zone).date(), time.min, uow.zone).astimezone(UTC)
            next_midnight = datetime.combine(
                at.astimezone(uow.zone).date() + timedelta(days=1), time.min, uow.zone
            ).astimezone(UTC)
            sent = await uow.outbox.count_between(recipient, REMINDER_KIND, midnight, next_midnight)
            if sent < MAX_DELIVERIES_A_DAY:
                return at
            at = self._quiet_hours.next_allowed(next_midnight, uow.zone)

    async def _own(self, activity_id: str) -> Activity:
        """The activity, if the acting user made it, has it, or may edit contacts. Raises Forbidden, NotFound."""
        activity = await self._uow.activities.get(activity_id)
        user = self._uow.actor.user_id
        if user not in (activity.assigned_to, activity.created_by) and not self._uow.membership.may(
            Permission.EDIT_CONTACTS
        ):
            raise Forbidden("That reminder is somebody else's.")
        return activity

    async def _save(self, activity: Activity) -> Activity:
        await self._uow.activities.save(activity)
        return activity

    async def _preferred_channel(self, user_id: str) -> ReminderChannel:
        wished = await self._uow.preferences.find(user_id)
        return (wished.reminder_channel if wished else None) or ReminderChannel.NOTIFICATION

    def _future(self, at: datetime, field: str) -> datetime:
        when = as_utc(at, field=field)
        check_plausible(when, self._uow.now, field=field)
        if when <= self._uow.now:
            raise ValidationFailed(field, "That time has passed already.")
        return when


def _recipient(channel: ReminderChannel, member: Membership) -> str | None:
    """Where a member is reached on a channel; None when they are not."""
    if channel is ReminderChannel.EMAIL:
        return member.email
    if channel is ReminderChannel.SMS:
        return member.phone
    return member.user_id
