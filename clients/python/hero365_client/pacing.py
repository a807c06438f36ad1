"""Real-time pacing on a fixed grid: late wake-ups never move the grid, so the mean rate is exact.

Never sleeps longer than one interval.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Pacer:
    """Waits for ``start + n × interval``.

    Args:
        clock: Monotonic seconds.
        interval: Seconds between two instants.
        start: Clock time of instant 0; None is now.
    """

    def __init__(self, clock: Callable[[], float], interval: float, start: float | None = None) -> None:
        self._clock = clock
        self._interval = interval
        self.start = clock() if start is None else start
        self.count = 0

    async def wait(self) -> int:
        """Wait for the next instant (at once when it has passed); returns its number, from 1."""
        self.count += 1
        delay = self.start + self.count * self._interval - self._clock()
        await asyncio.sleep(max(0.0, delay))
        return self.count
