"""A circuit breaker: says whether a provider is worth asking now. Pure: the time is an argument, in seconds.

Closed, everything is asked. After some failures in a row it is open: nothing is asked for a while. Then it is half
open: one request is the probe; its success closes the circuit, its failure opens it for twice as long. It never waits.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class State(StrEnum):
    """Where a circuit stands."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class Limits:
    """When a circuit opens, and for how long.

    Attributes:
        failures: Failures in a row that open it.
        open_s: Seconds that it stays open the first time.
        longest_s: Seconds that it stays open at most, however often its probes fail.
    """

    failures: int = 3
    open_s: float = 10.0
    longest_s: float = 120.0


@dataclass(eq=False, slots=True)
class Attempt:
    """One request under way. What becomes of it counts once, and only while the circuit stands as it stood then."""

    era: int
    is_probe: bool
    settled: bool = False


@dataclass(slots=True)
class Breaker:
    """The breaker of one part."""

    limits: Limits = field(default_factory=Limits)
    failures: int = 0
    open_until: float | None = None
    _open_s: float = 0.0
    _probe: Attempt | None = None
    _era: int = 0

    def state(self, now: float) -> State:
        """Where it stands at ``now``."""
        if self.open_until is None:
            return State.CLOSED
        return State.OPEN if now < self.open_until else State.HALF_OPEN

    def begin(self, now: float) -> Attempt | None:
        """Leave to ask; None when nobody may. Every attempt has to be settled by one of the next three."""
        state = self.state(now)
        if state is State.OPEN or self._probe is not None:
            return None
        attempt = Attempt(self._era, state is State.HALF_OPEN)
        if attempt.is_probe:
            self._probe = attempt
        return attempt

    def succeeded(self, attempt: Attempt) -> bool:
        """It was answered. Returns whether this has closed the circuit."""
        if not self._settles(attempt):
            return False
        self.failures = 0
        if attempt.is_probe:
            self.close()
        return attempt.is_probe

    def failed(self, attempt: Attempt, now: float, *, wait_s: float = 0.0) -> bool:
        """It was not answered. Returns whether this has opened the circuit.

        Args:
            attempt: The attempt.
            now: Seconds.
            wait_s: The provider wants to be left alone for so long: the circuit opens at once, at least for that.
        """
        if not self._settles(attempt):
            return False
        self.failures += 1
        if attempt.is_probe or wait_s > 0 or self.failures >= self.limits.failures:
            longer = min(self._open_s * 2, self.limits.longest_s)
            self._open_s = longer if attempt.is_probe and longer else self.limits.open_s
            self.open(now + max(self._open_s, min(wait_s, self.limits.longest_s)))
            return True
        return False

    def abandoned(self, attempt: Attempt) -> None:
        """Nobody wanted the answer any more: that says nothing about the provider."""
        self._settles(attempt)

    def open(self, until: float) -> None:
        """Ask nothing before ``until``; what is under way counts no more."""
        self.open_until, self.failures, self._probe = until, 0, None
        self._open_s = self._open_s or self.limits.open_s
        self._era += 1

    def close(self) -> None:
        """Ask again; what is under way counts no more."""
        self.open_until, self.failures, self._probe, self._open_s = None, 0, None, 0.0
        self._era += 1

    def _settles(self, attempt: Attempt) -> bool:
        if attempt.settled:
            return False
        attempt.settled = True
        if self._probe is attempt:
            self._probe = None
        return attempt.era == self._era
