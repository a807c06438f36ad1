"""What a handler gets and gives: the unit of work and the call on one side, a speakable answer on the other.

The transaction belongs to the executor; a handler never commits and never asks for another tenant's data.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from business.entities.memberships import Role
from business.read_models import ContactName
from business.repositories import UnitOfWork
from tools.envelope import ToolCall
from tools.matching import NameIndex, VersionedCache
from tools.refusals import NeedsConfirmation, forbidden
from tools.spoken.say import say_list, say_money
from tools.weather.service import Weather, no_weather

# Largest amount a role may move by voice while driving, in the currency of the business.
DRIVING_LIMITS: Mapping[Role, Decimal] = MappingProxyType(
    {Role.OWNER: Decimal(5_000), Role.ADMIN: Decimal(5_000), Role.MANAGER: Decimal(1_000)}
)


@dataclass(frozen=True, slots=True)
class Done:
    """What a handler answers when it did what was asked (see ``ToolResult`` for the fields)."""

    summary: str
    data: dict[str, Any] = field(default_factory=dict[str, Any])
    focus: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Later:
    """What a reading handler answers when the rest needs the network.

    ``work`` runs after the transaction is closed, so it holds values only, never the unit of work. It may raise
    ``Refused``. Writing tools cannot use it: what they do and what they answer commit together.
    """

    work: Callable[[], Awaitable[Done]]


@dataclass(frozen=True, slots=True)
class ContactBook:
    """All names of a business's contacts, ready to be searched."""

    index: NameIndex
    by_id: Mapping[str, ContactName]


@dataclass(slots=True)
class ToolContext:
    """What a handler works with: one unit of work, the call, and whether its question was answered with yes.

    Attributes:
        uow: Unit of work of the caller's business; its transaction is the executor's.
        call: The call being run.
        books: Contact books kept between calls, by business.
        confirmed: The read-back the user has said yes to, None when none was.
        driving_limits: Per-role limit of amounts while driving.
        only_reads: The tool changes nothing: a near match may be told, since the answer says what it is about.
        weather: Forecasts and places; for use in ``Later`` only.
    """

    uow: UnitOfWork
    call: ToolCall
    books: VersionedCache[ContactBook]
    confirmed: str | None = None
    driving_limits: Mapping[Role, Decimal] = field(default_factory=lambda: DRIVING_LIMITS)
    weather: Weather = field(default_factory=no_weather)
    only_reads: bool = False

    @property
    def now(self) -> datetime:
        """The moment of the transaction, UTC."""
        return self.uow.now

    @property
    def tz(self) -> ZoneInfo:
        """Time zone of the business."""
        return self.uow.zone

    @property
    def list_limit(self) -> int:
        """How many entries a spoken list has at most."""
        return 3 if self.call.caller.is_driving else 5

    def money(self, amount: Decimal) -> str:
        """An amount as one says it, in the currency of the business."""
        return say_money(amount, self.uow.business.currency.value)

    def round_money(self, amount: Decimal) -> str:
        """An amount for lists and totals: whole units, as nobody says the cents of a sum of bills."""
        whole = amount.quantize(Decimal(1), rounding=ROUND_HALF_UP) if abs(amount) >= 100 else amount
        return self.money(whole)

    def enumerate(self, items: list[str]) -> str:
        """A spoken list, cut to what fits."""
        return say_list(items, self.list_limit)

    def confirm(self, read_back: str) -> None:
        """Go on only with a yes to exactly this question. Raises NeedsConfirmation."""
        if self.confirmed != read_back:
            raise NeedsConfirmation(read_back)

    def check_driving_limit(self, amount: Decimal) -> None:
        """Refuse amounts over the role's limit while driving. Raises Refused (forbidden)."""
        if not self.call.caller.is_driving:
            return
        limit = self.driving_limits.get(self.uow.membership.role, Decimal(0))
        if amount > limit:
            raise forbidden(
                f"While you drive I only handle up to {self.money(limit)}. I'll keep that for when you've parked.",
                field="amount",
            )


Handler = Callable[[ToolContext, Any], Awaitable[Done | Later]]
