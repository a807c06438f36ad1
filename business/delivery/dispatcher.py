"""Delivers what is due: takes messages with a lease, brings each to a channel, notes what came of it.

At least once: who dies between delivering and noting leaves a lease that expires, and the next one delivers again
under the same id. Two dispatchers never hold the same message. Decides *where* and *whether*; *when to look* is the
scheduler's business. Never logs addresses or texts.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Protocol, Self

from business.actor import Actor
from business.delivery.announcer import Announced, Announcement, Announcer
from business.delivery.channels import Channel, Channels, DeliveryFailed, letter_id
from business.delivery.claims import Claimed, claim
from business.delivery.rendering import letter, spoken
from business.entities.activities import MAX_DELIVERY_TRIES, QuietHours, ReminderChannel
from business.errors import BusinessError, Conflict, Unavailable
from business.sql.database import Database
from business.sql.unit_of_work import SqlUnitOfWork
from business.use_cases.activities import REMINDER_KIND, Activities

log = logging.getLogger(__name__)

SESSION = "session"
_NO_CHANNEL = "no_channel"


@dataclass(frozen=True, slots=True)
class Rules:
    """How deliveries behave.

    Attributes:
        lease: How long a claim holds; longer than any one delivery can take.
        margin: A delivery does not begin with less than this left of its lease.
        first_retry: Pause after the first failure; each further one is ``retry_factor`` times longer.
        absent: How long a notification rests when its user is in no conversation and cannot be reached otherwise.
        missed: How long it rests when he is there but had no ear for it.
        patience: After this long without an ear for it, the other channels are tried.
        late: A notification later than this is announced as one of the time the user was away.
        at_once: Deliveries in progress at a time.
    """

    quiet_hours: QuietHours = field(default_factory=QuietHours)
    tries: int = MAX_DELIVERY_TRIES
    lease: timedelta = timedelta(minutes=4)
    margin: timedelta = timedelta(seconds=90)
    first_retry: timedelta = timedelta(minutes=1)
    retry_factor: int = 5
    absent: timedelta = timedelta(minutes=15)
    missed: timedelta = timedelta(seconds=15)
    patience: timedelta = timedelta(minutes=10)
    late: timedelta = timedelta(minutes=2)
    at_once: int = 32


class Observer(Protocol):
    """Is told what came of deliveries, for the metrics."""

    def delivered(self, channel: str) -> None:
        """A channel took a message."""
        ...

    def failed(self, channel: str, code: str) -> None:
        """A channel did not."""
        ...


class Dispatcher:
    """Delivers the due messages of all businesses. Use as an async context manager: leaving it ends what runs.

    Args:
        database: Where the outboxes are; its clock is the time.
        channels: The ways out.
        announcer: The way into live conversations.
        rules: Pauses and limits.
        observer: Told of each outcome.
        on_done: Called when there is room again, or nothing left to do.
        sleep: Waits between attempts to note an outcome, seconds.
    """

    def __init__(
        self,
        database: Database,
        channels: Channels,
        announcer: Announcer,
        *,
        rules: Rules | None = None,
        observer: Observer | None = None,
        on_done: Callable[[], None] = lambda: None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._database = database
        self._channels = channels
        self._announcer = announcer
        self._rules = rules or Rules()
        self._observer = observer
        self._on_done = on_done
        self._sleep = sleep
        self._group: asyncio.TaskGroup | None = None
        self._running: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        """Ready to deliver."""
        self._group = await asyncio.TaskGroup().__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Cancel what runs (the leases are given back) and wait for it."""
        group, self._group = self._group, None
        for task in self._running:
            task.cancel()
        if group is not None:
            await group.__aexit__(kind, error, traceback)

    @property
    def room(self) -> int:
        """How many more deliveries may begin."""
        return self._rules.at_once - len(self._running)

    async def settle(self) -> None:
        """Wait until nothing is being delivered."""
        while self._running:
            await asyncio.wait(self._running)

    async def release_reminders(self) -> int:
        """Move the due reminders of every business to its outbox; returns how many. Raises BusinessError."""
        businesses = await self._database.directory.businesses_with_due_reminders(self._database.clock.now())
        return await _for_each(businesses, self._release)

    async def dispatch(self) -> int:
        """Claim what is due, as far as there is room, and begin to deliver it; returns how many.

        Raises:
            BusinessError: Of one business; the others were served all the same.
        """
        businesses = await self._database.directory.businesses_with_due_messages(self._database.clock.now())
        return await _for_each(businesses, self._claim)

    async def wake(self, business_id: str, user_id: str) -> int:
        """The user has begun a conversation: what waited for him is due. Raises BusinessError."""
        async with self._database.tenant(Actor.system(business_id)) as uow:
            return await uow.outbox.wake(user_id)

    # --- one business

    async def _release(self, business_id: str) -> int:
        system = Actor.system(business_id)
        async with self._database.reading(system) as uow:
            users = await Activities(uow).reminded_now()
        # Asked before the writing transaction, which must not wait for anybody.
        awake = {user for user in users if await self._announcer.is_live(business_id, user)}
        async with self._database.tenant(system) as uow:
            activities = Activities(uow, quiet_hours=self._rules.quiet_hours)
            return await activities.release_due(awake=awake)

    async def _claim(self, business_id: str) -> int:
        if self._group is None:
            raise RuntimeError("the dispatcher is closed")
        if self.room <= 0:
            return 0
        lease, until = secrets.token_hex(16), self._database.clock.now() + self._rules.lease
        async with self._database.tenant(Actor.system(business_id)) as uow:
            claimed = await claim(uow, lease, until, limit=self.room)
        for each in claimed:
            task = self._group.create_task(self._guarded(each))
            self._running.add(task)
            task.add_done_callback(self._ended)
        return len(claimed)

    # --- one message

    def _ended(self, task: asyncio.Task[None]) -> None:
        was_full = self.room <= 0
        self._running.discard(task)
        if was_full or not self._running:
            self._on_done()

    async def _guarded(self, claimed: Claimed) -> None:
        """Deliver one; a fault ends only this delivery, whose lease then expires."""
        try:
            await self._deliver(claimed)
        except asyncio.CancelledError:
            await asyncio.shield(self._note(claimed, lambda uow: _hold(uow, claimed, None)))
            raise
        except Exception:
            log.exception("a delivery of business %s failed", claimed.business.id)

    async def _deliver(self, claimed: Claimed) -> None:
        rules, message = self._rules, claimed.message
        if self._database.clock.now() > claimed.until - rules.margin:
            await self._note(claimed, lambda uow: _hold(uow, claimed, None))
            return
        failures: list[DeliveryFailed] = []
        if message.channel == ReminderChannel.NOTIFICATION.value:
            announced = await self._announce(claimed, failures)
            if announced is Announced.HEARD:
                await self._succeeded(claimed, SESSION)
                return
            now = self._database.clock.now()
            due = message.not_before or now
            if announced is Announced.MISSED and now < due + rules.patience:
                await self._note(claimed, lambda uow: _hold(uow, claimed, now + rules.missed))
                return
        if await self._is_quiet(claimed):
            return
        await self._send(claimed, failures)

    async def _announce(self, claimed: Claimed, failures: list[DeliveryFailed]) -> Announced:
        message, now = claimed.message, self._database.clock.now()
        due = message.not_before or now
        try:
            text = spoken(message)
        except DeliveryFailed as error:
            failures.append(error)
            return Announced.ABSENT
        business_id = claimed.business.id
        return await self._announcer.announce(
            Announcement(
                id=letter_id(business_id, message.id),
                business_id=business_id,
                user_id=message.recipient,
                kind=message.kind,
                text=text,
                is_late=now > due + self._rules.late,
            )
        )

    async def _is_quiet(self, claimed: Claimed) -> bool:
        """Put off what would disturb somebody now: reminders, and text messages of any kind."""
        message, now = claimed.message, self._database.clock.now()
        if message.kind != REMINDER_KIND and message.channel != ReminderChannel.SMS.value:
            return False
        ends = self._rules.quiet_hours.next_allowed(now, claimed.business.zone)
        if ends <= now:
            return False
        if message.channel == ReminderChannel.NOTIFICATION.value:
            # Held, not put off: should he begin a conversation before, he is awake.
            await self._note(claimed, lambda uow: _hold(uow, claimed, ends))
        else:
            await self._note(
                claimed, lambda uow: uow.outbox.postpone(claimed.message.id, claimed.lease, ends)
            )
        return True

    async def _send(self, claimed: Claimed, failures: list[DeliveryFailed]) -> None:
        """Try the channels one after the other until one takes the message."""
        message = claimed.message
        routes = self._routes(claimed)
        if not routes and message.channel == ReminderChannel.NOTIFICATION.value and not failures:
            until = self._database.clock.now() + self._rules.absent
            await self._note(claimed, lambda uow: _hold(uow, claimed, until))
            return
        if not routes and not failures:
            failures.append(DeliveryFailed(_NO_CHANNEL, retryable=False))
            self._count_failure(message.channel, _NO_CHANNEL)
        for channel, to in routes:
            try:
                await channel.deliver(letter(message, claimed.business, channel.name, to))
            except DeliveryFailed as error:
                self._count_failure(channel.name, error.code)
                failures.append(error)
            else:
                await self._succeeded(claimed, channel.name)
                return
        await self._failed(claimed, failures)

    def _routes(self, claimed: Claimed) -> list[tuple[Channel, str]]:
        """Channels and addresses in the order in which they are tried."""
        ways, message, member = self._channels, claimed.message, claimed.member
        wanted: list[tuple[Channel | None, str | None]]
        match message.channel:
            case ReminderChannel.NOTIFICATION.value:
                email, phone = (member.email, member.phone) if member else (None, None)
                wanted = [(ways.webhook, message.recipient), (ways.email, email), (ways.sms, phone)]
            case ReminderChannel.EMAIL.value:
                wanted = [(ways.email, message.recipient)]
            case ReminderChannel.SMS.value:
                wanted = [(ways.sms, message.recipient)]
            case "webhook":
                wanted = [(ways.webhook, message.recipient)]
            case _:
                wanted = []
        return [(channel, to) for channel, to in wanted if channel is not None and to]

    # --- what came of it

    async def _succeeded(self, claimed: Claimed, via: str) -> None:
        if self._observer is not None:
            self._observer.delivered(via)
        message_id, lease = claimed.message.id, claimed.lease
        await self._note(claimed, lambda uow: uow.outbox.delivered(message_id, via=via, lease=lease))

    async def _failed(self, claimed: Claimed, failures: list[DeliveryFailed]) -> None:
        message, rules = claimed.message, self._rules
        retry_at: datetime | None = None
        hopeful = [failure for failure in failures if failure.retryable]
        if hopeful and message.attempts + 1 < rules.tries:
            pause = rules.first_retry * rules.retry_factor**message.attempts
            asked = max((failure.retry_after_s or 0.0 for failure in hopeful), default=0.0)
            retry_at = self._database.clock.now() + max(pause, timedelta(seconds=asked))
        codes = ", ".join(failure.code for failure in failures)
        log.warning(
            "delivery %s of a %s of business %s failed: %s",
            message.attempts + 1,
            message.kind,
            claimed.business.id,
            codes,
        )
        lease = claimed.lease
        await self._note(
            claimed, lambda uow: uow.outbox.failed(message.id, codes, retry_at=retry_at, lease=lease)
        )

    async def _note(self, claimed: Claimed, change: Callable[[SqlUnitOfWork], Awaitable[None]]) -> None:
        """Write the outcome down, in spite of a database that is busy for a moment."""
        for pause in (1.0, 4.0, None):
            try:
                async with self._database.tenant(Actor.system(claimed.business.id)) as uow:
                    await change(uow)
            except Unavailable:
                if pause is None:
                    log.warning("an outcome could not be noted; its lease expires and it is tried again")
                else:
                    await self._sleep(pause)
            except Conflict:
                log.warning("a lease had expired before the outcome was noted")
                return
            except BusinessError as error:
                log.warning("an outcome could not be noted: %s", error.code)
                return
            else:
                return

    def _count_failure(self, channel: str, code: str) -> None:
        if self._observer is not None:
            self._observer.failed(channel, code)


async def _hold(uow: SqlUnitOfWork, claimed: Claimed, until: datetime | None) -> None:
    await uow.outbox.hold(claimed.message.id, claimed.lease, until)


async def _for_each(businesses: Iterable[str], work: Callable[[str], Awaitable[int]]) -> int:
    """The sum over all businesses; a fault of one is raised when all had their turn."""
    count, fault = 0, None
    for business_id in businesses:
        try:
            count += await work(business_id)
        except BusinessError as error:
            log.warning("deliveries of business %s stand still: %s", business_id, error.code)
            fault = error
    if fault is not None:
        raise fault
    return count
