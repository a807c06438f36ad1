"""Who speaks when: a pure state machine. Events in, commands out; time (seconds, monotonic) is an argument.

It owns every timing rule of a turn: when a pause starts speculative recognition, when a pause is an end of turn,
when the user's voice interrupts the assistant, when a too early end of turn is taken back. It never does I/O,
never reads a clock and never sees audio.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from media.endpointing.semantic import SemanticSilence, Silences
from media.endpointing.strategy import Completeness, Evidence, TurnEndStrategy


class Phase(StrEnum):
    """Where the conversation stands."""

    LISTENING = "listening"
    HEARING = "hearing"
    PAUSE = "pause"
    THINKING = "thinking"
    SPEAKING = "speaking"


@dataclass(frozen=True, slots=True)
class TurnTimings:
    """Times of a turn in seconds. How long a silence ends it is the strategy's to say.

    ``normal_s`` is the silence that ends a turn whose words nobody has judged in time; ``eager_s`` and ``patient_s``
    are those of complete and of unfinished words where no other strategy is given.
    ``partial_s`` is the least time between partial transcripts while the user speaks (0 turns them off);
    ``merge_s`` is how long after the end of a turn new speech still continues it (as long as nothing was
    done or said); ``recognise_wait_s`` is how long a turn waits for its transcript before it is given up.
    """

    eager_s: float = 0.35
    normal_s: float = 0.6
    patient_s: float = 1.4
    partial_s: float = 0.7
    merge_s: float = 1.2
    recognise_wait_s: float = 8.0


# --- commands ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Announce:
    """Tell the client: ``user_started_speaking`` or ``user_stopped_speaking``."""

    event: str


@dataclass(frozen=True, slots=True)
class Recognise:
    """Recognise the utterance so far. ``token`` marks the request; answers to older tokens are ignored.

    ``final`` is False for a partial transcript while the user still speaks.
    """

    token: int
    final: bool


@dataclass(frozen=True, slots=True)
class Judge:
    """Ask how complete ``text`` is as a request."""

    token: int
    text: str


@dataclass(frozen=True, slots=True)
class CommitTurn:
    """The user's turn is over: answer ``text``. ``merged`` when it takes the place of the turn just begun."""

    text: str
    merged: bool


@dataclass(frozen=True, slots=True)
class DropUtterance:
    """What was heard were no words: forget it. ``resume`` when the assistant had been silenced by it."""

    resume: bool


@dataclass(frozen=True, slots=True)
class StopSpeaking:
    """The assistant falls silent now (barge-in)."""


@dataclass(frozen=True, slots=True)
class WithdrawTurn:
    """The user goes on before the answer is heard: cancel it unless something was done already.

    ``merge`` when what he says now continues the turn, because it was ended too early; else it is a new turn.
    """

    merge: bool


Command = Announce | Recognise | Judge | CommitTurn | DropUtterance | StopSpeaking | WithdrawTurn


