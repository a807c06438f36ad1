"""Says the weather: one or two sentences that answer what was asked, yes-or-no questions with yes or no and when.

Pure. It says only what the outlook holds, in the units of the business.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from tools.spoken.say import capitalise, say_day, say_list, say_on_day, say_time
from tools.weather.outlook import Outlook, Spell
from tools.weather.provider import Condition, Now
from tools.weather.span import Span
from tools.weather.topic import WeatherTopic
from tools.weather.units import Units, say_number

#: Below this, in Celsius, people want a jacket.
JACKET: Final = 15.0
_NOW: Final = {
    Condition.DRIZZLE: "drizzling", Condition.FREEZING_RAIN: "icy with freezing rain", Condition.RAIN: "raining",
    Condition.SNOW: "snowing", Condition.THUNDERSTORM: "stormy",
}  # fmt: skip
_LATER: Final = _NOW | {
    Condition.DRIZZLE: "drizzly",
    Condition.RAIN: "rainy",
    Condition.SNOW: "snowy",
}


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked and what is known.

    Attributes:
        where: With its preposition: "in Denver", "where you are".
        span: The time asked about.
        now: The weather of the moment, when it belongs to the span.
        outlook: The weather of the span.
        units: How measures are spoken.
        tz: Time zone of the business.
    """

    where: str
    span: Span
    now: Now | None
    outlook: Outlook
    units: Units
    tz: ZoneInfo


def say_weather(topic: WeatherTopic, ask: Question) -> str:
    """The answer, in at most two sentences."""
    return _SAYINGS[topic](ask)


def _overall(ask: Question) -> str:
    sky = ask.outlook
    low, high = ask.units.degrees(sky.low), ask.units.degrees(sky.high)
    if ask.now is not None:
        now = _NOW.get(ask.now.condition, ask.now.condition.value)
        head = f"It's {ask.units.say_degrees(ask.now.temperature)} and {now} {ask.where}{_range(ask)}."
    elif ask.span.days > 1:
        between = f"between {say_number(low)} and {ask.units.say_degrees(sky.high)}"
        head = f"{ask.span.opening} it'll be {between} {ask.where}."
    else:
        later = _LATER.get(sky.condition, sky.condition.value)
        warmth = f"with a high of {say_number(high)} and a low of {ask.units.say_degrees(sky.low)}"
        if not ask.span.whole_days:
            warmth = f"around {ask.units.say_degrees((sky.low + sky.high) / 2)}"
        head = f"{ask.span.opening} it'll be {later} {ask.where}, {warmth}."
    return f"{head} {_falls(ask)}"


def _temperature(ask: Question) -> str:
    sky, units = ask.outlook, ask.units
    if ask.now is not None:
        return f"It's {units.say_degrees(ask.now.temperature)} {ask.where} now{_range(ask)}."
    if not ask.span.whole_days:
        middle = units.say_degrees((sky.low + sky.high) / 2)
        return f"{ask.span.opening} it'll be around {middle} {ask.where}."
    low = say_number(units.degrees(sky.low))
    return f"{ask.span.opening} the high {ask.where} is {units.say_degrees(sky.high)} and the low {low}."


def _rain(ask: Question) -> str:
    return _yes_or_no(ask, "rain", ask.outlook.rain, "snow", ask.outlook.snow)


def _snow(ask: Question) -> str:
    return _yes_or_no(ask, "snow", ask.outlook.snow, "rain", ask.outlook.rain)


def _yes_or_no(
    ask: Question, kind: str, spells: tuple[Spell, ...], other: str, others: tuple[Spell, ...]
) -> str:
    falling = ask.now is not None and (
        ask.now.condition.is_rain if kind == "rain" else ask.now.condition is Condition.SNOW
    )
    if falling:
        current = next((one for one in spells if one.is_likely and one.start <= ask.span.start), None)
        stops = ""
        if current is not None and current.end < ask.span.end:
            stops = f", and it should stop around {_clock(ask, current.end)}"
        return f"Yes, it's {kind}ing {ask.where} now{stops}."
    likely = [one for one in spells if one.is_likely]
    if likely:
        depth = ask.units.say_depth(sum(one.amount for one in likely))
        about = f", about {depth}" if depth and kind == "rain" else ""
        return f"Yes, {kind} is likely {ask.where} {_times(ask, likely)}{about}."
    if spells:
        best = max(spells, key=lambda one: one.chance)
        return (
            f"Maybe. There's a {best.chance} percent chance of {kind} {ask.where} "
            f"{ask.span.said}, most likely around {_clock(ask, best.peak)}."
        )
    instead = [one for one in others if one.is_likely]
    if instead:
        return f"No {kind}, but {other} is likely {ask.where} {_times(ask, instead)}."
    return f"No, no {kind} is expected {ask.where} {ask.span.said}."


