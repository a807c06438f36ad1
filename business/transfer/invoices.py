"""The sheet of invoices: one row a line, a payment or both; neighbouring rows with one number are one invoice.

Importing never sends anything to a client: an invoice that was sent elsewhere is only written down as sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any, ClassVar

from business.entities.contacts import Contact
from business.entities.documents import StatusChange, check_sendable
from business.entities.invoices import Invoice, InvoiceStatus
from business.entities.memberships import Permission
from business.entities.payments import RECEIVED, Payment, PaymentStatus
from business.errors import ValidationFailed
from business.money import ZERO, LineItem
from business.paging.queries import Book
from business.paging.repository import Entry, PagedUnitOfWork
from business.transfer.errors import RecordRefused
from business.transfer.invoice_columns import (
    HEAD_COLUMNS,
    INVOICE_COLUMNS,
    discount_from,
    line_from,
    payment_from,
    tax_from,
    terms_from,
)
from business.transfer.references import contact_of, entity_id_of
from business.transfer.report import Outcome
from business.transfer.sheet import Record, Sheet, Source, Values, locale_of
from business.use_cases.invoices import Invoices, NewInvoice
from business.use_cases.support import check_plausible, check_plausible_day

_S = InvoiceStatus
_PAYMENT_FIELDS = (
    "amount", "paid_on", "method", "status", "refunded_amount", "is_deposit", "reference", "notes",
)  # fmt: skip


class InvoiceSheet(Sheet):
    """Invoices as rows."""

    book = Book.INVOICES
    needed = (
        ("contact_email", "contact_phone", "contact_name"),
        ("line_unit_price", "total"),
    )
    key = "number"
    fields: ClassVar[Mapping[str, str]] = {
        "lines": "line_unit_price",
        "description": "line_description",
        "quantity": "line_quantity",
        "unit_price": "line_unit_price",
        "tax_rate": "line_tax_rate",
        "discount": "discount_value",
        "tax": "tax_value",
        "terms": "net_days",
        "early_discount": "early_discount_percent",
        "late_fee": "late_fee_percent",
        "amount": "payment_amount",
        "date": "payment_date",
        "reference": "payment_reference",
        "contact": "contact_email",
    }
    columns = INVOICE_COLUMNS

    async def sources(self, uow: PagedUnitOfWork, entries: Sequence[Entry]) -> list[Source]:
        """As many rows as an invoice has lines, or payments."""
        invoices = [entry for entry in entries if isinstance(entry, Invoice)]
        contacts = await uow.references.contacts({invoice.contact_id for invoice in invoices})
        jobs = await uow.references.numbers(
            Book.JOBS, {invoice.job_id for invoice in invoices if invoice.job_id}
        )
        projects = await uow.references.numbers(
            Book.PROJECTS, {invoice.project_id for invoice in invoices if invoice.project_id}
        )
        rows: list[Source] = []
        for invoice in invoices:
            first = Source(
                invoice,
                contact=contacts.get(invoice.contact_id),
                job_number=jobs.get(invoice.job_id or ""),
                project_number=projects.get(invoice.project_id or ""),
                due=invoice.amount_due(uow.today),
            )
            rows.extend(_rows_of(first, invoice))
        return rows

    def identities(self, values: Values) -> tuple[str, ...]:
        """The number, if the file gives one."""
        return (values["number"],) if values.get("number") else ()

    async def take(self, uow: PagedUnitOfWork, record: Record) -> Outcome:
        """Bring an invoice in. Raises RecordRefused, the use cases' errors."""
        head = _head_of(record)
        number = head.get("number")
        contact = await contact_of(uow, head)
        if contact is None:
            raise RecordRefused("unknown_contact", "contact_email", "An invoice needs a contact.")
        lines = _lines_of(record, head)
        paid = [payment_from(values, head.get("paid_date")) for values in record.values]
        payments = [fields for fields in paid if fields is not None]
        existing = await uow.references.numbered(Book.INVOICES, number) if number else None
        if isinstance(existing, Invoice):
            await self._refuse_difference(uow, head, existing, contact, lines, payments)
            return Outcome.UNCHANGED
        made = await Invoices(uow).create(
            NewInvoice(
                contact_id=contact.id,
                lines=lines,
                title=head.get("title") or "",
                description=head.get("description") or "",
                issue_date=head.get("issue_date"),
                due_date=head.get("due_date"),
                discount=discount_from(head),
                tax=tax_from(head),
                terms=terms_from(head),
                job_id=await entity_id_of(uow, head, Book.JOBS),
                project_id=await entity_id_of(uow, head, Book.PROJECTS),
                po_number=head.get("po_number"),
                number=number,
            )
        )
        _check_total(head, made.invoice)
        stood = _stood(uow, made.invoice, head, payments)
        if stood != made.invoice:
            uow.require(Permission.EDIT_INVOICES)
            await uow.invoices.save(stood)
        return Outcome.CREATED

    async def _refuse_difference(
        self,
        uow: PagedUnitOfWork,
        head: Values,
        existing: Invoice,
        contact: Contact,
        lines: tuple[LineItem, ...],
        payments: list[dict[str, Any]],
    ) -> None:
        source = (await self.sources(uow, (existing,)))[0]
        different = self.differences(head, source, locale_of(uow))
        if contact.id != existing.contact_id:
            different.append("contact")
        if lines and lines != existing.lines:
            different.append("lines")
        if head.get("total") is not None and head["total"] != existing.totals.total:
            different.append("total")
        known = [{name: getattr(one, name) for name in _PAYMENT_FIELDS} for one in existing.payments]
        if [_comparable(one) for one in payments] != [_comparable(one) for one in known]:
            different.append("payments")
        if different:
            reason = f"Invoice {existing.number} is there already. Different here: {', '.join(different)}."
            raise RecordRefused("conflict", "number", reason, existing.number)


