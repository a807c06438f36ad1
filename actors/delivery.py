"""The delivery actor: runs the scheduler of what leaves the house. Thin; the rules are in ``business/delivery/``.

One named, detached actor that Ray restarts for ever; what it knows is in the database, so that dying costs nothing.
Who calls an actor loads its class: the database is imported where it is used, so that sessions do not carry it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

import ray
from ray.exceptions import RayActorError
from ray.util.metrics import Counter
from redis.exceptions import RedisError

from actors.directory import Directory
from actors.names import NAMESPACE
from actors.redis_client import redis_of
from actors.within import within
from business.clock import SystemClock
from business.delivery.announcer import Announced, Announcement
from business.errors import BusinessError
from config.logs import setup_logging
from config.settings import Settings
from conversation.spec import SessionRecord

log = logging.getLogger(__name__)

#: A session waits up to 45 s for a good moment, then may have to say it.
ANNOUNCE_TIMEOUT_S = 75.0
CLOSE_TIMEOUT_S = 5.0
RESTART_S = 1.0


class SessionAnnouncer:
    """Announces in the user's live sessions, wherever in the cluster they are."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    async def is_live(self, business_id: str, user_id: str) -> bool:
        """Whether the user has a session. What cannot be found out counts as no."""
        return bool(await self._sessions(business_id, user_id))

    async def announce(self, announcement: Announcement) -> Announced:
        """Say it in the newest session where somebody is; missed counts only when nowhere it was heard."""
        outcome = Announced.ABSENT
        for record in await self._sessions(announcement.business_id, announcement.user_id):
            answer = await self._ask(record, announcement)
            if answer is Announced.HEARD:
                return answer
            if answer is Announced.MISSED:
                outcome = answer
        return outcome

    async def _sessions(self, business_id: str, user_id: str) -> list[SessionRecord]:
        try:
            return await self._directory.of_user(user_id, business_id)
        except RedisError:
            log.warning("the directory cannot be reached; nobody counts as there")
            return []

    async def _ask(self, record: SessionRecord, announcement: Announcement) -> Announced:
        try:
            actor: Any = await asyncio.to_thread(ray.get_actor, record.actor_name, NAMESPACE)
            return await within(ANNOUNCE_TIMEOUT_S, actor.announce.remote(announcement))
        except (ValueError, RayActorError):
            return Announced.ABSENT  # it ended meanwhile
        except TimeoutError:
            return Announced.MISSED


class _Metrics:
    """Counts deliveries on Ray's metrics endpoint."""

    def __init__(self) -> None:
        self._delivered = Counter(
            "hero365_deliveries_total", description="Messages delivered, by channel.", tag_keys=("channel",)
        )
        self._failed = Counter(
            "hero365_delivery_failures_total",
            description="Tries to deliver that failed, by channel and code.",
            tag_keys=("channel", "code"),
        )

    def delivered(self, channel: str) -> None:
        self._delivered.inc(tags={"channel": channel})

    def failed(self, channel: str, code: str) -> None:
        self._failed.inc(tags={"channel": channel, "code": code})


@ray.remote(num_cpus=0)
class DeliveryActor:
    """Delivers reminders, invoices and estimates for all businesses."""

    def __init__(self, settings: Settings) -> None:
        from business.delivery.configured import channels_of, rules_of
        from business.delivery.dispatcher import Dispatcher
        from business.delivery.scheduler import Scheduler
        from business.sql.database import Database

        setup_logging(settings)
        self._database = Database(settings.database_url, clock=SystemClock(), pool_size=2)
        redis = redis_of(settings, timeout_s=5.0, connections=8)
        self._dispatcher = Dispatcher(
            self._database,
            channels_of(settings),
            SessionAnnouncer(Directory(redis)),
            rules=rules_of(settings),
            observer=_Metrics(),
            on_done=lambda: self._scheduler.nudge(),
        )
        self._scheduler = Scheduler(self._database, self._dispatcher)
        self._running: asyncio.Task[None] | None = None
        # Nobody calls ``start`` after Ray has restarted this actor, so it calls itself.
        myself: Any = ray.get_runtime_context().current_actor
        myself.start.remote()

    async def start(self) -> float:
        """Begin to deliver, idempotently; returns the milliseconds it took."""
        began = time.monotonic()
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())
        return (time.monotonic() - began) * 1000

    async def nudge(self) -> None:
        """Something may be due now."""
        self._scheduler.nudge()

    async def arrived(self, business_id: str, user_id: str) -> None:
        """The user has begun a conversation: tell him what waited for him."""
        try:
            await self._scheduler.arrived(business_id, user_id)
        except BusinessError as error:
            log.warning("what waits for a user could not be looked up: %s", error.code)

    async def health(self) -> dict[str, Any]:
        """As ``Scheduler.health``; down when the scheduler has ended."""
        if self._running is None or self._running.done():
            return {"status": "down", "code": "stopped"}
        try:
            return await self._scheduler.health()
        except BusinessError as error:
            return {"status": "degraded", "code": error.code}

    async def drain(self) -> None:
        """End, giving back what is being delivered."""
        running, self._running = self._running, None
        if running is not None:
            running.cancel()
            await asyncio.wait({running}, timeout=CLOSE_TIMEOUT_S)

    async def _run(self) -> None:
        while True:
            try:
                async with self._dispatcher:
                    await self._scheduler.run()
            except Exception:
                log.exception("the scheduler failed; it begins again")
                await asyncio.sleep(RESTART_S)
