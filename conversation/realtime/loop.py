"""The agent loop over a speech-to-speech model: the provider hears, thinks and speaks; everything else stays ours.

Turns, confirmations, tools and the history of heard words are the agent loop's. A line that breaks is made again and
told the history; when that does not help, or the answer is not to be spoken, the turn is answered by the other models.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from agents import Agent
from agents.run_state import RunState

from conversation.agent_loop import MAX_MODEL_STEPS, UNCONFIRMED, AgentLoop, ConfirmationAsked, LoopEvent
from conversation.approvals import Pending
from conversation.brain.answers import Answer
from conversation.fallback.circuits import Circuit
from conversation.history import Turn
from conversation.realtime.events import (
    CallAsks,
    CallDone,
    CallSeen,
    HandedOver,
    LineLost,
    NoLine,
    ResponseDone,
)
from conversation.realtime.line import Line
from conversation.realtime.lines import Lines
from conversation.realtime.seed import history_items, message, turn_items
from conversation.spoken import SpokenItem, SpokenWords
from conversation.tool_calls import CallEntry, asking

#: Seconds without any event of a response that was asked for after which the provider counts as gone.
SILENT_S: Final = 8.0
#: Lines on which one turn is tried.
_TRIES: Final = 2
#: The run of a confirmation that was asked for here: there is no other state than the history's.
_SPOKEN_RUN: Final[Mapping[str, Any]] = {"speech_to_speech": True}
_GO_ON: Final = (
    "The line broke while you were answering. What you have said so far stands above. "
    "Go on from there; do not repeat any of it."
)


@dataclass(slots=True)
class _Said:
    """What the model has said and called in the running turn."""

    line: Line | None = None
    spoken: tuple[int, bytes] | None = None  # the utterance that is answered
    items: list[SpokenItem] = field(default_factory=list[SpokenItem])
    before: int = 0  # how many of them came over lines that are gone
    open_calls: set[str] = field(default_factory=set[str])
    called: bool = False  # since the latest response was asked for
    tries: int = 0

    def words(self) -> str:
        """All that came as audio."""
        return " ".join(item.text for item in self.items if item.text)


@dataclass(slots=True, kw_only=True)
class RealtimeLoop(AgentLoop):
    """An ``AgentLoop`` that answers by speech.

    Attributes:
        lines: The connection to the provider.
        circuit: Whether the provider is worth asking.
        correct: Takes what the provider has understood of the latest turn; gives it as the history may have it.
    """

    lines: Lines
    circuit: Circuit
    correct: Callable[[str], str] = lambda text: text
    _said: _Said = field(default_factory=_Said)
    _asked_on: Line | None = None  # where the SDK holds the calls that wait for the user's word
    _verdicts: dict[str, str | None] = field(default_factory=dict[str, str | None])

    @property
    def said_items(self) -> tuple[SpokenItem, ...]:
        """What the model says in the running turn."""
        return tuple(self._said.items)

    # --- the turn

    async def _run(self, agent: Agent[Any], source: Any) -> AsyncGenerator[LoopEvent]:
        said = self._said = _Said()
        # A run of the other models that stands still is gone on with by them.
        if self.aloud and self.lines.enabled() and isinstance(source, list):
            turn = self._turn
            said.spoken = self.lines.hearing.audio_of(turn.user) if turn is not None else None
            while said.tries < _TRIES and (attempt := self.circuit.begin()) is not None:
                try:
                    async with contextlib.aclosing(self._speak(said)) as events:
                        async for event in events:
                            yield event
                    self.circuit.succeeded(attempt)
                except LineLost as error:
                    self.circuit.failed(attempt, error)
                    await self._calls.settle()
                    self._calls.repeats()
                    if isinstance(error, NoLine):
                        break
                else:
                    return
                finally:
                    self.circuit.abandoned(attempt)
            self.circuit.on_local(self.circuit.part)
            source = [*self.history.input_items(), *self._broken_off(said)]
        async with contextlib.aclosing(AgentLoop._run(self, agent, source)) as events:
            async for event in events:
                yield event

    async def _speak(self, said: _Said) -> AsyncGenerator[LoopEvent]:
        """Answer the turn over a line, from its audio or from the history. Raises LineLost."""
        said.tries += 1
        again = said.tries > 1
        if again and (asked := self._ask(None)) is not None:
            yield asked
            return
        line = said.line = await self.lines.ready()
        self._seen_by_model = True
        line.begin_turn()
        said.open_calls, said.called, said.before = set(), False, len(said.items)
        responds = self._begin_on(line, said, again=again)
        try:
            async with contextlib.aclosing(self._responses(line, said, responds=responds)) as events:
                async for event in events:
                    yield event
        finally:
            line.stop()
            self._calls.record()

    def _begin_on(self, line: Line, said: _Said, *, again: bool) -> bool:
        """Let the provider know what it does not yet, last what the user said; whether it is to answer at once."""
        turn = self._turn
        assert turn is not None  # noqa: S101  (a run belongs to a turn)
        if not line.told and self.history.summary:
            line.add(history_items(self.history.input_items()[:1]))
        for other in self.history.turns:
            if other is not turn and other not in line.told:
                line.add(turn_items(other))
                line.told[other] = None
        line.told[turn] = None
        verdicts, self._verdicts = self._verdicts, {}
        same = line is self._asked_on
        if again and (said.items or turn.items):
            line.forget_audio()
            line.add(turn_items(turn))
            line.add(history_items(self._broken_off(said)))
        else:
            if said.spoken is not None:
                line.hear(*said.spoken)
                line.commit(lambda words: self._understood(turn, words))
            elif turn.user:
                line.forget_audio()
                line.add([message("user", turn.user)])
            # What was decided about is known to the line on which it was asked.
            line.add([item for item in turn_items(replace(turn, user="", assistant=""))
                      if not (same and item.get("call_id") in verdicts)])  # fmt: skip
        if same and verdicts:
            said.open_calls, said.called = set(verdicts), True
            for call_id, refusal in verdicts.items():
                line.decide(call_id, refusal)
            return False
        line.respond()
        return True

    async def _responses(self, line: Line, said: _Said, *, responds: bool) -> AsyncGenerator[LoopEvent]:
        steps = 0
        while responds or said.open_calls:
            event = await line.next(SILENT_S if responds else None)
            match event:
                case SpokenItem():
                    said.items.append(event)
                    yield event
                case SpokenWords():
                    yield event
                case CallSeen(call_id=call_id):
                    said.open_calls.add(call_id)
                    said.called = True
                case CallDone(call_id=call_id) | CallAsks(call_id=call_id):
                    said.open_calls.discard(call_id)
                case HandedOver(source=source, target=target):
                    self.on_handoff(source, target)
                case ResponseDone(failure=failure):
                    if failure:
                        raise LineLost(f"OpenAI Realtime: {failure}")
                    responds = False
            if responds or said.open_calls:
                continue
            self._calls.record()
            if (asked := self._ask(line)) is not None:
                yield asked
                return
            if said.called and steps < MAX_MODEL_STEPS:
                said.called, responds, steps = False, True, steps + 1
                line.respond()

    def _broken_off(self, said: _Said) -> list[dict[str, Any]]:
        """What came of an answer before its line broke, for whoever goes on with it."""
        if not said.items:
            return []
        said_so_far = [{"role": "assistant", "content": words}] if (words := said.words()) else []
        return [*said_so_far, {"role": "developer", "content": _GO_ON}]

    def _understood(self, turn: Turn, words: str) -> None:
        """The provider has heard for itself what was said."""
        if words and turn is self._turn:
            turn.user = self.correct(words)

    # --- confirmations

    def _ask(self, line: Line | None) -> ConfirmationAsked | None:
        asked = {call_id: entry for call_id, entry in self._calls.entries.items() if entry.asks}
        entry = asking(asked.values())
        error = entry.result.error if entry is not None and entry.result is not None else None
        if entry is None or error is None or error.confirmation_id is None:
            return None
        self._asked_on = line
        self._pending = Pending(_SPOKEN_RUN, entry, error.confirmation_id, asked)
        return ConfirmationAsked(error.confirmation_id, error.read_back or error.message)

    async def _decide(
        self, pending: Pending, answer: Answer, turn: Turn, agent: Agent[Any]
    ) -> RunState[Any] | None:
        if pending.run != _SPOKEN_RUN:
            return await AgentLoop._decide(self, pending, answer, turn, agent)
        self._refused = None if answer is Answer.YES else pending
        entry, refusal = pending.entry, UNCONFIRMED.to_json()
        if answer is Answer.OTHER:
            for each in pending.asked.values():
                each.record(UNCONFIRMED)
            self._decided = None
            self._verdicts = dict.fromkeys(pending.asked, refusal)
            return None
        self._calls.entries = {**pending.asked}
        if answer is Answer.YES:
            call = replace(entry.call, confirmation_id=pending.confirmation_id, epoch=self.epoch)
            await self._calls.carry_out(CallEntry(entry.call_id, call, turn))
            self._calls.record()
        else:
            self._calls.entries[entry.call_id] = CallEntry(
                entry.call_id, entry.call, turn, result=UNCONFIRMED
            )
            CallEntry(entry.call_id, entry.call, turn).record(UNCONFIRMED)
        self._verdicts = {entry.call_id: None if answer is Answer.YES else refusal}
        return None

    # --- what was heard

    def finish(self, heard: str) -> None:
        """The turn is over; ``heard`` is what the user heard of the answer. The provider forgets the rest."""
        AgentLoop.finish(self, heard)
        said, line = self._said, self._said.line
        self._said = _Said()
        if line is None:
            return
        words = said.words()
        if not heard.startswith(words) or any(item.is_cut for item in said.items):
            line.interrupted(said.items[said.before :])
            if said.before:  # what it was told of them is more than was heard
                self.lines.renew()
        # What was said in the voice of the other models (a question about money) is no item of the provider's yet.
        if heard.startswith(words) and (rest := heard[len(words) :].strip()):
            line.add([message("assistant", rest)])

    def withdraw(self) -> bool:
        """Forget the running turn if it has changed nothing, also with the provider."""
        turn, line = self._turn, self._said.line
        if not AgentLoop.withdraw(self):
            return False
        self._said, self._verdicts = _Said(), {}
        if line is not None and turn is not None:
            line.take_back()
            line.told.pop(turn, None)
        return True

    def forget(self, turn: Turn) -> None:
        """Take a turn out of the history; a line that knows it is not used any more."""
        AgentLoop.forget(self, turn)
        self.lines.renew()

    async def conclude(self) -> None:
        """The conversation is over."""
        await AgentLoop.conclude(self)
        await self.lines.close()
