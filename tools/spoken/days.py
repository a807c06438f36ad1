"""Reads days: "tomorrow", "this Friday", "next Tuesday", "the 15th", "December 3rd", "end of the week".

How weekdays are decided (weeks start on Monday):
- "Friday" and "on Friday": the next Friday after today; on a Friday it means the one in seven days.
- "this Friday": the Friday of this week if it is not over (today counts), else the next one.
- "next Friday", "Friday next week": the Friday of next week, whatever today is. It is marked ambiguous
  while this
  week's Friday is still ahead, because many people then mean that one.
- "last Friday" is the latest one before today; only "last", "yesterday", "ago" and a written year reach
  into the past.
"""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from tools.spoken.numbers import TENS, UNITS
from tools.spoken.ordinals import read_ordinal
from tools.spoken.when import DayPart
from tools.spoken.words import Token, phrase_at, vocabulary

WEEKDAYS = {name.lower(): number for number, name in enumerate(calendar.day_name)} | {
    "mon": 0,
    "tue": 1,
    "tues": 1,
    "wed": 2,
    "weds": 2,
    "thu": 3,
    "thur": 3,
    "thurs": 3,
    "fri": 4,
}
MONTHS = (
    {name.lower(): number for number, name in enumerate(calendar.month_name) if name}
    | {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}
    | {"sept": 9}
)
_NOUNS_AFTER_ORDINAL = vocabulary(
    "one ones job jobs invoice invoices estimate estimates quote project projects customer floor time "
    "visit payment contact item call street avenue st ave thing person two three half quarter"
)
# Longer names first: "christmas eve" before "christmas".
_HOLIDAYS = {
    ("christmas", "eve"): (12, 24),
    ("christmas", "day"): (12, 25),
    ("christmas",): (12, 25),
    ("new", "year's", "eve"): (12, 31),
    ("new", "year's", "day"): (1, 1),
    ("new", "year's"): (1, 1),
    ("halloween",): (10, 31),
}
_DAY_PREPOSITIONS = vocabulary("on for to by until till before after from of than around")


def read_day(tokens: list[Token], index: int, today: date) -> tuple[DayPart, int] | None:
    """Read a day at ``index`` (without a preposition before it): (day, index after it)."""
    for reader in (_written, _holiday, _relative, _weekday, _month_day, _period, _day_of_month):
        found = reader(tokens, index, today)
        if found is not None:
            return found
    return None


def _written(tokens: list[Token], index: int, today: date) -> tuple[DayPart, int] | None:
    word = tokens[index].text
    iso = re.match(r"(\d{4})-(\d{2})-(\d{2})$", word)
    if iso:
        return _day(int(iso[1]), int(iso[2]), int(iso[3]), index + 1)
    if word.isdigit() and index + 1 < len(tokens) and tokens[index + 1].gap == "-":
        return _dashed(tokens, index, today)
    slashed = re.fullmatch(r"(\d{1,2})/(\d{1,2})(?:/(\d{2,4}))?", word)
    if slashed is None:
        return None
    month, day = int(slashed[1]), int(slashed[2])
    if month > 12:
        month, day = day, month
    if slashed[3]:
        year = int(slashed[3]) + (2000 if len(slashed[3]) == 2 else 0)
        return _day(year, month, day, index + 1)
    return _upcoming(today, month, day, index + 1)


def _dashed(tokens: list[Token], index: int, today: date) -> tuple[DayPart, int] | None:
    """Such as "11-30": month and day."""
    month, day = tokens[index].text, tokens[index + 1].text
    if not (len(month) <= 2 and day.isdigit() and len(day) == 2 and 1 <= int(month) <= 12):
        return None
    return _upcoming(today, int(month), int(day), index + 2)


def _holiday(tokens: list[Token], index: int, today: date) -> tuple[DayPart, int] | None:
    """Such as "Christmas", "Christmas Eve", "New Year's Day", "Thanksgiving"."""
    if tokens[index].text == "thanksgiving":
        for year in (today.year, today.year + 1):
            first = date(year, 11, 1)
            fourth_thursday = first + timedelta(days=(3 - first.weekday()) % 7 + 21)
            if fourth_thursday >= today:
                return DayPart(fourth_thursday), index + 1
    for words, (month, day) in _HOLIDAYS.items():
        if phrase_at(tokens, index, *words):
            return _upcoming(today, month, day, index + len(words))
    return None


def _relative(tokens: list[Token], index: int, today: date) -> tuple[DayPart, int] | None:
    position = index + 1 if tokens[index].text == "the" else index
    if phrase_at(tokens, position, "day", "after", "tomorrow"):
        return DayPart(today + timedelta(days=2)), position + 3
    if phrase_at(tokens, position, "day", "before", "yesterday"):
        return DayPart(today - timedelta(days=2)), position + 3
    word = tokens[index].text
    if word == "today":
        return DayPart(today), index + 1
    if word == "tonight":
        return DayPart(today, part_of_day="night"), index + 1
    if word in {"tomorrow", "tmrw", "tomorrow's"}:
        return DayPart(today + timedelta(days=1)), index + 1
    if word == "yesterday":
        return DayPart(today - timedelta(days=1)), index + 1
    for part in ("morning", "afternoon", "evening"):
        if phrase_at(tokens, index, "this", part):
            return DayPart(today, part_of_day=part), index + 2
    return None


