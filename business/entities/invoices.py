"""Invoices: what clients owe, their state machine, late fee, payments and refunds. Pure rules, no I/O.

*Overdue* and the late fee are derived from dates and payments, never stored as a status.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from business.entities.documents import ClientSnapshot, StatusChange, check_document, check_sendable
from business.entities.payments import RECEIVED, Payment, PaymentStatus
from business.entities.transitions import Transitions
from business.errors import InvalidTransition, NotFound, ValidationFailed
from business.money import (
    NO_DISCOUNT,
    NO_TAX,
    ZERO,
    Discount,
    LineItem,
    Tax,
    Totals,
    check_percent,
    percent_of,
    totals_of,
)


class InvoiceStatus(StrEnum):
    """Life of an invoice."""

    DRAFT = "draft"
    SENT = "sent"
    VIEWED = "viewed"
    PARTIALLY_PAID = "partially_paid"
    PAID = "paid"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"


_S = InvoiceStatus
INVOICE_TRANSITIONS = Transitions(
    "invoice",
    {
        _S.DRAFT: (_S.SENT, _S.CANCELLED),
        _S.SENT: (_S.VIEWED, _S.PARTIALLY_PAID, _S.PAID, _S.CANCELLED),
        _S.VIEWED: (_S.PARTIALLY_PAID, _S.PAID, _S.CANCELLED),
        _S.PARTIALLY_PAID: (_S.PAID, _S.REFUNDED),
        _S.PAID: (_S.REFUNDED,),
    },
)
# Sent and not settled: what "who owes me" counts.
UNPAID_INVOICES = (_S.SENT, _S.VIEWED, _S.PARTIALLY_PAID)
_WITHOUT_FEE = (_S.DRAFT, _S.CANCELLED, _S.REFUNDED)


@dataclass(frozen=True, slots=True)
class InvoiceTerms:
    """Conditions of payment; percentages in per cent."""

    net_days: int = 30
    early_discount_percent: Decimal = ZERO
    discount_days: int = 0
    late_fee_percent: Decimal = ZERO
    grace_days: int = 0
    text: str = ""

    def __post_init__(self) -> None:
        check_percent(self.early_discount_percent, field="early_discount")
        check_percent(self.late_fee_percent, field="late_fee")
        if self.net_days < 0 or self.discount_days < 0 or self.grace_days < 0:
            raise ValidationFailed("terms", "Days must not be negative.")
        if self.discount_days > self.net_days:
            raise ValidationFailed("discount_days", "The early discount must end before the invoice is due.")


def late_fee_on(
    *, total: Decimal, paid_in_time: Decimal, due_date: date, terms: InvoiceTerms, today: date
) -> Decimal:
    """The late fee: a percentage of what was still open when the days of grace ended; nothing before that.

    The base does not move with later payments, so that the fee itself can be collected.
    """
    if not terms.late_fee_percent or today <= due_date + timedelta(days=terms.grace_days):
        return ZERO
    return percent_of(max(total - paid_in_time, ZERO), terms.late_fee_percent)


@dataclass(frozen=True, slots=True)
class Invoice:
    """One invoice with its payments. Dates are business-local; times UTC."""

    id: str
    number: str
    contact_id: str
    client: ClientSnapshot
    issue_date: date
    due_date: date
    created_at: datetime
    updated_at: datetime
    created_by: str
    title: str = ""
    description: str = ""
    status: InvoiceStatus = InvoiceStatus.DRAFT
    lines: tuple[LineItem, ...] = ()
    discount: Discount = NO_DISCOUNT
    tax: Tax = NO_TAX
    terms: InvoiceTerms = InvoiceTerms()
    estimate_id: str | None = None
    job_id: str | None = None
    project_id: str | None = None
    po_number: str | None = None
    paid_date: date | None = None
    sent_at: datetime | None = None
    last_reminded_at: datetime | None = None
    reminders_sent: int = 0
    payments: tuple[Payment, ...] = ()
    history: tuple[StatusChange, ...] = ()

    def __post_init__(self) -> None:
        check_document(self.title, self.lines)
        if self.due_date < self.issue_date:
            raise ValidationFailed("due_date", "An invoice can't be due before it is issued.")
        _ = self.totals

    @property
    def totals(self) -> Totals:
        """Sums of the document. Raises ValidationFailed when the discount exceeds the lines."""
        return totals_of(self.lines, self.discount, self.tax)

    @property
    def net_paid(self) -> Decimal:
        """Payments received less refunds."""
        return sum((payment.net for payment in self.payments), ZERO)

    @property
    def paid_in_time(self) -> Decimal:
        """Gross payments received up to the end of the days of grace; the late fee is on the rest."""
        end = self.due_date + timedelta(days=self.terms.grace_days)
        in_time = (one for one in self.payments if one.status in RECEIVED and one.paid_on <= end)
        return sum((one.amount for one in in_time), ZERO)

    def late_fee(self, today: date) -> Decimal:
        """The late fee as of ``today``; none on drafts and ended invoices."""
        if self.status in _WITHOUT_FEE:
            return ZERO
        return late_fee_on(
            total=self.totals.total,
            paid_in_time=self.paid_in_time,
            due_date=self.due_date,
            terms=self.terms,
            today=today,
        )

    def amount_due(self, today: date) -> Decimal:
        """Total + late fee − net payments; nothing on cancelled and refunded invoices."""
        if INVOICE_TRANSITIONS.is_final(self.status):
            return ZERO
        return self.totals.total + self.late_fee(today) - self.net_paid

    def is_overdue(self, today: date) -> bool:
        """Whether it is sent, not settled, and past its due date."""
        return self.status in UNPAID_INVOICES and self.due_date < today

    def early_discount(self, on: date) -> Decimal:
        """What the client may take off when paying in full on ``on``."""
        if on > self.issue_date + timedelta(days=self.terms.discount_days):
            return ZERO
        return percent_of(self.totals.total, self.terms.early_discount_percent)

    def sent(self, *, now: datetime, today: date, by: str) -> Invoice:
        """The invoice as sent to the client. Raises InvalidTransition, ValidationFailed.

        A deposit that was credited to the draft makes it partially paid, or paid, at once.
        """
        INVOICE_TRANSITIONS.check(self.status, InvoiceStatus.SENT)
        check_sendable(self.client, self.lines)
        return replace(self._with_status(InvoiceStatus.SENT, now, by), sent_at=now)._settled(now, today, by)

    def viewed(self, *, now: datetime, by: str) -> Invoice:
        """The invoice as seen by the client. Raises InvalidTransition."""
        INVOICE_TRANSITIONS.check(self.status, InvoiceStatus.VIEWED)
        return self._with_status(InvoiceStatus.VIEWED, now, by)

    def cancelled(self, *, now: datetime, by: str, notes: str = "") -> Invoice:
        """The invoice as withdrawn. Raises InvalidTransition, and ValidationFailed with money on it."""
        INVOICE_TRANSITIONS.check(self.status, InvoiceStatus.CANCELLED)
        if self.net_paid:
            raise ValidationFailed("status", "There is money on this invoice. Refund it before cancelling.")
        return self._with_status(InvoiceStatus.CANCELLED, now, by, notes)

    def with_deposit(self, payment: Payment, *, now: datetime) -> Invoice:
        """The draft with a deposit collected earlier. Raises ValidationFailed beyond the total."""
        if self.status is not InvoiceStatus.DRAFT:
            said = "A deposit can only be credited to a draft."
            raise InvalidTransition("invoice", self.status.value, "deposit_credited", (), said)
        if self.net_paid + payment.net > self.totals.total:
            raise ValidationFailed("amount", "A deposit can't be more than the invoice's total.")
        return replace(self, payments=(*self.payments, payment), updated_at=now)

    def with_payment(self, payment: Payment, *, now: datetime, today: date, by: str) -> Invoice:
        """The invoice with a further payment; a completed one moves the status.

        Raises:
            InvalidTransition: The invoice does not take payments (draft, cancelled, refunded).
            ValidationFailed: The date lies in the future or the amount exceeds what is due.
        """
        if self.status in _WITHOUT_FEE:
            raise InvalidTransition("invoice", self.status.value, _S.PAID.value, _values(self.status))
        if payment.paid_on > today:
            raise ValidationFailed("date", "A payment can't be in the future.")
        due = self.amount_due(today) - self._promised()
        changed = replace(self, payments=(*self.payments, payment), updated_at=now)
        # A back-dated payment can shrink the late fee, so what is due is checked on both sides of it.
        if payment.amount > due or changed.amount_due(today) < 0:
            raise ValidationFailed("amount", f"That is more than the {due} still due.")
        return changed._settled(now, today, by)

    def with_payment_status(
        self, payment_id: str, status: PaymentStatus, *, now: datetime, today: date, by: str
    ) -> Invoice:
        """The invoice with one of its payments completed, failed, … Raises NotFound, InvalidTransition."""
        moved = self._payment(payment_id).moved_to(status)
        return self._with_changed(moved, now)._settled(now, today, by)

    def refunded(self, payment_id: str, amount: Decimal, *, now: datetime, by: str) -> Invoice:
        """The invoice with money given back; everything given back makes it refunded.

        Raises NotFound, InvalidTransition, ValidationFailed.
        """
        changed = self._with_changed(self._payment(payment_id).refunded(amount), now)
        if changed.net_paid == 0 and self.status in (InvoiceStatus.PARTIALLY_PAID, InvoiceStatus.PAID):
            return changed._with_status(InvoiceStatus.REFUNDED, now, by)
        return changed

    def reminded(self, now: datetime) -> Invoice:
        """The invoice with a reminder noted."""
        return replace(self, last_reminded_at=now, reminders_sent=self.reminders_sent + 1, updated_at=now)

    def _promised(self) -> Decimal:
        """Payments under way that have not arrived yet."""
        waiting = (PaymentStatus.PENDING, PaymentStatus.PROCESSING)
        return sum((payment.amount for payment in self.payments if payment.status in waiting), ZERO)

    def _payment(self, payment_id: str) -> Payment:
        for payment in self.payments:
            if payment.id == payment_id:
                return payment
        raise NotFound("payment", "")

    def _with_changed(self, changed: Payment, now: datetime) -> Invoice:
        payments = tuple(changed if payment.id == changed.id else payment for payment in self.payments)
        return replace(self, payments=payments, updated_at=now)

    def _settled(self, now: datetime, today: date, by: str) -> Invoice:
        """The invoice in the status that its payments call for."""
        if self.status not in UNPAID_INVOICES or not self.net_paid:
            return self
        if self.amount_due(today) <= 0:
            return replace(self._with_status(InvoiceStatus.PAID, now, by), paid_date=today)
        if self.status is InvoiceStatus.PARTIALLY_PAID:
            return self
        return self._with_status(InvoiceStatus.PARTIALLY_PAID, now, by)

    def _with_status(self, status: InvoiceStatus, now: datetime, by: str, notes: str = "") -> Invoice:
        INVOICE_TRANSITIONS.check(self.status, status)
        step = StatusChange(status.value, now, by, notes)
        return replace(self, status=status, history=(*self.history, step), updated_at=now)


def _values(status: InvoiceStatus) -> tuple[str, ...]:
    return tuple(one.value for one in INVOICE_TRANSITIONS.allowed(status))
