"""Who speaks when: a pure state machine. Events in, commands out; time (seconds, monotonic) is an argument.

It owns every timing rule of a turn: when a pause starts speculative recognition, when a pause is an end of turn,
when the user's voice interrupts the assistant, when a too early end of turn is taken back, when long work asks for a
filler. It never does I/O, never reads a clock and never sees audio. Its times are in ``turn_parameters``.
"""

from __future__ import annotations

from conversation.speech_over import SpeechOver
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
from conversation.turn_parameters import TurnParameters
from media.endpointing.semantic import SemanticSilence, Silences
from media.endpointing.strategy import Completeness, Evidence, TurnEndStrategy

__all__ = ["Completeness", "Phase", "TurnMachine"]


class TurnMachine:
    """The turn-taking rules of one conversation.

    Feed it with the methods below; each returns the commands to carry out, in order. ``deadline`` is when
    ``tick`` wants to be called (None: never).
    """

    def __init__(
        self, parameters: TurnParameters | None = None, strategy: TurnEndStrategy | None = None
    ) -> None:
        self.parameters = parameters or TurnParameters()
        self.strategy = strategy or _by_words(self.parameters)
        self.phase = Phase.LISTENING
        self.deadline: float | None = None
        self._token = 0
        self._text: str | None = None
        self._completeness: Completeness | None = None
        self._in_doubt = False  # the words are those of a first hearing
        self._silent_until: float | None = None  # what the words so far ask for
        self._last_voiced = 0.0
        self._next_partial = 0.0
        self._partial_pending = False
        self._silenced = False
        self._merging = False
        self._prepared = False
        self._committed_at: float | None = None
        self._overlap = SpeechOver()
        self._fillers = 0
        self._audible_until = 0.0  # of a filler

    # --- what the microphone says

    def speech_started(self, now: float) -> list[Command]:
        """Speech began (already debounced: long enough to be speech)."""
        if self.phase.hears or self.phase is Phase.INTERRUPTED:
            return self.speech_resumed(now)
        if self.phase is Phase.SPEAKING:
            return self._pause(now)
        commands: list[Command] = []
        if self.phase.works:
            recent = self._committed_at is not None and now - self._committed_at <= self.parameters.merge_s
            commands.append(WithdrawTurn(recent))
            self._merging = recent
            self._silenced = True
        else:
            self._silenced = False
        self._hear(now)
        return [*commands, Announce("user_started_speaking")]

    def speech_resumed(self, now: float) -> list[Command]:
        """The pause was no end: speech goes on."""
        if self.phase is Phase.INTERRUPTED and self._overlap.over:
            self._token += 1
            self._overlap.over = False
        if self.phase is not Phase.DECIDING:
            return []
        self._hear(now)
        return self._discard()

    def pause_started(self, last_voiced: float, now: float) -> list[Command]:
        """Silence since ``last_voiced`` (seconds): recognise speculatively, the turn may be over."""
        if self.phase is Phase.INTERRUPTED:
            self._last_voiced = last_voiced
            self._token += 1
            self._overlap.over = True
            return [Look(self._token, over=True)]
        if self.phase is not Phase.USER_SPEAKING:
            return []
        self._decide(last_voiced, now)
        return [Recognise(self._token, final=True)]

    def speaking_goes_on(self, now: float) -> list[Command]:
        """Called with every stretch of speech: time for a partial transcript, or for a look at an interruption?"""
        looks = self.phase is Phase.INTERRUPTED and not self._overlap.over
        if not looks and (self.phase is not Phase.USER_SPEAKING or self.parameters.partial_s <= 0):
            return []
        if self._partial_pending or now < self._next_partial:
            return []
        self._partial_pending = True
        self._next_partial = now + (self.parameters.look_s if looks else self.parameters.partial_s)
        return [Look(self._token, over=False) if looks else Recognise(self._token, final=False)]

    def utterance_ended(self, now: float) -> list[Command]:
        """The client itself says the utterance is over (push to talk): no silence is waited for."""
        if self.phase is Phase.INTERRUPTED:
            return [] if self._overlap.over else self.pause_started(now, now)
        commands = self.pause_started(now, now) if self.phase is Phase.USER_SPEAKING else []
        if self.phase is Phase.DECIDING:
            self._completeness = Completeness.COMPLETE
            self._last_voiced = now - self.parameters.patient_s
            self.deadline = now
            commands += self.tick(now)
        return commands

    # --- what the recogniser and the judge say

    def partial_done(self) -> None:
        """A partial recognition finished (or failed)."""
        self._partial_pending = False

    def overlap_heard(self, token: int, overlap: Overlap, now: float) -> list[Command]:
        """What has been said over the assistant so far, or has just been said when it went on."""
        late = self.phase is Phase.SPEAKING and self._overlap.over
        if token < self._overlap.first_look or not (late or self.phase is Phase.INTERRUPTED):
            return []
        # Words count also from a look that began before the speaker fell silent, or before the decision.
        if overlap is Overlap.WORDS:
            return self._interrupted(now)
        if self.phase is not Phase.INTERRUPTED or token != self._token:
            return []
        self._overlap.heard = overlap
        # "Okay" may be the beginning of a sentence until its speaker is silent; an echo stays one.
        return self._go_on() if self._overlap.over or overlap is Overlap.ECHO else []

    def first_heard(self, token: int, text: str) -> list[Command]:
        """The utterance up to the pause is likely to be ``text``; ``transcribed`` follows and says so or otherwise.

        It is judged and answered for, but no turn ends with it.
        """
        if not self.awaits(token) or self._text is not None or self._completeness is not None:
            return []
        self._text = text.strip() or None
        self._in_doubt = self._text is not None
        return [Judge(token, self._text)] if self._text is not None else []

    def transcribed(self, token: int, text: str, now: float) -> list[Command]:
        """The utterance up to the pause was recognised as ``text``."""
        if not self.awaits(token):
            return []
        first = self._text if self._in_doubt else None
        self._in_doubt = False
        self._text = text.strip()
        if not self._text:
            return self._drop()
        if first is not None:
            return self._heard_out(first, self._text, now)
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
        if not self.awaits(token) or self._text is None:
            return []
        known = evidence or Evidence(completeness, self._text)
        if known.text.strip() != self._text:
            return []  # of a hearing that was put right meanwhile
        self._completeness = completeness
        self.deadline = self._silent_until = self._last_voiced + self.strategy.silence_s(known)
        likely = completeness is not Completeness.INCOMPLETE and not self._prepared
        if now < self.deadline and likely and self.parameters.speculate:
            self._prepared = True
            return [Prepare(self._text)]
        return self.tick(now)

    def awaits(self, token: int) -> bool:
        """Whether an answer to the request ``token`` still counts."""
        return self.phase is Phase.DECIDING and token == self._token

    def recognition_failed(self, token: int) -> list[Command]:
        """The utterance could not be recognised at all."""
        return self._drop() if self.awaits(token) else []

    def tick(self, now: float) -> list[Command]:
        """Time has passed: a pause may have become an end of turn, an overlap an interruption, work long."""
        if self.deadline is None or now < self.deadline:
            return []
        if self.phase is Phase.INTERRUPTED:
            return self._decide_overlap(now)
        if self.phase.works:
            return self._long_work(now)
        if self._text is None or self._in_doubt:
            if now >= self._last_voiced + self.parameters.recognise_wait_s:
                return self._drop()
            self.deadline = self._last_voiced + self.parameters.recognise_wait_s
            return []
        if self._completeness is None and now < self._last_voiced + self.parameters.normal_s:
            self.deadline = self._last_voiced + self.parameters.normal_s
            return []
        return self._commit(now)

    # --- what the assistant does

    def text_received(self, now: float) -> list[Command]:
        """A typed request arrived: it is a turn of its own and interrupts what is being said."""
        commands = self._discard()
        if self.phase.works or self.phase in {Phase.SPEAKING, Phase.INTERRUPTED}:
            commands.append(StopSpeaking())
        elif self.phase.hears:
            commands.append(Announce("user_stopped_speaking"))
        self._reset(Phase.THINKING)
        self.deadline = now + self.parameters.filler_after_s
        return commands

    def answer_begins(self) -> None:
        """The assistant is about to speak unasked: a greeting, or an answer that goes on."""
        if self.phase.rests:
            self._reset(Phase.THINKING)

    def tool_started(self) -> None:
        """A tool runs for the answer."""
        if self.phase is Phase.THINKING:
            self.phase = Phase.ACTING

    def tools_finished(self) -> None:
        """No tool runs any more."""
        if self.phase is Phase.ACTING:
            self.phase = Phase.THINKING

    def reply_ready(self) -> None:
        """There are words to say: nothing is put in front of them."""
        if self.phase.works:
            self.deadline = None

    def filler_audible(self, seconds: float, now: float) -> None:
        """A filler of so many seconds begins to be heard."""
        self._audible_until = now + seconds

    def speaking_started(self) -> None:
        """The first audio of an answer goes out."""
        if self.phase.works or self.phase.rests:
            self.phase = Phase.SPEAKING
            self.deadline = None
            self._overlap.doubted = False

    def speaking_finished(self, now: float, *, asked: bool = False) -> list[Command]:
        """The answer is finished and has been played; ``asked`` when it waits for a yes or a no."""
        if self.phase is Phase.INTERRUPTED:  # its voice failed meanwhile: what was said over it is a turn
            return self._interrupted(now)
        if self.phase is Phase.SPEAKING or self.phase.works:
            self._reset(Phase.CONFIRMING if asked else Phase.LISTENING)
        return []

    def interrupt_requested(self) -> list[Command]:
        """The user pressed stop."""
        if not self.phase.works and self.phase not in {Phase.SPEAKING, Phase.INTERRUPTED}:
            return []
        self._reset(Phase.LISTENING)
        return [StopSpeaking()]

    def quiet(self, seconds: float) -> None:
        """Nothing has happened for so long."""
        if self.phase is Phase.LISTENING and seconds >= self.parameters.idle_after_s:
            self.phase = Phase.IDLE

    def is_audible(self, now: float) -> bool:
        """Whether the assistant is to be heard: its answer or a filler."""
        return self.phase is Phase.SPEAKING or (self.phase.works and now < self._audible_until)

    # --- inside

    def _hear(self, now: float) -> None:
        self.phase = Phase.USER_SPEAKING
        self.deadline = None
        self._token += 1
        self._next_partial = max(self._next_partial, now + self.parameters.partial_s)

    def _decide(self, last_voiced: float, now: float) -> None:
        self.phase = Phase.DECIDING
        self._last_voiced = last_voiced
        self._text = None
        self._completeness = None
        self._in_doubt = False
        self._silent_until = None
        self._token += 1
        self.deadline = max(now, last_voiced + self.parameters.normal_s)

    def _heard_out(self, first: str, text: str, now: float) -> list[Command]:
        """What was judged as ``first`` is ``text``."""
        if first != text:
            self._completeness, self._silent_until = None, None
        self.deadline = self._silent_until or self._last_voiced + self.parameters.normal_s
        return self.tick(now) if first == text else [*self._discard(), Judge(self._token, text)]

    def _pause(self, now: float) -> list[Command]:
        self.phase = Phase.INTERRUPTED
        self._token += 1
        self._overlap.begin(self._token)
        self._next_partial = now + self.parameters.look_s
        self.deadline = now + self.parameters.decide_s
        return [PauseSpeaking()]

    def _decide_overlap(self, now: float) -> list[Command]:
        if self._overlap.waits_for_a_look(self._partial_pending):
            self.deadline = now + self.parameters.last_look_s
            return []
        if not self._overlap.is_nothing():
            return self._interrupted(now)
        looked, over, commands = self._overlap.first_look, self._overlap.over, self._go_on()
        self._overlap.doubted = True
        if over:  # the look that is still going on may yet find words
            self._overlap.first_look, self._overlap.over = looked, True
        return commands

    def _go_on(self) -> list[Command]:
        self.phase = Phase.SPEAKING
        self.deadline = None
        self._token += 1
        self._overlap.begin(self._token)
        return [ResumeSpeaking()]

    def _interrupted(self, now: float) -> list[Command]:
        """It was an interruption: the user's turn is open, and perhaps over already."""
        commands: list[Command] = [StopSpeaking(), Announce("user_started_speaking")]
        over, last_voiced = self._overlap.over, self._last_voiced
        self._reset(Phase.LISTENING)
        self._silenced = True
        if not over:
            self._hear(now)
            return commands
        self._decide(last_voiced, now)
        return [*commands, Recognise(self._token, final=True), *self.tick(now)]

    def _long_work(self, now: float) -> list[Command]:
        number = self._fillers
        self._fillers += 1
        more = self._fillers < self.parameters.max_fillers
        self.deadline = now + self.parameters.filler_again_s if more else None
        return [SayFiller(number)]

    def _commit(self, now: float) -> list[Command]:
        text = self._text or ""
        merged = self._merging
        self._reset(Phase.THINKING)
        self._committed_at = now
        self.deadline = now + self.parameters.filler_after_s
        return [Announce("user_stopped_speaking"), CommitTurn(text, merged)]

    def _drop(self) -> list[Command]:
        resume = self._silenced
        discarded = self._discard()
        self._reset(Phase.LISTENING)
        return [*discarded, Announce("user_stopped_speaking"), DropUtterance(resume)]

    def _discard(self) -> list[Command]:
        prepared, self._prepared = self._prepared, False
        return [Discard()] if prepared else []

    def _reset(self, phase: Phase) -> None:
        self.phase = phase
        self.deadline = None
        self._text = None
        self._completeness = None
        self._in_doubt = False
        self._silent_until = None
        self._silenced = False
        self._merging = False
        self._prepared = False
        self._committed_at = None
        self._overlap.begin(self._token + 1)
        self._fillers = 0
        self._audible_until = 0.0


def _by_words(parameters: TurnParameters) -> TurnEndStrategy:
    eager, patient = parameters.eager_s, parameters.patient_s
    return SemanticSilence(Silences(eager, eager, parameters.normal_s, patient, patient))
