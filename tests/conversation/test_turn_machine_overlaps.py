from __future__ import annotations

import pytest

from conversation.turn_commands import (
    Announce,
    CommitTurn,
    DropUtterance,
    Judge,
    Look,
    Overlap,
    PauseSpeaking,
    Phase,
    Recognise,
    ResumeSpeaking,
    StopSpeaking,
)
from conversation.turn_machine import Completeness, TurnMachine
from conversation.turn_parameters import TurnParameters

STARTED = Announce("user_started_speaking")
STOPPED = Announce("user_stopped_speaking")
TIMINGS = TurnParameters()


def overlapped(at: float = 5.0) -> TurnMachine:
    """A machine whose assistant stands still because somebody spoke over it at ``at``."""
    machine = TurnMachine()
    machine.speech_started(at - 4)
    (pause,) = machine.pause_started(at - 3, at - 2.84)
    assert isinstance(pause, Recognise)
    machine.transcribed(pause.token, "who owes me money", at - 2.8)
    machine.judged(pause.token, Completeness.COMPLETE, at - 2.6)
    machine.speaking_started()
    assert machine.speech_started(at) == [PauseSpeaking()]
    assert machine.phase is Phase.INTERRUPTED
    return machine


def look(machine: TurnMachine, now: float) -> Look:
    (command,) = machine.speaking_goes_on(now)
    assert isinstance(command, Look)
    machine.partial_done()
    return command


def test_words_over_the_assistant_interrupt_it_while_they_are_spoken():
    machine = overlapped()
    seen = look(machine, 5.2)
    assert not seen.over
    assert machine.overlap_heard(seen.token, Overlap.WORDS, 5.3) == [StopSpeaking(), STARTED]
    assert machine.phase is Phase.USER_SPEAKING


@pytest.mark.parametrize("overlap", [Overlap.BACK_CHANNEL, Overlap.NOTHING])
def test_what_is_no_interruption_lets_the_assistant_go_on_when_it_is_over(overlap: Overlap):
    machine = overlapped()
    seen = look(machine, 5.2)
    assert machine.overlap_heard(seen.token, overlap, 5.3) == [], "it may be the beginning of a sentence"
    (over,) = machine.pause_started(5.25, 5.41)
    assert over == Look(over.token, over=True)
    assert machine.overlap_heard(seen.token, overlap, 5.45) == [], "an old look is void"
    assert machine.overlap_heard(over.token, overlap, 5.5) == [ResumeSpeaking()]
    assert machine.phase is Phase.SPEAKING
    assert machine.deadline is None


def test_our_own_echo_is_sure_at_once():
    machine = overlapped()
    assert machine.overlap_heard(look(machine, 5.2).token, Overlap.ECHO, 5.2) == [ResumeSpeaking()]


def test_words_of_a_look_that_began_before_the_speaker_fell_silent_count():
    machine = overlapped()
    seen = look(machine, 5.2)
    machine.pause_started(5.25, 5.41)
    assert machine.overlap_heard(seen.token, Overlap.WORDS, 5.45)[:2] == [StopSpeaking(), STARTED]


def test_a_short_interruption_is_a_turn_that_is_over_already():
    machine = overlapped()
    (over,) = machine.pause_started(5.3, 5.46)
    commands = machine.overlap_heard(over.token, Overlap.WORDS, 5.55)
    assert commands[:2] == [StopSpeaking(), STARTED]
    (recognise,) = commands[2:]
    assert isinstance(recognise, Recognise)
    (judge,) = machine.transcribed(recognise.token, "stop", 5.6)
    assert isinstance(judge, Judge)
    assert machine.judged(judge.token, Completeness.COMPLETE, 5.7) == [
        STOPPED,
        CommitTurn("stop", merged=False),
    ]


def test_words_that_are_found_just_after_the_decision_still_interrupt():
    machine = overlapped()
    machine.overlap_heard(look(machine, 5.2).token, Overlap.NOTHING, 5.3)
    (over,) = machine.pause_started(5.4, 5.56)
    assert machine.tick(5.6) == []
    assert machine.tick(5.66) == [ResumeSpeaking()]
    assert machine.overlap_heard(over.token, Overlap.NOTHING, 5.67) == []
    assert machine.overlap_heard(over.token, Overlap.WORDS, 5.68)[:2] == [StopSpeaking(), STARTED]
    assert machine.phase is Phase.DECIDING


