"""Use cases of invoices: bill, send, remind, take payments, say who owes what. Overdue is derived, never stored."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from business.entities.effects import OutboxMessage
from business.entities.invoices import UNPAID_INVOICES, Invoice, InvoiceStatus, InvoiceTerms
from business.entities.memberships import Permission
from business.entities.numbers import Series
from business.entities.payments import Payment, PaymentMethod, PaymentStatus
from business.errors import Conflict, InvalidTransition, ValidationFailed
from business.money import NO_DISCOUNT, NO_TAX, ZERO, Discount, LineItem, Tax, parse_amount
from business.read_models import InvoiceDigest
from business.repositories import UnitOfWork
from business.use_cases.support import check_plausible_day, check_references, client_of

REMINDER_PAUSE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class NewInvoice:
    """An invoice to be created. ``due_date`` is by default the issue date + the terms' net days."""

    contact_id: str
    lines: tuple[LineItem, ...]
    title: str = ""
    description: str = ""
    issue_date: date | None = None
    due_date: date | None = None
    discount: Discount = NO_DISCOUNT
    tax: Tax = NO_TAX
    terms: InvoiceTerms = field(default_factory=InvoiceTerms)
    job_id: str | None = None
    project_id: str | None = None
    po_number: str | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """An invoice as of today."""

    invoice: Invoice
    contact_name: str
    amount_due: Decimal
    late_fee: Decimal
    is_overdue: bool
    days_overdue: int


@dataclass(frozen=True, slots=True)
class PendingInvoices:
    """Who owes what: unpaid invoices, the soonest due first."""

    invoices: tuple[InvoiceDigest, ...]
    total_due: Decimal
    overdue_due: Decimal
    overdue_count: int


@dataclass(frozen=True, slots=True)
class ReminderSent:
    """A reminder that was queued, and where it goes."""

    view: InvoiceView
    message_id: str
    channel: str
    recipient: str


def view_of(invoice: Invoice, today: date) -> InvoiceView:
    """The invoice as of ``today``."""
    is_overdue = invoice.is_overdue(today)
    return InvoiceView(
        invoice=invoice,
        contact_name=invoice.client.name,
        amount_due=invoice.amount_due(today),
        late_fee=invoice.late_fee(today),
        is_overdue=is_overdue,
        days_overdue=(today - invoice.due_date).days if is_overdue else 0,
    )