def _weekday(tokens: list[Token], index: int, today: date) -> tuple[DayPart, int] | None:
    position, which = index, ""
    if phrase_at(tokens, position, "a", "week", "from"):
        later = read_day(tokens, position + 3, today) if position + 3 < len(tokens) else None
        return (DayPart(later[0].day + timedelta(days=7)), later[1]) if later is not None else None
    while position < len(tokens) and tokens[position].text in {
        "this",
        "next",
        "last",
        "coming",
        "the",
        "following",
    }:
        if tokens[position].text != "the":
            which = {"following": "next"}.get(tokens[position].text, tokens[position].text)
        position += 1
    if position >= len(tokens):
        return None
    number = WEEKDAYS.get(tokens[position].text.removesuffix("'s"))
    if number is None or (position > index and which == ""):
        return None
    end = position + 1
    ahead = (number - today.weekday()) % 7
    monday = today - timedelta(days=today.weekday())
    if phrase_at(tokens, end, "of", "next", "week") or phrase_at(tokens, end, "next", "week"):
        end += 3 if tokens[end].text == "of" else 2
        return DayPart(monday + timedelta(days=7 + number)), end
    if phrase_at(tokens, end, "of", "this", "week") or phrase_at(tokens, end, "this", "week"):
        return DayPart(monday + timedelta(days=number)), end + (3 if tokens[end].text == "of" else 2)
    if phrase_at(tokens, end, "after", "next"):
        return DayPart(today + timedelta(days=(ahead or 7) + 7)), end + 2
    if which == "next":
        return DayPart(monday + timedelta(days=7 + number), ambiguous=number > today.weekday()), end
    if which == "last":
        return DayPart(today - timedelta(days=(today.weekday() - number) % 7 or 7)), end
    if which in {"this", "coming"}:
        return DayPart(today + timedelta(days=ahead)), end
    return DayPart(today + timedelta(days=ahead or 7), ambiguous=ahead == 0), end


def _month_day(tokens: list[Token], index: int, today: date) -> tuple[DayPart, int] | None:
    """Reads "December 3rd", "December third 2027", "the 3rd of December", "3 December"."""
    month = MONTHS.get(tokens[index].text)
    if month is not None:
        if tokens[index].text in {"may", "march", "mar", "sun"} and index + 1 >= len(tokens):
            return None
        position = index + 2 if phrase_at(tokens, index + 1, "the") else index + 1
        day = _day_number(tokens, position)
        if day is None:
            return None
        return _with_year(tokens, today, month, *day)
    position = index + 1 if tokens[index].text == "the" else index
    day = _day_number(tokens, position) if position < len(tokens) else None
    if day is None:
        return None
    after = day[1] + 1 if phrase_at(tokens, day[1], "of") else day[1]
    month = MONTHS.get(tokens[after].text) if after < len(tokens) else None
    if month is None or (month == 5 and after == day[1]):
        return None
    return _with_year(tokens, today, month, day[0], after + 1)


def _day_number(tokens: list[Token], index: int) -> tuple[int, int] | None:
    if index >= len(tokens):
        return None
    ordinal = read_ordinal(tokens, index)
    if ordinal is not None:
        return ordinal if ordinal[0] <= 31 else None
    word = tokens[index].text
    if word.isdigit() and len(word) <= 2 and 1 <= int(word) <= 31:
        return int(word), index + 1
    if word in TENS and TENS[word] <= 30:
        unit = UNITS.get(tokens[index + 1].text, 0) if index + 1 < len(tokens) else 0
        joined = 0 < unit < 10 and TENS[word] + unit <= 31
        return TENS[word] + (unit if joined else 0), index + 1 + joined
    value = UNITS.get(word, 0)
    return (value, index + 1) if 1 <= value <= 31 else None


def _with_year(
    tokens: list[Token], today: date, month: int, day: int, end: int
) -> tuple[DayPart, int] | None:
    position = end
    if position < len(tokens) and re.fullmatch(r"20\d\d", tokens[position].text):
        return _day(int(tokens[position].text), month, day, position + 1)
    if phrase_at(tokens, position, "twenty") and position + 1 < len(tokens):
        year = _day_number(tokens, position + 1)
        if year is not None and year[0] >= 20:
            return _day(2000 + year[0], month, day, year[1])
    return _upcoming(today, month, day, end)


