"""The listening half of a conversation: microphone audio in, turns of the user out.

Wires the ears, the recogniser and the judge to the turn machine and keeps track of which stretch of audio is the
utterance. What the assistant has to do about it is the handler's business; nothing here speaks or answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from importlib.resources import files

from conversation.back_channels import EXPECTED_OVER_SPEECH, Overheard, overlap_of
from conversation.ears import Ears
from conversation.events import ServerEvent, error_event
from conversation.hearing.readings import matter
from conversation.latency import TurnTrace
from conversation.providers import EngineUnavailable, Recogniser, Recognition
from conversation.turn_commands import (
    Announce,
    Command,
    CommitTurn,
    Discard,
    DropUtterance,
    Judge,
    Look,
    Overlap,
    PauseSpeaking,
    Phase,
    Prepare,
    Recognise,
    ResumeSpeaking,
    SayFiller,
    StopSpeaking,
    WithdrawTurn,
)
from conversation.turn_handler import TurnHandler
from conversation.turn_machine import Completeness, TurnMachine
from media.endpointing import EndpointEvent, PauseEnded, PauseStarted, SpeechStarted, ends_unfinished
from media.endpointing.pause_history import PauseHistory
from media.endpointing.prosody import sounds_done
from media.endpointing.strategy import Evidence, ExpectedAnswer
from media.pcm import SAMPLE_RATE

PREFIX_MS = 300.0
#: Audio after the last voiced sample that is recognised too.
SUFFIX_MS = 120
JUDGE_TIMEOUT_S = 2.0
#: How requests begin and what the trade talks about; a business's names are added when they are known.
EXPECTED_PHRASES = tuple(
    files("conversation").joinpath("expected_phrases.txt").read_text(encoding="utf-8").splitlines()
)
#: Longest that the end of a turn is held up by what may be the first sound of the user's next word.
HESITATION_S = 0.1
#: A user who speaks again so soon after his last word had not finished, even if the turn had been ended.
WENT_ON_S = 1.0
#: Who speaks again so soon after the assistant went on has never stopped.
STILL_SPEAKS_S = 0.4
#: Seconds without any audio after which a begun utterance counts as ended: its microphone is gone.
STARVED_S = 2.0
#: Seconds without any audio after which nothing waits for more of it.
WAITED_S = 0.5


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
        on_heard: Told how each utterance was heard.
        detects: Whether speech begins and ends turns by itself.
        interruptible: Whether speech over the assistant is listened to.
        prefix_ms: Audio before the first detected voiced sample that is recognised too: words start softly.
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
        self.on_heard: Callable[[Recognition], None] = lambda _heard: None
        self.detects = self.interruptible = True
        self.prefix_ms = PREFIX_MS
        self._judged: Completeness | None = None  # the words of the pause that is going on
        self._timer: asyncio.TimerHandle | None = None
        self._begin = self._last_voiced = 0  # first and last voiced sample of the utterance
        self._turn_end: int | None = None  # last voiced sample of the latest turn, until somebody speaks
        self._resumed: int | None = None  # the assistant went on here although somebody may speak
        self._hummed = False  # something of what is being said over the assistant was a hum
        self._stt_ms: float | None = None
        self._heard_at = 0.0
        self._asked: tuple[int, bytes] | None = None  # token and audio of the pause being recognised
        self._first: tuple[int, str] | None = None  # what its first hearing was

    def close(self) -> None:
        """No timer fires after this."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def audio(self, pcm: bytes) -> None:
        """Microphone audio: PCM16 mono at the client's rate."""
        now = self._heard_at = _now()
        phase = self.machine.phase
        quick = not (phase.rests or phase is Phase.USER_SPEAKING) or self.machine.is_audible(now)
        audio = self.ears.collect(pcm, quick=quick)
        if audio:
            self._listen(audio, now)

    def catch_up(self) -> None:
        """Listen to what has come but waited for more."""
        audio = self.ears.collected()
        if audio:
            self._listen(audio, self._heard_at)

    def _listen(self, pcm: bytes, now: float) -> None:
        speaks = self.machine.is_audible(now)
        can_pause = self.machine.phase is Phase.SPEAKING
        for event in self.ears.push(pcm, now, assistant_speaks=speaks, can_stand_still=can_pause):
            if self.detects:
                self._noticed(event, now)

    def watch(self) -> None:
        """Called about once a second: an utterance whose audio has stopped coming is over."""
        silent_s = _now() - self._heard_at
        if silent_s >= WAITED_S:
            self.catch_up()
        if silent_s >= STARVED_S and self.machine.phase in {Phase.USER_SPEAKING, Phase.INTERRUPTED}:
            self.utterance_ended()

    def utterance_ended(self) -> None:
        """The client says that the utterance is over."""
        if self.machine.phase in {Phase.USER_SPEAKING, Phase.INTERRUPTED}:
            self._last_voiced = self.ears.ring.end
        self.carry_out(self.machine.utterance_ended(_now()))

    def _noticed(self, event: EndpointEvent | None, now: float) -> None:
        phase = self.machine.phase
        match event:
            case SpeechStarted(at=at):
                self._speech_started(at, now)
            case PauseStarted(last_voiced=last_voiced) if phase in {Phase.USER_SPEAKING, Phase.INTERRUPTED}:
                self._last_voiced = last_voiced
                self._judged = None
                self.carry_out(self.machine.pause_started(self.ears.arrived_at(last_voiced), now))
            case PauseStarted():
                # Too short to be speech over the assistant's voice (a cough, an echo): the next start counts anew.
                self.ears.end_turn()
            case PauseEnded(at=at):
                if phase is Phase.DECIDING:
                    self.pauses.went_on(self._last_voiced, at, self._judged)
                self.carry_out(self.machine.speech_resumed(now))
            case None if phase in {Phase.USER_SPEAKING, Phase.INTERRUPTED}:
                self.carry_out(self.machine.speaking_goes_on(now))
            case None:
                pass

    def _speech_started(self, at: int, now: float) -> None:
        if not self.interruptible and self.machine.phase is Phase.SPEAKING:
            self.ears.nobody_interrupted()
            return
        self.handler.user_speaks()
        if self.machine.phase.hears or self.machine.phase is Phase.INTERRUPTED:
            self.carry_out(self.machine.speech_resumed(now))
            return
        if self._turn_end is not None and at - self._turn_end <= WENT_ON_S * SAMPLE_RATE:
            self.pauses.turn_taken_back(self._turn_end, at)
        self._turn_end = None
        previous, self._begin = self._begin, max(0, at - round(self.prefix_ms * SAMPLE_RATE / 1000))
        if self._resumed is not None and at - self._resumed <= STILL_SPEAKS_S * SAMPLE_RATE:
            self._begin = previous  # the same words go on: nothing of them is lost
        self._resumed = None
        for command in self.machine.speech_started(now):
            if isinstance(command, PauseSpeaking):
                self._judged = None
            if isinstance(command, WithdrawTurn):
                if self.handler.withdraw_turn(command.merge) and command.merge:
                    self._begin = previous
            else:
                self.carry_out([command])

    def carry_out(self, commands: list[Command]) -> None:
        """Do what the turn machine asks for, in order, and set its timer."""
        for command in commands:
            match command:
                case Recognise(token=token, final=final):
                    self._start_recognition(token, final)
                case Look(token=token, over=over):
                    self._look(token, over)
                case Judge(token=token, text=text):
                    self.handler.spawn(self._judge_text(token, text))
                case _:
                    self._tell(command)
        self.set_timer()

    def _tell(self, command: Command) -> None:
        """Pass on what is the rest of the conversation's business."""
        match command:
            case Announce(event=event):
                started = event == "user_started_speaking"
                at = self._begin if started else self._last_voiced
                data = {"audio_ms": at * 1000 // SAMPLE_RATE}
                self.handler.send(
                    ServerEvent("user_started_speaking" if started else "user_stopped_speaking", data)
                )
            case PauseSpeaking():
                self._hummed = False
                self.ears.hurry(True)
                self.handler.pause_speaking()
            case ResumeSpeaking():
                self.ears.nobody_interrupted()
                self._resumed = self.ears.ring.end
                self.handler.resume_speaking()
            case StopSpeaking():
                self.ears.hurry(False)
                self.handler.stop_speaking()
            case WithdrawTurn(merge=merge):
                self.handler.withdraw_turn(merge)
            case Prepare(text=text):
                self.handler.prepare(text)
            case Discard():
                self.handler.discard()
            case SayFiller(number=number):
                self.handler.say_filler(number)
            case CommitTurn(text=text, merged=merged):
                self._commit(text, merged)
            case DropUtterance(resume=resume):
                self.ears.end_turn()
                self.handler.drop_utterance(resume)
            case _:
                raise AssertionError(command)

    def _commit(self, text: str, merged: bool) -> None:
        self.ears.end_turn()
        self.pauses.turn_ended(self._judged)
        self._turn_end = self._last_voiced
        voiced = self.ears.arrived_at(self._last_voiced)
        self.handler.commit_turn(text, TurnTrace(voiced, _now(), self._stt_ms), merged)

    def _look(self, token: int, over: bool) -> None:
        """Find out what is being said over the assistant."""
        end = self.ears.ring.end
        if over:
            end = min(end, self._last_voiced + SUFFIX_MS * SAMPLE_RATE // 1000)
        began = self._begin + round(self.prefix_ms * SAMPLE_RATE / 1000)
        likeness = self.ears.echo_likeness(began, end)
        if likeness >= self.machine.parameters.echo_likeness:
            self.machine.partial_done()
            self.carry_out(self.machine.overlap_heard(token, Overlap.ECHO, _now()))
            return
        seconds = ((self._last_voiced if over else end) - began) / SAMPLE_RATE
        at, pcm = self.ears.utterance(self._begin, end)
        self.handler.spawn(self._recognise_overlap(token, over, seconds, pcm, at))

    async def _recognise_overlap(self, token: int, over: bool, seconds: float, pcm: bytes, at: int) -> None:
        started = _now()
        try:
            hints = (*self.hints, *EXPECTED_OVER_SPEECH)
            recognition = await self._recogniser.recognise(pcm, hints=hints, partial=True, at=at)
        except EngineUnavailable:
            return  # what cannot be understood counts as an interruption when the time to decide is up
        finally:
            if not over:
                self.machine.partial_done()
        self._stt_ms = (_now() - started) * 1000
        asked = self._expects() is ExpectedAnswer.YES_NO
        own = self.handler.said_lately() if self.ears.may_hear_echo else ""
        heard = Overheard(
            (recognition.text or recognition.doubted).strip(),
            recognition.confidence,
            seconds,
            over,
            asked,
            own,
            believed=bool(recognition.text),
            hummed=self._hummed,
        )
        overlap = overlap_of(heard)
        self._hummed = self._hummed or overlap is Overlap.HUM
        self.carry_out(self.machine.overlap_heard(token, overlap, _now()))

    def _start_recognition(self, token: int, final: bool) -> None:
        end = self.ears.ring.end
        if final:
            end = min(end, self._last_voiced + SUFFIX_MS * SAMPLE_RATE // 1000)
        at, pcm = self.ears.utterance(self._begin, end)
        self.handler.spawn(self._recognise(token, final, pcm, at))

    async def recognise(self, pcm: bytes, at: int) -> str:
        """The words of an utterance from sample ``at`` on (16 kHz). Raises EngineUnavailable."""
        recognition = await self._recogniser.recognise(pcm, hints=self.hints, at=at)
        self.on_heard(recognition)
        return recognition.text.strip()

    def first_heard(self, pcm: bytes, text: str) -> None:
        """A first hearing of the audio is ``text``; another is waited for. Meanwhile it is judged and answered."""
        if self._asked is not None and self._asked[1] is pcm:
            token = self._asked[0]
            self._first = (token, text.strip())
            self.carry_out(self.machine.first_heard(token, text))

    async def _recognise(self, token: int, final: bool, pcm: bytes, at: int) -> None:
        started = _now()
        if final:
            self._asked = (token, pcm)
        try:
            recognition = await self._recogniser.recognise(pcm, hints=self.hints, partial=not final, at=at)
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
            text = recognition.text
            first = self._first[1] if self._first is not None and self._first[0] == token else ""
            same = bool(first and text) and matter(first) == matter(text)
            heard = replace(recognition, text=first if same else text)
            self.on_heard(heard)
            self.carry_out(self.machine.transcribed(token, heard.text, _now()))
        elif self.machine.phase is Phase.USER_SPEAKING and recognition.text:
            data = {"item_id": "user_partial", "text": recognition.text, "is_final": False}
            self.handler.send(ServerEvent("transcript", data))

    async def _judge_text(self, token: int, text: str) -> None:
        try:
            async with asyncio.timeout(JUDGE_TIMEOUT_S):
                completeness = await self._judge(text)
        except (TimeoutError, EngineUnavailable):
            completeness = Completeness.UNCLEAR
        except Exception:
            self._has_judged(token, text, Completeness.UNCLEAR)
            raise
        self._has_judged(token, text, completeness)

    def _has_judged(self, token: int, text: str, completeness: Completeness) -> None:
        ending = self.ears.ring.read_available(self._last_voiced - SAMPLE_RATE, self._last_voiced)[1]
        evidence = Evidence(
            completeness,
            text,
            # A recogniser closes many a whole request with a comma, so only the words are evidence.
            unfinished=ends_unfinished(text.rstrip(" ,")),
            expected=self._expects(),
            audio_end=sounds_done(ending, text),
            inner_pauses=self.pauses.inner_pauses,
            turn_ends=self.pauses.turn_ends,
        )
        if self.machine.awaits(token):
            self._judged = completeness
        self.carry_out(self.machine.judged(token, completeness, _now(), evidence))

    def set_timer(self) -> None:
        """Be called when the machine wants to be."""
        self.close()
        if self.machine.deadline is not None:
            at = max(self.machine.deadline, _now())
            self._timer = asyncio.get_running_loop().call_at(at, self._due)

    def _due(self) -> None:
        """The machine wants to be called; not in the very moment in which the user seems to go on."""
        now, deadline = _now(), self.machine.deadline
        hesitates = self.machine.phase is Phase.DECIDING and self.ears.may_resume
        if hesitates and deadline is not None and now < deadline + HESITATION_S:
            self._timer = asyncio.get_running_loop().call_later(HESITATION_S / 4, self._due)
            return
        self.carry_out(self.machine.tick(now))


def _now() -> float:
    return asyncio.get_running_loop().time()
