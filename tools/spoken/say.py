"""Puts values into words that a voice reads well: moments, money, lists, counts, phone and document numbers.

Pure functions. Numbers stay digits ("1,500 dollars"): the voice spells them, and a screen shows them as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

import phonenumbers

_CURRENCIES = {
    "USD": ("dollar", "dollars", "cents"),
    "EUR": ("euro", "euros", "cents"), "GBP": ("pound", "pounds", "pence"),
    "CAD": ("Canadian dollar", "Canadian dollars", "cents"),
    "AUD": ("Australian dollar", "Australian dollars", "cents"),
    "JPY": ("yen", "yen", ""), "CHF": ("franc", "francs", "centimes"), "CNY": ("yuan", "yuan", "fen"),
    "MXN": ("peso", "pesos", "centavos"), "BRL": ("real", "reais", "centavos"),
}  # fmt: skip
_DOCUMENTS = {"JOB": "job", "INV": "invoice", "EST": "estimate", "QUO": "quote", "PROJ": "project"}
_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def say_money(amount: Decimal, currency: str = "USD") -> str:
    """Such as "1,500 dollars", "450 dollars and 20 cents", "minus 5 dollars"."""
    one, many, hundredth = _CURRENCIES.get(currency, (currency, currency, "cents"))
    cents = int((abs(amount) * 100).to_integral_value(rounding=ROUND_HALF_UP))
    whole, rest = divmod(cents, 100)
    parts: list[str] = []
    if whole or not rest:
        parts.append(f"{whole:,} {one if whole == 1 else many}")
    if rest:
        unit = hundredth[:-1] if rest == 1 and hundredth.endswith("s") else hundredth
        parts.append(f"{rest} {unit}".rstrip())
    spoken = " and ".join(parts)
    return f"minus {spoken}" if amount < 0 and cents else spoken


def say_time(clock: time) -> str:
    """Such as "9 AM", "2:30 PM", "noon", "midnight"."""
    if (clock.hour, clock.minute) == (12, 0):
        return "noon"
    if (clock.hour, clock.minute) == (0, 0):
        return "midnight"
    hour = clock.hour % 12 or 12
    half = "AM" if clock.hour < 12 else "PM"
    return f"{hour}:{clock.minute:02d} {half}" if clock.minute else f"{hour} {half}"


def say_ordinal(number: int) -> str:
    """Such as "1st", "2nd", "3rd", "15th"."""
    if number % 100 in {11, 12, 13}:
        return f"{number}th"
    return str(number) + {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def say_day(day: date, today: date) -> str:
    """Such as "today", "Friday" (within six days), "Tuesday, December 1st", "November 3rd"."""
    ahead = (day - today).days
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}.get(ahead)
    if near is not None:
        return near
    if 1 < ahead < 7:
        return f"{day:%A}"
    dated = f"{day:%B} {say_ordinal(day.day)}"
    if abs(ahead) > 300:
        return f"{dated}, {day.year}"
    return f"{day:%A}, {dated}" if 0 < ahead <= 21 else dated


def say_on_day(day: date, today: date) -> str:
    """A day with its preposition: "today", "on Friday", "on December 3rd"."""
    said = say_day(day, today)
    return said if said in {"today", "tomorrow", "yesterday"} else f"on {said}"


def say_when(moment: datetime, now: datetime, tz: ZoneInfo) -> str:
    """Such as "Friday at 2 PM", "tomorrow at 9 AM", in the business time zone."""
    there = moment.astimezone(tz)
    return f"{say_day(there.date(), now.astimezone(tz).date())} at {say_time(there.time())}"


def say_list(items: Sequence[str], limit: int | None = None) -> str:
    """Such as "a", "a and b", "a, b and c"; beyond ``limit`` "a, b and 3 more"."""
    shown = (
        list(items)
        if limit is None or len(items) <= limit
        else [*items[:limit], f"{len(items) - limit} more"]
    )
    if len(shown) <= 1:
        return "".join(shown)
    return f"{', '.join(shown[:-1])} and {shown[-1]}"


def say_choice(items: Sequence[str]) -> str:
    """Such as "a or b", "a, b or c"."""
    if len(items) <= 1:
        return "".join(items)
    return f"{', '.join(items[:-1])} or {items[-1]}"


def say_count(number: int, singular: str, plural: str | None = None) -> str:
    """Such as "no jobs", "one job", "12 jobs"."""
    noun = singular if number == 1 else plural or f"{singular}s"
    return f"{_SMALL[number] if 0 <= number < len(_SMALL) else f'{number:,}'} {noun}"


def say_phone(phone: str) -> str:
    """A phone number by digits in its groups ("5 1 2, 5 5 5, 0 1 4 2"); as given when it is none."""
    try:
        parsed = phonenumbers.parse(phone, "US")
    except phonenumbers.NumberParseException:
        return phone
    national = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    groups = "".join(c if c.isdigit() else " " for c in national).split()
    spoken = ", ".join(" ".join(group) for group in groups)
    return spoken if parsed.country_code == 1 else f"plus {' '.join(str(parsed.country_code))}, {spoken}"


def say_document(number: str) -> str:
    """Such as "JOB-001042" → "job 1042", "INV-000031" → "invoice 31"; anything else as it is."""
    prefix, _, digits = number.rpartition("-")
    kind = _DOCUMENTS.get(prefix.upper())
    return f"{kind} {int(digits)}" if kind is not None and digits.isdigit() else number


def say_code(code: str) -> str:
    """A status or type as words: "in_progress" → "in progress"."""
    return code.replace("_", " ")


def say_minutes(minutes: int) -> str:
    """Such as "45 minutes", "one hour", "2 hours and 15 minutes"."""
    hours, rest = divmod(minutes, 60)
    parts = [say_count(hours, "hour")] if hours else []
    if rest or not hours:
        parts.append(f"{rest} minute{'' if rest == 1 else 's'}")
    return " and ".join(parts)


def capitalise(text: str) -> str:
    """First letter upper case, the rest as it is."""
    return text[:1].upper() + text[1:]