def _period(tokens: list[Token], index: int, today: date) -> tuple[DayPart, int] | None:
    """Reads "next week", "next month", "end of the week", "this weekend", "start of next week"."""
    position = index + 1 if tokens[index].text == "the" else index
    monday = today - timedelta(days=today.weekday())
    if phrase_at(tokens, position, "end", "of"):
        return _end_of(tokens, position + 2, today)
    if phrase_at(tokens, position, "beginning", "of") or phrase_at(tokens, position, "start", "of"):
        found = _period(tokens, position + 2, today) if position + 2 < len(tokens) else None
        return (DayPart(found[0].day), found[1]) if found is not None else None
    if phrase_at(tokens, position, "week", "after", "next"):
        return DayPart(monday + timedelta(days=14), "week", ambiguous=True), position + 3
    if phrase_at(tokens, position, "next", "week") or phrase_at(tokens, position, "following", "week"):
        named = position + 3 if phrase_at(tokens, position + 2, "on") else position + 2
        weekday = _weekday(tokens, named, today) if named < len(tokens) else None
        if weekday is not None and tokens[named].text in WEEKDAYS:
            return DayPart(monday + timedelta(days=7 + weekday[0].day.weekday())), weekday[1]
        return DayPart(monday + timedelta(days=7), "week", ambiguous=True), position + 2
    if phrase_at(tokens, position, "next", "month") or phrase_at(tokens, position, "following", "month"):
        return DayPart(today.replace(day=1) + relativedelta(months=1), "month", ambiguous=True), position + 2
    if phrase_at(tokens, position, "next", "weekend"):
        return DayPart(monday + timedelta(days=12)), position + 2
    if phrase_at(tokens, position, "weekend") or phrase_at(tokens, position, "this", "weekend"):
        saturday = monday + timedelta(days=5)
        return DayPart(max(saturday, today)), position + (1 if tokens[position].text == "weekend" else 2)
    return None


def _end_of(tokens: list[Token], index: int, today: date) -> tuple[DayPart, int] | None:
    position, following = index, False
    while position < len(tokens) and tokens[position].text in {"the", "this", "next", "business"}:
        following = following or tokens[position].text == "next"
        position += 1
    word = tokens[position].text if position < len(tokens) else ""
    monday = today - timedelta(days=today.weekday())
    if word == "day":
        after = position + 2 if phrase_at(tokens, position + 1, "on") else position + 1
        named = read_day(tokens, after, today) if after < len(tokens) else None
        if named is not None:
            return DayPart(named[0].day, part_of_day="end of day", ambiguous=named[0].ambiguous), named[1]
        return DayPart(today, part_of_day="end of day"), position + 1
    if word == "week":
        friday = monday + timedelta(days=4 + (7 if following or today.weekday() > 4 else 0))
        return DayPart(friday), position + 1
    if word == "month":
        return DayPart(today + relativedelta(months=int(following), day=31)), position + 1
    if word == "year":
        return DayPart(date(today.year + int(following), 12, 31)), position + 1
    if word in MONTHS:
        first = _upcoming(today, MONTHS[word], 1, position + 1)
        if first is None:
            return None
        start = today if MONTHS[word] == today.month else first[0].day
        return DayPart(start + relativedelta(day=31)), position + 1
    return None


def _day_of_month(tokens: list[Token], index: int, today: date) -> tuple[DayPart, int] | None:
    """Reads "the 15th", "the fifteenth"; "the second" only after a preposition, never before a noun."""
    start = index + 1 if tokens[index].text == "the" else index
    day = read_ordinal(tokens, start) if start < len(tokens) else None
    if day is None or day[0] > 31:
        return None
    monthly = any(phrase_at(tokens, day[1], "of", which, "month") for which in ("the", "this", "next"))
    if start == index and not monthly:
        return None
    after = tokens[day[1]].text if day[1] < len(tokens) else ""
    if after in _NOUNS_AFTER_ORDINAL:
        return None
    before = tokens[index - 1].text if index else ""
    is_led = before in _DAY_PREPOSITIONS or before in WEEKDAYS or monthly
    if day[0] <= 10 and not tokens[start].text.isdigit() and not is_led:
        return None
    end = day[1]
    if phrase_at(tokens, end, "of", "next", "month"):
        return _safe(today + relativedelta(months=1), day[0], end + 3)
    if phrase_at(tokens, end, "of", "this", "month") or phrase_at(tokens, end, "of", "the", "month"):
        end += 3
    for months in range(0, 13):
        month = today.replace(day=1) + relativedelta(months=months)
        if day[0] <= calendar.monthrange(month.year, month.month)[1] and month.replace(day=day[0]) >= today:
            return DayPart(month.replace(day=day[0])), end
    return None


def _safe(month: date, day: int, end: int) -> tuple[DayPart, int] | None:
    return _day(month.year, month.month, day, end)


def _day(year: int, month: int, day: int, end: int) -> tuple[DayPart, int] | None:
    try:
        return DayPart(date(year, month, day)), end
    except ValueError:
        return None


def _upcoming(today: date, month: int, day: int, end: int) -> tuple[DayPart, int] | None:
    """That day of this year, or of the next when it is over (29 February: of the next leap year)."""
    for year in range(today.year, today.year + 9):
        found = _day(year, month, day, end)
        if found is not None and found[0].day >= today:
            return found
    return None