def _wind(ask: Question) -> str:
    sky, units = ask.outlook, ask.units
    if ask.now is not None and ask.now.wind is not None:
        head = f"The wind {ask.where} is {units.say_speed(ask.now.wind)} now"
    elif sky.wind is not None:
        head = f"{ask.span.opening} the wind {ask.where} reaches {units.say_speed(sky.wind)}"
    else:
        return f"I have no wind forecast {ask.where} {ask.span.said}."
    if sky.gusts is None:
        return f"{head}."
    when = f" {ask.span.said}" if ask.now is not None else ""
    return f"{head}, with gusts up to {units.speed(sky.gusts)}{when}."


def _clothes(ask: Question) -> str:
    sky, units = ask.outlook, ask.units
    coldest = min(sky.low, ask.now.temperature) if ask.now is not None else sky.low
    wet = [one for one in (*sky.rain, *sky.snow) if one.is_likely]
    span = (
        f"{say_number(units.degrees(coldest))} to {units.say_degrees(sky.high)} {ask.where} {ask.span.said}"
    )
    if units.degrees(coldest) == units.degrees(sky.high):
        span = f"{units.say_degrees(sky.high)} {ask.where} {ask.span.said}"
    if wet:
        return f"Yes, take a jacket: it's {span}. {_falls(ask)}"
    if coldest < JACKET:
        return f"Yes, take a jacket: it's {span}."
    return f"No, you won't need a jacket: it's {span}, and dry."


def _falls(ask: Question) -> str:
    """One sentence on rain and snow for a place and time that have been named."""
    rain = [one for one in ask.outlook.rain if one.is_likely]
    snow = [one for one in ask.outlook.snow if one.is_likely]
    for kind, spells in (("snow", snow), ("rain", rain)):
        if spells:
            return f"{capitalise(kind)} is likely {_times(ask, spells, named=True)}."
    possible = max((*ask.outlook.rain, *ask.outlook.snow), key=lambda one: one.chance, default=None)
    if possible is not None:
        kind = "snow" if possible in ask.outlook.snow else "rain"
        return f"There's a {possible.chance} percent chance of {kind} around {_clock(ask, possible.peak)}."
    return "No rain is expected."


def _range(ask: Question) -> str:
    """High and low of the rest of the span, after the temperature of the moment."""
    if not ask.span.whole_days:
        return f", with a low of {say_number(ask.units.degrees(ask.outlook.low))} {ask.span.said}"
    low, high = (say_number(ask.units.degrees(value)) for value in (ask.outlook.low, ask.outlook.high))
    return f", with a high of {high} and a low of {low} {ask.span.said}"


def _times(ask: Question, spells: list[Spell], *, named: bool = False) -> str:
    """When it is wet: hours of one day, days of several. ``named``: the day has been said already."""
    if ask.span.days > 2:
        today = ask.span.start.date() if ask.span.from_now else None
        days = dict.fromkeys(one.start.astimezone(ask.tz).date() for one in spells)
        return say_list([say_on_day(day, today or day - timedelta(days=3)) for day in days])
    first = spells[0]
    day = "" if named else f"{ask.span.said} "
    begins = first.start > ask.span.start
    ends = first.end < ask.span.end
    if begins and ends:
        return f"{day}from {_clock(ask, first.start)} until {_clock(ask, first.end)}"
    if begins:
        return f"{day}from {_clock(ask, first.start)}"
    if ends:
        return f"{day}until {_clock(ask, first.end)}"
    return "all the time" if named else ask.span.said


def _clock(ask: Question, moment: datetime) -> str:
    there = moment.astimezone(ask.tz)
    hour = say_time(there.time())
    return f"{say_day(there.date(), ask.span.start.date())} {hour}" if ask.span.days > 2 else hour


_SAYINGS: Final[dict[WeatherTopic, Callable[[Question], str]]] = {
    WeatherTopic.OVERALL: _overall,
    WeatherTopic.TEMPERATURE: _temperature,
    WeatherTopic.RAIN: _rain,
    WeatherTopic.SNOW: _snow,
    WeatherTopic.WIND: _wind,
    WeatherTopic.CLOTHES: _clothes,
}
