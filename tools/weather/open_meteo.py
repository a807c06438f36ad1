"""Open-Meteo's forecast and geocoding services over HTTP, read strictly by their published schema.

Every answer is bounded in time and size, and checked before anything is believed. It logs no URL: an address tells
where somebody is, and may carry a key. Open-Meteo knows towns and postal codes but no streets.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from functools import cached_property
from http import HTTPStatus
from itertools import pairwise
from typing import Annotated, Any, Final, TypeVar

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tools.weather.provider import (
    Condition,
    Coordinates,
    Day,
    Forecast,
    Hour,
    Now,
    Place,
    PlaceQuery,
    WeatherBusyError,
    WeatherFormError,
    WeatherSizeError,
    WeatherStatusError,
    WeatherTimeoutError,
    WeatherUnreachableError,
)

FORECAST_DAYS: Final = 10
#: Ten days hour by hour are about 15 KB.
MAX_BYTES: Final = 256 * 1024
_MAX_PLACES: Final = 20
_SOURCE: Final = "Open-Meteo"
_NOW = "temperature_2m,apparent_temperature,weather_code,wind_speed_10m,wind_gusts_10m"
_HOURLY = "temperature_2m,precipitation,precipitation_probability,weather_code,wind_speed_10m,wind_gusts_10m"
_DAILY = (
    "temperature_2m_min,temperature_2m_max,precipitation_sum,precipitation_probability_max,"
    "weather_code,wind_gusts_10m_max"
)
_UNITS: Final = {
    "temperature_2m": "°C",
    "apparent_temperature": "°C",
    "wind_speed_10m": "km/h",
    "wind_gusts_10m": "km/h",
    "precipitation": "mm",
}
# https://open-meteo.com/en/docs, "WMO Weather interpretation codes (WW)".
_CONDITIONS: Final = {
    0: Condition.CLEAR, 1: Condition.MOSTLY_CLEAR, 2: Condition.PARTLY_CLOUDY, 3: Condition.CLOUDY,
    45: Condition.FOG, 48: Condition.FOG,
    51: Condition.DRIZZLE, 53: Condition.DRIZZLE, 55: Condition.DRIZZLE,
    56: Condition.FREEZING_RAIN, 57: Condition.FREEZING_RAIN, 66: Condition.FREEZING_RAIN,
    67: Condition.FREEZING_RAIN,
    61: Condition.RAIN, 63: Condition.RAIN, 65: Condition.RAIN, 80: Condition.RAIN, 81: Condition.RAIN,
    82: Condition.RAIN,
    71: Condition.SNOW, 73: Condition.SNOW, 75: Condition.SNOW, 77: Condition.SNOW, 85: Condition.SNOW,
    86: Condition.SNOW,
    95: Condition.THUNDERSTORM, 96: Condition.THUNDERSTORM, 99: Condition.THUNDERSTORM,
}  # fmt: skip

_Number = Annotated[float, Field(allow_inf_nan=False)]
_Numbers = Annotated[list[_Number | None], Field(max_length=24 * 17)]
_Codes = Annotated[list[int | None], Field(max_length=24 * 17)]
_Times = Annotated[list[int], Field(max_length=24 * 17)]
_Name = Annotated[str, Field(max_length=200)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Current(_Body):
    time: int
    temperature_2m: _Number
    apparent_temperature: _Number | None = None
    weather_code: int
    wind_speed_10m: _Number | None = None
    wind_gusts_10m: _Number | None = None


class _Hourly(_Body):
    time: _Times
    temperature_2m: _Numbers
    precipitation: _Numbers
    precipitation_probability: _Numbers
    weather_code: _Codes
    wind_speed_10m: _Numbers
    wind_gusts_10m: _Numbers


class _Daily(_Body):
    time: _Times
    temperature_2m_min: _Numbers
    temperature_2m_max: _Numbers
    precipitation_sum: _Numbers
    precipitation_probability_max: _Numbers
    weather_code: _Codes
    wind_gusts_10m_max: _Numbers


class _ForecastBody(_Body):
    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    utc_offset_seconds: Annotated[int, Field(gt=-86_400, lt=86_400)]
    current: _Current
    current_units: dict[str, str] = {}
    hourly: _Hourly
    hourly_units: dict[str, str] = {}
    daily: _Daily


class _PlaceBody(_Body):
    name: _Name
    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    country_code: _Name = ""
    admin1: _Name = ""
    population: Annotated[int, Field(ge=0)] | None = None


class _PlacesBody(_Body):
    # Without a match the whole field is missing.
    results: Annotated[list[_PlaceBody], Field(max_length=100)] = []


Model = TypeVar("Model", bound=BaseModel)


class OpenMeteo:
    """Client of both services: a WeatherProvider and a Geocoder.

    Args:
        forecast_url: URL of the forecast service; parameters in it are kept.
        geocoding_url: URL of the geocoding service; parameters in it are kept.
        timeout_s: Longest time for a whole answer.
        api_key: Key of a paid plan, None for the free service.
    """

    def __init__(
        self, forecast_url: str, geocoding_url: str, *, timeout_s: float, api_key: str | None = None
    ) -> None:
        self._forecast_url = httpx.URL(forecast_url)
        self._geocoding_url = httpx.URL(geocoding_url)
        self._timeout_s = timeout_s
        self._key = {"apikey": api_key} if api_key else {}

    @cached_property
    def _client(self) -> httpx.AsyncClient:
        # Uncompressed, since a bound on bytes means nothing for what a few of them may unpack to.
        return httpx.AsyncClient(
            timeout=self._timeout_s,
            headers={"accept": "application/json", "accept-encoding": "identity"},
            follow_redirects=False,
        )

    async def forecast(self, at: Coordinates) -> Forecast:
        """The forecast for a point. Raises WeatherError."""
        parameters = {
            "latitude": f"{at.latitude:.4f}",
            "longitude": f"{at.longitude:.4f}",
            "current": _NOW,
            "hourly": _HOURLY,
            "daily": _DAILY,
            "temperature_unit": "celsius",
            "wind_speed_unit": "kmh",
            "precipitation_unit": "mm",
            "timeformat": "unixtime",
            "timezone": "auto",
            "forecast_days": str(FORECAST_DAYS),
        }
        body = await self._get(self._forecast_url, parameters, _ForecastBody)
        return _forecast(body)

    async def find(self, query: PlaceQuery) -> tuple[Place, ...]:
        """Towns of that name, or with that postal code, best first. The street is left out. Raises WeatherError."""
        found = await self._search(query, query.city) if query.city else ()
        if not query.postal_code or any(place.name.casefold() == query.city.casefold() for place in found):
            return found
        # A postal code is in one region only, which may be called otherwise than it was written.
        return await self._search(replace(query, region=""), query.postal_code) or found

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _search(self, query: PlaceQuery, name: str) -> tuple[Place, ...]:
        parameters = {"name": name, "count": str(_MAX_PLACES), "language": "en", "format": "json"}
        if query.country:
            parameters["countryCode"] = query.country
        body = await self._get(self._geocoding_url, parameters, _PlacesBody)
        places = [_place(each) for each in body.results]
        if query.region:
            places = [place for place in places if place.region.casefold() == query.region.casefold()]
        # The service also finds what only sounds or starts alike.
        return tuple(sorted(places, key=lambda place: place.name.casefold() != name.casefold()))

    async def _get(self, url: httpx.URL, parameters: dict[str, str], model: type[Model]) -> Model:
        try:
            async with asyncio.timeout(self._timeout_s):
                content = await self._content(url.copy_merge_params({**parameters, **self._key}))
        except (TimeoutError, httpx.TimeoutException):
            raise WeatherTimeoutError(f"no whole answer within {self._timeout_s} s") from None
        except httpx.TransportError as error:
            raise WeatherUnreachableError(type(error).__name__) from None
        try:
            return model.model_validate_json(content)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise WeatherFormError(f"{first['type']} at {first['loc']}") from None

    async def _content(self, url: httpx.URL) -> bytes:
        async with self._client.stream("GET", url) as response:
            if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
                raise WeatherBusyError(response.status_code)
            if response.status_code != HTTPStatus.OK:
                raise WeatherStatusError(response.status_code)
            if response.headers.get("content-encoding", "identity") != "identity":
                raise WeatherFormError("a compressed answer")
            content = bytearray()
            async for chunk in response.aiter_raw():
                content += chunk
                if len(content) > MAX_BYTES:
                    raise WeatherSizeError(f"more than {MAX_BYTES} bytes")
            return bytes(content)


def _place(body: _PlaceBody) -> Place:
    at = Coordinates(body.latitude, body.longitude)
    return Place(body.name, body.admin1, body.country_code.upper(), at, body.population or 0)


def _forecast(body: _ForecastBody) -> Forecast:
    for units in (body.current_units, body.hourly_units):
        wrong = [name for name, unit in units.items() if unit != _UNITS.get(name, unit)]
        if wrong:
            raise WeatherFormError(f"units of {', '.join(wrong)}")
    zone = timezone(timedelta(seconds=body.utc_offset_seconds))
    current = body.current
    condition = _CONDITIONS.get(current.weather_code)
    if condition is None:
        raise WeatherFormError(f"weather code {current.weather_code}")
    now = Now(
        at=_moment(current.time, zone),
        temperature=current.temperature_2m,
        feels_like=current.apparent_temperature,
        condition=condition,
        wind=current.wind_speed_10m,
        gusts=current.wind_gusts_10m,
    )
    return Forecast(
        coordinates=Coordinates(body.latitude, body.longitude),
        now=now,
        hours=_hours(body.hourly, zone),
        days=_days(body.daily, zone),
        source=_SOURCE,
    )


def _hours(body: _Hourly, zone: timezone) -> tuple[Hour, ...]:
    """The hours; sums, chances and gusts are published at the end of their hour, the rest at its beginning."""
    rows = _rows(
        body.time,
        body.temperature_2m,
        body.weather_code,
        body.wind_speed_10m,
        body.precipitation,
        body.precipitation_probability,
        body.wind_gusts_10m,
    )
    hours: list[Hour] = []
    for (time, temperature, code, wind, *_), (*_, precipitation, chance, gusts) in pairwise(rows):
        condition = _CONDITIONS.get(code)
        # The far end of a forecast has gaps; an hour half known is not known.
        if temperature is None or precipitation is None or condition is None:
            continue
        at = _moment(time, zone)
        hours.append(Hour(at, temperature, condition, precipitation, _percent(chance), wind, gusts))
    return tuple(hours)


def _days(body: _Daily, zone: timezone) -> tuple[Day, ...]:
    days: list[Day] = []
    for time, low, high, precipitation, chance, code, gusts in _rows(
        body.time,
        body.temperature_2m_min,
        body.temperature_2m_max,
        body.precipitation_sum,
        body.precipitation_probability_max,
        body.weather_code,
        body.wind_gusts_10m_max,
    ):
        condition = _CONDITIONS.get(code)
        if low is None or high is None or precipitation is None or condition is None:
            continue
        days.append(
            Day(_moment(time, zone).date(), low, high, condition, precipitation, _percent(chance), gusts)
        )
    return tuple(days)


def _rows(*columns: list[Any]) -> list[tuple[Any, ...]]:
    """The columns as rows. Raises WeatherFormError when they differ in length."""
    try:
        return list(zip(*columns, strict=True))
    except ValueError:
        raise WeatherFormError("columns of different length") from None


def _moment(seconds: int, zone: timezone) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, zone)
    except (OverflowError, ValueError, OSError):
        raise WeatherFormError(f"time {seconds}") from None


def _percent(chance: float | None) -> int | None:
    return None if chance is None else max(0, min(100, round(chance)))
