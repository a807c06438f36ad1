"""What a line tells the turn that is being answered over it. Data only."""

from __future__ import annotations

from dataclasses import dataclass

from conversation.providers import EngineUnavailable
from conversation.spoken import SpokenItem, SpokenWords


class LineLost(EngineUnavailable):
    """The line to the provider is no more, or does not answer; what was not heard has to be asked for again."""

    code = "realtime_lost"


class NoLine(LineLost):
    """No line can be opened now."""

    code = "realtime_unavailable"


@dataclass(frozen=True, slots=True)
class CallSeen:
    """The model has asked for a tool."""

    call_id: str


@dataclass(frozen=True, slots=True)
class CallDone:
    """The output of a tool has gone to the model."""

    call_id: str


@dataclass(frozen=True, slots=True)
class CallAsks:
    """A tool waits for the user's word."""

    call_id: str


@dataclass(frozen=True, slots=True)
class HandedOver:
    """One agent has handed over to another; names."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class ResponseDone:
    """A response is over; ``failure`` says why it failed, "" when it did not."""

    failure: str = ""


TurnEvent = SpokenItem | SpokenWords | CallSeen | CallDone | CallAsks | HandedOver | ResponseDone
