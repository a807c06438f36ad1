"""The weather as the tools ask for it: a provider and a geocoder behind caches.

Forecasts are kept by rounded coordinates, which say nothing about anybody. Places are kept by business: a name that
one business asked for is never answered faster, or otherwise noticeably, to another.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from tools.weather.cache import FetchCache
from tools.weather.provider import (
    Coordinates,
    Forecast,
    Geocoder,
    Place,
    PlaceQuery,
    WeatherOffError,
    WeatherProvider,
)

FORECAST_TTL_S = 600.0
PLACE_TTL_S = 24 * 3600.0


class Weather:
    """Forecasts and places for all businesses. Safe to share between tasks.

    Args:
        provider: Where forecasts come from.
        geocoder: Where places come from.
        clock: Monotonic seconds, for the caches.
        close: Frees what provider and geocoder hold.
    """

    def __init__(
        self,
        provider: WeatherProvider,
        geocoder: Geocoder,
        *,
        clock: Callable[[], float] = time.monotonic,
        close: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._geocoder = geocoder
        self._forecasts = FetchCache(provider.forecast, ttl_s=FORECAST_TTL_S, clock=clock)
        self._places = FetchCache(self._find, ttl_s=PLACE_TTL_S, capacity=2_048, clock=clock)
        self._close = close

    async def forecast(self, at: Coordinates) -> Forecast:
        """The forecast for a point, at most ten minutes old. Raises WeatherError."""
        return await self._forecasts.get(at.rounded())

    async def places(self, business_id: str, query: PlaceQuery) -> tuple[Place, ...]:
        """The places that fit, best first. Raises WeatherError."""
        plain = {name: " ".join(getattr(query, name).split()) for name in PlaceQuery.__slots__}
        return await self._places.get((business_id, PlaceQuery(**plain)))

    async def aclose(self) -> None:
        """Stop what is under way and free the connections."""
        async with AsyncExitStack() as stack:
            if self._close is not None:
                stack.push_async_callback(self._close)
            stack.push_async_callback(self._places.aclose)
            stack.push_async_callback(self._forecasts.aclose)

    async def _find(self, key: tuple[str, PlaceQuery]) -> tuple[Place, ...]:
        return await self._geocoder.find(key[1])


class NoWeather:
    """Provider and geocoder where none is configured: every question is answered with WeatherOffError."""

    async def forecast(self, at: Coordinates) -> Forecast:
        """Raises WeatherOffError."""
        raise WeatherOffError("no weather service is configured")

    async def find(self, query: PlaceQuery) -> tuple[Place, ...]:
        """Raises WeatherOffError."""
        raise WeatherOffError("no geocoder is configured")


def no_weather() -> Weather:
    """A service that knows nothing."""
    nothing = NoWeather()
    return Weather(nothing, nothing)