class Invoices:
    """Invoices of one business."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    async def create(self, new: NewInvoice, *, send: bool = False) -> InvoiceView:
        """Create an invoice: a draft, or sent at once.

        Raises Forbidden, NotFound, ValidationFailed, Conflict (the number is taken).
        """
        uow = self._uow
        uow.require(Permission.CREATE_INVOICES)
        client = await client_of(uow, new.contact_id)
        await check_references(uow, job_id=new.job_id, project_id=new.project_id)
        if not new.lines:
            raise ValidationFailed("lines", "An invoice needs at least one line.")
        issued = new.issue_date or uow.today
        due = new.due_date or issued + timedelta(days=new.terms.net_days)
        check_plausible_day(issued, uow.today, field="issue_date")
        check_plausible_day(due, uow.today, field="due_date")
        invoice = Invoice(
            id=uow.new_id(),
            number="-",
            contact_id=new.contact_id,
            client=client,
            issue_date=issued,
            due_date=due,
            created_at=uow.now,
            updated_at=uow.now,
            created_by=uow.actor.user_id,
            title=new.title.strip(),
            description=new.description,
            lines=new.lines,
            discount=new.discount,
            tax=new.tax,
            terms=new.terms,
            job_id=new.job_id,
            project_id=new.project_id,
            po_number=new.po_number,
        )
        if invoice.totals.total <= 0:
            raise ValidationFailed("amount", "An invoice must be for more than zero.")
        if send:
            invoice = invoice.sent(now=uow.now, today=uow.today, by=uow.actor.user_id)
        number = await (
            uow.numbers.reserve(new.number, Series.INVOICE)
            if new.number
            else uow.numbers.next(Series.INVOICE)
        )
        invoice = replace(invoice, number=number)
        await uow.invoices.add(invoice)
        if send:
            await self._deliver(invoice)
        return view_of(invoice, uow.today)

    async def get(self, invoice_id: str) -> InvoiceView:
        """One invoice as of today. Raises Forbidden, NotFound."""
        self._uow.require(Permission.VIEW_INVOICES)
        return view_of(await self._uow.invoices.get(invoice_id), self._uow.today)

    async def find_by_number(self, number: str) -> tuple[InvoiceView, ...]:
        """Invoices that a number means: exactly that one, else those that end so. Raises Forbidden."""
        self._uow.require(Permission.VIEW_INVOICES)
        return self._views(await self._uow.invoices.by_number(number))

    async def of_contacts(
        self, contact_ids: Collection[str], *, unpaid_only: bool = True
    ) -> tuple[InvoiceView, ...]:
        """Invoices of these contacts, the newest first. Raises Forbidden."""
        self._uow.require(Permission.VIEW_INVOICES)
        statuses = UNPAID_INVOICES if unpaid_only else None
        return self._views(await self._uow.invoices.of_contacts(contact_ids, statuses=statuses))

    async def pending(self) -> PendingInvoices:
        """Unpaid invoices with what is due on them today. Raises Forbidden."""
        self._uow.require(Permission.VIEW_INVOICES)
        today = self._uow.today
        digests = await self._uow.invoices.digests(UNPAID_INVOICES)
        overdue = [digest for digest in digests if digest.is_overdue(today)]
        return PendingInvoices(
            invoices=digests,
            total_due=sum((digest.amount_due(today) for digest in digests), ZERO),
            overdue_due=sum((digest.amount_due(today) for digest in overdue), ZERO),
            overdue_count=len(overdue),
        )

    async def send(self, invoice_id: str) -> InvoiceView:
        """Send a draft to its client. Raises Forbidden, NotFound, InvalidTransition, ValidationFailed."""
        uow = self._uow
        uow.require(Permission.EDIT_INVOICES)
        invoice = await uow.invoices.get(invoice_id)
        sent = invoice.sent(now=uow.now, today=uow.today, by=uow.actor.user_id)
        await self._deliver(sent)
        return await self._save(sent)

    async def mark_viewed(self, invoice_id: str) -> InvoiceView:
        """Note that the client has seen it. Raises Forbidden, NotFound, InvalidTransition."""
        self._uow.require(Permission.EDIT_INVOICES)
        invoice = await self._uow.invoices.get(invoice_id)
        return await self._save(invoice.viewed(now=self._uow.now, by=self._uow.actor.user_id))

    async def cancel(self, invoice_id: str, *, notes: str = "") -> InvoiceView:
        """Withdraw an invoice. Raises Forbidden, NotFound, InvalidTransition, ValidationFailed (money on it)."""
        self._uow.require(Permission.EDIT_INVOICES)
        invoice = await self._uow.invoices.get(invoice_id)
        by = self._uow.actor.user_id
        return await self._save(invoice.cancelled(now=self._uow.now, by=by, notes=notes))

    async def record_payment(
        self,
        invoice_id: str,
        amount: Decimal,
        *,
        method: PaymentMethod,
        date: date | None = None,
        reference: str | None = None,
        notes: str = "",
        status: PaymentStatus = PaymentStatus.COMPLETED,
    ) -> InvoiceView:
        """Record a payment; what has arrived in full makes the invoice paid.

        Raises Forbidden, NotFound, InvalidTransition, ValidationFailed (amount, date).
        """
        uow = self._uow
        uow.require(Permission.EDIT_INVOICES)
        if status not in (PaymentStatus.COMPLETED, PaymentStatus.PENDING, PaymentStatus.PROCESSING):
            raise ValidationFailed("status", "A new payment is pending, processing or completed.")
        invoice = await uow.invoices.get(invoice_id)
        payment = Payment(
            id=uow.new_id(),
            invoice_id=invoice_id,
            amount=parse_amount(amount),
            method=method,
            paid_on=date or uow.today,
            recorded_at=uow.now,
            recorded_by=uow.actor.user_id,
            status=status,
            reference=reference,
            notes=notes,
        )
        by = uow.actor.user_id
        return await self._save(invoice.with_payment(payment, now=uow.now, today=uow.today, by=by))

    async def update_payment(self, invoice_id: str, payment_id: str, status: PaymentStatus) -> InvoiceView:
        """Note that a payment completed, failed, … Raises Forbidden, NotFound, InvalidTransition."""
        uow = self._uow
        uow.require(Permission.EDIT_INVOICES)
        invoice = await uow.invoices.get(invoice_id)
        changed = invoice.with_payment_status(
            payment_id, status, now=uow.now, today=uow.today, by=uow.actor.user_id
        )
        return await self._save(changed)

    async def refund(self, invoice_id: str, payment_id: str, amount: Decimal) -> InvoiceView:
        """Give money back. Raises Forbidden, NotFound, InvalidTransition, ValidationFailed."""
        uow = self._uow
        uow.require(Permission.EDIT_INVOICES)
        invoice = await uow.invoices.get(invoice_id)
        back = parse_amount(amount)
        return await self._save(invoice.refunded(payment_id, back, now=uow.now, by=uow.actor.user_id))

    async def check_reminder(self, invoice_id: str) -> ReminderSent:
        """What ``send_reminder`` would do, without doing it. Raises as ``send_reminder``."""
        uow = self._uow
        uow.require(Permission.EDIT_INVOICES)
        invoice = await uow.invoices.get(invoice_id)
        if invoice.status not in UNPAID_INVOICES:
            raise _nothing_to_remind_of(invoice)
        if invoice.last_reminded_at is not None and uow.now < invoice.last_reminded_at + REMINDER_PAUSE:
            again = invoice.last_reminded_at + REMINDER_PAUSE
            raise Conflict(
                f"A reminder for invoice {invoice.number} went out less than a day ago.",
                {"next_allowed_at": again.isoformat()},
            )
        channel, recipient = await self._route(invoice)
        message_id = f"invoice-reminder:{invoice.id}:{invoice.reminders_sent + 1}"
        return ReminderSent(view_of(invoice, uow.today), message_id, channel, recipient)

    async def send_reminder(self, invoice_id: str) -> ReminderSent:
        """Remind the client of an unpaid invoice, at most once in 24 hours.

        Raises:
            Forbidden, NotFound.
            InvalidTransition: Nothing is owed on it.
            ValidationFailed: The client cannot be reached (field ``contact``).
            Conflict: The last reminder is too recent (details: ``next_allowed_at``).
        """
        uow = self._uow
        planned = await self.check_reminder(invoice_id)
        invoice = planned.view.invoice
        await uow.outbox.queue(
            OutboxMessage(
                id=planned.message_id,
                kind="invoice_reminder",
                channel=planned.channel,
                recipient=planned.recipient,
                payload=self._payload(invoice),
            )
        )
        return replace(planned, view=await self._save(invoice.reminded(uow.now)))

    def _views(self, invoices: tuple[Invoice, ...]) -> tuple[InvoiceView, ...]:
        return tuple(view_of(invoice, self._uow.today) for invoice in invoices)

    async def _save(self, invoice: Invoice) -> InvoiceView:
        await self._uow.invoices.save(invoice)
        return view_of(invoice, self._uow.today)

    async def _deliver(self, invoice: Invoice) -> None:
        channel, recipient = await self._route(invoice)
        await self._uow.outbox.queue(
            OutboxMessage(
                id=f"invoice:{invoice.id}",
                kind="invoice",
                channel=channel,
                recipient=recipient,
                payload=self._payload(invoice),
            )
        )

    async def _route(self, invoice: Invoice) -> tuple[str, str]:
        """Channel and recipient by the contact's present details. Raises ValidationFailed."""
        contact = await self._uow.contacts.get(invoice.contact_id)
        if contact.email:
            return "email", contact.email
        if contact.best_phone:
            return "sms", contact.best_phone
        raise ValidationFailed("contact", f"There is no way to reach {contact.display_name}.")

    def _payload(self, invoice: Invoice) -> dict[str, str]:
        return {
            "invoice_id": invoice.id,
            "number": invoice.number,
            "title": invoice.title,
            "client": invoice.client.name,
            "business": self._uow.business.name,
            "currency": self._uow.business.currency.value,
            "total": str(invoice.totals.total),
            "amount_due": str(invoice.amount_due(self._uow.today)),
            "due_date": invoice.due_date.isoformat(),
        }


def _nothing_to_remind_of(invoice: Invoice) -> InvalidTransition:
    status = invoice.status.value
    if invoice.status is InvoiceStatus.DRAFT:
        said = f"There is nothing to remind of yet, invoice {invoice.number} is a draft. It has to be sent first."
        return InvalidTransition("invoice", status, "reminded", (InvoiceStatus.SENT.value,), said)
    said = f"There is nothing to remind of, invoice {invoice.number} is {status}."
    return InvalidTransition("invoice", status, "reminded", (), said)
