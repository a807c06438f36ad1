"""What a client asks of a conversation beyond being listened to: its own ends of turns, words for the history, answers.

It keeps what waits for an answer and sets how turns end; it makes no answer and decides no timing of a turn.
"""

from __future__ import annotations

import asyncio
import contextvars
import math
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, Protocol

from conversation import events as wire
from conversation.answer import Answer
from conversation.answering import Answerer
from conversation.floor import Floor
from conversation.history import Turn
from conversation.latency import TurnTrace
from conversation.listener import Listener
from conversation.mouth import Mouth
from conversation.providers import EngineUnavailable
from conversation.turn_machine import TurnMachine
from media.endpointing.fixed import FixedSilence
from media.endpointing.strategy import TurnEndStrategy

#: What is said to a client that wants an answer although nothing was asked, and the greeting is long over.
PROMPT = "What can I do for you?"
#: What is said after the client's idle time-out, and what a language model is told to say.
STILL_THERE = "Are you still there?"
STILL_THERE_TOLD = "The user has been silent for a while. Ask in a few words whether he is still there."
#: Turns with an id that can still be taken out of the history.
_REMEMBERED = 200


class Stage(Protocol):
    """The conversation, as far as requests need it."""

    listener: Listener
    machine: TurnMachine
    mouth: Mouth
    answerer: Answerer
    floor: Floor
    greeting: str

    @property
    def attached(self) -> bool:
        """Whether a client is connected."""
        ...

    def send(self, event: wire.ServerEvent) -> None:
        """An event for the client."""
        ...

    def spawn(
        self, work: Coroutine[Any, Any, None], context: contextvars.Context | None = None
    ) -> asyncio.Task[None] | None:
        """Run something as a task of the conversation."""
        ...

    def say_unasked(self, text: str) -> tuple[Answer, asyncio.Task[None] | None]:
        """Begin to say something that answers nothing."""
        ...

    def touch(self, *, by_user: bool = False) -> None:
        """Something happened."""
        ...


