"""Waits for the items of a stream, but not for ever. It changes nothing in them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any, TypeVar, cast

T = TypeVar("T")


async def in_time(
    items: AsyncIterator[T], first_s: float, gap_s: float, counts: Callable[[T], bool] = lambda _item: True
) -> AsyncGenerator[T]:
    """Yield ``items``. Raises TimeoutError when one is late; time that the taker needs is not counted.

    Args:
        items: An asynchronous generator or iterator; a generator is closed at the end.
        first_s: Seconds until the first item that ``counts`` has to be there.
        gap_s: Seconds between any two after that.
        counts: Whether an item is what is waited for.
    """
    left, begun = first_s, False
    loop = asyncio.get_running_loop()
    async with contextlib.AsyncExitStack() as stack:
        if hasattr(items, "aclose"):
            await stack.enter_async_context(contextlib.aclosing(cast("AsyncGenerator[Any]", items)))
        while True:
            began = loop.time()
            try:
                async with asyncio.timeout(left):
                    item = await anext(items)
            except StopAsyncIteration:
                return
            begun = begun or counts(item)
            left = gap_s if begun else max(0.001, left - (loop.time() - began))
            yield item
