"""Payments on invoices: methods, their state machine and what counts as received. Pure rules, no I/O."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from business.entities.transitions import Transitions
from business.errors import ValidationFailed
from business.money import ZERO, cents


class PaymentStatus(StrEnum):
    """Life of a payment."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    PARTIALLY_REFUNDED = "partially_refunded"


class PaymentMethod(StrEnum):
    """How it was paid."""

    CASH = "cash"
    CHECK = "check"
    CREDIT_CARD = "credit_card"
    DEBIT_CARD = "debit_card"
    ACH = "ach"
    WIRE_TRANSFER = "wire_transfer"
    PAYPAL = "paypal"
    STRIPE = "stripe"
    SQUARE = "square"
    VENMO = "venmo"
    ZELLE = "zelle"
    BANK_TRANSFER = "bank_transfer"
    OTHER = "other"


_S = PaymentStatus
PAYMENT_TRANSITIONS = Transitions(
    "payment",
    {
        _S.PENDING: (_S.PROCESSING, _S.COMPLETED, _S.FAILED, _S.CANCELLED),
        _S.PROCESSING: (_S.COMPLETED, _S.FAILED),
        _S.COMPLETED: (_S.PARTIALLY_REFUNDED, _S.REFUNDED),
        _S.PARTIALLY_REFUNDED: (_S.PARTIALLY_REFUNDED, _S.REFUNDED),
    },
)
# Statuses whose money has arrived at some time; refunds are subtracted by amount.
RECEIVED = (_S.COMPLETED, _S.PARTIALLY_REFUNDED, _S.REFUNDED)


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment. ``paid_on`` is business-local; ``refunded_amount`` ≤ ``amount``, both in cents."""

    id: str
    invoice_id: str
    amount: Decimal
    method: PaymentMethod
    paid_on: date
    recorded_at: datetime
    recorded_by: str
    status: PaymentStatus = PaymentStatus.COMPLETED
    refunded_amount: Decimal = ZERO
    reference: str | None = None
    notes: str = ""
    is_deposit: bool = False

    def __post_init__(self) -> None:
        if not self.amount.is_finite() or self.amount <= 0:
            raise ValidationFailed("amount", "A payment must be more than zero.")
        if not ZERO <= self.refunded_amount <= self.amount:
            raise ValidationFailed("amount", "A refund can't be more than the payment.")

    @property
    def net(self) -> Decimal:
        """What has arrived and stayed."""
        return self.amount - self.refunded_amount if self.status in RECEIVED else ZERO

    def moved_to(self, status: PaymentStatus) -> Payment:
        """The payment in another status; refunds go through ``refunded``. Raises InvalidTransition."""
        if status in (PaymentStatus.REFUNDED, PaymentStatus.PARTIALLY_REFUNDED):
            raise ValidationFailed("status", "A payment is refunded by an amount.")
        PAYMENT_TRANSITIONS.check(self.status, status)
        return replace(self, status=status)

    def refunded(self, amount: Decimal) -> Payment:
        """The payment with ``amount`` given back. Raises InvalidTransition, ValidationFailed."""
        if amount <= 0:
            raise ValidationFailed("amount", "A refund must be more than zero.")
        back = self.refunded_amount + cents(amount)
        status = PaymentStatus.REFUNDED if back == self.amount else PaymentStatus.PARTIALLY_REFUNDED
        PAYMENT_TRANSITIONS.check(self.status, status)
        return replace(self, status=status, refunded_amount=back)
