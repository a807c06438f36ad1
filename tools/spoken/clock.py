"""Reads times of day: "at nine", "2:30", "half past nine", "quarter to five", "ten thirty p.m.", "noon".

Works on tokens; knows nothing of days. A number is a time only with a sign of one (a unit, "at", a date
beside it);
the caller is told when the only sign is a weak preposition.
"""

from __future__ import annotations

import re

from tools.spoken.numbers import TENS, UNITS, ZEROES
from tools.spoken.when import ClockPart
from tools.spoken.words import Token, phrase_at, vocabulary

_NOON, _MIDNIGHT = ClockPart(12, fixed=True), ClockPart(0, fixed=True)
_AFTER_LUNCH = ClockPart(13, fixed=True)
_NAMED = {"noon": _NOON, "midday": _NOON, "midnight": _MIDNIGHT}
_PARTS = frozenset({"morning", "afternoon", "evening", "night", "lunchtime"})
_NOT_A_TIME_AFTER = vocabulary(
    "percent % dollars dollar bucks hours hour minutes minute days day weeks week months month years "
    "hundred thousand k grand people jobs invoices estimates projects million of times st nd rd th items"
)
_SURE_BEFORE = frozenset({"at", "around", "about", "between"})
_WEAK_BEFORE = vocabulary("to by for from until till before after of than")
LABELS = vocabulary("job number invoice estimate quote project # no inv est proj quo")


def read_part_of_day(tokens: list[Token], index: int) -> tuple[str, int] | None:
    """Read "in the morning", "this evening", "at night", "first thing": (part, index after it)."""
    position = index
    if index >= len(tokens):
        return None
    if phrase_at(tokens, position, "first", "thing"):
        after = read_part_of_day(tokens, position + 2)
        return "morning", after[1] if after is not None and after[0] == "morning" else position + 2
    if phrase_at(tokens, position, "in", "the") or phrase_at(tokens, position, "during", "the"):
        position += 2
    elif tokens[position].text in {"at", "in"} and index + 1 < len(tokens):
        position += 1
    if position < len(tokens) and tokens[position].text in {"early", "late"}:
        position += 1
    if position < len(tokens) and tokens[position].text in _PARTS:
        if position > index and tokens[index].text in {"at"} and tokens[position].text != "night":
            return None
        return tokens[position].text, position + 1
    return None


def read_clock(tokens: list[Token], index: int, *, loose: bool = False) -> tuple[ClockPart, int] | None:
    """Read a time of day at ``index``, preposition included.

    ``loose``: a bare number or pair is a time too (the text is known to be about one, or a date stands
    beside it).
    """
    position, sure, weak = index, False, False
    if tokens[position].text in _SURE_BEFORE:
        sure, position = True, position + 1
    elif tokens[position].text in _WEAK_BEFORE:
        weak, position = True, position + 1
        if position < len(tokens) and tokens[position].text in {"about", "around", "at"}:
            sure, position = True, position + 1
    if position >= len(tokens):
        return None
    word = tokens[position].text
    if word in _NAMED:
        return _NAMED[word], position + 1
    if word == "lunch" and position > index:
        return (_AFTER_LUNCH if tokens[index].text == "after" else _NOON), position + 1
    if word == "one" and position and not (sure or weak) and not _evident(tokens, position):
        return None
    read = _read_relative(tokens, position) or _read_plain(tokens, position)
    if read is None:
        return None
    part, end, evident = read
    if not evident and not sure:
        if not (loose or weak):
            return None
        if not loose:
            part = ClockPart(part.hour, part.minute, part.fixed, part.part_of_day, certain=False)
    after = tokens[end].text if end < len(tokens) else ""
    before = tokens[position - 1].text if position else ""
    if not evident and (after in _NOT_A_TIME_AFTER or before in LABELS):
        return None
    if tokens[index].text == "between" and after == "and":
        until = (
            _read_relative(tokens, end + 1) or _read_plain(tokens, end + 1) if end + 1 < len(tokens) else None
        )
        end = until[1] if until is not None else end
    return part, end


def _evident(tokens: list[Token], index: int) -> bool:
    """Whether "one" at ``index`` is a time by itself ("one p.m.", "one thirty"), not a pronoun."""
    read = _read_plain(tokens, index)
    return read is not None and (read[2] or read[1] > index + 1)


def _read_relative(tokens: list[Token], index: int) -> tuple[ClockPart, int, bool] | None:
    """Reads "half past nine", "quarter to five", "ten past two", "twenty five minutes to four"."""
    position = index + 1 if tokens[index].text == "a" else index
    if phrase_at(tokens, position, "half", "past"):
        return _finish_relative(tokens, position + 2, 30)
    if phrase_at(tokens, position, "half") and position + 1 < len(tokens):
        return None
    minutes: int | None
    if phrase_at(tokens, position, "quarter"):
        minutes, position = 15, position + 1
    else:
        read = _small_number(tokens, position)
        if read is None or read[0] > 59:
            return None
        minutes, position = read
        if position < len(tokens) and tokens[position].text == "minutes":
            position += 1
    if position >= len(tokens):
        return None
    link = tokens[position].text
    if link in {"past", "after"}:
        return _finish_relative(tokens, position + 1, minutes)
    if link in {"to", "till", "before", "of"} and (minutes in {5, 10, 15, 20, 25}):
        return _finish_relative(tokens, position + 1, -minutes)
    return None


