"""The loop: looks when something is due, survives faults, tells the truth about itself."""

from __future__ import annotations

import asyncio
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from business.clock import FixedClock
from business.delivery.announcer import NobodyThere
from business.delivery.channels import Channels, DeliveryFailed
from business.delivery.dispatcher import Dispatcher
from business.delivery.scheduler import Scheduler, wait_for_nudge
from business.sql.database import Database
from business.use_cases.activities import Activities
from tests.business.delivery.doubles import Recorder, posting, put
from tests.business.world import NOW, World

HOUR = timedelta(hours=1)


async def test_a_reminder_leaves_at_its_minute_and_retries_at_theirs(world: World) -> None:
    busy = DeliveryFailed("http_503", retryable=True)
    hook = Recorder("webhook", failures=[busy])
    async with world.write() as uow:
        await Activities(uow).set_reminder("Order pipe", NOW + timedelta(minutes=17, seconds=3))
    async with posting(world, hook) as post:
        scheduler = await post.run_for(hours=1)
        assert scheduler.fault is None
        assert (await scheduler.health())["status"] == "ok"
    assert [each - NOW for each in hook.times] == [timedelta(minutes=18, seconds=3)]
    # It looked at polls of ten minutes and when something was due, not all the time.
    assert scheduler.passes < 20


async def test_it_goes_on_where_a_dead_one_stopped(world: World, database_url: str) -> None:
    async with world.write() as uow:
        await Activities(uow).set_reminder("Order pipe", NOW + HOUR)
    async with posting(world, Recorder("webhook")) as post:
        await post.run_for(minutes=30)
    fresh = World(Database(database_url, clock=world.clock), world.clock)
    hook = Recorder("webhook")
    async with posting(fresh, hook) as post:
        await post.run_for(hours=1)
    await fresh.database.close()
    assert [each - NOW for each in hook.times] == [HOUR]


async def test_health_tells_what_waits_what_is_late_and_what_is_dead(world: World) -> None:
    await put(world, "m1")
    await put(world, "m2", not_before=NOW + HOUR)
    await put(world, "m3", "sms", "+13035550100", not_before=NOW + 9 * HOUR)
    async with posting(
        world, Recorder("sms", failures=[DeliveryFailed("http_410", retryable=False)])
    ) as post:
        scheduler = Scheduler(world.database, post.dispatcher)
        world.clock.advance(timedelta(minutes=4))
        assert await scheduler.health() == {
            "status": "ok", "code": None, "backlog": 3, "due": 1, "oldest_due_s": 240.0, "dead": 0,
        }  # fmt: skip
        world.clock.advance(timedelta(minutes=2))
        late = await scheduler.health()
        assert (late["status"], late["code"]) == ("degraded", "late")
        await post.go()
        after = await scheduler.health()
        assert (after["status"], after["backlog"], after["dead"]) == ("ok", 2, 1)


async def test_a_database_that_is_away_is_waited_for(world: World, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/away/x.db", clock=FixedClock(NOW))
    pauses: list[float] = []

    async def wait(nudged: asyncio.Event, seconds: float) -> None:
        del nudged
        pauses.append(seconds)
        if len(pauses) == 2:
            (tmp_path / "away").mkdir()
            shutil.copy(template, tmp_path / "away" / "x.db")
        if len(pauses) == 4:
            raise asyncio.CancelledError

    from business.migrations.runner import upgrade

    template = tmp_path / "template.db"
    await upgrade(f"sqlite:///{template}")
    async with Dispatcher(database, Channels(), NobodyThere()) as dispatcher:
        scheduler = Scheduler(database, dispatcher, wait)
        with pytest.raises(asyncio.CancelledError):
            await scheduler.run()
    await database.close()
    assert scheduler.fault is None
    assert scheduler.passes == 2


async def test_a_nudge_ends_the_wait() -> None:
    nudged = asyncio.Event()
    waiting = asyncio.create_task(wait_for_nudge(nudged, 3600.0))
    nudged.set()
    async with asyncio.timeout(5):
        await waiting
    await wait_for_nudge(asyncio.Event(), 0.0)
