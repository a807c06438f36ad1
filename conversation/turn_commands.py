"""The words of turn taking: the phases of a conversation and what the turn machine asks for. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Phase(StrEnum):
    """Where the conversation stands."""

    IDLE = "idle"
    """Nobody has said anything for a while."""
    LISTENING = "listening"
    """Nobody speaks; the user may begin."""
    CONFIRMING = "waiting_for_confirmation"
    """Nobody speaks; a question waits for a yes or a no."""
    USER_SPEAKING = "user_speaking"
    DECIDING = "deciding"
    """The user pauses: is the turn over?"""
    THINKING = "thinking"
    ACTING = "acting"
    """A tool runs for the answer."""
    SPEAKING = "speaking"
    INTERRUPTED = "interrupted"
    """Somebody spoke over the assistant, whose audio stands still: was it an interruption?"""

    @property
    def rests(self) -> bool:
        """Whether nobody speaks and nothing is being prepared."""
        return self in {Phase.IDLE, Phase.LISTENING, Phase.CONFIRMING}

    @property
    def hears(self) -> bool:
        """Whether a turn of the user is open."""
        return self in {Phase.USER_SPEAKING, Phase.DECIDING}

    @property
    def works(self) -> bool:
        """Whether an answer is being made of which nothing is heard yet."""
        return self in {Phase.THINKING, Phase.ACTING}


class Overlap(StrEnum):
    """What was said over the assistant."""

    WORDS = "words"
    """Something to say: an interruption, also a yes or no to the question that is being asked."""
    BACK_CHANNEL = "back_channel"
    """"Okay": go on, I am listening; or the beginning of a sentence."""
    HUM = "hum"
    """"Mm-hm": never the beginning of a sentence."""
    UNCLEAR = "unclear"
    """Perhaps words."""
    NOTHING = "nothing"
    """No words: noise."""
    ECHO = "echo"
    """The assistant's own voice."""


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
class Look:
    """Find out what is being said over the assistant, and answer with ``overlap_heard``.

    ``over`` when whoever said it has fallen silent.
    """

    token: int
    over: bool


@dataclass(frozen=True, slots=True)
class Judge:
    """Ask how complete ``text`` is as a request."""

    token: int
    text: str


@dataclass(frozen=True, slots=True)
class Prepare:
    """The turn may well end with ``text``: prepare the answer, unheard and without changing anything."""

    text: str


@dataclass(frozen=True, slots=True)
class Discard:
    """What was prepared is void: forget it without a trace."""


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
class PauseSpeaking:
    """The assistant's audio stands still at once; it may go on in a moment."""


@dataclass(frozen=True, slots=True)
class ResumeSpeaking:
    """It was no interruption: the assistant goes on where it stopped."""


@dataclass(frozen=True, slots=True)
class StopSpeaking:
    """The assistant has been interrupted: what was not heard is not said."""


@dataclass(frozen=True, slots=True)
class WithdrawTurn:
    """The user goes on before the answer is heard: cancel it unless something was done already.

    ``merge`` when what he says now continues the turn, because it was ended too early; else it is a new turn.
    """

    merge: bool


@dataclass(frozen=True, slots=True)
class SayFiller:
    """The work takes long: say something short meanwhile. ``number`` counts the fillers of the turn from 0."""

    number: int


Command = (
    Announce
    | Recognise
    | Look
    | Judge
    | Prepare
    | Discard
    | CommitTurn
    | DropUtterance
    | PauseSpeaking
    | ResumeSpeaking
    | StopSpeaking
    | WithdrawTurn
    | SayFiller
)
