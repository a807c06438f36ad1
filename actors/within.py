"""Waiting for another actor's answer, for so long and no longer."""

from __future__ import annotations

import asyncio
from typing import Any


async def within(seconds: float, answer: Any) -> Any:
    """What ``answer`` (of ``method.remote()``) is. Raises TimeoutError, and what the method raised.

    A cancellation is never lost, not even one that comes in the moment of the answer.
    """
    async with asyncio.timeout(seconds):
        return await answer
