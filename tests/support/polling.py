"""Waiting for something in real time: looked at again and again, with a deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

DEADLINE_S = 20.0


async def eventually(check: Callable[[], Any], what: str, deadline_s: float = DEADLINE_S) -> Any:
    """Wait for ``check`` (sync or async) to give something true; fails with ``what`` at the deadline."""
    loop = asyncio.get_running_loop()
    end = loop.time() + deadline_s
    tick = asyncio.Event()
    while True:
        value = check()
        if asyncio.iscoroutine(value):
            value = await value
        if value:
            return value
        if loop.time() > end:
            raise AssertionError(f"not within {deadline_s} s: {what}")
        loop.call_later(0.05, tick.set)
        await tick.wait()
        tick.clear()


async def elapse(seconds: float) -> None:
    """Let so much real time pass: for equipment that is slow on purpose, never to wait for something."""
    passed = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, passed.set)
    await passed.wait()
