"""The loop behind deliveries: looks when something is due, when it is nudged, and every few seconds anyway.

Everything it needs is in the database, so that a fresh one goes on where a dead one stopped. Never delivers itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

from business.delivery.dispatcher import Dispatcher
from business.errors import BusinessError
from business.sql.database import Database

log = logging.getLogger(__name__)

#: Longest time between two looks: what other processes queue is found by then.
POLL_S = 3.0
#: Shortest time between two looks.
REST_S = 0.2
#: A message that is due for longer without being taken is a fault.
LATE_S = 300.0

Wait = Callable[[asyncio.Event, float], Awaitable[None]]


async def wait_for_nudge(nudged: asyncio.Event, seconds: float) -> None:
    """Wait for the event, at most so long."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await nudged.wait()


@dataclass(slots=True)
class Scheduler:
    """Drives one dispatcher.

    Args:
        database: Where the due times are; its clock is the time.
        dispatcher: Delivers; open for as long as ``run`` runs.
        wait: Waits for the event or so many seconds.
    """

    database: Database
    dispatcher: Dispatcher
    wait: Wait = wait_for_nudge
    poll_s: float = POLL_S
    passes: int = 0
    fault: str | None = None
    _nudged: asyncio.Event | None = None

    async def run(self) -> None:
        """Look and deliver until cancelled; a database that is away for a while is waited for."""
        self._nudged = asyncio.Event()
        while True:
            self._nudged.clear()
            pause = await self._pass()
            await self.wait(self._nudged, pause)

    def nudge(self) -> None:
        """Something may be due now."""
        if self._nudged is not None:
            self._nudged.set()

    async def arrived(self, business_id: str, user_id: str) -> None:
        """The user has begun a conversation: tell him what waited for him. Raises BusinessError."""
        if await self.dispatcher.wake(business_id, user_id):
            self.nudge()

    async def health(self) -> dict[str, Any]:
        """Status, and how much waits, is due (and since when) and was given up. Raises Unavailable."""
        backlog = await self.database.directory.backlog(self.database.clock.now())
        code = self.fault or ("late" if backlog.oldest_due_s > LATE_S else None)
        status: Literal["ok", "degraded"] = "degraded" if code else "ok"
        return {
            "status": status,
            "code": code,
            "backlog": backlog.waiting,
            "due": backlog.due,
            "oldest_due_s": round(backlog.oldest_due_s, 1),
            "dead": backlog.dead,
        }

    async def _pass(self) -> float:
        """One look; the seconds until the next."""
        try:
            await self.dispatcher.release_reminders()
            await self.dispatcher.dispatch()
            due = await self.database.directory.next_delivery_at()
        except BusinessError as error:
            log.warning("deliveries stand still: %s", error.code)
            self.fault = error.code
            return self.poll_s
        except Exception:
            log.exception("a look at the outbox failed")
            self.fault = "failed"
            return self.poll_s
        self.fault = None
        self.passes += 1
        if due is None:
            return self.poll_s
        seconds = (due - self.database.clock.now()).total_seconds()
        return min(max(seconds, REST_S), self.poll_s)
