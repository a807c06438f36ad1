"""What a forecast says about one span of time: when it is wet, how warm, how windy.

Pure figures in Celsius, km/h and millimetres. It reads only hours and days that the forecast has; where it has none
there is no outlook.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tools.weather.provider import Condition, Forecast, Hour
from tools.weather.span import Span

#: From this chance on, in percent, rain is "likely"; from the other on it is worth mentioning.
LIKELY: Final = 50
POSSIBLE: Final = 25
_MEASURABLE: Final = 0.1
_HOUR: Final = timedelta(hours=1)
# Wet hours with at most this between them are one spell.
_PAUSE: Final = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Spell:
    """One stretch of rain or of snow.

    Attributes:
        start: Its first hour's beginning.
        end: Its last hour's end.
        chance: Highest chance within it, percent.
        amount: Millimetres of water.
        peak: Beginning of the likeliest hour.
    """

    start: datetime
    end: datetime
    chance: int
    amount: float
    peak: datetime

    @property
    def is_likely(self) -> bool:
        """Whether to count on it."""
        return self.chance >= LIKELY


@dataclass(frozen=True, slots=True)
class Outlook:
    """The weather of a span. ``rain`` and ``snow`` are in order of time; speeds None where unknown."""

    low: float
    high: float
    condition: Condition
    rain: tuple[Spell, ...]
    snow: tuple[Spell, ...]
    wind: float | None
    gusts: float | None


def outlook_of(forecast: Forecast, span: Span) -> Outlook | None:
    """The outlook for a span; None when the forecast does not reach it."""
    hours = [hour for hour in forecast.hours if hour.at + _HOUR > span.start and hour.at < span.end]
    if not hours:
        return None
    temperatures = [hour.temperature for hour in hours]
    days = []
    if span.whole_days:
        last = (span.end - timedelta(seconds=1)).date()
        days = [day for day in forecast.days if span.start.date() <= day.day <= last]
    return Outlook(
        low=min([day.low for day in days] or temperatures),
        high=max([day.high for day in days] or temperatures),
        condition=_prevailing(hours),
        rain=_spells([hour for hour in hours if not _is_snow(hour)]),
        snow=_spells([hour for hour in hours if _is_snow(hour)]),
        wind=max((hour.wind for hour in hours if hour.wind is not None), default=None),
        gusts=max((hour.gusts for hour in hours if hour.gusts is not None), default=None),
    )


def chance_of(hour: Hour) -> int:
    """The chance that anything falls within the hour; without a published one it is what the amount says."""
    if hour.chance is not None:
        return hour.chance
    return 100 if hour.precipitation >= _MEASURABLE else 0


def _prevailing(hours: Sequence[Hour]) -> Condition:
    """The commonest sky; with wet hours among them that are likely, the commonest of those."""
    wet = [hour.condition for hour in hours if hour.condition.is_wet and chance_of(hour) >= LIKELY]
    return Counter(wet or [hour.condition for hour in hours]).most_common(1)[0][0]


def _is_snow(hour: Hour) -> bool:
    return hour.condition is Condition.SNOW or (not hour.condition.is_wet and hour.temperature < 0)


def _spells(hours: Sequence[Hour]) -> tuple[Spell, ...]:
    """Stretches of hours that are worth mentioning; likely ones and possible ones are stretches of their own."""
    spells: list[Spell] = []
    for hour in hours:
        chance = chance_of(hour)
        if chance < POSSIBLE:
            continue
        last = spells[-1] if spells else None
        end = hour.at + _HOUR
        if last is None or hour.at - last.end > _PAUSE or (chance >= LIKELY) != last.is_likely:
            spells.append(Spell(hour.at, end, chance, hour.precipitation, hour.at))
            continue
        peak = hour.at if chance > last.chance else last.peak
        spells[-1] = Spell(last.start, end, max(chance, last.chance), last.amount + hour.precipitation, peak)
    return tuple(spells)
