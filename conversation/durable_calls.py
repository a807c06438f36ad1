"""Tool calls that are neither lost nor done twice: written down before they leave, repeated until they are answered.

Reads go straight through. A write is put into the journal first; no answer in time means that nobody knows whether it
was done, so the same call goes on being repeated under its key, and who asks for the same thing meanwhile waits for
that one. What the journal still holds when the conversation is over is completed by somebody else. Nothing here
decides what a call means.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Protocol, TypeVar

from conversation.budget import TokenBucket
from conversation.providers import EngineUnavailable
from tools.envelope import Caller, ToolCall, ToolError, ToolErrorType, ToolResult
from tools.spec import Effect, ToolSpec

_T = TypeVar("_T")
log = logging.getLogger(__name__)

TOO_MANY = "That was a lot at once. Give me a moment, then ask again."
NOT_DONE = "I can't reach the office system right now. Please try again in a moment."
STILL_TRYING = "The office system is slow to answer. I'm still on it and will tell you when it's done."
#: Seconds between repetitions of a call that got no answer: doubled each time, up to the second figure.
_FIRST_WAIT_S = 0.2
_LONGEST_WAIT_S = 10.0
_DEFAULT_TIMEOUT_S = 10.0


class JournalUnavailable(Exception):  # noqa: N818  (a state of the world, named as the code reads)
    """The journal cannot be written now."""

    code = "journal_unavailable"


class CallJournal(Protocol):
    """The durable list of calls whose outcome is not known yet."""

    async def open(self, call: ToolCall) -> None:
        """Write a call down; the same one again changes nothing. Raises JournalUnavailable."""
        ...

    async def close(self, call: ToolCall) -> None:
        """Its outcome is known. Raises JournalUnavailable."""
        ...


class ToolPool(Protocol):
    """Whoever runs the calls."""

    async def execute(self, call: ToolCall, timeout_s: float) -> ToolResult:
        """Run one call. Raises EngineUnavailable when there is no answer."""
        ...

    async def reject(self, caller: Caller, confirmation_id: str) -> None:
        """The user said no to a question. Raises EngineUnavailable."""
        ...


class DurableCalls:
    """The tool client of one conversation.

    Args:
        tools: Runs the calls.
        journal: Remembers them.
        catalogue: Which tools write, and how long each may take.
        calls_per_minute: The conversation's budget.

    Attributes:
        on_late: Told the result of a write that had been answered with ``STILL_TRYING``.
    """

    def __init__(
        self,
        tools: ToolPool,
        journal: CallJournal,
        catalogue: Mapping[str, ToolSpec],
        *,
        calls_per_minute: int,
    ) -> None:
        self._tools = tools
        self._journal = journal
        self._catalogue = catalogue
        self._budget = TokenBucket(calls_per_minute, calls_per_minute / 60)
        self._unsettled: dict[tuple[str, str], asyncio.Task[ToolResult]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self.on_late: Callable[[ToolCall, ToolResult], None] = lambda _call, _result: None

    async def call(self, call: ToolCall) -> ToolResult:
        """Run one call; refusals and time-outs come back as typed errors."""
        if not self._budget.take(1.0, asyncio.get_running_loop().time()):
            return _unavailable(TOO_MANY)
        spec = self._catalogue.get(call.name)
        timeout_s = spec.timeout_s if spec is not None else _DEFAULT_TIMEOUT_S
        if spec is None or spec.effect is Effect.READ:
            try:
                return await self._tools.execute(call, timeout_s)
            except EngineUnavailable as error:
                log.warning("tool call %s got no answer: %s", call.key, error)
                return _unavailable(NOT_DONE)
        try:
            return await self._write(call, timeout_s)
        except TimeoutError:
            return _unavailable(STILL_TRYING, unsettled=True)

    async def reject(self, caller: Caller, confirmation_id: str) -> None:
        """The user said no. A no that does not arrive is made good by the question's expiry."""
        try:
            await self._tools.reject(caller, confirmation_id)
        except EngineUnavailable as error:
            log.warning("a no to question %s did not arrive: %s", confirmation_id, error)

    async def settle(self, timeout_s: float) -> None:
        """Give calls whose outcome is not known ``timeout_s`` more; the journal keeps the others."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=timeout_s)

    async def _write(self, call: ToolCall, timeout_s: float) -> ToolResult:
        same = (call.name, call.arguments_hash)
        task = self._unsettled.pop(same, None)
        if task is None:
            try:
                await self._journal.open(call)
            except JournalUnavailable as error:
                log.warning("tool call %s could not be written down: %s", call.key, error)
                self._spawn(self._close(call))  # it may stand there all the same
                return _unavailable(NOT_DONE)
            task = self._spawn(self._finish(call, timeout_s))
        try:
            async with asyncio.timeout(timeout_s):
                return await asyncio.shield(task)
        finally:
            if not task.done():  # too slow, or the conversation does not wait for it any more
                self._unsettled[same] = task
                task.add_done_callback(lambda done: self._late(call, done))

    def _late(self, call: ToolCall, task: asyncio.Task[ToolResult]) -> None:
        """The outcome of a call that nobody waited for is known; unless somebody has asked again meanwhile."""
        same = (call.name, call.arguments_hash)
        if self._unsettled.get(same) is task:
            del self._unsettled[same]
            if not task.cancelled():
                self.on_late(call, task.result())

    async def _finish(self, call: ToolCall, timeout_s: float) -> ToolResult:
        """Repeat the call until its outcome is known."""
        wait_s = _FIRST_WAIT_S
        while True:
            try:
                result = await self._tools.execute(call, timeout_s)
                if result.error is None or not result.error.unsettled:
                    self._spawn(self._close(call))
                    return result
                log.warning("tool call %s: nobody knows whether it was done", call.key)
            except EngineUnavailable as error:
                log.warning("tool call %s got no answer: %s", call.key, error)
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, _LONGEST_WAIT_S)

    async def _close(self, call: ToolCall) -> None:
        """Take the call out of the journal, however long that cannot be written."""
        wait_s = _FIRST_WAIT_S
        while True:
            try:
                await self._journal.close(call)
            except JournalUnavailable as error:
                log.warning("tool call %s could not be crossed out: %s", call.key, error)
                await asyncio.sleep(wait_s)
                wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
            else:
                return

    def _spawn(self, work: Coroutine[Any, Any, _T]) -> asyncio.Task[_T]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _unavailable(message: str, *, unsettled: bool = False) -> ToolResult:
    return ToolResult(
        False, message, error=ToolError(ToolErrorType.UNAVAILABLE, message, unsettled=unsettled)
    )