class Requests:
    """The requests of one conversation's client.

    Attributes:
        instructable: Whether whoever answers follows instructions (a language model does, the local brain does not).
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.instructable = False
        self._waiting: list[tuple[str, str]] = []  # id and words of the user that nobody has answered
        self._turns: dict[str, Turn] = {}
        self._recognising = 0
        self._wanted: wire.RespondIn | None = None
        self._begin = 0  # first sample that is no utterance yet
        self._idle_s: float | None = None
        self._asked_whether_there = False
        self._usual: tuple[TurnEndStrategy, float] | None = None
        stage.floor.before_turn = self.keep_waiting
        stage.floor.on_unanswered = lambda text: self._waiting.append(("", text))

    def receive(self, event: wire.ClientEvent) -> None:
        """Take one of the events of requests; any other is none of its business."""
        match event:
            case wire.ListenIn(detection=detection):
                self._listen(detection)
            case wire.CommitIn(item_id=item_id):
                self._commit(item_id)
            case wire.ClearIn():
                self._begin = self._stage.listener.ears.ring.end
            case wire.NoteIn():
                self._note(event)
            case wire.ForgetIn(item_id=item_id):
                self._forget(item_id)
            case wire.RespondIn():
                self._respond(event)
            case wire.ToolsIn(tools=tools):
                self._stage.answerer.client_tools.offer(tools)
            case wire.ToolOutputIn(call_id=call_id, output=output):
                self._stage.answerer.client_tools.answered(call_id, output)
            case wire.SpeakIn(aloud=aloud, speed=speed):
                self._stage.answerer.aloud = aloud
                if speed is not None:
                    self._stage.mouth.speed = speed
            case _:
                return

    def cancelled(self) -> None:
        """The client takes its wish for an answer back."""
        self._wanted = None

    def user_is_there(self) -> None:
        """He has said or typed something."""
        self._asked_whether_there = False

    def watch(self, now: float, last_activity: float) -> float:
        """Ask a user who has been silent for too long whether he is there; when to look again (inf: need not)."""
        stage = self._stage
        busy = not stage.machine.phase.rests or stage.answerer.current is not None or not stage.attached
        if self._idle_s is None or self._asked_whether_there or busy or stage.answerer.last_trace is None:
            return math.inf
        due = last_activity + self._idle_s
        if now < due:
            return due
        self._asked_whether_there = True
        end_ms = stage.listener.ears.ring.end // 16
        data = {"audio_start_ms": max(0, end_ms - round(self._idle_s * 1000)), "audio_end_ms": end_ms}
        stage.send(wire.ServerEvent("idle_timeout", data))
        if self.instructable:
            self._answer("", STILL_THERE_TOLD)
        else:
            stage.say_unasked(STILL_THERE)
        return math.inf

    # --- how turns end

    def _listen(self, detection: wire.TurnDetection) -> None:
        stage, machine = self._stage, self._stage.machine
        if self._usual is None:
            self._usual = (machine.strategy, machine.parameters.normal_s)
        strategy, normal_s = self._usual
        if detection.by == "silence":
            normal_s = detection.silence_ms / 1000
            machine.strategy = FixedSilence(normal_s)
        else:
            normal_s *= detection.patience
            machine.strategy = strategy.scaled(detection.patience)
        machine.parameters = replace(machine.parameters, normal_s=normal_s)
        listener = stage.listener
        by_voice = detection.by != "client"
        if listener.detects and not by_voice:
            listener.utterance_ended()
            self._begin = listener.ears.ring.end
        elif by_voice and not listener.detects:
            listener.ears.end_turn()  # what is being said was not listened to from its beginning
        listener.detects = by_voice
        listener.interruptible = detection.interruptible
        listener.prefix_ms = detection.prefix_ms
        listener.ears.set_threshold(detection.threshold)
        stage.floor.answers = detection.answers
        self._idle_s = None if detection.idle_timeout_ms is None else detection.idle_timeout_ms / 1000

    # --- utterances that the client ends

    def _commit(self, item_id: str) -> None:
        ears = self._stage.listener.ears
        begin, self._begin = self._begin, ears.ring.end
        self._recognising += 1
        at, pcm = ears.utterance(begin, self._begin)
        self._stage.spawn(self._recognise(item_id, pcm, at))

    async def _recognise(self, item_id: str, pcm: bytes, at: int) -> None:
        try:
            text = await self._stage.listener.recognise(pcm, at)
        except EngineUnavailable as error:
            self._stage.send(wire.error_event("recogniser_unavailable", str(error), item_id=item_id))
            text = ""
        else:
            data = {"item_id": item_id, "text": text, "is_final": True}
            self._stage.send(wire.ServerEvent("transcript", data))
        finally:
            self._recognising -= 1
        if text:
            self._waiting.append((item_id, text))
        if not self._recognising and self._wanted is not None:
            self._respond(self._wanted)

    # --- words and answers

    def _note(self, note: wire.NoteIn) -> None:
        if note.role == "user":
            self._waiting.append((note.item_id, note.text))
            return
        self.keep_waiting()
        self._remember(note.item_id, self._stage.answerer.note(note.role, note.text))

    def keep_waiting(self) -> None:
        """What waits for an answer gets none by itself: it is history."""
        for item_id, text in self._waiting:
            self._remember(item_id, self._stage.answerer.note("user", text))
        self._waiting.clear()

    def _remember(self, item_id: str, turn: Turn) -> None:
        self._turns[item_id] = turn
        if len(self._turns) > _REMEMBERED:
            del self._turns[next(iter(self._turns))]

    def _forget(self, item_id: str) -> None:
        self._waiting = [each for each in self._waiting if each[0] != item_id]
        turn = self._turns.pop(item_id, None)
        if turn is not None:
            self._stage.answerer.forget(turn)

    def _respond(self, wanted: wire.RespondIn) -> None:
        if self._recognising:
            self._wanted = wanted
            return
        self._wanted = None
        text = " ".join(words for _item_id, words in self._waiting)
        self._waiting.clear()
        self._stage.touch(by_user=True)
        self._stage.answerer.aloud_next = wanted.aloud
        if text:
            self._stage.floor.messages += 1
        if text or self.instructable:
            self._answer(text, wanted.instructions)
            return
        said = self._stage.answerer.last_trace is not None
        self._stage.listener.carry_out(self._stage.machine.interrupt_requested())
        self._stage.say_unasked(PROMPT if said else self._stage.greeting or PROMPT)

    def _answer(self, text: str, told: str | None) -> None:
        now = asyncio.get_running_loop().time()
        self._stage.listener.carry_out(self._stage.machine.text_received(now))
        self._stage.floor.keep_withdrawn()
        self._stage.floor.start_turn(text, TurnTrace(committed=now), told if self.instructable else None)
