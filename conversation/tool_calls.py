"""The tool calls of a conversation: each made once, never cancelled, and put into the history when it came back.

It knows the Agents SDK's function tools and the tool client; it decides nothing about turns, speech or confirmations.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from agents import FunctionTool
from agents.run_context import RunContextWrapper
from agents.tool_context import ToolContext

from conversation.history import Turn, call_items
from conversation.providers import ToolClient
from conversation.turn_parameters import TurnParameters
from tools.envelope import Caller, ToolCall, ToolError, ToolErrorType, ToolResult
from tools.spec import Asks, Effect, ToolSpec

log = logging.getLogger(__name__)

_TIMES = TurnParameters()


class LoopObserver(Protocol):
    """Is told about tools as they run."""

    def tool_started(self, call_id: str, call: ToolCall) -> None:
        """A call is about to leave."""
        ...

    def tool_progress(self, call_id: str, call: ToolCall, ms: float) -> None:
        """A call has been running for so long, and still is."""
        ...

    def tool_finished(self, call_id: str, call: ToolCall, result: ToolResult, ms: float) -> None:
        """A call came back."""
        ...


@dataclass(slots=True)
class CallEntry:
    """A tool call: where it belongs in the history, its task and, when it came back, its result."""

    call_id: str
    call: ToolCall
    turn: Turn
    task: asyncio.Task[ToolResult] | None = None
    result: ToolResult | None = None

    @property
    def asks(self) -> bool:
        """Whether it came back with a question instead of a result."""
        error = self.result.error if self.result else None
        return error is not None and error.type is ToolErrorType.NEEDS_CONFIRMATION

    @property
    def is_unsettled(self) -> bool:
        """Whether nobody knows what became of it."""
        error = self.result.error if self.result else None
        return error is not None and error.unsettled

    def record(self, result: ToolResult) -> None:
        """Put it into the history with ``result``."""
        self.turn.items += call_items(self.call_id, self.call.name, self.call.arguments, result.to_json())


@dataclass(slots=True)
class ToolCalls:
    """Makes the calls of the running turn.

    Attributes:
        tools: Where calls go.
        catalogue: The tools on offer, by name.
        caller: On whose behalf; read at every call, since options can change.
        focus: What "it" can mean now, by kind; read at every call.
        observer: Is told.
        epoch: Fencing epoch of this incarnation of the session.
        timeout_s: After this a call counts as unavailable (its effect, if any, is found by its key).
        turn: The running turn.
        turn_number: Its number, from 1.
        committed: Set while calls may change something; else writes wait for it.
        held_back: A write has come to wait in this turn.
        entries: The calls of the running turn, by call id.
        seen: Whether the running turn has led to a call.
    """

    tools: ToolClient
    catalogue: Mapping[str, ToolSpec]
    caller: Callable[[], Caller]
    focus: Callable[[], dict[str, str]]
    observer: LoopObserver
    epoch: int
    timeout_s: float
    turn: Turn | None = None
    turn_number: int = 0
    committed: asyncio.Event = field(default_factory=asyncio.Event)
    held_back: bool = False
    entries: dict[str, CallEntry] = field(default_factory=dict[str, CallEntry])
    seen: bool = False
    _unrecorded: list[CallEntry] = field(default_factory=list[CallEntry])
    _ordinal: int = 0
    _before: list[CallEntry] = field(
        default_factory=list[CallEntry]
    )  # of the same turn, before it was tried again
    _tools: list[FunctionTool] | None = None

    def begin(self, turn: Turn, number: int, *, speculative: bool = False) -> None:
        """A new turn; a ``speculative`` one only reads until ``committed`` is set."""
        self.turn, self.turn_number = turn, number
        self.committed, self.held_back = asyncio.Event(), False
        if not speculative:
            self.committed.set()
        self._ordinal, self.entries, self.seen, self._before = 0, {}, False, []

    @property
    def has_effects(self) -> bool:
        """Whether the running turn has changed the business, or is about to."""
        return any(
            self.catalogue[entry.call.name].effect is Effect.WRITE
            and entry.task is not None
            and (entry.result is None or entry.result.ok or entry.is_unsettled)
            for entry in self.entries.values()
        )

    def function_tools(self) -> list[FunctionTool]:
        """The catalogue as tools of the SDK; always the same list."""
        if self._tools is None:
            self._tools = [self._function_tool(spec) for spec in self.catalogue.values()]
        return self._tools

    async def settle(self, within_s: float | None = None) -> None:
        """Wait for the writes that an interrupted turn left running and keep their results, and those of its reads.

        What takes longer than ``within_s`` (None: than any call may take) is kept when it comes.
        """
        running = {
            entry.task
            for entry in self._unrecorded
            if entry.task and not entry.task.done() and self._writes(entry.call.name)
        }
        if running:
            await asyncio.wait(running, timeout=self.timeout_s + 1.0 if within_s is None else within_s)
        self.record()

    def _writes(self, name: str) -> bool:
        return self.catalogue[name].effect is Effect.WRITE

    def record(self) -> None:
        """Move the finished calls into the history (those asked about wait for their answer)."""
        for entry in self._unrecorded:
            if entry.result is not None and not entry.asks:
                entry.record(entry.result)
        self._unrecorded = [entry for entry in self._unrecorded if entry.result is None]

    def repeats(self) -> None:
        """The turn is tried again: a write that it has made already is not made twice when it is asked for again."""
        self._before = [
            entry
            for entry in self.entries.values()
            if entry.task is not None and self._writes(entry.call.name)
        ]

    async def carry_out(self, entry: CallEntry) -> ToolResult:
        """Make a call that the user has agreed to."""
        self.entries[entry.call_id] = entry
        return await self._call(entry.call_id, entry.call.name, entry.call.arguments)

    def _made_before(self, name: str, arguments: str) -> CallEntry | None:
        for entry in self._before:
            same = replace(entry.call, arguments=arguments).arguments_hash == entry.call.arguments_hash
            if entry.call.name == name and same:
                self._before.remove(entry)
                return entry
        return None

    def _function_tool(self, spec: ToolSpec) -> FunctionTool:
        async def invoke(context: ToolContext[Any], arguments: str) -> str:
            result = await self._call(context.tool_call_id, spec.name, arguments)
            return result.to_json()

        async def asks(_context: RunContextWrapper[Any], arguments: dict[str, Any], call_id: str) -> bool:
            result = await self._call(call_id, spec.name, _canonical(arguments))
            return result.error is not None and result.error.type is ToolErrorType.NEEDS_CONFIRMATION

        return FunctionTool(
            name=spec.name,
            description=spec.description,
            params_json_schema=spec.json_schema(),
            on_invoke_tool=invoke,
            strict_json_schema=False,
            # A tool that may ask is tried at once: either it is done here, or the executor wants the user's word.
            needs_approval=asks if spec.asks is not Asks.NEVER else False,
        )

    async def _call(self, call_id: str, name: str, arguments: str) -> ToolResult:
        """Run a call once; a second request for the same call id gets the first one's result.

        A write waits until the turn is committed.
        """
        if self._writes(name):
            self.held_back = not self.committed.is_set()
            await self.committed.wait()
        entry = self.entries.get(call_id)
        if entry is None and (entry := self._made_before(name, arguments)) is not None:
            self.entries[call_id] = entry
        if entry is None:
            assert self.turn is not None  # noqa: S101  (a run belongs to a turn)
            self.seen = True
            call = ToolCall(
                name=name,
                arguments=arguments,
                caller=self.caller(),
                turn=self.turn_number,
                ordinal=self._ordinal,
                epoch=self.epoch,
                focus=self.focus(),
            )
            self._ordinal += 1
            entry = self.entries[call_id] = CallEntry(call_id, call, self.turn)
        if entry.result is not None:
            return entry.result
        if entry.task is None:
            entry.task = asyncio.create_task(self._execute(entry), name=f"tool {name}")
            self._unrecorded.append(entry)
        return await asyncio.shield(entry.task)

    async def _execute(self, entry: CallEntry) -> ToolResult:
        loop = asyncio.get_running_loop()
        started = loop.time()
        self.observer.tool_started(entry.call_id, entry.call)
        timer: asyncio.TimerHandle

        def report() -> None:
            nonlocal timer
            self.observer.tool_progress(entry.call_id, entry.call, (loop.time() - started) * 1000)
            timer = loop.call_later(_TIMES.progress_again_s, report)

        timer = loop.call_later(_TIMES.filler_after_s, report)
        try:
            async with asyncio.timeout(self.timeout_s):
                result = await self.tools.call(entry.call)
        except Exception as error:
            log.exception("tool call %s failed", entry.call.key)
            late = isinstance(error, TimeoutError)
            message = "That took too long." if late else "That did not work just now."
            result = ToolResult(False, message, error=ToolError(ToolErrorType.UNAVAILABLE, message))
        finally:
            timer.cancel()
        entry.result = result
        if entry.turn is not self.turn:
            self.record()  # its turn is over: the next one is to know of it
        self.observer.tool_finished(entry.call_id, entry.call, result, (loop.time() - started) * 1000)
        return result


def asking(entries: Iterable[CallEntry]) -> CallEntry | None:
    """The first call that came back with a question that can be answered."""
    for entry in entries:
        error = entry.result.error if entry.result else None
        if error is not None and error.confirmation_id:
            return entry
    return None


def _canonical(arguments: dict[str, Any]) -> str:
    return json.dumps(arguments, ensure_ascii=False, sort_keys=True)
