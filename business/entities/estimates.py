"""Estimates and quotes: priced offers, their state machine, expiry and deposit. Pure rules, no I/O."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from business.entities.documents import ClientSnapshot, StatusChange, check_document, check_sendable
from business.entities.transitions import Transitions
from business.errors import InvalidTransition, ValidationFailed
from business.money import (
    NO_DISCOUNT,
    NO_TAX,
    ZERO,
    Discount,
    DiscountType,
    LineItem,
    Tax,
    Totals,
    cents,
    totals_of,
)


class EstimateStatus(StrEnum):
    """Life of an estimate."""

    DRAFT = "draft"
    SENT = "sent"
    VIEWED = "viewed"
    APPROVED = "approved"
    REJECTED = "rejected"
    CONVERTED = "converted"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class DocumentType(StrEnum):
    """Which series of numbers it is in, and how it is called."""

    ESTIMATE = "estimate"
    QUOTE = "quote"


_S = EstimateStatus
ESTIMATE_TRANSITIONS = Transitions(
    "estimate",
    {
        _S.DRAFT: (_S.SENT, _S.CANCELLED),
        _S.SENT: (_S.VIEWED, _S.APPROVED, _S.REJECTED, _S.CANCELLED, _S.EXPIRED),
        _S.VIEWED: (_S.APPROVED, _S.REJECTED, _S.CANCELLED, _S.EXPIRED),
        _S.APPROVED: (_S.CONVERTED, _S.CANCELLED),
        _S.EXPIRED: (_S.SENT, _S.CANCELLED),
    },
)
AWAITING_ANSWER = (_S.SENT, _S.VIEWED)
OPEN_ESTIMATES = (_S.DRAFT, _S.SENT, _S.VIEWED)

_SPOKEN = {
    "pending": _S.SENT,
    "accept": _S.APPROVED,
    "accepted": _S.APPROVED,
    "decline": _S.REJECTED,
    "declined": _S.REJECTED,
    "canceled": _S.CANCELLED,
}


def spoken_status(word: str) -> EstimateStatus:
    """The status that ``word`` names, aliases of speech included. Raises ValidationFailed."""
    name = word.strip().lower().replace(" ", "_")
    if name in _SPOKEN:
        return _SPOKEN[name]
    try:
        return EstimateStatus(name)
    except ValueError as error:
        raise ValidationFailed("status", f"An estimate can't be {word}.") from error


@dataclass(frozen=True, slots=True)
class EstimateTerms:
    """Conditions of the offer."""

    validity_days: int = 30
    warranty: str = ""
    payment_terms: str = ""

    def __post_init__(self) -> None:
        if not 1 <= self.validity_days <= 3650:
            raise ValidationFailed("validity_days", "An offer is valid for 1 to 3650 days.")


@dataclass(frozen=True, slots=True)
class Deposit:
    """What the client pays in advance: what is asked for, and what has come in."""

    asked: Discount = NO_DISCOUNT
    collected_amount: Decimal = ZERO

    def required(self, total: Decimal) -> Decimal:
        """The amount asked for on a document of ``total``."""
        return self.asked.amount_on(total)


@dataclass(frozen=True, slots=True)
class Estimate:
    """One estimate or quote. Dates are business-local; times UTC."""

    id: str
    number: str
    contact_id: str
    client: ClientSnapshot
    title: str
    valid_until: date
    created_at: datetime
    updated_at: datetime
    created_by: str
    document_type: DocumentType = DocumentType.ESTIMATE
    status: EstimateStatus = EstimateStatus.DRAFT
    description: str = ""
    lines: tuple[LineItem, ...] = ()
    discount: Discount = NO_DISCOUNT
    tax: Tax = NO_TAX
    terms: EstimateTerms = EstimateTerms()
    deposit: Deposit = Deposit()
    job_id: str | None = None
    project_id: str | None = None
    po_number: str | None = None
    converted_invoice_id: str | None = None
    sent_at: datetime | None = None
    history: tuple[StatusChange, ...] = ()

    def __post_init__(self) -> None:
        if not self.title.strip():
            raise ValidationFailed("title", "An estimate needs a title.")
        check_document(self.title, self.lines)
        total = self.totals.total
        self.deposit.required(total)
        if not ZERO <= self.deposit.collected_amount <= total:
            raise ValidationFailed("deposit", "A deposit can't be more than the estimate's total.")

    @property
    def totals(self) -> Totals:
        """Sums of the document. Raises ValidationFailed when the discount exceeds the lines."""
        return totals_of(self.lines, self.discount, self.tax)

    def status_on(self, today: date) -> EstimateStatus:
        """The status with expiry applied: waiting for an answer past ``valid_until`` is expired."""
        if self.status in AWAITING_ANSWER and self.valid_until < today:
            return EstimateStatus.EXPIRED
        return self.status

    def expired_on(self, today: date, now: datetime, by: str) -> Estimate:
        """The estimate with its expiry written down, if it has expired by ``today``."""
        if self.status_on(today) is self.status:
            return self
        return self._with_status(EstimateStatus.EXPIRED, now, by, "")

    def moved_to(
        self, status: EstimateStatus, *, now: datetime, today: date, by: str, notes: str = ""
    ) -> Estimate:
        """The estimate in another status, expiry applied first. Raises InvalidTransition, ValidationFailed.

        Sending needs a client's name, a line and a way to reach them; sending an expired one renews its validity.
        ``converted`` is reached by ``converted`` only.
        """
        current = self.expired_on(today, now, by)
        ESTIMATE_TRANSITIONS.check(current.status, status)
        if status is EstimateStatus.CONVERTED:
            raise ValidationFailed("status", "An estimate is converted by making its invoice.")
        if status is EstimateStatus.SENT:
            check_sendable(self.client, self.lines)
            until = self.valid_until
            if until < today:
                until = today + timedelta(days=self.terms.validity_days)
            current = replace(current, sent_at=now, valid_until=until)
        return current._with_status(status, now, by, notes)

    def converted(self, invoice_id: str, *, now: datetime, by: str) -> Estimate:
        """The approved estimate as turned into ``invoice_id``. Raises InvalidTransition."""
        ESTIMATE_TRANSITIONS.check(self.status, EstimateStatus.CONVERTED)
        return replace(
            self._with_status(EstimateStatus.CONVERTED, now, by, ""), converted_invoice_id=invoice_id
        )

    def with_deposit(self, amount: Decimal, now: datetime) -> Estimate:
        """The estimate with ``amount`` more of deposit collected. Raises ValidationFailed, InvalidTransition."""
        if self.status not in (*AWAITING_ANSWER, EstimateStatus.APPROVED):
            said = "A deposit can be taken once an estimate is sent and until it is invoiced."
            raise InvalidTransition("estimate", self.status.value, "deposit_collected", (), said)
        if amount <= 0:
            raise ValidationFailed("amount", "A deposit must be more than zero.")
        collected = self.deposit.collected_amount + cents(amount)
        return replace(self, deposit=replace(self.deposit, collected_amount=collected), updated_at=now)

    def _with_status(self, status: EstimateStatus, now: datetime, by: str, notes: str) -> Estimate:
        step = StatusChange(status.value, now, by, notes)
        return replace(self, status=status, history=(*self.history, step), updated_at=now)


def deposit_of(kind: DiscountType, value: Decimal) -> Deposit:
    """A deposit that asks for a percentage, a fixed amount or nothing."""
    return Deposit(asked=Discount(kind, value))
