"""What day and hour the demo's sentences mean, worked out from today's date alone.

A second opinion on purpose: knows only plain wordings ("tomorrow at nine", "Friday at two") and shares no code with
the product's own reading of dates, so that a check made with it can fail.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_HOURS = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
_EARLIEST_MORNING_HOUR = 7


class NotPlain(ValueError):  # noqa: N818
    """The wording is not one of the plain ones."""


def meant(phrase: str, today: date, zone: ZoneInfo) -> datetime:
    """The moment a plain phrase means.

    A weekday is the next one after today. Without a word for the half of the day, one to six is the afternoon and
    seven to eleven the morning, as people who book jobs mean it.

    Raises:
        NotPlain: Another wording.
    """
    words = phrase.lower().replace(",", " ").replace(".", "").replace("o'clock", " ")
    return datetime.combine(_day(words, today), _hour(words), zone)


def _day(words: str, today: date) -> date:
    if "day after tomorrow" in words:
        return today + timedelta(days=2)
    if "tomorrow" in words:
        return today + timedelta(days=1)
    if "today" in words:
        return today
    for number, name in enumerate(_WEEKDAYS):
        if name in words:
            return today + timedelta(days=(number - today.weekday() - 1) % 7 + 1)
    raise NotPlain(f"no plain day in {words!r}")


def _hour(words: str) -> time:
    if re.search(r"\bnoon\b", words):
        return time(12)
    numeral = "|".join(_HOURS)
    found = re.search(
        rf"\bat\s+(\d{{1,2}}|{numeral})(?:[ :](thirty|30|00))?(?:\s*(am|pm|in the \w+))?", words
    )
    if found is None:
        raise NotPlain(f"no plain hour in {words!r}")
    hour = int(found[1]) if found[1].isdigit() else _HOURS.index(found[1]) + 1
    half = found[3] or ("am" if hour >= _EARLIEST_MORNING_HOUR and hour != 12 else "pm")
    hour = hour % 12 + (0 if half in {"am", "in the morning"} else 12)
    return time(hour, 30 if found[2] in {"thirty", "30"} else 0)