def _rows_of(first: Source, invoice: Invoice) -> list[Source]:
    pairs = list(zip_longest(invoice.lines, invoice.payments)) or [(None, None)]
    return [
        replace(first, is_first=index == 0, due=first.due if index == 0 else None, line=line, payment=payment)
        for index, (line, payment) in enumerate(pairs)
    ]


def _comparable(payment: dict[str, Any]) -> tuple[Any, ...]:
    """A payment without what a cell cannot tell apart: no text, and spaces around a text."""
    words = (str(payment["reference"] or "").strip(), payment["notes"])
    return (*(payment[name] for name in _PAYMENT_FIELDS[:6]), *words)


def _head_of(record: Record) -> Values:
    """The invoice's own values, of whichever of its rows gives them. Raises RecordRefused where rows disagree."""
    head: Values = {}
    for row, values in zip(record.rows, record.values, strict=True):
        for name in HEAD_COLUMNS:
            value = values.get(name)
            if value is None:
                continue
            if head.setdefault(name, value) != value:
                reason = f"Line {row.line} says something else than the rows before it of the same invoice."
                raise RecordRefused("rows_disagree", name, reason, str(value))
    return head


def _lines_of(record: Record, head: Values) -> tuple[LineItem, ...]:
    """The lines; a file that has only totals gives one line a invoice. Raises ValidationFailed."""
    title = head.get("title") or ""
    found = [line_from(values, title) for values in record.values]
    lines = tuple(line for line in found if line is not None)
    if lines or head.get("total") is None:
        return lines
    return (LineItem(title or "Invoice total", unit_price=head["total"]),)


def _check_total(head: Values, invoice: Invoice) -> None:
    total = invoice.totals.total
    if head.get("total") is not None and head["total"] != total:
        reason = f"The lines add up to {total}, with discounts and tax, not to the total that the file says."
        raise RecordRefused("total_differs", "total", reason, str(head["total"]))


def _stood(uow: PagedUnitOfWork, draft: Invoice, head: Values, payments: list[dict[str, Any]]) -> Invoice:
    """The new ``draft`` as the file says it stands: its status and payments, checked against each other."""
    recorded = tuple(
        Payment(
            id=uow.new_id(),
            invoice_id=draft.id,
            recorded_at=uow.now,
            recorded_by=uow.actor.user_id,
            **fields,
        )
        for fields in payments
    )
    for payment in recorded:
        _check_payment(uow, payment)
    if head.get("sent_at") is not None:
        check_plausible(head["sent_at"], uow.now, field="sent_at")
    status = head.get("status") or _status_by(draft, recorded)
    stood = replace(draft, payments=recorded, status=status, sent_at=head.get("sent_at"))
    _check_standing(uow, stood)
    if status is _S.DRAFT:
        return stood
    if status is not _S.CANCELLED:
        check_sendable(stood.client, stood.lines)
    step = StatusChange(status.value, uow.now, uow.actor.user_id, "Imported")
    paid_on = head.get("paid_date")
    if paid_on is None and status is _S.PAID:
        paid_on = max(payment.paid_on for payment in recorded)
    return replace(stood, paid_date=paid_on, history=(*stood.history, step))


def _status_by(draft: Invoice, payments: tuple[Payment, ...]) -> InvoiceStatus:
    """The status of an invoice whose file gives none: by what has been paid."""
    net = sum((payment.net for payment in payments), ZERO)
    if not net or all(payment.is_deposit for payment in payments):
        return _S.DRAFT
    return _S.PAID if net >= draft.totals.total else _S.PARTIALLY_PAID


def _check_payment(uow: PagedUnitOfWork, payment: Payment) -> None:
    """Raise ValidationFailed for a payment that its own rules would not have led to."""
    if payment.paid_on > uow.today:
        raise ValidationFailed("payment_date", "A payment can't be in the future.")
    check_plausible_day(payment.paid_on, uow.today, field="payment_date")
    back, status = payment.refunded_amount, payment.status
    expected = {PaymentStatus.REFUNDED: payment.amount, PaymentStatus.PARTIALLY_REFUNDED: back}.get(
        status, ZERO
    )
    is_partial = status is PaymentStatus.PARTIALLY_REFUNDED
    if back != expected or (is_partial and not ZERO < back < payment.amount):
        raise ValidationFailed("payment_refunded", f"That does not fit a payment that is {status.value}.")


def _check_standing(uow: PagedUnitOfWork, invoice: Invoice) -> None:
    """Raise ValidationFailed unless status and payments could have come about together by the invoice's rules."""
    received = sum((one.amount for one in invoice.payments if one.status in RECEIVED), ZERO)
    owed = invoice.totals.total + invoice.late_fee(uow.today)
    net = invoice.net_paid
    if net > owed:
        raise ValidationFailed("payment_amount", f"That is more than the {owed} of the invoice.")
    problem = ""
    match invoice.status:
        case _S.DRAFT if any(not one.is_deposit for one in invoice.payments):
            problem = "A draft takes only deposits; say that it was sent."
        case _S.SENT | _S.VIEWED if net:
            problem = "With money received an invoice is partially_paid or paid."
        case _S.CANCELLED if net:
            problem = "There is money on this invoice. A cancelled one has none."
        case _S.PARTIALLY_PAID if not ZERO < net < owed:
            problem = f"A partially paid invoice has payments of less than {owed}."
        case _S.PAID if received < owed or not net:
            problem = f"A paid invoice needs its payments of {owed} in all."
        case _S.REFUNDED if not any(one.refunded_amount for one in invoice.payments):
            problem = "A refunded invoice needs the payments that were given back."
        case _:
            pass
    if problem:
        raise ValidationFailed("status", problem)
