"""Holds a spoken conversation turn by turn and records each: said, heard, tools, answer, times.

The times come from the two media time lines (microphone and player), not from message arrival. Never decides
whether an answer was right: that is the caller's business.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hero365_client.audio import Clip
from hero365_client.connection import VoiceConnection
from hero365_client.errors import ConnectionLost
from hero365_client.events import (
    ConfirmationRequest,
    ErrorEvent,
    Event,
    HandOff,
    ResponseDone,
    ResponseInterrupted,
    ResponseStarted,
    ResponseText,
    Thinking,
    ToolCalled,
    ToolFinished,
    Transcript,
    UserStartedSpeaking,
    UserStoppedSpeaking,
)
from hero365_client.microphone import Microphone, Utterance
from hero365_client.pacing import Pacer

SETTLE_S = 0.3
_CHECK_S = 0.02


@dataclass(slots=True)
class ToolRun:
    """One tool call of a turn. ``arguments`` is the JSON object it got; ``ok`` is None until it has answered."""

    call_id: str
    name: str
    arguments: Any
    ok: bool | None = None
    summary: str = ""


@dataclass(slots=True)
class TurnRecord:
    """One turn. Times are seconds on the connection's clock, latencies ms.

    Attributes:
        voice_to_voice_ms: Last voiced sample spoken → first audible sample played, None without a reply.
        barge_in_stop_ms: For a turn that interrupts: first voiced sample spoken → last audible sample of the
            interrupted reply played, None when no reply was cut.
        latency: The server's own spans from ``response_done``.
        premature: A reply began before the user had finished.
    """

    utterance: Utterance | None = None
    heard: list[str] = field(default_factory=list[str])
    partials: int = 0
    tools: list[ToolRun] = field(default_factory=list[ToolRun])
    confirmations: list[ConfirmationRequest] = field(default_factory=list[ConfirmationRequest])
    handoffs: list[HandOff] = field(default_factory=list[HandOff])
    items: list[str] = field(default_factory=list[str])
    texts: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    interrupted: dict[str, ResponseInterrupted] = field(default_factory=dict[str, ResponseInterrupted])
    latency: dict[str, float] = field(default_factory=dict[str, float])
    errors: list[str] = field(default_factory=list[str])
    voice_to_voice_ms: float | None = None
    barge_in_stop_ms: float | None = None
    premature: bool = False
    timed_out: bool = False

    @property
    def heard_text(self) -> str:
        """What the user was heard to say, all final transcripts of the turn."""
        return " ".join(self.heard)

    @property
    def answer(self) -> str:
        """What the assistant said, all replies of the turn."""
        return " ".join(text for item in self.items for text in self.texts.get(item, []))

    def to_json(self) -> dict[str, Any]:
        """The record as plain JSON types."""
        clip = self.utterance.clip.name if self.utterance else None
        tools = [
            {"name": t.name, "arguments": t.arguments, "ok": t.ok, "summary": t.summary} for t in self.tools
        ]
        cut = {
            item: {"heard_text": e.heard_text, "heard_ms": e.heard_ms} for item, e in self.interrupted.items()
        }
        return {
            "clip": clip,
            "heard": self.heard_text,
            "tools": tools,
            "answer": self.answer,
            "read_backs": [c.read_back for c in self.confirmations],
            "handoffs": [{"from": h.from_agent, "to": h.to_agent} for h in self.handoffs],
            "interrupted": cut,
            "latency": self.latency,
            "voice_to_voice_ms": self.voice_to_voice_ms,
            "barge_in_stop_ms": self.barge_in_stop_ms,
            "premature": self.premature,
            "timed_out": self.timed_out,
            "errors": self.errors,
        }


class TurnDriver:
    """Speaks clips into a session and waits for the answers.

    Args:
        connection: An open voice connection.
        microphone: An open microphone on it.
        on_event: Called with each event, for a live display.
    """

    def __init__(
        self,
        connection: VoiceConnection,
        microphone: Microphone,
        on_event: Callable[[Event], None] | None = None,
    ) -> None:
        self._connection = connection
        self._microphone = microphone
        self._on_event = on_event
        self._record = TurnRecord()
        self._open: set[str] = set()
        self._awaiting_reply = False
        self._user_speaking = False
        self._last_change = connection.clock()
        self._done_at: float | None = None
        connection.listen(self._take)

    async def quiet(self, deadline_s: float = 20.0) -> TurnRecord:
        """Wait until a greeting or any other reply has been played; returns what was said meanwhile."""
        await self._until(self._settled, self._connection.clock() + deadline_s)
        return self._next_record()

    async def greeted(self, *, cut: bool = False, wait_s: float = 1.0) -> TurnRecord:
        """Wait for the greeting, if one comes within ``wait_s``, and hear it out (or ``cut`` it short)."""
        record = self._record
        begun = self._connection.clock()
        await self._until(lambda: bool(record.items), begun + wait_s)
        if cut and record.items:
            await self._connection.interrupt()
        return await self.quiet()

    async def turn(self, clip: Clip, *, deadline_s: float = 30.0) -> TurnRecord:
        """Speak one clip and wait for the whole answer to be played.

        Raises:
            ConnectionLost: The connection ended for good.
        """
        self._next_record()
        utterance = self._microphone.say(clip)
        self._record.utterance = utterance
        return await self._answered(utterance, deadline_s)

    async def ask(self, clip: Clip, *, deadline_s: float = 30.0) -> TurnRecord:
        """Speak one clip and wait only for the first words of the answer, as text: tools have run by then."""
        self._next_record()
        utterance = self._microphone.say(clip)
        self._record.utterance = utterance
        record = self._record

        def answered() -> bool:
            now = self._connection.clock()
            settled = now >= utterance.ends_at and now - self._last_change >= SETTLE_S
            return settled and not self._user_speaking and not self._awaiting_reply and bool(record.answer)

        record.timed_out = not await self._until(answered, utterance.ends_at + deadline_s)
        return self._next_record()

    async def type(self, text: str, *, deadline_s: float = 30.0) -> TurnRecord:
        """Type a request and wait for the whole answer to be played."""
        self._next_record()
        started = self._connection.clock()
        self._done_at = None
        await self._connection.send_text(text)
        record = self._record
        record.timed_out = not await self._until(lambda: self._replied(started), started + deadline_s)
        return self._next_record()

    async def barge_in(
        self, clip: Clip, over: Clip, *, after_s: float = 1.5, deadline_s: float = 30.0
    ) -> tuple[TurnRecord, TurnRecord]:
        """Speak ``over`` and, once its answer has been audible for ``after_s``, interrupt it with ``clip``.

        Returns:
            The record of the interrupted turn and that of the interrupting one.
        """
        self._next_record()
        first = self._microphone.say(over)
        self._record.utterance = first
        deadline = self._connection.clock() + deadline_s

        def audible_long_enough() -> bool:
            begun = self._connection.player.first_audible_after(first.voiced_until)
            return begun is not None and self._connection.clock() >= begun + after_s

        reached = await self._until(audible_long_enough, deadline)
        interrupted_items = [item for item in self._record.items if not self._fully_played(item)]
        self._measure(first)
        interrupted = self._next_record()
        interrupted.timed_out = not reached
        second = self._microphone.say(clip)
        self._record.utterance = second
        record = await self._answered(second, deadline_s)
        for item in interrupted_items:
            if item in record.interrupted:
                interrupted.interrupted[item] = record.interrupted.pop(item)
                last = self._connection.player.last_audible_of(item)
                if last is not None:
                    record.barge_in_stop_ms = max(0.0, (last - second.voiced_from) * 1000)
        return interrupted, record

    async def _answered(self, utterance: Utterance, deadline_s: float) -> TurnRecord:
        self._done_at = None
        record = self._record
        deadline = utterance.ends_at + deadline_s
        record.timed_out = not await self._until(lambda: self._replied(utterance.ends_at), deadline)
        self._measure(utterance)
        return self._next_record()

    def _replied(self, spoken_until: float) -> bool:
        """Whether a reply has ended after the user's last word, and been played out."""
        now = self._connection.clock()
        if now < spoken_until or self._done_at is None:
            return False
        return self._settled()

    def _settled(self) -> bool:
        now = self._connection.clock()
        busy = bool(self._open) or self._awaiting_reply or self._user_speaking
        return not busy and now - self._last_change >= SETTLE_S and self._connection.player.idle(now)

    def _fully_played(self, item: str) -> bool:
        heard = self._connection.player.item(item)
        return item not in self._open and heard is not None and heard.played >= heard.received

    async def _until(self, condition: Callable[[], bool], deadline: float) -> bool:
        pacer = Pacer(self._connection.clock, _CHECK_S)
        while not condition():
            if self._connection.failure is not None:
                raise self._connection.failure
            failure = self._microphone.failure
            if failure is not None:
                raise failure
            if self._connection.finished:
                raise ConnectionLost(1000, "the session ended during a turn")
            if self._connection.clock() > deadline:
                return False
            await pacer.wait()
        return True

    def _measure(self, utterance: Utterance) -> None:
        player, record = self._connection.player, self._record
        for item in record.items:
            begun = player.first_audible_of(item)
            if begun is None:
                continue
            if begun < utterance.voiced_until:
                record.premature = True
            else:
                record.voice_to_voice_ms = (begun - utterance.voiced_until) * 1000
                return

    def _next_record(self) -> TurnRecord:
        finished, self._record = self._record, TurnRecord()
        return finished

    def _take(self, event: Event) -> None:
        if self._on_event is not None:
            self._on_event(event)
        record = self._record
        match event:
            case UserStartedSpeaking():
                self._user_speaking = True
            case UserStoppedSpeaking():
                self._user_speaking = False
            case Transcript():
                if event.is_final:
                    record.heard.append(event.text)
                else:
                    record.partials += 1
            case Thinking():
                self._awaiting_reply = True
            case ToolCalled():
                record.tools.append(ToolRun(event.call_id, event.name, _object(event.arguments)))
                self._awaiting_reply = True
            case ToolFinished():
                for run in record.tools:
                    if run.call_id == event.call_id:
                        run.ok, run.summary = event.ok, event.summary
            case ConfirmationRequest():
                record.confirmations.append(event)
            case HandOff():
                record.handoffs.append(event)
            case ErrorEvent():
                record.errors.append(f"{event.code}: {event.message}")
                self._awaiting_reply = False
            case _:
                self._take_reply(event)
                return
        self._last_change = event.received_at

    def _take_reply(self, event: Event) -> None:
        record = self._record
        match event:
            case ResponseStarted():
                self._open.add(event.item_id)
                self._awaiting_reply = False
                record.items.append(event.item_id)
            case ResponseText():
                texts = record.texts.setdefault(event.item_id, [])
                if event.spoken == "pending" or (event.spoken == "full" and not texts):
                    texts.append(event.text)
            case ResponseInterrupted():
                self._open.discard(event.item_id)
                record.interrupted[event.item_id] = event
            case ResponseDone():
                self._open.discard(event.item_id)
                self._awaiting_reply = False
                self._done_at = event.received_at
                record.latency = {**record.latency, **event.latency}
            case _:
                return
        self._last_change = event.received_at


def _object(arguments: Any) -> Any:
    """Arguments as an object; they travel as JSON text, as the model wrote them."""
    if not isinstance(arguments, str):
        return arguments
    try:
        return json.loads(arguments)
    except ValueError:
        return arguments
