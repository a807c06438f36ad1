"""The agent loop: one user turn in, text deltas and tool calls out, always through the Agents SDK's runner.

It carries confirmations (the executor issues them, the user gives them, the SDK's approval transports them) and
lets no interruption cancel a started tool call. It never touches audio, sockets or the clock of the wall.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from agents import Agent, FunctionTool, RunConfig, Runner
from agents.items import HandoffOutputItem
from agents.result import RunResultStreaming
from agents.run_state import RunState

from conversation.approvals import CheckpointRefused, Pending, approval_item, call_id_of
from conversation.brain.answers import Answer, classify_answer
from conversation.client_tools import ClientTools
from conversation.events import ServerEvent
from conversation.history import History, Turn
from conversation.providers import ToolClient
from conversation.spoken import SpokenItem, SpokenWords
from conversation.tool_calls import CallEntry, LoopObserver, ToolCalls, asking
from tools.envelope import Caller, ToolResult
from tools.spec import ToolSpec

log = logging.getLogger(__name__)

#: Steps of the model in one turn: six parts of a compound request, each with a hand-off and a call, and the rest.
MAX_MODEL_STEPS = 24
#: How long a turn waits for a write that the turn before it has begun: its result may be what this one is about.
LATE_CALL_S = 1.0
UNCONFIRMED: Final = ToolResult(False, "The user did not confirm this; nothing was done.")
_UNREADABLE = ToolResult(False, "The arguments are not a JSON object of this tool; nothing was done.")


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class ConfirmationAsked:
    """The run stands still until the user answers ``read_back``."""

    confirmation_id: str
    read_back: str


LoopEvent = TextDelta | ConfirmationAsked | SpokenItem | SpokenWords


@dataclass(slots=True)
class AgentLoop:
    """Runs the turns of one conversation.

    Attributes:
        build_agent: Makes the SDK agent that a turn begins with (instructions follow the session's options).
        tools: Where tool calls go.
        catalogue: The tools on offer, by name.
        caller: On whose behalf; read at every call, since options can change.
        focus: What "it" can mean now, by kind; read at every call.
        epoch: Fencing epoch of this incarnation of the session.
        hear: Takes the user's words in; gives them as the model may have them.
        unhear: Called when the words that were taken in last are forgotten.
        on_withdraw: Called when the running turn is forgotten after the model has seen it.
        on_finish: Called when a turn is over.
        on_handoff: Called with the names of the agents when one hands over to another.
        send: Takes events for the client.
        client_tools: What the client offers to be called.
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
    hear: Callable[[str], str] = lambda text: text
    unhear: Callable[[], None] = lambda: None
    on_withdraw: Callable[[], None] = lambda: None
    on_finish: Callable[[], None] = lambda: None
    on_handoff: Callable[[str, str], None] = lambda _source, _target: None
    tool_timeout_s: float = 20.0
    send: Callable[[ServerEvent], None] = lambda _event: None
    client_tools: ClientTools = field(init=False)
    turn_number: int = 0
    aloud: bool = True
    _turn: Turn | None = None
    _calls: ToolCalls = field(init=False)
    _seen_by_model: bool = False
    _pending: Pending | None = None
    _decided: Pending | None = None
    _refused: Pending | None = None
    _asked_before: Pending | None = None  # what the running turn found asked
    _rejections: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    def __post_init__(self) -> None:
        """Make the part that runs the tools."""
        self._calls = ToolCalls(
            self.tools,
            self.catalogue,
            self.caller,
            self.focus,
            self.observer,
            self.epoch,
            self.tool_timeout_s,
        )
        self.client_tools = ClientTools(self._calls, lambda event: self.send(event))

    @property
    def has_effects(self) -> bool:
        """Whether the running turn has changed the business, or may be about to."""
        return self._calls.has_effects or self.client_tools.called

    @property
    def would_write(self) -> bool:
        """Whether the answer that is being prepared is about to change something."""
        return self._calls.held_back

    @property
    def pending_confirmation(self) -> str | None:
        """Id of the confirmation that is being waited for."""
        return self._pending.confirmation_id if self._pending else None

    async def answer(
        self, text: str, *, speculative: bool = False, told: str | None = None, aloud: bool = True
    ) -> AsyncGenerator[LoopEvent]:
        """Answer one user turn. Close the iterator to interrupt; started tool calls go on and are kept.

        A ``speculative`` answer only reads until ``commit``; ``withdraw`` forgets it. ``told`` are instructions to the
        model for this turn. Not ``aloud``, the answer is only written.
        """
        self.aloud = aloud
        text = self.hear(text)
        turn = self._turn = self.history.begin(text)
        if told:
            turn.items.append({"role": "developer", "content": told})
        self.turn_number += 1
        self._calls.timeout_s = self.tool_timeout_s
        self._calls.begin(turn, self.turn_number, speculative=speculative)
        self._seen_by_model = self.client_tools.called = False
        self._decided, self._pending = self._pending, None
        self._asked_before = self._decided
        await self._calls.settle(LATE_CALL_S)
        agent = self.build_agent(self.offered_tools())
        source: Any = None
        if self._decided is not None:
            source = await self._decide(self._decided, classify_answer(text), turn, agent)
        async for event in self._run(agent, source or self.history.input_items()):
            yield event

    def offered_tools(self) -> list[FunctionTool]:
        """The server's tools and the client's; the same list until the client offers others."""
        return self.client_tools.beside(self._calls.function_tools())

    def commit(self) -> None:
        """The speculative answer is wanted: it may change things now."""
        self._calls.committed.set()

    @property
    def turn(self) -> Turn | None:
        """The latest turn."""
        return self._turn

    def keep(self, text: str) -> None:
        """Put something the user said into the history that nobody answered."""
        self.history.begin(self.hear(text))

    def note(self, role: str, text: str) -> Turn:
        """Put words that nobody said here into the history; what a ``user`` is to have said is screened like his."""
        if role == "user":
            return self.history.begin(self.hear(text))
        turn = self.history.begin("")
        if role == "assistant":
            turn.assistant = text
        else:
            turn.items.append({"role": "developer", "content": text})
        return turn

    def forget(self, turn: Turn) -> None:
        """Take a turn out of the history."""
        self.history.withdraw(turn)

    def finish(self, heard: str) -> None:
        """The turn is over; ``heard`` is what the user heard of the answer."""
        if self._turn is not None:
            self._turn.assistant = heard
        self._reject_refused()
        self.on_finish()

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
        self.unhear()
        self._ask_again()
        if self._seen_by_model or self._calls.seen:
            self.on_withdraw()
        return True

    async def settle(self) -> None:
        """Wait for the tool calls that an interrupted turn left running and keep their results."""
        await self._calls.settle()

    async def conclude(self) -> None:
        """The conversation is over: wait for what it has begun."""
        self._reject_refused()
        await self.settle()
        if self._rejections:
            await asyncio.wait(self._rejections, timeout=self.tool_timeout_s)

    # --- checkpoints ------------------------------------------------------------------------------------

    def checkpoint(self) -> dict[str, Any]:
        """What another loop needs to go on after this turn: a JSON object.

        An answer that is only being prepared is no part of it: its words may never have been said so.
        """
        unsaid = None if self._calls.committed.is_set() else self._turn
        turns, _summary = self.history.without(unsaid)
        pending = self._pending if unsaid is None else self._asked_before
        return {
            "turn_number": self.turn_number,
            "history": self.history.to_json(without=unsaid),
            "pending": pending.to_json(turns) if pending else None,
        }

    def restore(self, body: Mapping[str, Any]) -> None:
        """Go on from a checkpoint; for a loop that has answered nothing yet. Raises CheckpointRefused."""
        if self.turn_number:
            raise CheckpointRefused("this conversation has begun already")
        try:
            self.history.load(body["history"])
            self.turn_number = int(body["turn_number"])
            pending = body["pending"]
        except (KeyError, TypeError, ValueError) as error:
            raise CheckpointRefused("not a checkpoint of a conversation") from error
        self._pending = Pending.from_json(pending, self.history.turns) if pending else None

    # --- one run ----------------------------------------------------------------------------------------

    async def _run(self, agent: Agent[Any], source: Any) -> AsyncGenerator[LoopEvent]:
        config = RunConfig(tracing_disabled=True, workflow_name="hero365-voice")
        for _ in range(MAX_MODEL_STEPS):
            result = Runner.run_streamed(agent, source, max_turns=MAX_MODEL_STEPS, run_config=config)
            try:
                async for event in result.stream_events():
                    self._seen_by_model = True
                    if event.type == "raw_response_event" and event.data.type == "response.output_text.delta":
                        yield TextDelta(event.data.delta)
                    elif event.type == "run_item_stream_event" and isinstance(event.item, HandoffOutputItem):
                        self.on_handoff(event.item.source_agent.name, event.item.target_agent.name)
                asked = self._interruption(result)
            finally:
                if not result.is_complete:
                    result.cancel(mode="immediate")
                self._calls.record()
            if asked is not None:
                yield asked
            if asked is not None or not result.interruptions:
                return
            # The SDK stops for calls whose arguments it cannot read; the model is told so, not the user.
            source = result.to_state()
            for item in result.interruptions:
                source.reject(item, rejection_message=_UNREADABLE.to_json())

    def _interruption(self, result: RunResultStreaming) -> ConfirmationAsked | None:
        entries = self._calls.entries
        waiting = [call_id_of(item) for item in result.interruptions]
        asked = {call_id: entries[call_id] for call_id in waiting if call_id in entries}
        entry = asking(asked.values())
        error = entry.result.error if entry is not None and entry.result is not None else None
        if entry is None or error is None or error.confirmation_id is None:
            return None
        self._pending = Pending(result, entry, error.confirmation_id, asked)
        return ConfirmationAsked(error.confirmation_id, error.read_back or error.message)

    async def _decide(
        self, pending: Pending, answer: Answer, turn: Turn, agent: Agent[Any]
    ) -> RunState[Any] | None:
        """The stopped run with the user's decision in it, ready to be run on; None when he decided nothing."""
        self._refused = None if answer is Answer.YES else pending
        if answer is Answer.OTHER:
            # The model sees the calls and that they were not confirmed.
            for entry in pending.asked.values():
                entry.record(UNCONFIRMED)
            self._decided = None
            return None
        entry = pending.entry
        self._calls.entries = {**pending.asked}
        state = await pending.state(agent)
        item = approval_item(state, entry.call_id)
        if answer is Answer.YES:
            call = replace(entry.call, confirmation_id=pending.confirmation_id, epoch=self.epoch)
            self._calls.entries[entry.call_id] = CallEntry(entry.call_id, call, turn)
            state.approve(item)
        else:
            self._calls.entries[entry.call_id] = CallEntry(
                entry.call_id, entry.call, turn, result=UNCONFIRMED
            )
            CallEntry(entry.call_id, entry.call, turn).record(UNCONFIRMED)
            state.reject(item, rejection_message=UNCONFIRMED.to_json())
        return state

    def _ask_again(self) -> None:
        """What waited for an answer before the turn that is forgotten, waits again."""
        self._pending, self._decided, self._refused = self._asked_before, None, None
        if self._asked_before is None:
            return
        asked = self._asked_before.asked
        for entry in asked.values():
            entry.turn.items = [item for item in entry.turn.items if item.get("call_id") not in asked]

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