def test_a_look_that_is_under_way_is_waited_for_a_moment():
    machine = overlapped(at=5.0)
    machine.overlap_heard(look(machine, 5.2).token, Overlap.NOTHING, 5.3)
    (late,) = machine.speaking_goes_on(5.5)
    assert isinstance(late, Look)
    assert machine.tick(5.6) == []
    assert machine.deadline == pytest.approx(5.6 + TIMINGS.last_look_s)
    assert machine.overlap_heard(late.token, Overlap.WORDS, 5.63)[:2] == [StopSpeaking(), STARTED]


def test_a_look_that_is_late_is_not_waited_for_twice():
    machine = overlapped(at=5.0)
    machine.overlap_heard(look(machine, 5.2).token, Overlap.NOTHING, 5.3)
    assert machine.speaking_goes_on(5.5)
    assert machine.tick(5.6) == []
    assert machine.tick(5.66) == [ResumeSpeaking()]


@pytest.mark.parametrize("overlap", [Overlap.BACK_CHANNEL, Overlap.HUM])
def test_a_back_channel_that_is_not_over_stops_the_assistant_twice_and_then_for_good(overlap: Overlap):
    machine = overlapped(at=5.0)
    machine.overlap_heard(look(machine, 5.2).token, overlap, 5.3)
    assert machine.tick(5.6) == [ResumeSpeaking()]
    assert machine.speech_started(5.8) == [PauseSpeaking()]
    machine.overlap_heard(look(machine, 6.0).token, overlap, 6.1)
    assert machine.tick(6.4)[0] == StopSpeaking()


def test_a_look_of_an_overlap_that_was_settled_is_void():
    machine = overlapped()
    seen = look(machine, 5.2)
    assert machine.overlap_heard(seen.token, Overlap.ECHO, 5.3) == [ResumeSpeaking()]
    assert machine.overlap_heard(seen.token, Overlap.WORDS, 5.4) == []
    assert machine.speech_started(5.8) == [PauseSpeaking()]
    assert machine.overlap_heard(seen.token, Overlap.WORDS, 5.9) == []


@pytest.mark.parametrize(
    ("overlap", "over", "goes_on"),
    [
        (None, False, False),
        (None, True, False),
        (Overlap.NOTHING, False, True),
        (Overlap.UNCLEAR, False, False),
        (Overlap.BACK_CHANNEL, False, True),
    ],
)
def test_the_decision_falls_in_time_whatever_is_known(overlap: Overlap | None, over: bool, goes_on: bool):
    machine = overlapped(at=5.0)
    if overlap is not None:
        machine.overlap_heard(look(machine, 5.2).token, overlap, 5.3)
    if over:
        machine.pause_started(5.3, 5.46)
    assert machine.deadline == pytest.approx(5.0 + TIMINGS.decide_s)
    commands = machine.tick(5.0 + TIMINGS.decide_s)
    if over:  # its last look is waited for
        assert commands == []
        commands = machine.tick(5.0 + TIMINGS.decide_s + TIMINGS.last_look_s)
    assert commands[0] == (ResumeSpeaking() if goes_on else StopSpeaking())
    assert machine.phase is not Phase.INTERRUPTED


def test_a_late_finding_that_there_were_no_words_gives_the_answer_back():
    machine = overlapped()
    machine.pause_started(5.3, 5.46)
    assert machine.tick(5.6) == []
    (*_, recognise) = machine.tick(5.66)
    assert isinstance(recognise, Recognise)
    assert machine.transcribed(recognise.token, "", 6.5) == [STOPPED, DropUtterance(resume=True)]


def test_who_goes_on_after_a_back_channel_is_heard_again():
    machine = overlapped()
    (first,) = machine.pause_started(5.2, 5.36)
    machine.speech_resumed(5.4)
    assert machine.overlap_heard(first.token, Overlap.BACK_CHANNEL, 5.41) == []
    assert machine.phase is Phase.INTERRUPTED
