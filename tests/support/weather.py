"""Weather that a test knows: a provider and a geocoder in memory, for the tests of what the tools make of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tools.weather.provider import (
    Condition,
    Coordinates,
    Day,
    Forecast,
    Hour,
    Now,
    Place,
    PlaceQuery,
    WeatherError,
)
from tools.weather.service import Weather

PLACES = (
    Place("Waco", "Texas", "US", Coordinates(31.55, -97.15), 138_000),
    Place("Austin", "Texas", "US", Coordinates(30.27, -97.74), 960_000),
    Place("Dallas", "Texas", "US", Coordinates(32.78, -96.81), 1_300_000),
    Place("Denver", "Colorado", "US", Coordinates(39.74, -104.98), 715_000),
    Place("Springfield", "Missouri", "US", Coordinates(37.22, -93.30), 169_000),
    Place("Springfield", "Illinois", "US", Coordinates(39.80, -89.64), 116_000),
    Place("Springfield", "Massachusetts", "US", Coordinates(42.10, -72.59), 153_000),
    Place("Springfield", "Vermont", "US", Coordinates(43.30, -72.48), 3_900),
    Place("Okafor", "Nebraska", "US", Coordinates(41.0, -99.0), 120),
    Place("Toronto", "Ontario", "CA", Coordinates(43.7, -79.42), 2_700_000),
)


@dataclass
class KnownWeather:
    """A provider and a geocoder. Hours are set by functions of the local hour counted from today's midnight.

    Attributes:
        now: The present, aware.
        tz: Time zone of the place.
        failing: Raised instead of an answer, when set.
        asked: What was asked for, in order.
    """

    now: datetime
    tz: ZoneInfo
    condition: Callable[[int], Condition] = lambda hour: Condition.CLOUDY
    chance: Callable[[int], int | None] = lambda hour: 0
    rain: Callable[[int], float] = lambda hour: 0.0
    warmth: Callable[[int], float] = lambda hour: 10.0
    failing: WeatherError | None = None
    asked: list[Coordinates | PlaceQuery] = field(default_factory=list[Coordinates | PlaceQuery])

    async def forecast(self, at: Coordinates) -> Forecast:
        self.asked.append(at)
        if self.failing is not None:
            raise self.failing
        here = self.now.astimezone(self.tz)
        midnight = here.replace(hour=0, minute=0, second=0, microsecond=0)
        hours = [self._hour(midnight + timedelta(hours=hour), hour) for hour in range(240)]
        days = [self._day(hours[first : first + 24]) for first in range(0, 240, 24)]
        current = hours[here.hour]
        now = Now(here, current.temperature, current.temperature - 1, current.condition, 10.0, 30.0)
        return Forecast(at, now, tuple(hours), tuple(days), "a test")

    async def find(self, query: PlaceQuery) -> tuple[Place, ...]:
        self.asked.append(query)
        if self.failing is not None:
            raise self.failing
        named = [place for place in PLACES if place.name.casefold() == query.city.casefold()]
        return tuple(place for place in named if query.region in ("", place.region))

    def service(self) -> Weather:
        return Weather(self, self)

    def but(self, **changes: object) -> KnownWeather:
        return replace(self, asked=[], **changes)

    def _hour(self, at: datetime, hour: int) -> Hour:
        wet = self.rain(hour)
        return Hour(at, self.warmth(hour), self.condition(hour), wet, self.chance(hour), 15.0, 40.0)

    def _day(self, hours: list[Hour]) -> Day:
        warmth = [hour.temperature for hour in hours]
        chance = max(hour.chance or 0 for hour in hours)
        wet = sum(hour.precipitation for hour in hours)
        return Day(hours[0].at.date(), min(warmth), max(warmth), hours[12].condition, wet, chance, 40.0)
