"""What a weather service and a geocoder are to the tools: two protocols, the values they answer with, their errors.

Everything is in SI units and aware times; how it is said is not decided here. A provider answers with what it was
told or raises; it never fills in weather that it does not know.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Coordinates:
    """A point on the earth, degrees of WGS 84."""

    latitude: float
    longitude: float

    def rounded(self) -> Coordinates:
        """The same point to two decimals, about a kilometre: finer than any forecast, coarser than a house."""
        return Coordinates(round(self.latitude, 2), round(self.longitude, 2))


@dataclass(frozen=True, slots=True)
class PlaceQuery:
    """Which place is looked for, as far as it was said.

    Attributes:
        city: Name of a town; may be empty when there is a postal code.
        region: State or province by its full name ("Colorado").
        postal_code: Postal code, without its extension.
        country: ISO 3166 code the place should be in; empty for anywhere.
        street: House number and street, for geocoders that know streets; others leave it out.
    """

    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""
    street: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing that a place could be found by."""
        return not (self.city or self.postal_code)


@dataclass(frozen=True, slots=True)
class Place:
    """A place that a geocoder knows. ``population`` is 0 where unknown."""

    name: str
    region: str
    country: str
    coordinates: Coordinates
    population: int = 0


class Condition(StrEnum):
    """What the sky does, from the WMO weather codes."""

    CLEAR = "clear"
    MOSTLY_CLEAR = "mostly clear"
    PARTLY_CLOUDY = "partly cloudy"
    CLOUDY = "cloudy"
    FOG = "foggy"
    DRIZZLE = "drizzle"
    FREEZING_RAIN = "freezing rain"
    RAIN = "rain"
    SNOW = "snow"
    THUNDERSTORM = "thunderstorms"

    @property
    def is_rain(self) -> bool:
        """Whether liquid falls."""
        return self in {
            Condition.DRIZZLE,
            Condition.FREEZING_RAIN,
            Condition.RAIN,
            Condition.THUNDERSTORM,
        }

    @property
    def is_wet(self) -> bool:
        """Whether anything falls."""
        return self.is_rain or self is Condition.SNOW


@dataclass(frozen=True, slots=True)
class Now:
    """The weather at ``at``. Degrees Celsius, km/h, millimetres; ``feels_like`` None where unknown."""

    at: datetime
    temperature: float
    feels_like: float | None
    condition: Condition
    wind: float | None
    gusts: float | None


@dataclass(frozen=True, slots=True)
class Hour:
    """The hour that begins at ``at``. Units as ``Now``; ``chance`` of anything falling in percent, None if unknown."""

    at: datetime
    temperature: float
    condition: Condition
    precipitation: float
    chance: int | None
    wind: float | None
    gusts: float | None


@dataclass(frozen=True, slots=True)
class Day:
    """One local day. Units as ``Hour``; ``gusts`` are the day's strongest."""

    day: date
    low: float
    high: float
    condition: Condition
    precipitation: float
    chance: int | None
    gusts: float | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a provider knows of one place: now, hour by hour, and by local day, in order of time.

    Times are aware, in the offset of the place. Hours of before now may be among them.
    """

    coordinates: Coordinates
    now: Now
    hours: tuple[Hour, ...]
    days: tuple[Day, ...]
    source: str


class WeatherProvider(Protocol):
    """Where forecasts come from."""

    async def forecast(self, at: Coordinates) -> Forecast:
        """The forecast for a point, a week or more. Raises WeatherError."""
        ...


class Geocoder(Protocol):
    """Where coordinates of places come from."""

    async def find(self, query: PlaceQuery) -> tuple[Place, ...]:
        """The places that fit, best first; none when there is no such place. Raises WeatherError."""
        ...


class WeatherError(Exception):
    """No answer from a weather service or geocoder. ``code`` is stable; the text is for logs, never for users."""

    code = "weather_error"


class WeatherOffError(WeatherError):
    """No service is configured."""

    code = "weather_off"


class WeatherUnreachableError(WeatherError):
    """No connection: no network, no name, refused or broken off."""

    code = "weather_unreachable"


class WeatherTimeoutError(WeatherError):
    """No whole answer in time."""

    code = "weather_timed_out"


class WeatherStatusError(WeatherError):
    """An answer with a status that is none of success."""

    code = "weather_refused"

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


class WeatherBusyError(WeatherStatusError):
    """The service has had too many requests from here."""

    code = "weather_busy"


class WeatherSizeError(WeatherError):
    """An answer larger than any forecast is."""

    code = "weather_too_large"


class WeatherFormError(WeatherError):
    """An answer that does not have the published form."""

    code = "weather_malformed"
