"""Lengths of time as said: "two hours", "an hour and a half", "half an hour", "90 minutes", "thirty days".

Months and years stay months and years (calendar arithmetic is the caller's). Pure functions.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from tools.spoken.numbers import read_number
from tools.spoken.words import Token, phrase_at, tokenise

_UNITS = {
    "minute": "minute", "minutes": "minute", "min": "minute", "mins": "minute",
    "hour": "hour", "hours": "hour", "hr": "hour", "hrs": "hour",
    "day": "day", "days": "day", "week": "week", "weeks": "week", "fortnight": "fortnight",
    "month": "month", "months": "month", "year": "year", "years": "year",
    "second": "second", "seconds": "second", "secs": "second",
}  # fmt: skip
_MINUTES = {"minute": 1, "hour": 60, "day": 1_440, "week": 10_080, "fortnight": 20_160}


@dataclass(frozen=True, slots=True)
class Duration:
    """Calendar months plus exact minutes; ``by_clock`` when given in hours, minutes or seconds."""

    months: int = 0
    minutes: Decimal = Decimal(0)
    by_clock: bool = False

    @property
    def delta(self) -> timedelta:
        """The part that is not months."""
        return timedelta(minutes=float(self.minutes))

    @property
    def days(self) -> int:
        """Whole days of the part that is not months."""
        return int(self.minutes // 1_440)


@dataclass(frozen=True, slots=True)
class DurationSpan:
    """A duration at ``text[start:end]``."""

    start: int
    end: int
    value: Duration


def find_durations(text: str) -> list[DurationSpan]:
    """All durations of ``text`` in order."""
    tokens = tokenise(text)
    spans: list[DurationSpan] = []
    index = 0
    while index < len(tokens):
        found = read_duration(tokens, index)
        if found is None:
            index += 1
            continue
        spans.append(DurationSpan(tokens[index].start, tokens[found[1] - 1].end, found[0]))
        index = found[1]
    return spans


def parse_duration(text: str) -> Duration | None:
    """The duration that ``text`` holds, None unless it is exactly one."""
    spans = find_durations(text)
    return spans[0].value if len(spans) == 1 else None


def read_duration(tokens: list[Token], index: int) -> tuple[Duration, int] | None:
    """Read a duration at ``index``: (value, index after it)."""
    counted = _count(tokens, index)
    if counted is None:
        return None
    count, position = counted
    unit = _UNITS.get(tokens[position].text) if position < len(tokens) else None
    if unit is None or (unit == "second" and count == 1):
        return None
    position += 1
    if phrase_at(tokens, position, "and", "a", "half"):
        count, position = count + Decimal("0.5"), position + 3
    value = _scaled(count, unit)
    rest_at = position + 1 if phrase_at(tokens, position, "and") else position
    if unit in {"hour", "day", "week"} and rest_at < len(tokens) and tokens[rest_at].continues:
        rest = read_duration(tokens, rest_at)
        if rest is not None and rest[0].minutes < value.minutes and not rest[0].months:
            value = replace(
                value, minutes=value.minutes + rest[0].minutes, by_clock=value.by_clock or rest[0].by_clock
            )
            position = rest[1]
    return value, position


def _count(tokens: list[Token], index: int) -> tuple[Decimal, int] | None:
    if phrase_at(tokens, index, "half", "an") or phrase_at(tokens, index, "half", "a"):
        return Decimal("0.5"), index + 2
    if phrase_at(tokens, index, "a", "half"):
        return Decimal("0.5"), index + 2
    if phrase_at(tokens, index, "a", "quarter", "of", "an") or phrase_at(
        tokens, index, "a", "quarter", "hour"
    ):
        return Decimal("0.25"), index + (4 if tokens[index + 2].text == "of" else 2)
    if phrase_at(tokens, index, "three", "quarters", "of", "an"):
        return Decimal("0.75"), index + 4
    if phrase_at(tokens, index, "a", "couple"):
        return Decimal(2), index + (3 if phrase_at(tokens, index + 2, "of") else 2)
    if phrase_at(tokens, index, "a", "few"):
        return Decimal(3), index + 2
    number = read_number(tokens, index)
    if number is not None:
        value, position, _ = number
        if phrase_at(tokens, position, "and", "a", "half"):
            return value + Decimal("0.5"), position + 3
        return value, position
    if tokens[index].text in {"a", "an", "one"}:
        return Decimal(1), index + 1
    return None


def _scaled(count: Decimal, unit: str) -> Duration:
    if unit in {"month", "year"}:
        months = count * (12 if unit == "year" else 1)
        return Duration(months=int(months), minutes=(months - int(months)) * 30 * 1_440)
    if unit == "second":
        return Duration(minutes=count / 60, by_clock=True)
    return Duration(minutes=count * _MINUTES[unit], by_clock=unit in {"minute", "hour"})
