"""The tool pool's member: executes business operations against the database. Thin; the rules are in ``tools/``.

Who calls an actor loads its class. The database is imported where it is used, so that sessions do not carry it.
"""

from __future__ import annotations

import contextlib
import gc
import logging
from collections.abc import AsyncGenerator, Mapping
from dataclasses import asdict, replace
from typing import Any

import ray

from actors.desk import DeskMember
from actors.metrics import ToolMetrics
from business.actor import Actor
from business.clock import SystemClock
from business.entities.usage import ModelUsage
from business.errors import BusinessError, Unavailable
from business.use_cases.contacts import Contacts
from business.use_cases.preferences import UserPreferences
from business.use_cases.projects import Projects
from business.use_cases.usage import Usage
from config.logs import setup_logging
from config.settings import Settings
from conversation.name_book import street_name
from conversation.providers import EngineUnavailable
from conversation.usage import UsageRow
from tools.context import DRIVING_LIMITS
from tools.envelope import Caller, ToolCall, ToolResult

#: Calls in progress or waiting for the database at a time.
_SLOTS = 32
#: Names given to the recogniser: more cost it time and make every one of them weigh less.
_MOST_NAMES = 200
_MOST_STREETS = 60
#: Reads that between them touch every large table and load every handler.
_WARM_UP = (
    ("get_today_jobs", "{}"),
    ("get_upcoming_jobs", "{}"),
    ("get_pending_invoices", "{}"),
    ("get_contact_info", '{"contact": "Smith"}'),
    ("get_job_details", '{"job": "job 1"}'),
    ("get_business_summary", "{}"),
)

log = logging.getLogger(__name__)


@ray.remote(num_cpus=0)
class ToolActor(DeskMember):
    """Executes tool calls; safe to kill at any moment, since a repeated call finds its stored result."""

    def __init__(self, settings: Settings) -> None:
        from business.sql.database import Database
        from business.transfer.desk import LocalDesk
        from tools.executor import ToolExecutor
        from tools.weather.configured import configured_weather

        setup_logging(settings)
        self._database = Database(settings.database_url, clock=SystemClock())
        super().__init__(_SLOTS, LocalDesk(self._database))
        # The setting is the owner's limit; nobody's is higher.
        limits = {role: min(limit, settings.driving_money_limit) for role, limit in DRIVING_LIMITS.items()}
        weather = configured_weather(settings)
        self._metrics = ToolMetrics()
        self._executor = ToolExecutor(self._database, driving_limits=limits, weather=weather)

    async def warm(self) -> None:
        """Read through the commonest tools once: statements are compiled, connections open, modules loaded."""
        member = await self._database.directory.any_member()
        if member is None:
            return
        user_id, business_id = member
        caller = Caller(business_id=business_id, user_id=user_id, session_id="warm-up")
        for name, arguments in _WARM_UP:
            result = await self._executor.execute(ToolCall(name, arguments, caller, turn=0, ordinal=0))
            log.debug("warm-up of %s: %s", name, result.ok)
        # What is loaded by now stays; the collector need not walk over it again and again.
        gc.collect()
        gc.freeze()

    async def vocabulary(self, caller: Caller) -> tuple[str, ...]:
        """Projects, contacts and streets that a recogniser should expect; empty where the caller may see none."""
        actor = Actor(caller.business_id, caller.user_id, caller.session_id)
        try:
            async with self.slot(), self._database.reading(actor) as uow:
                projects = [each.name for each in await Projects(uow).names()]
                contacts = [each.display_name for each in await Contacts(uow).names(limit=_MOST_NAMES)]
                addresses = [each.address for each in await Contacts(uow).search("", limit=_MOST_STREETS)]
        except BusinessError as error:
            log.warning("no vocabulary for session %s: %s", caller.session_id, error.code)
            return ()
        names = tuple(dict.fromkeys(projects + contacts))[:_MOST_NAMES]
        streets = (street_name(each.street) for each in addresses)
        return tuple(dict.fromkeys((*names, *(street for street in streets if street))))

    async def reject(self, caller: Caller, confirmation_id: str) -> None:
        """The user said no to a question. Raises PoolBusy, EngineUnavailable."""
        async with self._noting(caller):
            await self._executor.reject(caller, confirmation_id)

    async def fence(self, caller: Caller, epoch: int) -> None:
        """Refuse calls of the session's earlier epochs from now on. Raises PoolBusy, EngineUnavailable."""
        async with self._noting(caller):
            await self._executor.fence(caller, epoch)

    async def tell_outcome(self, call: ToolCall, result: ToolResult) -> None:
        """Queue what became of a call for its user. Raises PoolBusy, EngineUnavailable."""
        async with self._noting(call.caller):
            await self._executor.tell_outcome(call, result)

    async def remember(self, caller: Caller, wishes: Mapping[str, Any]) -> bool:
        """Keep the caller's wishes; whether the rules let them be kept. Raises PoolBusy, EngineUnavailable."""
        actor = Actor(caller.business_id, caller.user_id, caller.session_id)
        async with self._noting(caller):
            async with self._database.tenant(actor) as uow:
                await UserPreferences(uow).remember(wishes)
            return True
        return False

    async def note_usage(self, caller: Caller, epoch: int, rows: tuple[UsageRow, ...]) -> int:
        """Write what a conversation has used so far; the list price of its business's day, millionths of a dollar.

        Raises PoolBusy, EngineUnavailable.
        """
        actor = replace(Actor.system(caller.business_id), session_id=caller.session_id)
        async with self._noting(caller), self._database.tenant(actor) as uow:
            entries = [
                ModelUsage(
                    session_id=caller.session_id,
                    epoch=epoch,
                    day=row.day,
                    model=row.model,
                    updated_at=uow.now,
                    micro_usd=row.micro_usd,
                    **asdict(row.amounts),
                )
                for row in rows
            ]
            return await Usage(uow).note(entries)
        return 0

    @contextlib.asynccontextmanager
    async def _noting(self, caller: Caller) -> AsyncGenerator[None]:
        """Something about a session that nobody waits for: what the rules refuse is only logged."""
        async with self.slot():
            try:
                yield
            except Unavailable as error:
                raise EngineUnavailable(error.message) from None
            except BusinessError as error:
                log.warning("a note about session %s was refused: %s", caller.session_id, error.code)

    async def execute(self, call: ToolCall) -> ToolResult:
        """Run one call. Raises PoolBusy; everything else is in the result."""
        if not self.has_room:
            self._metrics.busy(call)
        async with self.slot():
            return await self._metrics.measured(call, self._executor.execute, self.outstanding)
