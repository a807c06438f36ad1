"""What a turn-end strategy is: evidence about a pause in, the silence that ends the turn out.

Pure: a strategy reads no clock, keeps nothing between calls and never decides that a turn is over; the turn machine
compares the silence with its own time.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Completeness(StrEnum):
    """Whether what was heard so far is a whole request (judged by the model's dialogue state)."""

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    UNCLEAR = "unclear"


class ExpectedAnswer(StrEnum):
    """What the assistant has just asked for."""

    NOTHING = "nothing"
    """No question is open: any request may come."""
    YES_NO = "yes_no"
    """A read-back or an offer waits for a yes or a no."""
    VALUE = "value"
    """One missing value was asked for: a date, a name, an amount."""


@dataclass(frozen=True, slots=True)
class InnerPause:
    """A pause that turned out not to be the end of the turn.

    Attributes:
        seconds: From the last voiced sample before it to the first one after it.
        after: What the words before it had been judged, None when they had not been judged by then.
    """

    seconds: float
    after: Completeness | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known about a pause when its words have been judged.

    Attributes:
        completeness: Whether the words are a whole request, by the dialogue state.
        text: The words of the turn so far, as recognised.
        unfinished: The last word cannot be the last ("move it to").
        expected: What the assistant has asked for.
        audio_end: Probability 0..1 by the sound alone that the speaker is done, None when nothing listened for it.
        inner_pauses: The speaker's latest pauses within turns, oldest first.
        turn_ends: What the words had been judged at the speaker's latest ends of turn, oldest first.
    """

    completeness: Completeness
    text: str = ""
    unfinished: bool = False
    expected: ExpectedAnswer = ExpectedAnswer.NOTHING
    audio_end: float | None = None
    inner_pauses: tuple[InnerPause, ...] = ()
    turn_ends: tuple[Completeness | None, ...] = ()


class TurnEndStrategy(Protocol):
    """How long a silence ends a turn."""

    def silence_s(self, evidence: Evidence) -> float:
        """Seconds of silence after the last voiced sample that end the turn. Positive and finite."""
        ...

    def scaled(self, factor: float) -> TurnEndStrategy:
        """The same strategy, ``factor`` times as patient: a point of its curve of cut-offs against delay."""
        ...
