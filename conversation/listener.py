"""The listening half of a conversation: microphone audio in, turns of the user out.

Wires the ears, the recogniser and the judge to the turn machine and keeps track of which stretch of audio is the
utterance. What the assistant has to do about it is the handler's business; nothing here speaks or answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from importlib.resources import files
from typing import Any, Protocol

from conversation.ears import Ears
from conversation.events import ServerEvent, error_event
from conversation.latency import TurnTrace
from conversation.providers import EngineUnavailable, Recogniser
from conversation.turn_machine import (
    Announce,
    Command,
    CommitTurn,
    Completeness,
    DropUtterance,
    Judge,
    Phase,
    Recognise,
    StopSpeaking,
    TurnMachine,
    WithdrawTurn,
)
from media.endpointing import EndpointEvent, PauseEnded, PauseStarted, SpeechStarted, ends_unfinished
from media.endpointing.pause_history import PauseHistory
from media.endpointing.strategy import Evidence, ExpectedAnswer
from media.pcm import SAMPLE_RATE

#: Audio before the first detected voiced sample that is recognised too: words start softly.
PREFIX_MS = 300
#: Audio after the last voiced sample that is recognised too.
SUFFIX_MS = 120
JUDGE_TIMEOUT_S = 2.0
#: How requests begin and what the trade talks about; a business's names are added when they are known.
EXPECTED_PHRASES = tuple(
    files("conversation").joinpath("expected_phrases.txt").read_text(encoding="utf-8").splitlines()
)
#: Seconds without any audio after which a begun utterance counts as ended: its microphone is gone.
STARVED_S = 2.0


class TurnHandler(Protocol):
    """What the listener tells the rest of the conversation."""

    def send(self, event: ServerEvent) -> None:
        """An event for the client."""
        ...

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None] | None:
        """Run something as a task of the conversation."""
        ...

    def user_speaks(self) -> None:
        """The user was noticed."""
        ...

    def stop_speaking(self) -> None:
        """Barge-in: the assistant falls silent."""
        ...

    def withdraw_turn(self, merge: bool) -> bool:
        """Take the running turn back if it changed nothing; whether it was taken back.

        ``merge`` when its words come again as the beginning of the next turn's.
        """
        ...

    def commit_turn(self, text: str, trace: TurnTrace, merged: bool) -> None:
        """The user's turn is over; ``merged`` when it begins with the words of the turn that was taken back."""
        ...

    def drop_utterance(self, resume: bool) -> None:
        """There were no words; ``resume`` when the assistant had been silenced."""
        ...


