from __future__ import annotations

import pytest

from conversation.turn_commands import (
    Announce,
    CommitTurn,
    Discard,
    DropUtterance,
    Judge,
    Phase,
    Prepare,
    Recognise,
    SayFiller,
    StopSpeaking,
    WithdrawTurn,
)
from conversation.turn_machine import Completeness, TurnMachine
from conversation.turn_parameters import TurnParameters

STARTED = Announce("user_started_speaking")
STOPPED = Announce("user_stopped_speaking")
TIMINGS = TurnParameters()


def heard(text: str = "who owes me money", at: float = 1.0) -> tuple[TurnMachine, int]:
    """A machine in the pause after an utterance whose last voiced sample was at ``at``; the recognition's token."""
    machine = TurnMachine()
    assert machine.speech_started(0.0) == [STARTED]
    (command,) = machine.pause_started(at, at + 0.16)
    assert isinstance(command, Recognise)
    assert command.final
    return machine, command.token


def committed(now: float = 2.0, text: str = "who owes me money") -> TurnMachine:
    """A machine that is thinking about a turn committed at ``now``."""
    machine, token = heard(at=now - 0.4)
    machine.transcribed(token, text, now - 0.1)
    machine.judged(token, Completeness.COMPLETE, now)
    assert machine.phase is Phase.THINKING
    return machine


@pytest.mark.parametrize(
    ("completeness", "silence"),
    [
        (Completeness.COMPLETE, TIMINGS.eager_s),
        (Completeness.UNCLEAR, TIMINGS.normal_s),
        (Completeness.INCOMPLETE, TIMINGS.patient_s),
    ],
)
def test_silence_that_ends_a_turn_follows_how_complete_the_request_is(
    completeness: Completeness, silence: float
):
    machine, token = heard()
    assert machine.transcribed(token, "who owes me money", 1.2) == [Judge(token, "who owes me money")]
    likely = [] if completeness is Completeness.INCOMPLETE else [Prepare("who owes me money")]
    assert machine.judged(token, completeness, 1.25) == likely
    assert machine.deadline == pytest.approx(1.0 + silence)
    assert machine.tick(1.0 + silence - 0.001) == []
    assert machine.tick(1.0 + silence) == [STOPPED, CommitTurn("who owes me money", merged=False)]
    assert machine.deadline == pytest.approx(1.0 + silence + TIMINGS.filler_after_s), "then a filler is due"


def test_unjudged_words_wait_for_the_normal_silence():
    machine, token = heard()
    machine.transcribed(token, "hello", 1.2)
    assert machine.tick(1.0 + TIMINGS.normal_s - 0.01) == []
    assert machine.tick(1.0 + TIMINGS.normal_s) == [STOPPED, CommitTurn("hello", merged=False)]


def test_resumed_speech_voids_the_speculative_recognition():
    machine, token = heard()
    assert machine.speech_resumed(1.3) == []
    assert machine.phase is Phase.USER_SPEAKING
    assert machine.deadline is None
    assert machine.transcribed(token, "book a", 1.4) == []
    assert machine.judged(token, Completeness.COMPLETE, 1.4) == []
    (again,) = machine.pause_started(2.0, 2.16)
    assert isinstance(again, Recognise)
    assert again.token != token
    assert machine.transcribed(token, "book a", 2.2) == [], "the old token stays void in the next pause"
    assert machine.transcribed(again.token, "book a job", 2.3) == [Judge(again.token, "book a job")]


def test_a_late_transcript_commits_as_soon_as_it_is_judged():
    machine, token = heard()
    assert machine.tick(1.0 + TIMINGS.normal_s) == []
    assert machine.deadline == pytest.approx(1.0 + TIMINGS.recognise_wait_s)
    assert machine.transcribed(token, "hello", 4.0) == [Judge(token, "hello")]
    assert machine.judged(token, Completeness.INCOMPLETE, 4.1) == [STOPPED, CommitTurn("hello", merged=False)]


def test_a_turn_whose_words_never_come_is_given_up():
    machine, _token = heard()
    machine.tick(1.0 + TIMINGS.normal_s)
    assert machine.tick(1.0 + TIMINGS.recognise_wait_s) == [STOPPED, DropUtterance(resume=False)]
    assert machine.phase is Phase.LISTENING


def test_noise_without_words_is_dropped():
    machine, token = heard()
    assert machine.transcribed(token, "  ", 1.3) == [STOPPED, DropUtterance(resume=False)]
    assert machine.phase is Phase.LISTENING


def test_a_failed_recognition_drops_the_utterance_once():
    machine, token = heard()
    assert machine.recognition_failed(token - 1) == []
    assert machine.recognition_failed(token) == [STOPPED, DropUtterance(resume=False)]
    assert machine.recognition_failed(token) == []


# --- speculation ---------------------------------------------------------------------------------------------


def prepared() -> tuple[TurnMachine, int]:
    machine, token = heard()
    machine.transcribed(token, "who owes me money", 1.2)
    assert machine.judged(token, Completeness.UNCLEAR, 1.25) == [Prepare("who owes me money")]
    return machine, token


def test_what_was_prepared_is_void_when_the_user_goes_on():
    machine, _ = prepared()
    assert machine.speech_resumed(1.4) == [Discard()]
    assert machine.speech_resumed(1.5) == []


def test_what_was_prepared_is_void_when_he_types():
    machine, _ = prepared()
    assert machine.text_received(1.4) == [Discard(), STOPPED]


def test_unfinished_words_are_not_prepared_for():
    machine, token = heard()
    machine.transcribed(token, "move it to", 1.2)
    assert machine.judged(token, Completeness.INCOMPLETE, 1.25) == []


