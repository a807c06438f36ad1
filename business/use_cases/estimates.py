"""Use cases of estimates and quotes: offer, follow the answer, turn an approved one into its invoice, once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from business.entities.effects import OutboxMessage
from business.entities.estimates import (
    AWAITING_ANSWER,
    OPEN_ESTIMATES,
    Deposit,
    DocumentType,
    Estimate,
    EstimateStatus,
    EstimateTerms,
)
from business.entities.invoices import Invoice, InvoiceTerms
from business.entities.memberships import Permission
from business.entities.numbers import Series
from business.entities.payments import Payment, PaymentMethod
from business.errors import ValidationFailed
from business.money import NO_DISCOUNT, NO_TAX, Discount, LineItem, Tax, parse_amount
from business.repositories import UnitOfWork
from business.use_cases.invoices import InvoiceView, view_of
from business.use_cases.support import check_plausible_day, check_references, client_of


@dataclass(frozen=True, slots=True)
class NewEstimate:
    """An estimate to be created. ``valid_until`` is by default today + the terms' validity."""

    contact_id: str
    title: str
    lines: tuple[LineItem, ...]
    description: str = ""
    document_type: DocumentType = DocumentType.ESTIMATE
    valid_until: date | None = None
    discount: Discount = NO_DISCOUNT
    tax: Tax = NO_TAX
    terms: EstimateTerms = field(default_factory=EstimateTerms)
    deposit: Discount = NO_DISCOUNT
    job_id: str | None = None
    project_id: str | None = None
    po_number: str | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class EstimateView:
    """An estimate as of today; ``status`` has the expiry applied."""

    estimate: Estimate
    contact_name: str
    status: EstimateStatus
    total: Decimal


@dataclass(frozen=True, slots=True)
class Conversion:
    """An estimate and its invoice. ``created`` is False when the invoice was there already."""

    estimate: EstimateView
    invoice: InvoiceView
    created: bool


