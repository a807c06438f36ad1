"""The time that a question about the weather is about: "tomorrow afternoon", "this week", or the hours to come.

Pure. A time that is not understood is asked about, never replaced by another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from tools.refusals import invalid
from tools.spoken.dates import find_when, parse_when
from tools.spoken.say import capitalise, say_on_day, say_time
from tools.spoken.when import When, local

_NOW: Final = re.compile(
    r"(?:right |just )?now|currently|at the moment|at present|outside|(?:right )?this (?:minute|moment)",
    re.IGNORECASE,
)
_DAYS: Final = re.compile(
    r"(?:for |in |over |during )?(?:(?:the )?(?:rest of )?(?:this|the) week|(?:the )?(?:next|coming) "
    r"(?:few |couple of |several )?days|(?:the )?next (?:seven|7) days|all week)",
    re.IGNORECASE,
)
_SOON: Final = re.compile(
    r"soon|later|(?:in |over )?the next (?:few |couple of )?hours?|(?:over)?night", re.IGNORECASE
)
_WEEK: Final = 7
_EVENING: Final = 17
# Local hours of a part of the day; an end at or before the beginning is on the next day.
_PARTS: Final = {
    "morning": (6, 12), "noon": (11, 14), "lunchtime": (11, 14), "afternoon": (12, 18), "evening": (17, 22),
    "night": (18, 6), "tonight": (18, 6), "end of day": (15, 18),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Span:
    """From ``start`` until ``end``, both aware.

    Attributes:
        said: How to say it within a sentence: "today", "tomorrow afternoon", "on Friday".
        from_now: It begins now, so that the weather of the moment belongs to it.
        whole_days: It covers daylight of each of its days, so that a day's high and low describe it.
    """

    start: datetime
    end: datetime
    said: str
    from_now: bool = False
    whole_days: bool = False

    @property
    def days(self) -> int:
        """Calendar days it touches."""
        return (self.end - timedelta(seconds=1)).date().toordinal() - self.start.date().toordinal() + 1

    @property
    def opening(self) -> str:
        """``said`` at the beginning of a sentence."""
        return capitalise(self.said)


def span_of(text: str, now: datetime, tz: ZoneInfo) -> Span:
    """The time meant; without one, what is left of today. Raises Refused (validation) for none and for the past.

    Args:
        text: As said; may be empty.
        now: The present, aware.
        tz: Time zone of the business.
    """
    plain = " ".join(text.split()).strip(" .?!,")
    here = now.astimezone(tz)
    if not plain or _NOW.fullmatch(plain):
        return _rest_of_day(here, tz)
    if _DAYS.fullmatch(plain):
        return Span(
            here, _midnight(here, tz, _WEEK), "in the next seven days", from_now=True, whole_days=True
        )
    if _SOON.fullmatch(plain):
        return Span(here, here + timedelta(hours=12), "in the next 12 hours", from_now=True)
    spans = [span.when for span in find_when(plain, now, tz)]
    if not spans and (whole := parse_when(plain, now, tz)) is not None:
        spans = [whole]
    if not spans:
        raise invalid("when", "Which day do you mean?")
    first = _of_when(spans[0], plain, tz, here)
    last = _of_when(spans[-1], plain, tz, here)
    span = first if len(spans) == 1 else _joined(first, last)
    if span.end <= here:
        raise invalid("when", "That's already past. Which day do you mean?")
    if span.start >= here:
        return span
    return Span(here, span.end, span.said, from_now=True, whole_days=span.whole_days)


def _rest_of_day(here: datetime, tz: ZoneInfo) -> Span:
    if here.hour < _EVENING:
        return Span(here, _midnight(here, tz, 1), "today", from_now=True, whole_days=True)
    return Span(here, local(here.date() + timedelta(days=1), time(6), tz), "tonight", from_now=True)


def _of_when(when: When, text: str, tz: ZoneInfo, here: datetime) -> Span:
    day, today = when.day, here.date()
    said = say_on_day(day, today)
    if when.grain in ("week", "month"):
        start = local(day, time(0), tz)
        return Span(start, _midnight(start, tz, _WEEK), f"next {when.grain}", whole_days=True)
    if "weekend" in text.lower():
        start = local(day, time(0), tz)
        return Span(start, _midnight(start, tz, 2), "at the weekend", whole_days=True)
    if when.has_time and isinstance(when.value, datetime):
        start = when.value.astimezone(tz)
        return Span(start, start + timedelta(hours=1), f"{said} at {say_time(start.time())}")
    if when.part_of_day in _PARTS:
        first, last = _PARTS[when.part_of_day]
        start = local(day, time(first), tz)
        end = local(day + timedelta(days=0 if last > first else 1), time(last), tz)
        return Span(start, end, _say_part(said, when.part_of_day))
    start = local(day, time(0), tz)
    return Span(start, _midnight(start, tz, 1), said, whole_days=True)


def _joined(first: Span, last: Span) -> Span:
    """From the first of two to the end of the second: "Saturday and Sunday", "from Monday to Wednesday"."""
    if last.end <= first.start:
        return first
    both = f"from {first.said.removeprefix('on ')} to {last.said.removeprefix('on ')}"
    return Span(first.start, last.end, both, whole_days=first.whole_days and last.whole_days)


def _say_part(said: str, part: str) -> str:
    part = "night" if part == "tonight" else part
    if said == "today":
        return {"night": "tonight", "noon": "around noon today"}.get(part, f"this {part}")
    return f"{said} {part}" if part != "noon" else f"{said} around noon"


def _midnight(moment: datetime, tz: ZoneInfo, days: int) -> datetime:
    return local(moment.date() + timedelta(days=days), time(0), tz)
