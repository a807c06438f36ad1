"""Channels and conversations that do what a test says, and a scheduler whose waiting moves the clock."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from business.delivery.announcer import Announced, Announcement
from business.delivery.channels import Channels, DeliveryFailed, Letter
from business.delivery.dispatcher import Dispatcher, Rules
from business.delivery.scheduler import Scheduler
from business.entities.effects import OutboxMessage
from tests.business.world import World


@dataclass
class Recorder:
    """A channel that takes everything, or fails with what ``failures`` holds next; ``gate`` holds it back."""

    name: str = "email"
    failures: list[DeliveryFailed] = field(default_factory=list)
    always: DeliveryFailed | None = None
    letters: list[Letter] = field(default_factory=list)
    times: list[datetime] = field(default_factory=list)
    now: Callable[[], datetime] | None = None
    gate: asyncio.Event | None = None
    tried: int = 0
    began: asyncio.Event = field(default_factory=asyncio.Event)

    async def deliver(self, letter: Letter) -> None:
        self.tried += 1
        self.began.set()
        if self.gate is not None:
            await self.gate.wait()
        if self.failures or self.always:
            raise self.failures.pop(0) if self.failures else self.always or AssertionError
        self.letters.append(letter)
        if self.now is not None:
            self.times.append(self.now())


@dataclass
class Ears:
    """Users in conversations: ``live`` are there; ``answers`` is what comes of announcements, the last for ever."""

    live: set[tuple[str, str]] = field(default_factory=set)
    answers: list[Announced] = field(default_factory=lambda: [Announced.HEARD])
    heard: list[Announcement] = field(default_factory=list)
    asked: int = 0

    async def is_live(self, business_id: str, user_id: str) -> bool:
        return (business_id, user_id) in self.live

    async def announce(self, announcement: Announcement) -> Announced:
        self.asked += 1
        if (announcement.business_id, announcement.user_id) not in self.live:
            return Announced.ABSENT
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer is Announced.HEARD:
            self.heard.append(announcement)
        return answer


@dataclass
class Tally:
    """What the metrics would count."""

    taken: list[str] = field(default_factory=list)
    lost: list[tuple[str, str]] = field(default_factory=list)

    def delivered(self, channel: str) -> None:
        self.taken.append(channel)

    def failed(self, channel: str, code: str) -> None:
        self.lost.append((channel, code))


@dataclass
class Post:
    """A dispatcher of the world's database with its doubles."""

    world: World
    dispatcher: Dispatcher
    ears: Ears
    tally: Tally
    nudge: list[Callable[[], None]] = field(default_factory=list)

    async def go(self) -> int:
        """One look: release, dispatch, and wait for what was begun."""
        await self.dispatcher.release_reminders()
        begun = await self.dispatcher.dispatch()
        await self.dispatcher.settle()
        return begun

    async def after(self, **time: float) -> int:
        """One look so much later."""
        self.world.clock.advance(timedelta(**time))
        return await self.go()

    async def run_for(self, **time: float) -> Scheduler:
        """The scheduler's loop for so long, its waiting moving the clock."""
        end = self.world.clock.now() + timedelta(**time)
        over = asyncio.CancelledError()

        async def wait(nudged: asyncio.Event, seconds: float) -> None:
            await self.dispatcher.settle()
            if nudged.is_set():
                return
            if self.world.clock.now() >= end:
                raise over
            self.world.clock.advance(timedelta(seconds=seconds))

        scheduler = Scheduler(self.world.database, self.dispatcher, wait, poll_s=600.0)
        self.nudge.append(scheduler.nudge)
        with contextlib.suppress(asyncio.CancelledError):
            await scheduler.run()
        return scheduler

    async def message(self, message_id: str) -> OutboxMessage:
        async with self.world.read() as uow:
            return await uow.outbox.get(message_id)


@contextlib.asynccontextmanager
async def posting(
    world: World, *channels: Any, ears: Ears | None = None, **rules: Any
) -> AsyncIterator[Post]:
    """A dispatcher with these channels."""
    ears, tally = ears or Ears(), Tally()
    ways = Channels(**{channel.name: channel for channel in channels})
    for channel in channels:
        if isinstance(channel, Recorder):
            channel.now = world.clock.now
    dispatcher = Dispatcher(
        world.database,
        ways,
        ears,
        rules=Rules(**rules),
        observer=tally,
        on_done=lambda: [nudge() for nudge in post.nudge] and None,
        sleep=_no_time,
    )
    post = Post(world, dispatcher, ears, tally)
    async with dispatcher:
        yield post


async def _no_time(seconds: float) -> None:
    del seconds
    await asyncio.sleep(0)


async def put(
    world: World, message_id: str, channel: str = "email", to: str = "a@b.example", **more: Any
) -> None:
    """Queue a bill-like message that needs no invoice behind it."""
    payload = {"message": f"say {message_id}", **more.pop("payload", {})}
    async with world.write() as uow:
        await uow.outbox.queue(OutboxMessage(message_id, "reminder", channel, to, payload, **more))
