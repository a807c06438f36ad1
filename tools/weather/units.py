"""The units in which a business hears of the weather. Pure; everything inside is Celsius, km/h and millimetres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from business.entities.businesses import Business
from business.money import Currency

_AMERICAN: Final = frozenset({"US", "PR", "GU", "VI", "AS", "MP"})
_KM_PER_MILE: Final = 1.609344
_MM_PER_INCH: Final = 25.4


@dataclass(frozen=True, slots=True)
class Units:
    """How measures are spoken. ``imperial`` is Fahrenheit, miles an hour and inches."""

    imperial: bool

    def degrees(self, celsius: float) -> int:
        """A temperature in whole degrees."""
        return round(celsius * 9 / 5 + 32 if self.imperial else celsius)

    def speed(self, kmh: float) -> int:
        """A wind speed in whole units."""
        return round(kmh / _KM_PER_MILE if self.imperial else kmh)

    def say_degrees(self, celsius: float) -> str:
        """Such as "58 degrees", "minus 3 degrees", "1 degree"."""
        value = self.degrees(celsius)
        return f"{say_number(value)} degree{'' if abs(value) == 1 else 's'}"

    def say_speed(self, kmh: float) -> str:
        """Such as "12 miles an hour"."""
        value = self.speed(kmh)
        unit = "mile" if self.imperial else "kilometer"
        return f"{value} {unit}{'' if value == 1 else 's'} an hour"

    def say_depth(self, millimetres: float) -> str:
        """Such as "0.3 inches", "8 millimeters"; empty for what is hardly measurable."""
        if self.imperial:
            inches = round(millimetres / _MM_PER_INCH, 1)
            return f"{inches:g} inch{'' if inches == 1 else 'es'}" if inches >= 0.1 else ""
        whole = round(millimetres)
        return f"{whole} millimeter{'' if whole == 1 else 's'}" if whole >= 1 else ""


def units_of(business: Business) -> Units:
    """American units in America; the currency tells apart who never said where they are."""
    return Units(business.address.country.upper() in _AMERICAN and business.currency is Currency.USD)


def say_number(value: int) -> str:
    """A whole number with its sign as a word."""
    return f"minus {-value}" if value < 0 else str(value)
