"""What the turn machine makes of a first hearing while a second one is waited for."""

from __future__ import annotations

from conversation.turn_commands import Announce, CommitTurn, Discard, Judge, Prepare, Recognise
from conversation.turn_machine import Completeness, TurnMachine
from conversation.turn_parameters import TurnParameters
from media.endpointing.strategy import Evidence

STOPPED = Announce("user_stopped_speaking")
TIMINGS = TurnParameters()


def paused() -> tuple[TurnMachine, int]:
    """A machine in the pause after an utterance whose last voiced sample was at 1.0 s; the recognition's token."""
    machine = TurnMachine()
    machine.speech_started(0.0)
    (command,) = machine.pause_started(1.0, 1.16)
    assert isinstance(command, Recognise)
    return machine, command.token


def test_a_first_hearing_is_judged_and_answered_for_but_ends_no_turn():
    machine, token = paused()
    assert machine.first_heard(token, "who owes me money") == [Judge(token, "who owes me money")]
    assert machine.judged(token, Completeness.COMPLETE, 1.25) == [Prepare("who owes me money")]
    assert machine.tick(1.0 + TIMINGS.eager_s) == []
    assert machine.transcribed(token, "who owes me money", 1.5) == [
        STOPPED,
        CommitTurn("who owes me money", False),
    ]


def test_a_first_hearing_that_was_right_costs_no_time():
    machine, token = paused()
    machine.first_heard(token, "who owes me money")
    machine.judged(token, Completeness.COMPLETE, 1.25)
    assert machine.transcribed(token, "who owes me money", 1.3) == []
    assert machine.deadline == 1.0 + TIMINGS.eager_s


def test_a_first_hearing_that_was_wrong_is_judged_anew():
    machine, token = paused()
    machine.first_heard(token, "who knows me")
    machine.judged(token, Completeness.COMPLETE, 1.25)
    assert machine.transcribed(token, "who owes me money", 1.3) == [
        Discard(),
        Judge(token, "who owes me money"),
    ]
    late = Evidence(Completeness.COMPLETE, "who knows me")
    assert machine.judged(token, Completeness.COMPLETE, 1.31, late) == []
    assert machine.judged(token, Completeness.COMPLETE, 1.32) == [Prepare("who owes me money")]


def test_words_that_nobody_judges_wait_for_the_normal_silence_after_a_first_hearing_too():
    machine, token = paused()
    machine.first_heard(token, "who owes me money")
    assert machine.tick(1.0 + TIMINGS.normal_s) == []
    assert machine.transcribed(token, "who owes me money", 1.0 + TIMINGS.normal_s)[0] == STOPPED


def test_a_client_that_ends_the_utterance_waits_for_the_last_word_about_it():
    machine, token = paused()
    machine.first_heard(token, "who knows me")
    machine.judged(token, Completeness.COMPLETE, 1.2)
    assert machine.utterance_ended(1.22) == []
    machine.transcribed(token, "who owes me money", 1.3)
    assert machine.judged(token, Completeness.INCOMPLETE, 1.31)[0] == STOPPED