class Listener:
    """Listens on behalf of one conversation.

    Args:
        ears: Microphone side.
        recogniser: Speech to text.
        judge: How complete a text is as a request, given the dialogue so far.
        machine: Turn-taking rules.
        expects: What the assistant has asked for.

    Attributes:
        handler: The rest of the conversation.
        hints: Names and phrases to expect in what the user says.
        pauses: How this speaker pauses.
    """

    def __init__(
        self,
        ears: Ears,
        recogniser: Recogniser,
        judge: Callable[[str], Awaitable[Completeness]],
        machine: TurnMachine,
        expects: Callable[[], ExpectedAnswer] = lambda: ExpectedAnswer.NOTHING,
    ) -> None:
        self.ears = ears
        self.machine = machine
        self.handler: TurnHandler
        self.hints = EXPECTED_PHRASES
        self._recogniser = recogniser
        self._judge = judge
        self._expects = expects
        self.pauses = PauseHistory()
        self._judged: Completeness | None = None  # the words of the pause that is going on
        self._timer: asyncio.TimerHandle | None = None
        self._begin = 0  # first sample of the utterance
        self._last_voiced = 0
        self._stt_ms: float | None = None
        self._heard_at = 0.0

    def close(self) -> None:
        """No timer fires after this."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def audio(self, pcm: bytes) -> None:
        """Microphone audio: PCM16 mono at the client's rate."""
        now = self._heard_at = _now()
        speaks = self.machine.phase is Phase.SPEAKING
        for event in self.ears.push(pcm, now, assistant_speaks=speaks):
            self._noticed(event, now)

    def watch(self) -> None:
        """Called about once a second: an utterance whose audio has stopped coming is over."""
        if self.machine.phase is Phase.HEARING and _now() - self._heard_at >= STARVED_S:
            self.utterance_ended()

    def utterance_ended(self) -> None:
        """The client says that the utterance is over."""
        if self.machine.phase is Phase.HEARING:
            self._last_voiced = self.ears.ring.end
        self.carry_out(self.machine.utterance_ended(_now()))

    def _noticed(self, event: EndpointEvent | None, now: float) -> None:
        phase = self.machine.phase
        match event:
            case SpeechStarted(at=at):
                self._speech_started(at, now)
            case PauseStarted(last_voiced=last_voiced) if phase is Phase.HEARING:
                self._last_voiced = last_voiced
                self._judged = None
                self.carry_out(self.machine.pause_started(self.ears.arrived_at(last_voiced), now))
            case PauseStarted():
                # Too short to be speech over the assistant's voice (a cough, an echo): the next start counts anew.
                self.ears.end_turn()
            case PauseEnded(at=at):
                if phase is Phase.PAUSE:
                    self.pauses.went_on(self._last_voiced, at, self._judged)
                self.carry_out(self.machine.speech_resumed(now))
            case None if phase is Phase.HEARING:
                self.carry_out(self.machine.speaking_goes_on(now))
            case None:
                pass

    def _speech_started(self, at: int, now: float) -> None:
        self.handler.user_speaks()
        if self.machine.phase in {Phase.HEARING, Phase.PAUSE}:
            self.carry_out(self.machine.speech_resumed(now))
            return
        previous, self._begin = self._begin, max(0, at - PREFIX_MS * SAMPLE_RATE // 1000)
        for command in self.machine.speech_started(now):
            if isinstance(command, WithdrawTurn):
                if self.handler.withdraw_turn(command.merge) and command.merge:
                    self._begin = previous
                    self.pauses.turn_taken_back(self._last_voiced, at)
            else:
                self.carry_out([command])

    def carry_out(self, commands: list[Command]) -> None:
        """Do what the turn machine asks for, in order, and set its timer."""
        for command in commands:
            match command:
                case Announce(event=event):
                    started = event == "user_started_speaking"
                    self.handler.send(
                        ServerEvent("user_started_speaking" if started else "user_stopped_speaking")
                    )
                case Recognise(token=token, final=final):
                    self._start_recognition(token, final)
                case Judge(token=token, text=text):
                    self.handler.spawn(self._judge_text(token, text))
                case StopSpeaking():
                    self.handler.stop_speaking()
                case WithdrawTurn(merge=merge):
                    self.handler.withdraw_turn(merge)
                case CommitTurn(text=text, merged=merged):
                    self.ears.end_turn()
                    self.pauses.turn_ended(self._judged)
                    trace = TurnTrace(
                        last_voiced=self.ears.arrived_at(self._last_voiced),
                        committed=_now(),
                        stt_ms=self._stt_ms,
                    )
                    self.handler.commit_turn(text, trace, merged)
                case DropUtterance(resume=resume):
                    self.ears.end_turn()
                    self.handler.drop_utterance(resume)
        self._set_timer()

    def _start_recognition(self, token: int, final: bool) -> None:
        end = self.ears.ring.end
        if final:
            end = min(end, self._last_voiced + SUFFIX_MS * SAMPLE_RATE // 1000)
        self.handler.spawn(self._recognise(token, final, self.ears.utterance(self._begin, end)))

    async def _recognise(self, token: int, final: bool, pcm: bytes) -> None:
        started = _now()
        try:
            recognition = await self._recogniser.recognise(pcm, hints=self.hints, partial=not final)
        except EngineUnavailable as error:
            if final:
                self.handler.send(error_event("recogniser_unavailable", str(error)))
                self.carry_out(self.machine.recognition_failed(token))
            return
        except Exception:
            if final:
                self.carry_out(self.machine.recognition_failed(token))
            raise
        finally:
            if not final:
                self.machine.partial_done()
        if final:
            self._stt_ms = (_now() - started) * 1000
            self.carry_out(self.machine.transcribed(token, recognition.text, _now()))
        elif self.machine.phase is Phase.HEARING and recognition.text:
            data = {"item_id": "user_partial", "text": recognition.text, "is_final": False}
            self.handler.send(ServerEvent("transcript", data))

    async def _judge_text(self, token: int, text: str) -> None:
        try:
            completeness = await asyncio.wait_for(self._judge(text), JUDGE_TIMEOUT_S)
        except (TimeoutError, EngineUnavailable):
            completeness = Completeness.UNCLEAR
        except Exception:
            self._has_judged(token, text, Completeness.UNCLEAR)
            raise
        self._has_judged(token, text, completeness)

    def _has_judged(self, token: int, text: str, completeness: Completeness) -> None:
        evidence = Evidence(
            completeness,
            text,
            # A recogniser closes many a whole request with a comma, so only the words are evidence.
            unfinished=ends_unfinished(text.rstrip(" ,")),
            expected=self._expects(),
            inner_pauses=self.pauses.inner_pauses,
            turn_ends=self.pauses.turn_ends,
        )
        if self.machine.awaits(token):
            self._judged = completeness
        self.carry_out(self.machine.judged(token, completeness, _now(), evidence))

    def _set_timer(self) -> None:
        self.close()
        if self.machine.deadline is not None:
            at = max(self.machine.deadline, _now())
            self._timer = asyncio.get_running_loop().call_at(
                at, lambda: self.carry_out(self.machine.tick(_now()))
            )


def _now() -> float:
    return asyncio.get_running_loop().time()
