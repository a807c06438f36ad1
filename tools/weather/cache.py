"""Keeps what was fetched for a while, in bounded memory, and lets equal requests at the same time share one fetch.

A failure is kept for seconds only, so that a service that comes back is asked again; one caller who gives up never
spoils the fetch for the others.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from tools.weather.provider import WeatherError

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class FetchCache(Generic[Key, Value]):
    """A TTL cache with single flight.

    Args:
        fetch: Gets the value of a key, and ends by itself in bounded time. Raises WeatherError.
        ttl_s: Seconds a value is served.
        failure_ttl_s: Seconds a failure is repeated without asking again.
        capacity: Most entries; the one used longest ago makes room.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        fetch: Callable[[Key], Awaitable[Value]],
        *,
        ttl_s: float,
        failure_ttl_s: float = 10.0,
        capacity: int = 512,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._ttl_s = ttl_s
        self._failure_ttl_s = failure_ttl_s
        self._capacity = capacity
        self._clock = clock
        self._kept: OrderedDict[Key, tuple[float, Value | WeatherError]] = OrderedDict()
        self._flying: dict[Key, asyncio.Task[Value]] = {}

    async def get(self, key: Key) -> Value:
        """The value of ``key``, fetched if need be. Raises what the fetch raises."""
        kept = self._kept.get(key)
        if kept is not None and kept[0] > self._clock():
            self._kept.move_to_end(key)
            if isinstance(kept[1], WeatherError):
                raise kept[1].with_traceback(None)
            return kept[1]
        flight = self._flying.get(key)
        if flight is None:
            flight = asyncio.create_task(self._fly(key))
            self._flying[key] = flight
            flight.add_done_callback(lambda task: self._landed(key, task))
        return await asyncio.shield(flight)

    async def aclose(self) -> None:
        """Stop all fetches and forget everything."""
        flights = list(self._flying.values())
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)
        self._kept.clear()

    def __len__(self) -> int:
        return len(self._kept)

    async def _fly(self, key: Key) -> Value:
        try:
            value = await self._fetch(key)
        except WeatherError as error:
            self._put(key, error, self._failure_ttl_s)
            raise
        self._put(key, value, self._ttl_s)
        return value

    def _landed(self, key: Key, flight: asyncio.Task[Value]) -> None:
        self._flying.pop(key, None)
        if not flight.cancelled():
            # Every waiter may be gone; the failure has been kept, so it is not lost.
            flight.exception()

    def _put(self, key: Key, value: Value | WeatherError, ttl_s: float) -> None:
        self._kept[key] = (self._clock() + ttl_s, value)
        self._kept.move_to_end(key)
        while len(self._kept) > self._capacity:
            self._kept.popitem(last=False)
