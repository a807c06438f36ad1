"""Turns that the client ends itself, and partial transcripts."""

from __future__ import annotations

from conversation.turn_commands import Announce, CommitTurn, Phase, Recognise
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


# --- push to talk ------------------------------------------------------------------------------------------


def test_the_clients_end_of_utterance_needs_only_the_words():
    machine = TurnMachine()
    machine.speech_started(0.0)
    (command,) = machine.utterance_ended(1.0)
    assert isinstance(command, Recognise)
    assert command.final
    assert machine.transcribed(command.token, "what's next", 1.2) == [
        STOPPED,
        CommitTurn("what's next", merged=False),
    ]


def test_the_clients_end_in_a_pause_with_words_commits_at_once():
    machine, token = heard()
    machine.transcribed(token, "what's next", 1.2)
    assert machine.utterance_ended(1.21) == [STOPPED, CommitTurn("what's next", merged=False)]


def test_the_clients_end_in_a_pause_without_words_waits_for_them():
    machine, token = heard()
    assert machine.utterance_ended(1.2) == []
    assert machine.transcribed(token, "what's next", 1.4) == [
        STOPPED,
        CommitTurn("what's next", merged=False),
    ]


def test_the_clients_end_of_nothing_is_nothing():
    machine = TurnMachine()
    assert machine.utterance_ended(1.0) == []
    assert machine.phase is Phase.LISTENING


# --- partial transcripts -------------------------------------------------------------------------------------


def test_partials_are_spaced_and_never_two_at_a_time():
    machine = TurnMachine()
    machine.speech_started(0.0)
    assert machine.speaking_goes_on(TIMINGS.partial_s - 0.01) == []
    (first,) = machine.speaking_goes_on(TIMINGS.partial_s)
    assert isinstance(first, Recognise)
    assert not first.final
    assert machine.speaking_goes_on(TIMINGS.partial_s * 3) == [], "one is on its way"
    machine.partial_done()
    assert len(machine.speaking_goes_on(TIMINGS.partial_s * 3)) == 1
    machine.partial_done()
    assert machine.speaking_goes_on(TIMINGS.partial_s * 3 + 0.1) == []


def test_partials_can_be_off():
    machine = TurnMachine(TurnParameters(partial_s=0.0))
    machine.speech_started(0.0)
    assert machine.speaking_goes_on(100.0) == []


def test_the_answer_ends_in_listening():
    machine = committed()
    machine.speaking_started()
    machine.speaking_finished(8.0)
    assert machine.phase is Phase.LISTENING
    machine.speech_started(9.0)
    machine.speaking_finished(8.0)
    assert machine.phase is Phase.USER_SPEAKING, "an old answer's end changes nothing for the user who speaks"