def test_speculation_can_be_off():
    machine = TurnMachine(TurnParameters(speculate=False))
    machine.speech_started(0.0)
    (command,) = machine.pause_started(1.0, 1.16)
    assert isinstance(command, Recognise)
    machine.transcribed(command.token, "hello", 1.2)
    assert machine.judged(command.token, Completeness.COMPLETE, 1.25) == []


# --- long work -----------------------------------------------------------------------------------------------


def test_long_work_asks_for_fillers_now_and_then():
    machine = committed(now=2.0)
    machine.tool_started()
    assert machine.phase is Phase.ACTING
    assert machine.tick(2.0 + TIMINGS.filler_after_s - 0.01) == []
    now = 2.0 + TIMINGS.filler_after_s
    for number in range(TIMINGS.max_fillers):
        assert machine.tick(now) == [SayFiller(number)]
        assert machine.tick(now + 0.1) == []
        now += TIMINGS.filler_again_s
    assert machine.deadline is None


def test_a_reply_that_comes_in_time_has_no_filler_before_it():
    machine = committed(now=2.0)
    machine.reply_ready()
    assert machine.tick(9.0) == []
    assert machine.deadline is None


def test_a_filler_is_heard_for_as_long_as_it_takes():
    machine = committed(now=2.0)
    machine.filler_audible(0.8, 2.8)
    assert machine.is_audible(3.0)
    assert not machine.is_audible(3.7)


def test_an_answer_that_asks_waits_for_confirmation():
    machine = committed()
    machine.speaking_started()
    machine.speaking_finished(8.0, asked=True)
    assert machine.phase is Phase.CONFIRMING
    machine.quiet(1000.0)
    assert machine.phase is Phase.CONFIRMING
    assert machine.speech_started(9.0) == [STARTED]


def test_a_long_quiet_is_idle_until_somebody_speaks():
    machine = TurnMachine()
    machine.quiet(TIMINGS.idle_after_s - 0.1)
    assert machine.phase is Phase.LISTENING
    machine.quiet(TIMINGS.idle_after_s)
    assert machine.phase is Phase.IDLE
    assert machine.speech_started(9.0) == [STARTED]


def test_going_on_soon_after_the_end_of_turn_merges():
    machine = committed(now=2.0)
    assert machine.speech_started(1.99 + TIMINGS.merge_s) == [WithdrawTurn(merge=True), STARTED]
    (command,) = machine.pause_started(4.0, 4.2)
    assert isinstance(command, Recognise)
    machine.transcribed(command.token, "who owes me money this week", 4.3)
    assert machine.judged(command.token, Completeness.COMPLETE, 4.5) == [
        STOPPED,
        CommitTurn("who owes me money this week", merged=True),
    ]


def test_going_on_late_is_a_turn_of_its_own():
    machine = committed(now=2.0)
    assert machine.speech_started(2.0 + TIMINGS.merge_s + 0.01) == [WithdrawTurn(merge=False), STARTED]
    (command,) = machine.pause_started(5.0, 5.2)
    assert isinstance(command, Recognise)
    machine.transcribed(command.token, "never mind", 5.3)
    assert machine.judged(command.token, Completeness.COMPLETE, 5.5) == [
        STOPPED,
        CommitTurn("never mind", merged=False),
    ]


@pytest.mark.parametrize("after", [0.5, 3.0])
def test_noise_while_thinking_gives_the_turn_back(after: float):
    machine = committed(now=2.0)
    machine.speech_started(2.0 + after)
    (command,) = machine.pause_started(2.5 + after, 2.7 + after)
    assert isinstance(command, Recognise)
    assert machine.transcribed(command.token, "", 2.9 + after) == [STOPPED, DropUtterance(resume=True)]


def test_a_greeting_can_be_interrupted_before_it_is_heard():
    machine = TurnMachine()
    machine.answer_begins()
    assert machine.speech_started(0.1) == [WithdrawTurn(merge=False), STARTED]


def test_the_assistant_does_not_begin_over_the_user():
    machine = TurnMachine()
    machine.speech_started(0.0)
    machine.answer_begins()
    machine.speaking_started()
    assert machine.phase is Phase.USER_SPEAKING


def test_typed_text_silences_the_assistant_and_waits_for_nothing():
    machine = committed()
    machine.speaking_started()
    assert machine.text_received(2.0) == [StopSpeaking()]
    assert machine.phase is Phase.THINKING


def test_typed_text_while_thinking_does_not_make_the_first_request_unsaid():
    machine = committed()
    assert machine.text_received(2.0) == [StopSpeaking()]


def test_typed_text_ends_the_utterance_that_is_being_spoken():
    machine, token = heard()
    assert machine.text_received(2.0) == [STOPPED]
    assert machine.transcribed(token, "too late", 2.0) == []
    assert machine.phase is Phase.THINKING


def test_speech_after_typed_text_never_merges_with_an_older_utterance():
    machine = committed(now=2.0)
    machine.text_received(2.0)
    assert machine.speech_started(2.2) == [WithdrawTurn(merge=False), STARTED]


@pytest.mark.parametrize("speaking", [True, False])
def test_stop_silences_the_assistant_and_takes_nothing_back(speaking: bool):
    machine = committed()
    if speaking:
        machine.speaking_started()
    assert machine.interrupt_requested() == [StopSpeaking()]
    assert machine.phase is Phase.LISTENING
    assert machine.interrupt_requested() == []


def test_stop_does_not_touch_the_users_own_utterance():
    machine, _token = heard()
    assert machine.interrupt_requested() == []
    assert machine.phase is Phase.DECIDING
