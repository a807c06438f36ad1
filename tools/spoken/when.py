"""What a spoken date or time means: the value types of the date grammar.

Plain values; they hold no text and no clock.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

PARTS_OF_DAY = {
    "morning": time(9), "noon": time(12), "lunchtime": time(12), "afternoon": time(14), "evening": time(18),
    "night": time(20), "tonight": time(20), "end of day": time(17),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class When:
    """A moment or a day in the business time zone.

    Attributes:
        value: Aware datetime when a time of day is known (said, or by a part of the day), else a date.
        has_date: A day was said. Without it the day of ``value`` is the next on which the time comes.
        has_time: A clock time was said ("at nine", "noon"), not only a part of the day.
        part_of_day: "morning", "afternoon", "evening", "night" … when said; ``value`` then has its usual
            hour.
        grain: What was named: "minute", "day", "week" ("next week") or "month" ("next month").
        ambiguous: Another reading is about as likely ("next Friday" on a Monday; "next week" names no day).
        offset: Said as a length from now ("in two hours").
    """

    value: datetime | date
    has_date: bool
    has_time: bool
    part_of_day: str | None = None
    grain: str = "day"
    ambiguous: bool = False
    offset: bool = False

    @property
    def day(self) -> date:
        """The day, in the business time zone."""
        return self.value.date() if isinstance(self.value, datetime) else self.value

    @property
    def clock(self) -> time | None:
        """The local time of day, None when only a day is known."""
        return self.value.time() if isinstance(self.value, datetime) else None

    def at(self, default: time, tz: ZoneInfo) -> datetime:
        """The moment, with ``default`` as local time of day when none was said."""
        return self.value if isinstance(self.value, datetime) else local(self.value, default, tz)

    def is_past(self, now: datetime, tz: ZoneInfo) -> bool:
        """Whether the moment, or the whole day, lies before ``now``."""
        if isinstance(self.value, datetime):
            return self.value < now
        return self.value < now.astimezone(tz).date()


@dataclass(frozen=True, slots=True)
class WhenSpan:
    """A date or time at ``text[start:end]`` (with its preposition: "on Friday", "to 2:30").

    Attributes:
        role: "target" (what is wanted), "source" ("from Friday", "instead of 2") or "label" ("the Friday
            job").
        certain: False when it might be a plain number ("for ten thirty", "to 4").
    """

    start: int
    end: int
    when: When
    role: str = "target"
    certain: bool = True


@dataclass(frozen=True, slots=True)
class DayPart:
    """What the date grammar read: a day with its grain."""

    day: date
    grain: str = "day"
    ambiguous: bool = False
    part_of_day: str | None = None


@dataclass(frozen=True, slots=True)
class ClockPart:
    """What the clock grammar read. ``fixed`` when "p.m.", 24 hours or a part of the day leave no doubt."""

    hour: int
    minute: int = 0
    fixed: bool = False
    part_of_day: str | None = None
    certain: bool = True

    def placed(self, part_of_day: str | None) -> time:
        """The time of day by part of day, else by business hours: 1–6 is p.m., 7–11 a.m., 12 noon."""
        hour = self.hour
        if self.fixed or hour > 12 or hour == 0:
            return time(hour % 24, self.minute)
        if part_of_day == "morning":
            return time(hour % 12, self.minute)
        if part_of_day in {"afternoon", "evening"}:
            return time(hour % 12 + 12, self.minute)
        if part_of_day in {"night", "tonight"}:
            return time((hour % 12 + 12) % 24 if hour != 12 else 0, self.minute)
        if hour <= 6:
            hour += 12
        return time(hour, self.minute)


def local(day: date, clock: time, tz: ZoneInfo) -> datetime:
    """Wall-clock time of a day as an aware datetime that exists.

    A time that a DST change skips moves forward by the gap (2:30 becomes 3:30); of a doubled one the first
    counts.
    """
    wall = datetime.combine(day, clock, tzinfo=tz)
    there = wall.astimezone(ZoneInfo("UTC")).astimezone(tz)
    return there if there.replace(tzinfo=None) != wall.replace(tzinfo=None) else wall


def next_at(clock: time, now: datetime, tz: ZoneInfo) -> datetime:
    """The first moment after ``now`` at which a local clock shows ``clock``."""
    today = now.astimezone(tz).date()
    candidate = local(today, clock, tz)
    return candidate if candidate > now else local(today + timedelta(days=1), clock, tz)


def with_role(span: WhenSpan, role: str) -> WhenSpan:
    """The same span in another role."""
    return replace(span, role=role)
