"""Whatever happens in whatever order, the turn machine keeps its promises."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

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
from conversation.turn_machine import Completeness, TurnMachine

TEXTS = st.sampled_from(["", "   ", "hello", " book a job for "])


#: From the pause of the assistant's audio to the decision, s.
DECIDED_WITHIN_S = 0.66


class AnyOrder(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.machine = TurnMachine()
        self.now = 10.0
        self.tokens: list[int] = [0]
        self.user_speaking = False
        self.words: dict[int, str] = {}
        self.looks: list[int] = []
        self.answering = False  # an answer is being made or spoken, or stands still
        self.paused_at: float | None = None
        self.prepared: str | None = None
        self.fillers = 0
        self.given_back = False
        self.late = 0.0  # how late the timers were called

    def took(self, before: Phase, commands: list[Command]) -> None:
        ends = 0
        for command in commands:
            self.about_the_assistant(before, command)
            match command:
                case Announce(event="user_started_speaking"):
                    assert not self.user_speaking, "announced twice"
                    self.user_speaking = True
                case Announce():
                    assert self.user_speaking, "an end without a beginning"
                    self.user_speaking = False
                case Recognise(token=token, final=final):
                    if final:
                        assert token not in self.words, "one token, one final recognition"
                        self.tokens.append(token)
                case Look(token=token):
                    self.looks.append(token)
                case Judge(token=token, text=text):
                    assert text.strip()
                case CommitTurn(text=text):
                    ends += 1
                    assert text
                    assert self.machine.phase is Phase.THINKING
                case DropUtterance():
                    ends += 1
                    assert self.machine.phase is Phase.LISTENING
                case _:
                    pass
        assert ends <= 1, "an utterance ends once"

    def about_the_assistant(self, before: Phase, command: Command) -> None:
        match command:
            case PauseSpeaking():
                assert before is Phase.SPEAKING
                assert self.paused_at is None
                self.paused_at = self.now
            case ResumeSpeaking():
                assert self.paused_at is not None, "it goes on only from where it stood still"
                assert self.now <= self.paused_at + DECIDED_WITHIN_S + self.late
                self.paused_at = None
            case StopSpeaking():
                assert before.works or before in {Phase.SPEAKING, Phase.INTERRUPTED}
                self.paused_at, self.answering = None, False
            case WithdrawTurn():
                assert before.works
                self.answering = False
            case Prepare(text=text):
                assert text
                assert self.prepared is None, "one at a time"
                assert not self.answering, "nothing is prepared beside an answer"
                self.prepared = text
            case Discard():
                assert self.prepared is not None
                self.prepared = None
            case CommitTurn(text=text):
                assert not self.answering, "it would speak twice"
                assert self.prepared in {None, text}, "what was prepared is what is asked"
                self.prepared, self.answering, self.fillers = None, True, 0
            case DropUtterance(resume=resume):
                assert self.prepared is None, "nothing stays prepared for nobody"
                self.given_back = resume
            case SayFiller(number=number):
                assert before.works, "a filler only where nothing is heard"
                assert number == self.fillers < self.machine.parameters.max_fillers
                self.fillers += 1
            case _:
                pass

    def do(self, call: object, *arguments: object) -> None:
        before = self.machine.phase
        result = call(*arguments)  # type: ignore[operator]
        self.took(before, result or [])
        if self.given_back:  # as the session does it: nothing stays unsaid
            self.given_back, self.answering = False, True
            self.machine.answer_begins()
            assert self.machine.phase is Phase.THINKING

    @rule(seconds=st.floats(0.0, 10.0))
    def time_passes(self, seconds: float) -> None:
        """The timers fire when they are due, as the listener sees to it."""
        end = self.now + seconds
        while self.machine.deadline is not None and self.machine.deadline <= end:
            self.timer_fires()
        self.now = max(self.now, end)

    @rule()
    def timer_fires(self) -> None:
        if self.machine.deadline is not None:
            self.now = max(self.now, self.machine.deadline)
            before = self.machine.deadline
            self.do(self.machine.tick, self.now)
            assert self.machine.deadline is None or self.machine.deadline > before, "no busy loop"

    @rule()
    def speech_starts(self) -> None:
        self.do(self.machine.speech_started, self.now)
        assert self.machine.phase in {Phase.USER_SPEAKING, Phase.INTERRUPTED}

    @rule()
    def speech_resumes(self) -> None:
        self.do(self.machine.speech_resumed, self.now)

    @rule(ago=st.floats(0.0, 0.5))
    def pause(self, ago: float) -> None:
        self.do(self.machine.pause_started, self.now - ago, self.now)

    @rule()
    def goes_on(self) -> None:
        self.do(self.machine.speaking_goes_on, self.now)

    @rule()
    def partial_done(self) -> None:
        self.machine.partial_done()

    @rule()
    def client_ends_utterance(self) -> None:
        self.do(self.machine.utterance_ended, self.now)

    @rule(text=TEXTS, data=st.data())
    def transcript(self, text: str, data: st.DataObject) -> None:
        token = data.draw(st.sampled_from(self.tokens))
        if token in self.words:
            return  # the recogniser answers a request once
        self.words[token] = text.strip()
        self.do(self.machine.transcribed, token, text, self.now)

    @rule(completeness=st.sampled_from(Completeness), data=st.data())
    def judgement(self, completeness: Completeness, data: st.DataObject) -> None:
        known = [token for token, text in self.words.items() if text]
        if known:
            self.do(self.machine.judged, data.draw(st.sampled_from(known)), completeness, self.now)

    @rule(data=st.data())
    def recognition_fails(self, data: st.DataObject) -> None:
        token = data.draw(st.sampled_from(self.tokens))
        if token not in self.words:
            self.words[token] = ""
            self.do(self.machine.recognition_failed, token)

    @precondition(lambda self: self.looks)
    @rule(overlap=st.sampled_from(Overlap), data=st.data())
    def overlap(self, overlap: Overlap, data: st.DataObject) -> None:
        token = data.draw(st.sampled_from(self.looks))
        self.do(self.machine.overlap_heard, token, overlap, self.now)

    @rule()
    def text(self) -> None:
        self.do(self.machine.text_received, self.now)
        self.answering, self.fillers = True, 0
        assert self.machine.phase is Phase.THINKING

    @rule()
    def audible(self) -> None:
        if self.answering:
            self.machine.speaking_started()

    @rule()
    def tool(self) -> None:
        self.machine.tool_started()

    @rule()
    def tool_done(self) -> None:
        self.machine.tools_finished()

    @rule()
    def ready(self) -> None:
        self.machine.reply_ready()

    @rule(seconds=st.floats(0.0, 60.0))
    def quiet(self, seconds: float) -> None:
        self.machine.quiet(seconds)

    @precondition(lambda self: self.machine.phase.rests)
    @rule()
    def unasked(self) -> None:
        self.machine.answer_begins()
        self.answering = True

    @precondition(lambda self: self.answering and self.paused_at is None)
    @rule(asked=st.booleans())
    def answered(self, asked: bool) -> None:
        self.answering = False
        self.do(lambda: self.machine.speaking_finished(self.now, asked=asked))

    @precondition(lambda self: self.paused_at is not None)
    @rule()
    def the_voice_fails(self) -> None:
        self.do(self.machine.speaking_finished, self.now)

    @rule()
    def stop(self) -> None:
        self.do(self.machine.interrupt_requested)

    @precondition(lambda self: self.machine.phase is Phase.DECIDING)
    @rule()
    def every_pause_ends(self) -> None:
        for _ in range(4):
            if self.machine.deadline is not None and self.machine.phase is Phase.DECIDING:
                self.timer_fires()
        assert self.machine.phase is not Phase.DECIDING

    @precondition(lambda self: self.machine.phase is Phase.INTERRUPTED)
    @rule()
    def every_overlap_is_decided_in_time(self) -> None:
        assert self.paused_at is not None
        decide_by = self.paused_at + DECIDED_WITHIN_S
        for _ in range(2):  # once more when the last look is waited for
            assert self.machine.deadline is not None
            assert self.machine.deadline <= decide_by + 1e-6
            self.timer_fires()
            if self.machine.phase is not Phase.INTERRUPTED:
                return
        raise AssertionError("not decided")

    @rule()
    def left_alone_it_comes_to_rest(self) -> None:
        """Nobody says anything any more, and the answer comes to its end."""
        if self.machine.phase in {Phase.USER_SPEAKING, Phase.INTERRUPTED}:
            self.do(self.machine.pause_started, self.now, self.now)
        for _ in range(20):
            if self.machine.phase.works and self.machine.deadline is None:
                self.machine.speaking_started()
            if self.machine.deadline is not None:
                self.timer_fires()
            elif self.machine.phase is Phase.SPEAKING:
                self.answered(asked=False)
        assert self.machine.phase.rests

    @invariant()
    def whoever_decides_has_a_deadline(self) -> None:
        if self.machine.phase in {Phase.DECIDING, Phase.INTERRUPTED}:
            assert self.machine.deadline is not None
        elif not self.machine.phase.works:
            assert self.machine.deadline is None

    @invariant()
    def the_user_is_announced_while_he_speaks(self) -> None:
        assert self.user_speaking == self.machine.phase.hears

    @invariant()
    def the_assistant_stands_still_only_while_it_is_decided_why(self) -> None:
        assert (self.paused_at is not None) == (self.machine.phase is Phase.INTERRUPTED)

    @invariant()
    def nothing_to_say_is_left_unsaid(self) -> None:
        if self.machine.phase.rests:
            assert not self.answering
        if self.machine.phase.works or self.machine.phase is Phase.SPEAKING:
            assert self.answering
        if self.machine.phase is not Phase.DECIDING:
            assert self.prepared is None


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