def _finish_relative(tokens: list[Token], index: int, minutes: int) -> tuple[ClockPart, int, bool] | None:
    if index >= len(tokens):
        return None
    if tokens[index].text in _NAMED:
        base, end = _NAMED[tokens[index].text], index + 1
        total = base.hour * 60 + minutes
        return ClockPart(total // 60 % 24, total % 60, fixed=True), end, True
    hour = _hour(tokens, index)
    if hour is None:
        return None
    value, end = hour
    if end < len(tokens) and tokens[end].text == "o'clock":
        end += 1
    total = value * 60 + minutes
    if value == 1 and minutes < 0:
        total += 12 * 60
    part = ClockPart(total // 60, total % 60)
    return *_meridiem(tokens, end, part), True


def _read_plain(tokens: list[Token], index: int) -> tuple[ClockPart, int, bool] | None:
    """Reads "2:30", "9am", "nine o'clock", "two thirty p.m.", "14:00", "ten".

    Third: whether it is evidently a time.
    """
    word = tokens[index].text
    colon = re.fullmatch(r"(\d{1,2})[:.](\d{2})", word)
    if colon:
        hour, minute = int(colon[1]), int(colon[2])
        if hour > 23 or minute > 59:
            return None
        fixed = hour > 12 or hour == 0 or word.startswith("0")
        part, end = _meridiem(tokens, index + 1, ClockPart(hour, minute, fixed=fixed))
        return part, end, ":" in word or end > index + 1
    if re.fullmatch(r"\d{3,4}", word):
        return _read_run_together(tokens, index)
    hour_read = _hour(tokens, index)
    if hour_read is None:
        return None
    hour, end = hour_read
    if end < len(tokens) and tokens[end].text == "o'clock":
        return *_meridiem(tokens, end + 1, ClockPart(hour)), True
    minute_read = _minute(tokens, end)
    if minute_read is not None:
        minute, end = minute_read
        part, after = _meridiem(tokens, end, ClockPart(hour, minute))
        return part, after, after > end
    part, after = _meridiem(tokens, end, ClockPart(hour))
    return part, after, after > end


def _read_run_together(tokens: list[Token], index: int) -> tuple[ClockPart, int, bool] | None:
    """Such as "230 p.m.", and "230" right after "at": a recogniser's 2:30."""
    word = tokens[index].text
    hour, minute = int(word[:-2]), int(word[-2:])
    if not 1 <= hour <= 12 or minute > 59:
        return None
    part, end = _meridiem(tokens, index + 1, ClockPart(hour, minute))
    if end == index + 1 and (index == 0 or tokens[index - 1].text not in _SURE_BEFORE or minute % 5):
        return None
    return part, end, end > index + 1


def _hour(tokens: list[Token], index: int) -> tuple[int, int] | None:
    if index >= len(tokens):
        return None
    word = tokens[index].text
    if word.isdigit() and len(word) <= 2 and 1 <= int(word) <= 12:
        return int(word), index + 1
    value = UNITS.get(word)
    return (value, index + 1) if value is not None and 1 <= value <= 12 else None


def _minute(tokens: list[Token], index: int) -> tuple[int, int] | None:
    """Minutes after an hour: "thirty", "oh five", "forty five", "15", "ten"; never a lone "five"."""
    if index >= len(tokens) or not tokens[index].continues or tokens[index].gap == "":
        return None
    word = tokens[index].text
    if word in ZEROES and index + 1 < len(tokens):
        unit = UNITS.get(tokens[index + 1].text, 0)
        return (unit, index + 2) if 0 < unit < 10 else None
    if word.isdigit() and len(word) == 2 and int(word) < 60:
        return int(word), index + 1
    read = _small_number(tokens, index)
    return read if read is not None and 10 <= read[0] < 60 and not word.isdigit() else None


def _small_number(tokens: list[Token], index: int) -> tuple[int, int] | None:
    if index >= len(tokens):
        return None
    word = tokens[index].text
    if word.isdigit() and len(word) <= 2:
        return int(word), index + 1
    if word in TENS:
        unit = UNITS.get(tokens[index + 1].text, 0) if index + 1 < len(tokens) else 0
        joined = 0 < unit < 10 and tokens[index + 1].continues
        return TENS[word] + (unit if joined else 0), index + 1 + joined
    value = UNITS.get(word)
    return (value, index + 1) if value is not None else None


def _meridiem(tokens: list[Token], index: int, part: ClockPart) -> tuple[ClockPart, int]:
    """Apply "p.m.", "in the morning", "at night", "tonight" standing at ``index``."""
    if index < len(tokens) and tokens[index].text in {"am", "pm"} and 1 <= part.hour <= 12:
        hour = part.hour % 12 + (12 if tokens[index].text == "pm" else 0)
        return ClockPart(hour, part.minute, fixed=True), index + 1
    if phrase_at(tokens, index, "p", "m") or phrase_at(tokens, index, "a", "m"):
        hour = part.hour % 12 + (12 if tokens[index].text == "p" else 0)
        return ClockPart(hour, part.minute, fixed=True), index + 2
    if index < len(tokens) and tokens[index].text in {"in", "at"}:
        said = read_part_of_day(tokens, index)
        if said is not None and not part.fixed:
            placed = part.placed(said[0])
            return ClockPart(placed.hour, placed.minute, fixed=True, part_of_day=said[0]), said[1]
    return part, index
