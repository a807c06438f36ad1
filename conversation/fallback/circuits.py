"""The circuits of one process: hearing, thinking, speaking, all at once, each with its breaker, and the turn that runs.

Wrappers ask here whether to try the provider and tell what came of it; whoever shares circuits between processes or
counts is told here. It does no I/O.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from config.fallback import FallbackSettings
from conversation.fallback.breaker import Attempt, Breaker, Limits, State
from conversation.fallback.failures import Failure, failure_of

log = logging.getLogger(__name__)

#: Tries of one request in one turn, the first among them.
TRIES = 2


class Part(StrEnum):
    """What a provider does for a conversation; ``CONVERSING`` is all of it at once, by speech."""

    HEARING = "hearing"
    THINKING = "thinking"
    SPEAKING = "speaking"
    CONVERSING = "conversing"


class Circuit:
    """One part's circuit.

    Attributes:
        part: Which.
        breaker: Its state.
        on_outcome: Called with the part and ``ok`` or a failure's kind for every request that came to an end.
        on_local: Called with the part when a local engine steps in for a request.
        on_change: Called when the circuit opens or closes.
    """

    def __init__(self, part: Part, limits: Limits, clock: Callable[[], float]) -> None:
        self.part = part
        self.breaker = Breaker(limits)
        self._clock = clock
        self.on_outcome: Callable[[Part, str], None] = lambda _part, _outcome: None
        self.on_local: Callable[[Part], None] = lambda _part: None
        self.on_change: Callable[[Circuit], None] = lambda _circuit: None

    @property
    def state(self) -> State:
        """Where it stands now."""
        return self.breaker.state(self._clock())

    @property
    def opens_in_s(self) -> float:
        """Seconds until the provider may be asked again."""
        return max(0.0, (self.breaker.open_until or 0.0) - self._clock())

    def begin(self) -> Attempt | None:
        """Leave to ask the provider; None when it is not to be asked now."""
        return self.breaker.begin(self._clock())

    def succeeded(self, attempt: Attempt) -> None:
        """It answered."""
        if attempt.settled:
            return
        self.on_outcome(self.part, "ok")
        if self.breaker.succeeded(attempt):
            log.warning("the provider is back: %s", self.part)
            self.on_change(self)

    def failed(self, attempt: Attempt, error: BaseException) -> Failure:
        """It did not; what it was."""
        failure = failure_of(error)
        log.warning("the provider failed at %s: %s (%s)", self.part, failure.kind, type(error).__name__)
        self.on_outcome(self.part, failure.kind)
        if self.breaker.failed(attempt, self._clock(), wait_s=failure.opens_for_s):
            log.warning("the provider is left alone for %.0f s: %s", self.opens_in_s, self.part)
            self.on_change(self)
        return failure

    def abandoned(self, attempt: Attempt) -> None:
        """Nobody wanted the answer any more."""
        self.breaker.abandoned(attempt)

    def open_for(self, seconds: float) -> None:
        """Others have found it out: do not ask for so long."""
        self.breaker.open(self._clock() + seconds)

    def close(self) -> None:
        """Others have found that it answers again."""
        if self.breaker.open_until is not None:
            self.breaker.close()


def _monotonic() -> float:
    return asyncio.get_running_loop().time()


@dataclass
class Circuits:
    """The circuits of a conversation; ``turn`` counts its user turns.

    A part that has fallen back to its local engine stays there until the next turn begins.
    """

    settings: FallbackSettings
    clock: Callable[[], float] = _monotonic
    turn: int = 0
    all: dict[Part, Circuit] = field(init=False)
    _local: dict[Part, int] = field(default_factory=dict[Part, int])

    def __post_init__(self) -> None:
        """Make them, closed."""
        given = self.settings
        limits = Limits(given.circuit_failures, given.circuit_open_s, given.circuit_longest_s)
        self.all = {part: Circuit(part, limits, self.clock) for part in Part}

    def __getitem__(self, part: Part) -> Circuit:
        """The circuit of a part."""
        return self.all[part]

    def begin_turn(self) -> None:
        """The user has said something: every part may try its provider again."""
        self.turn += 1

    def fall_back(self, part: Part) -> None:
        """The local engine does ``part`` for the rest of this turn."""
        self._local[part] = self.turn

    def is_local(self, part: Part) -> bool:
        """Whether the local engine does it in this turn."""
        return self._local.get(part) == self.turn
