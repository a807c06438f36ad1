"""The business itself: the tenant, its profile and its local time. Holds no secrets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from business.entities.addresses import NO_ADDRESS, Address
from business.errors import ValidationFailed
from business.money import Currency


class CompanySize(StrEnum):
    """How many people work there."""

    JUST_ME = "just_me"
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"
    ENTERPRISE = "enterprise"


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """Opening hours of one weekday (0 is Monday), local time."""

    weekday: int
    opens: time
    closes: time

    def __post_init__(self) -> None:
        if not 0 <= self.weekday <= 6:
            raise ValidationFailed("business_hours", "A weekday is 0 to 6.")
        if self.closes <= self.opens:
            raise ValidationFailed("business_hours", "Closing time must be after opening time.")


@dataclass(frozen=True, slots=True)
class Business:
    """One contractor's business.

    Attributes:
        timezone: IANA name; times are spoken and parsed in it.
        business_hours: At most one entry a weekday; a weekday without one is closed.
        licence: Contractor's licence number.
    """

    id: str
    name: str
    trade: str
    timezone: str
    created_at: datetime
    company_size: CompanySize = CompanySize.SMALL
    phone: str | None = None
    email: str | None = None
    website: str | None = None
    address: Address = NO_ADDRESS
    business_hours: tuple[OpeningHours, ...] = ()
    currency: Currency = Currency.USD
    tax_id: str | None = None
    licence: str | None = None

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise ValidationFailed("name", "A business needs a name.")
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValidationFailed("timezone", f"{self.timezone} is not a time zone.") from error

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the business."""
        return ZoneInfo(self.timezone)

    def today(self, now: datetime) -> date:
        """The business-local date at ``now``."""
        return now.astimezone(self.zone).date()

    def day_bounds(self, day: date, days: int = 1) -> tuple[datetime, datetime]:
        """Start (inclusive) and end (exclusive), in UTC, of ``days`` local days from ``day``."""
        start = datetime.combine(day, time.min, self.zone)
        end = datetime.combine(day + timedelta(days=days), time.min, self.zone)
        return start.astimezone(UTC), end.astimezone(UTC)
