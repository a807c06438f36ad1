"""The columns of the sheet of invoices, and how a line and a payment are read from and written to a row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from business.entities.invoices import Invoice, InvoiceStatus, InvoiceTerms
from business.entities.payments import PaymentMethod, PaymentStatus
from business.errors import ValidationFailed
from business.money import ZERO, Discount, DiscountType, LineItem, Tax, TaxType
from business.transfer.columns import Column
from business.transfer.references import CONTACT_COLUMNS, JOB_COLUMN, PROJECT_COLUMN
from business.transfer.sheet import Source, Values
from business.transfer.values import (
    Amount,
    Choice,
    Day,
    DocumentNumber,
    Flag,
    Kind,
    Moment,
    Number,
    Text,
    Whole,
    Word,
)

_STATUS_WORDS = {
    "canceled": "cancelled", "void": "cancelled", "voided": "cancelled", "open": "sent", "unpaid": "sent",
    "outstanding": "sent", "overdue": "sent", "past_due": "sent", "awaiting_payment": "sent",
    "partial": "partially_paid", "partly_paid": "partially_paid", "closed": "paid",
}  # fmt: skip
_METHOD_WORDS = {
    "cheque": "check", "credit": "credit_card", "card": "credit_card", "debit": "debit_card",
    "wire": "wire_transfer", "transfer": "bank_transfer",
}  # fmt: skip
_TERMS = ("net_days", "early_discount_percent", "discount_days", "late_fee_percent", "grace_days")


def _head(name: str, kind: Kind, get: Callable[[Invoice], Any], *aliases: str) -> Column:
    """A column of the invoice itself: filled in its first row only."""
    return Column(name, kind, lambda source: get(source.entity) if source.is_first else None, aliases)


def _term(name: str, kind: Kind, *aliases: str) -> Column:
    return _head(name, kind, lambda invoice: getattr(invoice.terms, name), *aliases)


def _line(name: str, kind: Kind, get: Callable[[LineItem], Any], *aliases: str) -> Column:
    def read(source: Source) -> Any:
        return None if source.line is None else get(source.line)

    return Column(name, kind, read, aliases, is_compared=False)


def _paid(name: str, kind: Kind, field: str, *aliases: str) -> Column:
    def read(source: Source) -> Any:
        return None if source.payment is None else getattr(source.payment, field)

    return Column(name, kind, read, aliases, is_compared=False)


def _type(value: Discount | Tax) -> Any:
    return None if value.type.value == "none" else value.type


def _value(value: Discount | Tax) -> Decimal | None:
    return None if value.type.value == "none" else value.value


def _number(source: Source) -> str:
    invoice: Invoice = source.entity
    return invoice.number


INVOICE_COLUMNS: tuple[Column, ...] = (
    Column("number", DocumentNumber(), _number,
           ("invoice number", "invoice no", "invoice #", "invoice", "num", "document number")),
    *CONTACT_COLUMNS,
    _head("title", Word(), lambda invoice: invoice.title, "subject", "invoice title"),
    _head("description", Text(), lambda invoice: invoice.description, "memo", "message"),
    _head("status", Choice(InvoiceStatus, _STATUS_WORDS), lambda invoice: invoice.status, "invoice status"),
    _head("issue_date", Day(), lambda invoice: invoice.issue_date, "date", "invoice date", "issued",
          "issued date", "created date"),
    _head("due_date", Day(), lambda invoice: invoice.due_date, "due"),
    _head("sent_at", Moment(), lambda invoice: invoice.sent_at, "sent date", "sent"),
    _head("paid_date", Day(), lambda invoice: invoice.paid_date, "paid on", "date paid"),
    Column("job", JOB_COLUMN.kind, JOB_COLUMN.get, JOB_COLUMN.aliases),
    PROJECT_COLUMN,
    _head("po_number", Word(), lambda invoice: invoice.po_number, "po", "purchase order"),
    _head("discount_type", Choice(DiscountType), lambda invoice: _type(invoice.discount)),
    _head("discount_value", Number(), lambda invoice: _value(invoice.discount), "discount"),
    _head("tax_type", Choice(TaxType), lambda invoice: _type(invoice.tax)),
    _head("tax_value", Number(), lambda invoice: _value(invoice.tax), "tax rate", "tax percent", "tax %"),
    _term("net_days", Whole(), "net", "payment days"),
    _term("early_discount_percent", Number()),
    _term("discount_days", Whole()),
    _term("late_fee_percent", Number()),
    _term("grace_days", Whole()),
    _head("terms_text", Text(), lambda invoice: invoice.terms.text, "payment terms", "terms"),
    _line("line_description", Text(), lambda line: line.description, "item", "item description", "line item",
          "product", "service", "product/service", "item name"),
    _line("line_quantity", Number(), lambda line: line.quantity, "quantity", "qty", "item quantity"),
    _line("line_unit", Word(), lambda line: line.unit, "unit"),
    _line("line_unit_price", Amount(), lambda line: line.unit_price, "unit price", "rate", "price",
          "item price", "unit cost"),
    _line("line_discount_type", Choice(DiscountType), lambda line: _type(line.discount)),
    _line("line_discount_value", Number(), lambda line: _value(line.discount), "line discount"),
    _line("line_tax_rate", Number(), lambda line: line.tax_rate, "line tax", "item tax rate"),
    Column("total", Amount(), lambda source: source.entity.totals.total if source.is_first else None,
           ("invoice total", "amount", "total amount", "invoice amount", "grand total"), is_compared=False),
    Column("amount_due", Amount(), lambda source: source.due, ("balance", "balance due", "open balance"),
           is_compared=False),
    _paid("payment_amount", Amount(), "amount", "paid amount", "amount paid", "paid"),
    _paid("payment_date", Day(), "paid_on", "date of payment"),
    _paid("payment_method", Choice(PaymentMethod, _METHOD_WORDS), "method", "paid by"),
    _paid("payment_status", Choice(PaymentStatus), "status"),
    _paid("payment_refunded", Amount(), "refunded_amount", "refunded", "refunded amount"),
    _paid("payment_is_deposit", Flag(), "is_deposit", "deposit"),
    _paid("payment_reference", Word(), "reference", "reference", "check number", "transaction id"),
    _paid("payment_notes", Text(), "notes"),
)  # fmt: skip

LINE_COLUMNS = tuple(column.name for column in INVOICE_COLUMNS if column.name.startswith("line_"))
PAYMENT_COLUMNS = tuple(column.name for column in INVOICE_COLUMNS if column.name.startswith("payment_"))
HEAD_COLUMNS = tuple(
    column.name for column in INVOICE_COLUMNS if column.name not in LINE_COLUMNS + PAYMENT_COLUMNS
)


def terms_from(values: Values) -> InvoiceTerms:
    """The conditions that a row gives. Raises ValidationFailed."""
    given = {name: values[name] for name in _TERMS if values.get(name) is not None}
    return InvoiceTerms(**given, text=values.get("terms_text") or "")


def discount_from(values: Values, prefix: str = "") -> Discount:
    """The discount that a row gives, of the document or (``line_``) of its line. Raises ValidationFailed."""
    kind, value = values.get(f"{prefix}discount_type"), values.get(f"{prefix}discount_value")
    if kind is None and value:
        raise ValidationFailed(f"{prefix}discount_type", "Is the discount a percentage or a fixed_amount?")
    if kind is None or kind is DiscountType.NONE:
        return Discount()
    return Discount(kind, value or ZERO)


def tax_from(values: Values) -> Tax:
    """The document's tax; a bare rate is exclusive per cent. Raises ValidationFailed."""
    kind, value = values.get("tax_type"), values.get("tax_value")
    if kind is None and value is not None:
        kind = TaxType.PERCENTAGE
    return Tax() if kind is None or kind is TaxType.NONE else Tax(kind, value or ZERO)


