"""The agent loop: one user turn in, text deltas and tool calls out, always through the Agents SDK's runner.

It carries confirmations (the executor issues them, the user gives them, the SDK's approval transports them) and
lets no interruption cancel a started tool call. It never touches audio, sockets or the clock of the wall.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from agents import Agent, FunctionTool, RunConfig, Runner
from agents.items import ToolApprovalItem
from agents.result import RunResultStreaming
from agents.run_context import RunContextWrapper
from agents.run_state import RunState
from agents.tool_context import ToolContext

from conversation.brain.answers import Answer, classify_answer
from conversation.history import History, Turn, call_items
from conversation.providers import ToolClient
from tools.envelope import Caller, ToolCall, ToolError, ToolErrorType, ToolResult
from tools.spec import Asks, Effect, ToolSpec

log = logging.getLogger(__name__)

MAX_MODEL_STEPS = 12
_UNCONFIRMED = ToolResult(False, "The user did not confirm this; nothing was done.")
_UNREADABLE = ToolResult(False, "The arguments are not a JSON object of this tool; nothing was done.")


class LoopObserver(Protocol):
    """Is told about tools as they run."""

    def tool_started(self, call_id: str, call: ToolCall) -> None:
        """A call is about to leave."""
        ...

    def tool_finished(self, call_id: str, call: ToolCall, result: ToolResult, ms: float) -> None:
        """A call came back."""
        ...


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class ConfirmationAsked:
    """The run stands still until the user answers ``read_back``."""

    confirmation_id: str
    read_back: str


LoopEvent = TextDelta | ConfirmationAsked


@dataclass(slots=True)
class _Call:
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


@dataclass(slots=True)
class _Pending:
    """A confirmation the user has been asked for, in a run that stands still until he answers.

    ``asked`` are all calls the run waits for, by call id; the user is asked for one at a time.
    """

    result: RunResultStreaming
    item: ToolApprovalItem
    entry: _Call
    confirmation_id: str
    asked: dict[str, _Call]


@dataclass(slots=True)
class AgentLoop:
    """Runs the turns of one conversation.

    Attributes:
        build_agent: Makes the SDK agent for a turn (instructions follow the session's options).
        tools: Where tool calls go.
        catalogue: The tools on offer, by name.
        caller: On whose behalf; read at every call, since options can change.
        focus: What "it" can mean now, by kind; read at every call.
        epoch: Fencing epoch of this incarnation of the session.
        on_withdraw: Called when the running turn is forgotten after the model has seen it.
        tool_timeout_s: After this a call counts as unavailable (its effect, if any, is found by its key).
    """

    build_agent: Callable[[list[FunctionTool]], Agent[Any]]
    tools: ToolClient
    catalogue: Mapping[str, ToolSpec]
    caller: Callable[[], Caller]
    focus: Callable[[], dict[str, str]]
    observer: LoopObserver
    history: History = field(default_factory=History)
    epoch: int = 1
    on_withdraw: Callable[[], None] = lambda: None
    tool_timeout_s: float = 20.0
    turn_number: int = 0
    _turn: Turn | None = None
    _calls: dict[str, _Call] = field(default_factory=dict[str, _Call])
    _unrecorded: list[_Call] = field(default_factory=list[_Call])
    _ordinal: int = 0
    _seen_by_model: bool = False
    _pending: _Pending | None = None
    _decided: _Pending | None = None
    _refused: _Pending | None = None
    _rejections: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    @property
    def has_effects(self) -> bool:
        """Whether the running turn has changed the business, or may be about to."""
        return any(
            self.catalogue[entry.call.name].effect is Effect.WRITE
            and (entry.result is None or entry.result.ok or _is_unsettled(entry.result))
            for entry in self._calls.values()
        )

    @property
    def pending_confirmation(self) -> str | None:
        """Id of the confirmation that is being waited for."""
        return self._pending.confirmation_id if self._pending else None

    async def answer(self, text: str) -> AsyncGenerator[LoopEvent]:
        """Answer one user turn. Close the iterator to interrupt; started tool calls go on and are kept."""
        turn = self._turn = self.history.begin(text)
        self.turn_number += 1
        self._ordinal, self._calls, self._seen_by_model = 0, {}, False
        self._decided, self._pending = self._pending, None
        await self.settle()
        source: Any = None
        if self._decided is not None:
            source = self._decide(self._decided, classify_answer(text), turn)
        async for event in self._run(source or self.history.input_items()):
            yield event

    def keep(self, text: str) -> None:
        """Put something the user said into the history that nobody answered."""
        self.history.begin(text)

    def finish(self, heard: str) -> None:
        """The turn is over; ``heard`` is what the user heard of the answer."""
        if self._turn is not None:
            self._turn.assistant = heard
        self._reject_refused()

    def finish_again(self, heard: str) -> None:
        """More of the last answer was heard after all (it was spoken again)."""
        if self._turn is not None:
            self._turn.assistant = f"{self._turn.assistant} {heard}".strip()

    def withdraw(self) -> bool:
        """Forget the running turn if it has changed nothing. Returns whether it was forgotten.

        What it asked is asked no more; what it answered waits for an answer again.
        """
        if self.has_effects or self._turn is None:
            return False
        self.history.withdraw(self._turn)
        self._turn = None
        self._pending, self._decided, self._refused = self._decided, None, None
        if self._seen_by_model:
            self.on_withdraw()
        return True

    async def settle(self) -> None:
        """Wait for the tool calls that an interrupted turn left running and keep their results."""
        running = {entry.task for entry in self._unrecorded if entry.task and not entry.task.done()}
        if running:
            await asyncio.wait(running, timeout=self.tool_timeout_s + 1.0)
        self._record_calls()

    async def conclude(self) -> None:
        """The conversation is over: wait for what it has begun."""
        self._reject_refused()
        await self.settle()
        if self._rejections:
            await asyncio.wait(self._rejections, timeout=self.tool_timeout_s)

    # --- one run ----------------------------------------------------------------------------------------

    async def _run(self, source: Any) -> AsyncGenerator[LoopEvent]:
        agent = self.build_agent([self._function_tool(spec) for spec in self.catalogue.values()])
        config = RunConfig(tracing_disabled=True, workflow_name="hero365-voice")
        for _ in range(MAX_MODEL_STEPS):
            result = Runner.run_streamed(agent, source, max_turns=MAX_MODEL_STEPS, run_config=config)
            try:
                async for event in result.stream_events():
                    self._seen_by_model = True
                    if event.type == "raw_response_event" and event.data.type == "response.output_text.delta":
                        yield TextDelta(event.data.delta)
                asked = self._interruption(result)
            finally:
                if not result.is_complete:
                    result.cancel(mode="immediate")
                self._record_calls()
            if asked is not None:
                yield asked
            if asked is not None or not result.interruptions:
                return
            # The SDK stops for calls whose arguments it cannot read; the model is told so, not the user.
            source = result.to_state()
            for item in result.interruptions:
                source.reject(item, rejection_message=_UNREADABLE.to_json())

    def _interruption(self, result: RunResultStreaming) -> ConfirmationAsked | None:
        items = {str(getattr(item.raw_item, "call_id", "")): item for item in result.interruptions}
        asked = {call_id: self._calls[call_id] for call_id in items if call_id in self._calls}
        for call_id, entry in asked.items():
            error = entry.result.error if entry.result else None
            if error is None or not error.confirmation_id:
                continue
            self._pending = _Pending(result, items[call_id], entry, error.confirmation_id, asked)
            return ConfirmationAsked(error.confirmation_id, error.read_back or error.message)
        return None

    def _decide(self, pending: _Pending, answer: Answer, turn: Turn) -> RunState[Any] | None:
        """The stopped run with the user's decision in it, ready to be run on; None when he decided nothing."""
        self._refused = None if answer is Answer.YES else pending
        if answer is Answer.OTHER:
            # The model sees the calls and that they were not confirmed.
            for entry in pending.asked.values():
                _record(entry.turn, entry, _UNCONFIRMED)
            self._decided = None
            return None
        entry = pending.entry
        self._calls = {**pending.asked}
        state = pending.result.to_state()
        if answer is Answer.YES:
            call = replace(entry.call, confirmation_id=pending.confirmation_id)
            self._calls[entry.call_id] = _Call(entry.call_id, call, turn)
            state.approve(pending.item)
        else:
            self._calls[entry.call_id] = _Call(entry.call_id, entry.call, turn, result=_UNCONFIRMED)
            _record(turn, entry, _UNCONFIRMED)
            state.reject(pending.item, rejection_message=_UNCONFIRMED.to_json())
        return state

    def _reject_refused(self) -> None:
        """Let the executor know of a no that stands, beside the answer to it: nobody can say yes later."""
        pending, self._refused = self._refused, None
        if pending is not None:
            caller = pending.entry.call.caller
            rejection = asyncio.create_task(
                self.tools.reject(caller, pending.confirmation_id), name="rejection"
            )
            self._rejections.add(rejection)
            rejection.add_done_callback(self._rejections.discard)

    # --- tools ------------------------------------------------------------------------------------------

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
        """Run a call once; a second request for the same call id gets the first one's result."""
        entry = self._calls.get(call_id)
        if entry is None:
            assert self._turn is not None  # noqa: S101  (a run belongs to a turn)
            self._seen_by_model = True
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
            entry = self._calls[call_id] = _Call(call_id, call, self._turn)
        if entry.result is not None:
            return entry.result
        if entry.task is None:
            entry.task = asyncio.create_task(self._execute(entry), name=f"tool {name}")
            self._unrecorded.append(entry)
        return await asyncio.shield(entry.task)

    async def _execute(self, entry: _Call) -> ToolResult:
        loop = asyncio.get_running_loop()
        started = loop.time()
        self.observer.tool_started(entry.call_id, entry.call)
        try:
            async with asyncio.timeout(self.tool_timeout_s):
                result = await self.tools.call(entry.call)
        except Exception as error:
            log.exception("tool call %s failed", entry.call.key)
            late = isinstance(error, TimeoutError)
            message = "That took too long." if late else "That did not work just now."
            result = ToolResult(False, message, error=ToolError(ToolErrorType.UNAVAILABLE, message))
        entry.result = result
        self.observer.tool_finished(entry.call_id, entry.call, result, (loop.time() - started) * 1000)
        return result

    def _record_calls(self) -> None:
        """Move the finished calls into the history (those asked about wait for their answer)."""
        for entry in self._unrecorded:
            if entry.result is not None and not entry.asks:
                _record(entry.turn, entry, entry.result)
        self._unrecorded = [entry for entry in self._unrecorded if entry.result is None]


def _is_unsettled(result: ToolResult) -> bool:
    return result.error is not None and result.error.unsettled


def _record(turn: Turn, entry: _Call, result: ToolResult) -> None:
    turn.items += call_items(entry.call_id, entry.call.name, entry.call.arguments, result.to_json())


def _canonical(arguments: dict[str, Any]) -> str:
    return json.dumps(arguments, ensure_ascii=False, sort_keys=True)