class Estimates:
    """Estimates of one business."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    async def create(self, new: NewEstimate) -> EstimateView:
        """Create a draft. Raises Forbidden, NotFound, ValidationFailed, Conflict (the number is taken)."""
        uow = self._uow
        uow.require(Permission.CREATE_ESTIMATES)
        client = await client_of(uow, new.contact_id)
        await check_references(uow, job_id=new.job_id, project_id=new.project_id)
        until = new.valid_until or uow.today + timedelta(days=new.terms.validity_days)
        if until < uow.today:
            raise ValidationFailed("valid_until", "An offer can't end in the past.")
        check_plausible_day(until, uow.today, field="valid_until")
        estimate = Estimate(
            id=uow.new_id(),
            number="-",
            contact_id=new.contact_id,
            client=client,
            title=new.title.strip(),
            valid_until=until,
            created_at=uow.now,
            updated_at=uow.now,
            created_by=uow.actor.user_id,
            document_type=new.document_type,
            description=new.description,
            lines=new.lines,
            discount=new.discount,
            tax=new.tax,
            terms=new.terms,
            deposit=Deposit(asked=new.deposit),
            job_id=new.job_id,
            project_id=new.project_id,
            po_number=new.po_number,
        )
        series = Series.QUOTE if new.document_type is DocumentType.QUOTE else Series.ESTIMATE
        number = await (uow.numbers.reserve(new.number, series) if new.number else uow.numbers.next(series))
        estimate = replace(estimate, number=number)
        await uow.estimates.add(estimate)
        return self._view(estimate)

    async def get(self, estimate_id: str) -> EstimateView:
        """One estimate as of today. Raises Forbidden, NotFound."""
        self._uow.require(Permission.VIEW_ESTIMATES)
        return self._view(await self._uow.estimates.get(estimate_id))

    async def find_by_number(self, number: str) -> tuple[EstimateView, ...]:
        """Estimates that a number means: exactly that one, else those that end so. Raises Forbidden."""
        self._uow.require(Permission.VIEW_ESTIMATES)
        return tuple(self._view(estimate) for estimate in await self._uow.estimates.by_number(number))

    async def of_contacts(
        self, contact_ids: Collection[str], *, open_only: bool = True
    ) -> tuple[EstimateView, ...]:
        """Estimates of these contacts, the newest first; open ones include the approved. Raises Forbidden."""
        self._uow.require(Permission.VIEW_ESTIMATES)
        views = [self._view(one) for one in await self._uow.estimates.of_contacts(contact_ids)]
        wanted = (*OPEN_ESTIMATES, EstimateStatus.APPROVED)
        return tuple(view for view in views if not open_only or view.status in wanted)

    async def pending(self) -> tuple[EstimateView, ...]:
        """Drafts and offers waiting for an answer, the soonest to expire first. Raises Forbidden."""
        self._uow.require(Permission.VIEW_ESTIMATES)
        views = [self._view(one) for one in await self._uow.estimates.with_status(OPEN_ESTIMATES)]
        return tuple(view for view in views if view.status in OPEN_ESTIMATES)

    async def update_status(
        self, estimate_id: str, status: EstimateStatus, *, notes: str | None = None
    ) -> EstimateView:
        """Change an estimate's status; sending queues its delivery, converting makes its invoice.

        Raises Forbidden, NotFound, InvalidTransition, ValidationFailed.
        """
        uow = self._uow
        if status is EstimateStatus.CONVERTED:
            return (await self.convert(estimate_id)).estimate
        uow.require(Permission.EDIT_ESTIMATES)
        estimate = await uow.estimates.get(estimate_id)
        by = uow.actor.user_id
        changed = estimate.moved_to(status, now=uow.now, today=uow.today, by=by, notes=notes or "")
        await uow.estimates.save(changed)
        if status is EstimateStatus.SENT:
            await self._deliver(changed)
        return self._view(changed)

    async def expire_due(self) -> int:
        """Write down the expiry of offers past their date; returns how many. Raises Forbidden."""
        uow = self._uow
        uow.require(Permission.EDIT_ESTIMATES)
        expired = 0
        for estimate in await uow.estimates.with_status(AWAITING_ANSWER):
            changed = estimate.expired_on(uow.today, uow.now, uow.actor.user_id)
            if changed is not estimate:
                await uow.estimates.save(changed)
                expired += 1
        return expired

    async def collect_deposit(self, estimate_id: str, amount: Decimal) -> EstimateView:
        """Note money received in advance. Raises Forbidden, NotFound, InvalidTransition, ValidationFailed."""
        uow = self._uow
        uow.require(Permission.EDIT_ESTIMATES)
        estimate = await uow.estimates.get(estimate_id)
        changed = estimate.with_deposit(parse_amount(amount), uow.now)
        await uow.estimates.save(changed)
        return self._view(changed)

    async def convert(self, estimate_id: str) -> Conversion:
        """Turn an approved estimate into an invoice. Asking again gives the same invoice.

        Lines, discount, tax and links are copied; a collected deposit becomes a completed payment on the draft.
        Raises Forbidden, NotFound, InvalidTransition.
        """
        uow = self._uow
        uow.require(Permission.EDIT_ESTIMATES)
        uow.require(Permission.CREATE_INVOICES)
        estimate = await uow.estimates.get(estimate_id)
        existing = await uow.invoices.of_estimate(estimate_id)
        if existing is not None:
            return Conversion(self._view(estimate), view_of(existing, uow.today), created=False)
        invoice_id = uow.new_id()
        converted = estimate.converted(invoice_id, now=uow.now, by=uow.actor.user_id)
        invoice = self._invoice_from(estimate, invoice_id, await uow.numbers.next(Series.INVOICE))
        await uow.invoices.add(invoice)
        await uow.estimates.save(converted)
        return Conversion(self._view(converted), view_of(invoice, uow.today), created=True)

    def _invoice_from(self, estimate: Estimate, invoice_id: str, number: str) -> Invoice:
        uow = self._uow
        terms = InvoiceTerms(text=estimate.terms.payment_terms)
        invoice = Invoice(
            id=invoice_id,
            number=number,
            contact_id=estimate.contact_id,
            client=estimate.client,
            issue_date=uow.today,
            due_date=uow.today + timedelta(days=terms.net_days),
            created_at=uow.now,
            updated_at=uow.now,
            created_by=uow.actor.user_id,
            title=estimate.title,
            description=estimate.description,
            lines=estimate.lines,
            discount=estimate.discount,
            tax=estimate.tax,
            terms=terms,
            estimate_id=estimate.id,
            job_id=estimate.job_id,
            project_id=estimate.project_id,
            po_number=estimate.po_number,
        )
        collected = estimate.deposit.collected_amount
        if not collected:
            return invoice
        deposit = Payment(
            id=uow.new_id(),
            invoice_id=invoice_id,
            amount=collected,
            method=PaymentMethod.OTHER,
            paid_on=uow.today,
            recorded_at=uow.now,
            recorded_by=uow.actor.user_id,
            notes=f"Deposit from {estimate.number}",
            is_deposit=True,
        )
        return invoice.with_deposit(deposit, now=uow.now)

    def _view(self, estimate: Estimate) -> EstimateView:
        status = estimate.status_on(self._uow.today)
        return EstimateView(estimate, estimate.client.name, status, estimate.totals.total)

    async def _deliver(self, estimate: Estimate) -> None:
        """Queue the offer for its client; each sending has an id of its own."""
        client = estimate.client
        channel, recipient = ("email", client.email) if client.email else ("sms", client.phone or "")
        times_sent = sum(1 for step in estimate.history if step.status == EstimateStatus.SENT.value)
        message = OutboxMessage(
            id=f"estimate:{estimate.id}:{times_sent}",
            kind="estimate",
            channel=channel,
            recipient=recipient,
            payload={
                "estimate_id": estimate.id,
                "number": estimate.number,
                "title": estimate.title,
                "client": client.name,
                "business": self._uow.business.name,
                "currency": self._uow.business.currency.value,
                "total": str(estimate.totals.total),
                "valid_until": estimate.valid_until.isoformat(),
            },
        )
        await self._uow.outbox.queue(message)