def line_from(values: Values, title: str) -> LineItem | None:
    """The line that a row gives; without words of its own it is called as the invoice. Raises ValidationFailed."""
    if all(values.get(name) is None for name in LINE_COLUMNS):
        return None
    if values.get("line_unit_price") is None:
        raise ValidationFailed("line_unit_price", "A line needs a unit price.")
    return LineItem(
        description=values.get("line_description") or title,
        quantity=values.get("line_quantity") or _one(values),
        unit_price=values["line_unit_price"],
        discount=discount_from(values, "line_"),
        tax_rate=values.get("line_tax_rate"),
        unit=values.get("line_unit") or "",
    )


def _one(values: Values) -> Decimal:
    """One, where no quantity is given; a given zero stays one to be refused."""
    return Decimal(1) if values.get("line_quantity") is None else ZERO


def payment_from(values: Values, day_if_missing: date | None) -> dict[str, Any] | None:
    """The fields of the payment that a row gives. Raises ValidationFailed."""
    if all(values.get(name) is None for name in PAYMENT_COLUMNS):
        return None
    amount: Decimal | None = values.get("payment_amount")
    if not amount:
        if amount is not None and all(not values.get(name) for name in PAYMENT_COLUMNS):
            return None  # exports of other programs say 0.00 where nothing was paid
        raise ValidationFailed("payment_amount", "A payment needs an amount of more than zero.")
    paid_on = values.get("payment_date") or day_if_missing
    if paid_on is None:
        raise ValidationFailed("payment_date", "A payment needs the day it was made.")
    return {
        "amount": amount,
        "paid_on": paid_on,
        "method": values.get("payment_method") or PaymentMethod.OTHER,
        "status": values.get("payment_status") or PaymentStatus.COMPLETED,
        "refunded_amount": values.get("payment_refunded") or ZERO,
        "is_deposit": bool(values.get("payment_is_deposit")),
        "reference": values.get("payment_reference"),
        "notes": values.get("payment_notes") or "",
    }
