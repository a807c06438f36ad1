"""The kinds of value a column holds: how a cell is read, leniently, and how it is written, in one way.

Reading accepts what people's exports contain and refuses what could be read in two ways. Writing then reading gives
the same value. An empty cell never gets here: it means "not given".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from business.entities.contacts import normalise_email, normalise_phone
from business.entities.numbers import normalise_number
from business.errors import ValidationFailed
from business.money import parse_amount
from business.transfer.cells import joined, split

_MOST_DIGITS = 24
_CURRENCY = re.compile(r"[$€£¥\s\u00a0]|\b(?:USD|EUR|GBP|CAD|AUD|JPY|CHF|CNY|MXN|BRL|US|CA|A|R)\b")
_POINT = re.compile(r"-?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]+)?")
_COMMA = re.compile(r"-?(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+),[0-9]{1,2}")
_DAY = re.compile(r"(?P<a>[0-9]{1,2})(?P<mark>[/.-])(?P<b>[0-9]{1,2})(?P=mark)(?P<year>[0-9]{4})")
_TIME = re.compile(
    r"(?P<h>[0-9]{1,2}):(?P<m>[0-9]{2})(?::(?P<s>[0-9]{2}))?\s*(?P<half>[ap])?\.?(?:m\.?)?", re.I
)
_YES = frozenset({"yes", "y", "true", "1", "x"})
_UNITED_STATES = frozenset({"us", "usa", "united states", "united states of america"})
_NO = frozenset({"no", "n", "false", "0"})


@dataclass(frozen=True, slots=True)
class Locale:
    """Where a file is at home: the business's time zone and country."""

    zone: ZoneInfo
    country: str

    @property
    def is_month_first(self) -> bool:
        """Whether 5/6/2026 is the sixth of May."""
        return self.country == "US"


class Kind(Protocol):
    """How the cells of a column are read and written."""

    def read(self, text: str, locale: Locale) -> Any:
        """The value of a cell that is not empty. Raises ValidationFailed."""
        ...

    def write(self, value: Any, locale: Locale) -> str:
        """The text of a value that is not None."""
        ...


class Text:
    """Free text, kept as it is."""

    def read(self, text: str, locale: Locale) -> str:
        """The text."""
        return text

    def write(self, value: str, locale: Locale) -> str:
        """The text."""
        return value


class Word:
    """Text without spaces around it."""

    def read(self, text: str, locale: Locale) -> str | None:
        """The text, or None when there is none."""
        return text.strip() or None

    def write(self, value: str, locale: Locale) -> str:
        """The text."""
        return value


class Country(Word):
    """A country's code; the longer names of the United States are its code too."""

    def read(self, text: str, locale: Locale) -> str | None:
        """The code, or the name as it is."""
        word = super().read(text, locale)
        return "US" if word and word.casefold().replace(".", "") in _UNITED_STATES else word


class Texts:
    """Several texts, with semicolons between them."""

    def read(self, text: str, locale: Locale) -> tuple[str, ...]:
        """The texts."""
        return split(text)

    def write(self, value: tuple[str, ...], locale: Locale) -> str:
        """One cell."""
        return joined(value)


@dataclass(frozen=True)
class Choice:
    """One of a few words; capitals, spaces and dashes do not matter."""

    words: type[StrEnum]
    also: Mapping[str, str] = field(default_factory=dict[str, str])

    def read(self, text: str, locale: Locale) -> StrEnum:
        """The word. Raises ValidationFailed with the words there are."""
        name = re.sub(r"[\s-]+", "_", text.strip().casefold())
        try:
            return self.words(self.also.get(name, name))
        except ValueError as error:
            allowed = ", ".join(word.value for word in self.words)
            raise ValidationFailed("", f"It must be one of: {allowed}.") from error

    def write(self, value: StrEnum, locale: Locale) -> str:
        """The word."""
        return value.value


class Number:
    """A decimal number, with or without thousands or a currency; a decimal comma where only that fits."""

    def read(self, text: str, locale: Locale) -> Decimal:
        """The number. Raises ValidationFailed."""
        bare = _CURRENCY.sub("", text).removesuffix("%")
        if len(bare) <= _MOST_DIGITS:
            if _POINT.fullmatch(bare):
                return Decimal(bare.replace(",", ""))
            if _COMMA.fullmatch(bare):
                return Decimal(bare.replace(".", "").replace(",", "."))
        raise ValidationFailed("", "It must be a number, such as 1234.50.")

    def write(self, value: Decimal, locale: Locale) -> str:
        """Without trailing zeros or an exponent."""
        plain = f"{value:f}"
        return plain.rstrip("0").rstrip(".") if "." in plain else plain


