"""How many session actors should be ready: what is likely to be asked for while another one starts.

Pure arithmetic on a clock that is given; nothing is started here.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Final

#: Seconds over which arrivals are averaged: longer than a burst, shorter than the morning rush.
_MEMORY_S: Final = 20.0
#: A start counts for so much of the average of starts.
_WEIGHT: Final = 0.3
#: Standard deviations of a Poisson arrival beyond the mean: two leave 2 to 5 callers in a hundred without a warm one.
_SPREAD: Final = 2.0


class Demand:
    """Arrival rate × the time a start takes, with room for chance.

    Args:
        least: Ready actors wanted when nobody calls.
        most: And at the most.
        clock: Seconds, monotonic.
    """

    def __init__(self, least: int, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._least, self._most = least, most
        self._clock = clock
        self._weight = 0.0
        self._at = clock()
        self._start_s = 0.0

    def arrived(self) -> None:
        """Somebody wants a session."""
        self._weight = self._decayed() + 1.0
        self._at = self._clock()

    def started(self, seconds: float) -> None:
        """An actor has started, in so many seconds, from the wish for it on."""
        self._start_s += (seconds - self._start_s) * (_WEIGHT if self._start_s else 1.0)

    @property
    def arrivals_per_s(self) -> float:
        """Arrivals a second, lately."""
        return self._decayed() / _MEMORY_S

    @property
    def start_s(self) -> float:
        """Seconds that a start takes, lately; 0 before the first."""
        return self._start_s

    @property
    def wanted(self) -> int:
        """Actors that should be ready or starting now, beyond those that somebody waits for already."""
        expected = self.arrivals_per_s * self._start_s
        # Below one in a hundred nobody comes while one starts: the usual number is enough.
        extra = math.ceil(expected + _SPREAD * math.sqrt(expected)) if expected >= 0.01 else 0
        return min(self._most, self._least + extra)

    def _decayed(self) -> float:
        return self._weight * math.exp((self._at - self._clock()) / _MEMORY_S)
