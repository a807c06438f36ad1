"""Where the business layer gets the time from. Nothing else in business/ reads a clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol

from business.errors import ValidationFailed


class Clock(Protocol):
    """A source of the current time."""

    def now(self) -> datetime:
        """The current time, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The current time, aware, in UTC."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands still until it is told to move; for tests, demos and replays."""

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        """The time it was set to."""
        return self._at

    def advance(self, by: timedelta) -> None:
        """Move the clock forward."""
        self._at += by


def as_utc(value: datetime, *, field: str) -> datetime:
    """``value`` in UTC, so that arithmetic and comparison ignore daylight saving. Naive times are refused."""
    if value.tzinfo is None:
        raise ValidationFailed(field, "A time needs a time zone.")
    return value.astimezone(UTC)
