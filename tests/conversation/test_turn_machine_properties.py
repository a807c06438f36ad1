"""Whatever happens in whatever order, the turn machine keeps its promises."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

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

TEXTS = st.sampled_from(["", "   ", "hello", " book a job for "])


class AnyOrder(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.machine = TurnMachine()
        self.now = 10.0
        self.tokens: list[int] = [0]
        self.user_speaking = False
        self.words: dict[int, str] = {}

    def took(self, before: Phase, commands: list[Command]) -> None:
        ends = 0
        for command in commands:
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
                case Judge(token=token, text=text):
                    assert text.strip()
                    assert token == self.tokens[-1]
                case CommitTurn(text=text):
                    ends += 1
                    assert before is Phase.PAUSE
                    assert text
                    assert text == self.words[self.tokens[-1]], "only the latest words are committed"
                    assert self.machine.phase is Phase.THINKING
                case DropUtterance():
                    ends += 1
                    assert before is Phase.PAUSE
                    assert self.machine.phase is Phase.LISTENING
                case StopSpeaking():
                    assert before in {Phase.SPEAKING, Phase.THINKING}
                case WithdrawTurn():
                    assert before is Phase.THINKING
        assert ends <= 1, "an utterance ends once"

    def do(self, call: object, *arguments: object) -> None:
        before = self.machine.phase
        result = call(*arguments)  # type: ignore[operator]
        self.took(before, result or [])

    @rule(seconds=st.floats(0.0, 10.0))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        self.do(self.machine.tick, self.now)

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
        assert self.machine.phase is Phase.HEARING

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

    @rule()
    def text(self) -> None:
        self.do(self.machine.text_received)
        assert self.machine.phase is Phase.THINKING

    @rule()
    def audible(self) -> None:
        self.machine.speaking_started()

    @rule()
    def unasked(self) -> None:
        self.machine.answer_begins()

    @rule()
    def answered(self) -> None:
        self.machine.speaking_finished()

    @rule()
    def stop(self) -> None:
        self.do(self.machine.interrupt_requested)

    @precondition(lambda self: self.machine.phase is Phase.PAUSE)
    @rule()
    def every_pause_ends(self) -> None:
        for _ in range(4):
            if self.machine.deadline is not None:
                self.now = max(self.now, self.machine.deadline)
                self.do(self.machine.tick, self.now)
        assert self.machine.phase is not Phase.PAUSE

    @invariant()
    def a_deadline_means_a_pause(self) -> None:
        assert (self.machine.deadline is not None) == (self.machine.phase is Phase.PAUSE)

    @invariant()
    def the_user_is_announced_while_he_speaks(self) -> None:
        assert self.user_speaking == (self.machine.phase in {Phase.HEARING, Phase.PAUSE})


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
