"""Watches what a conversation spends: has it written into the books, and says when a budget is used up.

It ends nothing itself. Written are the sums so far, so that what is written twice counts once; what could not be
written is written with the next.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Literal

from conversation.providers import EngineUnavailable
from conversation.usage import Amounts, Meter, UsageRow

log = logging.getLogger(__name__)

#: Share of a budget from which on it is nearly used up.
NEAR: Final = 0.8
#: Seconds between two entries in the books, and until one that failed is tried again.
_EVERY_S: Final = 3.0
MICRO: Final = 1_000_000

Budget = Literal["session", "business"]


@dataclass(frozen=True, slots=True)
class Budgets:
    """Most that may be spent, US dollars by list price; None for no limit."""

    session_usd: float | None = None
    business_usd: float | None = None


class Spending:
    """The spending of one conversation.

    Args:
        meter: Counts it.
        budgets: Its limits.
        keep: Writes the sums into the books; gives the business's list price of the day, millionths of a dollar.
            Raises EngineUnavailable.

    Attributes:
        on_near: Called once for a budget of which 80 % are used up.
        on_spent: Called once, when one is used up.
        on_use: Called with what was used.
    """

    def __init__(
        self, meter: Meter, budgets: Budgets, keep: Callable[[tuple[UsageRow, ...]], Awaitable[int]]
    ) -> None:
        self._meter = meter
        self._limits: dict[Budget, float | None] = {
            "session": budgets.session_usd,
            "business": budgets.business_usd,
        }
        self._keep = keep
        self._changed = asyncio.Event()
        self._passed: set[tuple[Budget, float]] = set()
        self.on_near: Callable[[Budget], None] = lambda _budget: None
        self.on_spent: Callable[[Budget], None] = lambda _budget: None
        self.on_use: Callable[[str, Amounts], None] = lambda _model, _amounts: None
        meter.on_use = self._used

    async def run(self) -> None:
        """Write what was used, until cancelled."""
        while True:
            await self._changed.wait()
            await self.write()
            await asyncio.sleep(_EVERY_S)

    async def write(self) -> bool:
        """Write what was used since the last time; whether all is written."""
        if not self._changed.is_set():
            return True
        self._changed.clear()
        try:
            day = await self._keep(self._meter.rows)
        except EngineUnavailable as error:
            self._changed.set()
            log.warning("usage is not in the books yet: %s", error)
            return False
        self._check("business", day)
        return True

    def _used(self, model: str, amounts: Amounts) -> None:
        self.on_use(model, amounts)
        self._changed.set()
        self._check("session", self._meter.micro_usd)

    def _check(self, budget: Budget, micro_usd: int) -> None:
        limit = self._limits[budget]
        if limit is None:
            return
        for share, tell in ((NEAR, self.on_near), (1.0, self.on_spent)):
            if micro_usd >= limit * share * MICRO and (budget, share) not in self._passed:
                self._passed.add((budget, share))
                tell(budget)
