"""Runs tool calls: validated, permitted, confirmed, exactly once, each in one transaction.

A write and its log entry, result, audit rows and outgoing messages commit together or not at all, so a retry either
finds the stored result or finds nothing done. The executor never raises for what a tool refuses, and never lets an
exception's text reach a user.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from pydantic import ValidationError

from business.actor import Actor
from business.entities.effects import OUTCOME_KIND, CallRecord, CallState, Confirmation, OutboxMessage
from business.entities.memberships import Role
from business.errors import (
    Ambiguous,
    BusinessError,
    InvalidTransition,
    NotFound,
    Unavailable,
    ValidationFailed,
)
from business.repositories import UnitOfWork
from business.sql.database import Database
from tools.catalogue import TOOLS
from tools.context import DRIVING_LIMITS, ContactBook, Done, Later, ToolContext
from tools.envelope import Caller, ToolCall, ToolError, ToolErrorType, ToolResult
from tools.handlers import HANDLERS
from tools.matching import VersionedCache
from tools.refusals import NeedsConfirmation, Refused
from tools.spec import Arguments, Effect, ToolSpec
from tools.spoken.say import say_document
from tools.validation import explain
from tools.weather.service import Weather, no_weather

CONFIRMATION_LIFE = timedelta(minutes=5)
_TOO_SLOW = "That is taking too long right now. Please try again in a moment."
_BROKEN = "Something went wrong on my side. Please try again in a moment."
_UNKNOWN = "I can't do that yet."
_DOCUMENT = re.compile(r"(?:\b(?:job|invoice|estimate|quote|project)\s+)?\b((?:JOB|INV|EST|QUO|PROJ)-\d+)")
_logger = logging.getLogger(__name__)


class ToolExecutor:
    """Runs the tools of the catalogue on one database. Safe to share between tasks.

    Args:
        database: Where the businesses are; its clock is the time.
        driving_limits: Largest amount by role while driving; a role that is not named may move none.
        confirmation_life: How long a question can be answered with yes.
        weather: Forecasts and places; by default there are none.
    """

    def __init__(
        self,
        database: Database,
        *,
        driving_limits: Mapping[Role, Decimal] = DRIVING_LIMITS,
        confirmation_life: timedelta = CONFIRMATION_LIFE,
        weather: Weather | None = None,
    ) -> None:
        self._database = database
        self._driving_limits = driving_limits
        self._confirmation_life = confirmation_life
        self._weather = weather or no_weather()
        self._books: VersionedCache[ContactBook] = VersionedCache()

    async def execute(self, call: ToolCall) -> ToolResult:
        """Run one call. A refusal is a result with ``ok`` false; nothing is raised but cancellation."""
        spec = TOOLS.get(call.name)
        if spec is None:
            return _refusal(ToolError(ToolErrorType.NOT_FOUND, _UNKNOWN, field="name"))
        try:
            arguments = spec.arguments.model_validate_json(call.arguments or "{}")
        except ValidationError as error:
            return _refusal(explain(error))
        try:
            async with asyncio.timeout(spec.timeout_s):
                run = self._write if spec.effect is Effect.WRITE else self._read
                return await run(spec, call, arguments)
        except TimeoutError:
            _logger.warning("tool %s took longer than %.1f s", call.name, spec.timeout_s)
            unsettled = spec.effect is Effect.WRITE
            return _refusal(ToolError(ToolErrorType.UNAVAILABLE, _TOO_SLOW, unsettled=unsettled))
        except Refused as refused:
            return _refusal(refused.error, refused.focus)
        except Unavailable as error:
            unsettled = spec.effect is Effect.WRITE
            return _refusal(replace(typed(error), unsettled=unsettled))
        except BusinessError as error:
            return _refusal(typed(error))
        except Exception:
            _logger.exception("tool %s failed", call.name)
            return _refusal(ToolError(ToolErrorType.UNAVAILABLE, _BROKEN))

    async def fence(self, caller: Caller, epoch: int) -> None:
        """From now on calls of the session's epochs before ``epoch`` are refused.

        Raises business.errors: Conflict when a newer epoch was seen, Forbidden, Unavailable.
        """
        actor = Actor(caller.business_id, caller.user_id, caller.session_id)
        async with self._database.tenant(actor) as uow:
            await uow.calls.fence(caller.session_id, epoch)

    async def tell_outcome(self, call: ToolCall, result: ToolResult) -> None:
        """Queue what became of ``call`` for its user, who has not heard it; the same twice queues it once.

        Raises business.errors: Forbidden, Unavailable.
        """
        text = result.summary if result.ok else f"I couldn't do this: {result.summary}"
        digest = hashlib.sha256(call.key.encode()).hexdigest()[:32]
        async with self._database.tenant(_actor(call)) as uow:
            await uow.outbox.queue(
                OutboxMessage(
                    id=f"{OUTCOME_KIND}:{digest}",
                    kind=OUTCOME_KIND,
                    channel="notification",
                    recipient=call.caller.user_id,
                    payload={"message": text, "user_id": call.caller.user_id},
                )
            )

    async def reject(self, caller: Caller, confirmation_id: str) -> None:
        """Note a no, so that the question can never be answered with yes later. Unknown ids are ignored."""
        actor = Actor(caller.business_id, caller.user_id, caller.session_id)
        try:
            async with self._database.tenant(actor) as uow:
                await uow.confirmations.answer(confirmation_id, accepted=False)
        except (NotFound, ValidationFailed):
            _logger.info("a no to a question that is not open")

    async def _read(self, spec: ToolSpec, call: ToolCall, arguments: Arguments) -> ToolResult:
        async with self._database.reading(_actor(call)) as uow:
            answer = await self._handle(spec, call, arguments, uow, None)
        return _done(await answer.work() if isinstance(answer, Later) else answer)

    async def _write(self, spec: ToolSpec, call: ToolCall, arguments: Arguments) -> ToolResult:
        try:
            async with self._database.tenant(_actor(call)) as uow:
                await uow.calls.fence(call.caller.session_id, call.epoch)
                stored = await uow.calls.find(call.key)
                if stored is not None and stored.result is not None:
                    return ToolResult.from_json(stored.result, replayed=True)
                confirmed = await self._redeemed(call, uow)
                answer = await self._handle(spec, call, arguments, uow, confirmed)
                if isinstance(answer, Later):
                    raise TypeError(f"{call.name} writes, so it cannot answer after its transaction")
                result = _done(answer)
                await uow.calls.log(_record(call, uow, result))
            return result
        except NeedsConfirmation as question:
            return await self._ask(call, question.read_back)

    async def _handle(
        self, spec: ToolSpec, call: ToolCall, arguments: Arguments, uow: UnitOfWork, confirmed: str | None
    ) -> Done | Later:
        if spec.permission is not None:
            uow.require(spec.permission)
        context = ToolContext(
            uow,
            call,
            self._books,
            confirmed,
            self._driving_limits,
            self._weather,
            only_reads=spec.effect is Effect.READ,
        )
        return await HANDLERS[spec.name](context, arguments)

    async def _redeemed(self, call: ToolCall, uow: UnitOfWork) -> str | None:
        """The question that was answered with yes. Raises ValidationFailed when the yes is not for this call."""
        if call.confirmation_id is None:
            return None
        confirmation = await uow.confirmations.redeem(
            call.confirmation_id, call_hash=_call_hash(call), session_id=call.caller.session_id
        )
        return confirmation.read_back

    async def _ask(self, call: ToolCall, read_back: str) -> ToolResult:
        """Issue a question. A yes to another question than this one comes back here too, and is asked anew."""
        async with self._database.tenant(_actor(call)) as uow:
            await uow.calls.fence(call.caller.session_id, call.epoch)
            confirmation = Confirmation(
                id=uow.new_id(),
                call_hash=_call_hash(call),
                session_id=call.caller.session_id,
                user_id=call.caller.user_id,
                read_back=read_back,
                created_at=uow.now,
                expires_at=uow.now + self._confirmation_life,
            )
            await uow.confirmations.issue(confirmation)
        error = ToolError(
            ToolErrorType.NEEDS_CONFIRMATION, read_back, read_back=read_back, confirmation_id=confirmation.id
        )
        return _refusal(error)


def typed(error: BusinessError) -> ToolError:
    """A business error as a tool error: same code, speakable text."""
    base = ToolError(ToolErrorType(error.code), _speakable(error.message))
    match error:
        case Ambiguous():
            return replace(base, candidates=error.candidates)
        case InvalidTransition():
            return replace(base, allowed=error.allowed)
        case ValidationFailed():
            return replace(base, field=error.field)
        case _:
            return base


def _done(done: Done) -> ToolResult:
    return ToolResult(ok=True, summary=done.summary, data=done.data, focus=done.focus)


def _refusal(error: ToolError, focus: dict[str, str] | None = None) -> ToolResult:
    return ToolResult(ok=False, summary=error.message, focus=focus or {}, error=error)


def _speakable(message: str) -> str:
    return _DOCUMENT.sub(lambda match: say_document(match[1]), message)


def _actor(call: ToolCall) -> Actor:
    caller = call.caller
    return Actor(
        caller.business_id, caller.user_id, session_id=caller.session_id, turn=call.turn, call_key=call.key
    )


def _record(call: ToolCall, uow: UnitOfWork, result: ToolResult) -> CallRecord:
    return CallRecord(
        key=call.key,
        session_id=call.caller.session_id,
        turn=call.turn,
        ordinal=call.ordinal,
        epoch=call.epoch,
        tool=call.name,
        arguments=call.arguments,
        logged_at=uow.now,
        state=CallState.DONE,
        result=result.to_json(),
        finished_at=uow.now,
    )


def _call_hash(call: ToolCall) -> str:
    """What a yes is bound to besides session, user and question: the tool and its arguments."""
    return hashlib.sha256(f"{call.name}:{call.arguments_hash}".encode()).hexdigest()[:32]