class TurnMachine:
    """The turn-taking rules of one conversation.

    Feed it with the methods below; each returns the commands to carry out, in order. ``deadline`` is when
    ``tick`` wants to be called (None: never).
    """

    def __init__(self, timings: TurnTimings | None = None, strategy: TurnEndStrategy | None = None) -> None:
        self.timings = timings or TurnTimings()
        self.strategy = strategy or _by_words(self.timings)
        self.phase = Phase.LISTENING
        self.deadline: float | None = None
        self._token = 0
        self._text: str | None = None
        self._completeness: Completeness | None = None
        self._last_voiced = 0.0
        self._next_partial = 0.0
        self._partial_pending = False
        self._silenced = False
        self._merging = False
        self._committed_at: float | None = None

    # --- what the microphone says

    def speech_started(self, now: float) -> list[Command]:
        """Speech began (already debounced: long enough to be speech)."""
        commands: list[Command] = []
        if self.phase in {Phase.HEARING, Phase.PAUSE}:
            return self.speech_resumed(now)
        if self.phase is Phase.SPEAKING:
            commands.append(StopSpeaking())
            self._silenced = True
        elif self.phase is Phase.THINKING:
            recent = self._committed_at is not None and now - self._committed_at <= self.timings.merge_s
            commands.append(WithdrawTurn(recent))
            self._merging = recent
            self._silenced = True
        else:
            self._silenced = False
        self._enter_hearing(now)
        commands.append(Announce("user_started_speaking"))
        return commands

    def speech_resumed(self, now: float) -> list[Command]:
        """The pause was no end: speech goes on."""
        if self.phase is not Phase.PAUSE:
            return []
        self._enter_hearing(now)
        return []

    def pause_started(self, last_voiced: float, now: float) -> list[Command]:
        """Silence since ``last_voiced`` (seconds): recognise speculatively, the turn may be over."""
        if self.phase is not Phase.HEARING:
            return []
        self.phase = Phase.PAUSE
        self._last_voiced = last_voiced
        self._text = None
        self._completeness = None
        self._token += 1
        self.deadline = max(now, last_voiced + self.timings.normal_s)
        return [Recognise(self._token, final=True)]

    def speaking_goes_on(self, now: float) -> list[Command]:
        """Called with every stretch of speech: time for a partial transcript?"""
        if (
            self.phase is not Phase.HEARING
            or self.timings.partial_s <= 0
            or self._partial_pending
            or now < self._next_partial
        ):
            return []
        self._partial_pending = True
        self._next_partial = now + self.timings.partial_s
        return [Recognise(self._token, final=False)]

    def utterance_ended(self, now: float) -> list[Command]:
        """The client itself says the utterance is over (push to talk): no silence is waited for."""
        commands: list[Command] = []
        if self.phase is Phase.HEARING:
            commands = self.pause_started(now, now)
        if self.phase is Phase.PAUSE:
            self._completeness = Completeness.COMPLETE
            self._last_voiced = now - self.timings.patient_s
            self.deadline = now
            commands += self.tick(now)
        return commands

    # --- what the recogniser and the judge say

    def partial_done(self) -> None:
        """A partial recognition finished (or failed)."""
        self._partial_pending = False

    def transcribed(self, token: int, text: str, now: float) -> list[Command]:
        """The utterance up to the pause was recognised as ``text``."""
        if self.phase is not Phase.PAUSE or token != self._token:
            return []
        self._text = text.strip()
        if not self._text:
            return self._drop()
        if self._completeness is None:
            return [Judge(token, self._text), *self.tick(now)]
        # The client itself ended the utterance: only its words were waited for.
        self.deadline = now
        return self.tick(now)

    def judged(
        self, token: int, completeness: Completeness, now: float, evidence: Evidence | None = None
    ) -> list[Command]:
        """How complete the transcript is as a request: moves the end of turn nearer or further.

        ``evidence`` is all that is known about the pause; the strategy makes a silence of it.
        """
        if self.phase is not Phase.PAUSE or token != self._token:
            return []
        self._completeness = completeness
        known = evidence or Evidence(completeness, self._text or "")
        self.deadline = self._last_voiced + self.strategy.silence_s(known)
        return self.tick(now)

    def awaits(self, token: int) -> bool:
        """Whether an answer to the request ``token`` still counts."""
        return self.phase is Phase.PAUSE and token == self._token

    def recognition_failed(self, token: int) -> list[Command]:
        """The utterance could not be recognised at all."""
        if self.phase is not Phase.PAUSE or token != self._token:
            return []
        return self._drop()

    def tick(self, now: float) -> list[Command]:
        """Time has passed: the pause may have become an end of turn."""
        if self.phase is not Phase.PAUSE or self.deadline is None or now < self.deadline:
            return []
        if self._text is None:
            if now >= self._last_voiced + self.timings.recognise_wait_s:
                return self._drop()
            self.deadline = self._last_voiced + self.timings.recognise_wait_s
            return []
        if self._completeness is None and now < self._last_voiced + self.timings.normal_s:
            self.deadline = self._last_voiced + self.timings.normal_s
            return []
        return self._commit(now)

    # --- what the assistant does

    def text_received(self) -> list[Command]:
        """A typed request arrived: it is a turn of its own and interrupts what is being said."""
        commands: list[Command] = []
        if self.phase in {Phase.SPEAKING, Phase.THINKING}:
            commands.append(StopSpeaking())
        elif self.phase in {Phase.HEARING, Phase.PAUSE}:
            commands.append(Announce("user_stopped_speaking"))
        self._reset(Phase.THINKING)
        return commands

    def answer_begins(self) -> None:
        """The assistant is about to speak unasked: a greeting, or an answer that goes on."""
        if self.phase is Phase.LISTENING:
            self._reset(Phase.THINKING)

    def speaking_started(self) -> None:
        """The first audio of an answer goes out."""
        if self.phase in {Phase.THINKING, Phase.LISTENING}:
            self.phase = Phase.SPEAKING

    def speaking_finished(self) -> None:
        """The answer is finished and has been played."""
        if self.phase in {Phase.SPEAKING, Phase.THINKING}:
            self._reset(Phase.LISTENING)

    def interrupt_requested(self) -> list[Command]:
        """The user pressed stop."""
        if self.phase not in {Phase.SPEAKING, Phase.THINKING}:
            return []
        self._reset(Phase.LISTENING)
        return [StopSpeaking()]

    # --- inside

    def _enter_hearing(self, now: float) -> None:
        self.phase = Phase.HEARING
        self.deadline = None
        self._token += 1
        self._next_partial = max(self._next_partial, now + self.timings.partial_s)

    def _commit(self, now: float) -> list[Command]:
        text = self._text or ""
        merged = self._merging
        self._reset(Phase.THINKING)
        self._committed_at = now
        return [Announce("user_stopped_speaking"), CommitTurn(text, merged)]

    def _drop(self) -> list[Command]:
        resume = self._silenced
        self._reset(Phase.LISTENING)
        return [Announce("user_stopped_speaking"), DropUtterance(resume)]

    def _reset(self, phase: Phase) -> None:
        self.phase = phase
        self.deadline = None
        self._text = None
        self._completeness = None
        self._silenced = False
        self._merging = False
        self._committed_at = None


def _by_words(timings: TurnTimings) -> TurnEndStrategy:
    return SemanticSilence(
        Silences(timings.eager_s, timings.eager_s, timings.normal_s, timings.patient_s),
    )