class Amount(Number):
    """Money, with or without a currency sign; at least zero, in cents."""

    def read(self, text: str, locale: Locale) -> Decimal:
        """The amount. Raises ValidationFailed."""
        return parse_amount(super().read(text, locale))

    def write(self, value: Decimal, locale: Locale) -> str:
        """With two places."""
        return f"{value:.2f}"


class Whole:
    """A whole number, at least zero."""

    def read(self, text: str, locale: Locale) -> int:
        """The number. Raises ValidationFailed."""
        if not re.fullmatch(r"[0-9]{1,6}", text.strip()):
            raise ValidationFailed("", "It must be a whole number, such as 30.")
        return int(text)

    def write(self, value: int, locale: Locale) -> str:
        """Its digits."""
        return str(value)


class Flag:
    """Yes or no."""

    def read(self, text: str, locale: Locale) -> bool:
        """The answer. Raises ValidationFailed."""
        word = text.strip().casefold()
        if word not in _YES | _NO:
            raise ValidationFailed("", "It must be yes or no.")
        return word in _YES

    def write(self, value: bool, locale: Locale) -> str:
        """``yes`` or ``no``."""
        return "yes" if value else "no"


class Day:
    """A calendar day: ISO, or the country's own order with slashes, dots or dashes."""

    def read(self, text: str, locale: Locale) -> date:
        """The day. Raises ValidationFailed."""
        return _dated("2026-05-31", lambda: _day(text.strip(), locale))

    def write(self, value: date, locale: Locale) -> str:
        """ISO 8601."""
        return value.isoformat()


class Moment:
    """A moment: ISO 8601, or a day and a time of day; without an offset in the business's time zone."""

    def read(self, text: str, locale: Locale) -> datetime:
        """The moment, in UTC. Raises ValidationFailed."""
        return _dated("2026-05-31 14:30", lambda: _moment(text.strip(), locale))

    def write(self, value: datetime, locale: Locale) -> str:
        """ISO 8601 in the business's time zone, with its offset."""
        return value.astimezone(locale.zone).isoformat(sep=" ")


@dataclass(frozen=True)
class Phone:
    """A phone number; E.164 when written."""

    column: str = "phone"

    def read(self, text: str, locale: Locale) -> str:
        """In E.164. Raises ValidationFailed."""
        return normalise_phone(text.strip(), region=locale.country or "US", field=self.column)

    def write(self, value: str, locale: Locale) -> str:
        """As it is stored."""
        return value


class Email:
    """An email address."""

    def read(self, text: str, locale: Locale) -> str:
        """In lower case. Raises ValidationFailed."""
        return normalise_email(text)

    def write(self, value: str, locale: Locale) -> str:
        """As it is stored."""
        return value


class DocumentNumber:
    """The number of a job, project or invoice."""

    def read(self, text: str, locale: Locale) -> str:
        """In capitals. Raises ValidationFailed."""
        return normalise_number(text)

    def write(self, value: str, locale: Locale) -> str:
        """As it is stored."""
        return value


def _dated(example: str, read: Callable[[], Any]) -> Any:
    try:
        return read()
    except (ValueError, OverflowError) as error:
        raise ValidationFailed("", f"It must be a date, such as {example}.") from error


def _day(text: str, locale: Locale) -> date:
    written = _DAY.fullmatch(text)
    if written is None:
        return datetime.fromisoformat(text).date() if len(text) > 10 else date.fromisoformat(text)
    first, second = int(written["a"]), int(written["b"])
    is_month_first = locale.is_month_first and written["mark"] != "."
    month, number = (first, second) if is_month_first else (second, first)
    return date(int(written["year"]), month, number)


def _moment(text: str, locale: Locale) -> datetime:
    written = _DAY.match(text)
    if written is None:
        at = datetime.fromisoformat(text)
    else:
        rest = text[written.end() :].strip(" ,T")
        at = datetime.combine(_day(written[0], locale), _time(rest) if rest else time())
    return (at if at.tzinfo else at.replace(tzinfo=locale.zone)).astimezone(UTC)


def _time(text: str) -> time:
    written = _TIME.fullmatch(text)
    if written is None:
        raise ValueError(text)
    hour = int(written["h"])
    if written["half"]:
        if not 1 <= hour <= 12:
            raise ValueError(text)
        hour = hour % 12 + (12 if written["half"].casefold() == "p" else 0)
    return time(hour, int(written["m"]), int(written["s"] or 0))
