"""The weather tool: which place and time is meant is settled in the transaction, the weather is fetched after it.

Where nothing can be fetched it says so; no figure is ever spoken that a provider has not given.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from tools.catalogue.general import GetWeatherInfo
from tools.context import Done, Later, ToolContext
from tools.envelope import ToolError, ToolErrorType
from tools.handlers.whereabouts import Spot, spots_of
from tools.refusals import Refused, invalid, unavailable
from tools.spoken.say import say_choice
from tools.weather.outlook import Outlook, Spell, outlook_of
from tools.weather.places import Home, best_places, home_of, is_prominent, say_place
from tools.weather.provider import Coordinates, Forecast, Place, WeatherError
from tools.weather.service import Weather
from tools.weather.span import Span, span_of
from tools.weather.topic import WeatherTopic
from tools.weather.units import Units, units_of
from tools.weather.wording import Question, say_weather

_UNAVAILABLE = "I can't get the weather right now."
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Asked:
    """All that the answer needs of the business, so that its transaction can be closed."""

    business_id: str
    spots: tuple[Spot, ...]
    span: Span
    topic: WeatherTopic
    home: Home
    units: Units
    tz: ZoneInfo
    is_driving: bool


@dataclass(frozen=True, slots=True)
class _Located:
    """A spot with its point, and the place it was found by (None: the point was known)."""

    spot: Spot
    at: Coordinates
    place: Place | None


async def get_weather_info(ctx: ToolContext, args: GetWeatherInfo) -> Later:
    """Tell the weather at a place, a job or a contact's address, or where the user is."""
    business = ctx.uow.business
    asked = _Asked(
        business_id=business.id,
        spots=await spots_of(ctx, args.location or ""),
        span=span_of(args.when or "", ctx.now, ctx.tz),
        topic=args.about,
        home=home_of(business.address),
        units=units_of(business),
        tz=ctx.tz,
        is_driving=ctx.call.caller.is_driving,
    )
    return Later(partial(_answer, ctx.weather, asked))


async def _answer(weather: Weather, asked: _Asked) -> Done:
    """Fetch and say it. Raises Refused: unavailable, not_found, ambiguous, or validation beyond the forecast."""
    try:
        located = await _locate(weather, asked)
        forecast = await weather.forecast(located.at)
    except WeatherError as error:
        _logger.warning("no weather: %s (%s)", error.code, error)
        raise unavailable(_UNAVAILABLE) from error
    outlook = outlook_of(forecast, asked.span)
    if outlook is None:
        raise invalid("when", "I can't see that far ahead. Which day do you mean?")
    question = Question(
        where=_where(located, asked),
        span=asked.span,
        now=forecast.now if asked.span.from_now else None,
        outlook=outlook,
        units=asked.units,
        tz=asked.tz,
    )
    data = _data(located, asked, forecast, outlook)
    return Done(say_weather(asked.topic, question), data, dict(located.spot.focus))


async def _locate(weather: Weather, asked: _Asked) -> _Located:
    """The first of the spots that is on the map. Raises Refused (not_found, ambiguous), WeatherError."""
    for spot in asked.spots:
        if isinstance(spot.at, Coordinates):
            return _Located(spot, spot.at, None)
        found = await weather.places(asked.business_id, spot.at)
        places = best_places(found, spot.at, asked.home)
        best = next(iter(places), None)
        if best is None or (spot.only_if_prominent and not is_prominent(best, asked.home)):
            continue
        if spot.is_spoken and len(places) > 1:
            raise _which_place([say_place(place, asked.home, full=True) for place in places])
        return _Located(spot, best.coordinates, best)
    said = asked.spots[-1].name
    error = ToolError(
        ToolErrorType.NOT_FOUND, f"I couldn't find {said}. Which place do you mean?", field="location"
    )
    raise Refused(error)


def _which_place(labels: list[str]) -> Refused:
    question = f"Do you mean {say_choice(labels)}?"
    return Refused(ToolError(ToolErrorType.AMBIGUOUS, question, field="location", candidates=tuple(labels)))


def _where(located: _Located, asked: _Asked) -> str:
    """The place with its preposition; short for a driver, who knows which job it is."""
    town = f"in {say_place(located.place, asked.home)}" if located.place is not None else ""
    if located.spot.where and not (asked.is_driving and town):
        return f"{located.spot.where} {town}".strip()
    return town


def _data(located: _Located, asked: _Asked, forecast: Forecast, outlook: Outlook) -> dict[str, Any]:
    """The answer as structured data: temperatures, speeds in the units named, water in millimetres."""
    units, tz = asked.units, asked.tz
    data: dict[str, Any] = {
        "place": located.place.name if located.place is not None else located.spot.name,
        "latitude": located.at.rounded().latitude,
        "longitude": located.at.rounded().longitude,
        "from": asked.span.start.astimezone(tz).isoformat(timespec="minutes"),
        "until": asked.span.end.astimezone(tz).isoformat(timespec="minutes"),
        "units": "fahrenheit, mph" if units.imperial else "celsius, km/h",
        "low": units.degrees(outlook.low),
        "high": units.degrees(outlook.high),
        "condition": outlook.condition.value,
        "rain": [_spell(spell, tz) for spell in outlook.rain],
        "snow": [_spell(spell, tz) for spell in outlook.snow],
        "source": forecast.source,
    }
    if located.place is not None and located.place.region:
        data["region"] = located.place.region
    if outlook.gusts is not None:
        data["gusts"] = units.speed(outlook.gusts)
    if asked.span.from_now:
        now = forecast.now
        data["now"] = {"temperature": units.degrees(now.temperature), "condition": now.condition.value}
    return data


def _spell(spell: Spell, tz: ZoneInfo) -> dict[str, Any]:
    return {
        "from": spell.start.astimezone(tz).isoformat(timespec="minutes"),
        "until": spell.end.astimezone(tz).isoformat(timespec="minutes"),
        "chance": spell.chance,
        "millimetres": round(spell.amount, 1),
    }
