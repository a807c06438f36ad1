"""How late an event loop is: a timer that asks to be woken every half second and notes by how much it was not.

Never does anything else on the loop that it measures.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

#: Seconds between two looks, and looks that are remembered: one minute of them.
EVERY_S: Final = 0.5
REMEMBERED: Final = 120


class LoopLag:
    """Lateness of the running event loop, over the last minute."""

    def __init__(self) -> None:
        self._late_ms: deque[float] = deque(maxlen=REMEMBERED)

    async def run(self) -> None:
        """Look until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + EVERY_S
            await asyncio.sleep(EVERY_S)
            self.note(loop.time() - due)

    def note(self, late_s: float) -> None:
        """A timer came so many seconds late."""
        self._late_ms.append(max(0.0, late_s) * 1000)

    @property
    def max_ms(self) -> float | None:
        """The worst of the window, milliseconds; None before the first look."""
        return max(self._late_ms, default=None)

    @property
    def p99_ms(self) -> float | None:
        """One look in a hundred is later, milliseconds; None before the first look."""
        ordered = sorted(self._late_ms)
        return ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))] if ordered else None

    def figures(self) -> dict[str, float]:
        """``max`` and ``p99``, milliseconds, rounded; empty before the first look."""
        if self.max_ms is None or self.p99_ms is None:
            return {}
        return {"max": round(self.max_ms, 2), "p99": round(self.p99_ms, 2)}
