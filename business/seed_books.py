"""The money half of the seed: estimates in every state, invoices with payments, some of them overdue.

Builds entities only, by the domain's own transitions; writes nothing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from business.entities.contacts import Contact
from business.entities.documents import ClientSnapshot
from business.entities.estimates import Deposit, DocumentType, Estimate, EstimateStatus
from business.entities.invoices import Invoice, InvoiceTerms
from business.entities.numbers import Series
from business.entities.payments import Payment, PaymentMethod
from business.money import LineItem, Tax, TaxType, cents
from business.seed_data.books import BILLS, OFFERS, Bill, Offer
from business.seed_work import Calendar

_SALES_TAX = Tax(TaxType.PERCENTAGE, Decimal("3.85"))
# How each state is reached from a draft.
_ROADS = {
    "draft": (),
    "sent": ("sent",),
    "viewed": ("sent", "viewed"),
    "approved": ("sent", "viewed", "approved"),
    "converted": ("sent", "viewed", "approved"),
    "rejected": ("sent", "viewed", "rejected"),
    "expired": ("sent",),
}


class Books:
    """Builds offers and bills of the demonstration business."""

    first_invoice = 2001

    def __init__(self, calendar: Calendar, contacts: dict[str, Contact], owner: str) -> None:
        self._calendar = calendar
        self._contacts = contacts
        self._owner = owner
        self.last_estimate = 500
        self.last_quote = 100

    def estimates(self) -> tuple[list[Estimate], list[Invoice]]:
        """Estimates, and the invoices of the converted ones."""
        made: list[Estimate] = []
        converted: list[Invoice] = []
        for offer in OFFERS:
            estimate = self._estimate(offer)
            if offer.status == "converted":
                invoice = self._converted(estimate, self.first_invoice + len(converted))
                at = self._calendar.ago(offer.age - 4)
                estimate = estimate.converted(invoice.id, now=at, by=self._owner)
                converted.append(invoice)
            made.append(estimate)
        return made, converted

    def invoices(self, *, first: int) -> list[Invoice]:
        """Invoices, numbered from ``first`` by age."""
        bills = sorted(BILLS, key=lambda bill: -bill.age)
        return [self._invoice(bill, number) for number, bill in enumerate(bills, first)]

    def _estimate(self, offer: Offer) -> Estimate:
        calendar, contact = self._calendar, self._contacts[offer.contact]
        issued = calendar.day(-offer.age)
        estimate = Estimate(
            id=calendar.id("estimate", offer.key),
            number=self._number(offer),
            contact_id=contact.id,
            client=ClientSnapshot.of(contact),
            title=offer.title,
            valid_until=issued + timedelta(days=30),
            created_at=calendar.ago(offer.age),
            updated_at=calendar.ago(offer.age),
            created_by=self._owner,
            document_type=DocumentType.QUOTE if offer.is_quote else DocumentType.ESTIMATE,
            lines=_lines(offer.lines),
            tax=_SALES_TAX,
        )
        for step, status in enumerate(_ROADS[offer.status]):
            at = calendar.ago(max(offer.age - step, 0))
            estimate = estimate.moved_to(EstimateStatus(status), now=at, today=issued, by=self._owner)
        if offer.deposit:
            estimate = replace(estimate, deposit=Deposit(collected_amount=Decimal(offer.deposit)))
        return estimate.expired_on(calendar.today, calendar.now, self._owner)

    def _number(self, offer: Offer) -> str:
        if offer.is_quote:
            self.last_quote += 1
            return Series.QUOTE.format(self.last_quote)
        self.last_estimate += 1
        return Series.ESTIMATE.format(self.last_estimate)

    def _converted(self, estimate: Estimate, number: int) -> Invoice:
        calendar = self._calendar
        issued, at = calendar.day(-17), calendar.ago(17)
        invoice = Invoice(
            id=calendar.id("invoice", estimate.number),
            number=Series.INVOICE.format(number),
            contact_id=estimate.contact_id,
            client=estimate.client,
            issue_date=issued,
            due_date=issued + timedelta(days=30),
            created_at=at,
            updated_at=at,
            created_by=self._owner,
            title=estimate.title,
            lines=estimate.lines,
            tax=estimate.tax,
            estimate_id=estimate.id,
        )
        deposit = self._payment(invoice, estimate.deposit.collected_amount, days_ago=17, is_deposit=True)
        return invoice.with_deposit(deposit, now=at).sent(now=at, today=issued, by=self._owner)

    def _invoice(self, bill: Bill, number: int) -> Invoice:
        calendar, contact = self._calendar, self._contacts[bill.contact]
        issued, at = calendar.day(-bill.age), calendar.ago(bill.age)
        invoice = Invoice(
            id=calendar.id("invoice", str(number)),
            number=Series.INVOICE.format(number),
            contact_id=contact.id,
            client=ClientSnapshot.of(contact),
            issue_date=issued,
            due_date=issued + timedelta(days=bill.net_days),
            created_at=at,
            updated_at=at,
            created_by=self._owner,
            title=bill.title,
            lines=_lines(bill.lines),
            tax=_SALES_TAX,
            terms=InvoiceTerms(net_days=bill.net_days, late_fee_percent=Decimal(bill.late_fee), grace_days=5),
        )
        if bill.status == "draft":
            return invoice
        invoice = invoice.sent(now=at, today=issued, by=self._owner)
        if bill.status == "viewed":
            invoice = invoice.viewed(now=calendar.ago(bill.age - 1), by=self._owner)
        if bill.paid:
            days_ago = bill.age // 2
            amount = cents(invoice.totals.total * bill.paid / 100)
            payment = self._payment(invoice, amount, days_ago=days_ago)
            invoice = invoice.with_payment(
                payment, now=calendar.ago(days_ago), today=calendar.day(-days_ago), by=self._owner
            )
        return invoice

    def _payment(
        self, invoice: Invoice, amount: Decimal, *, days_ago: int, is_deposit: bool = False
    ) -> Payment:
        return Payment(
            id=self._calendar.id("payment", invoice.number),
            invoice_id=invoice.id,
            amount=amount,
            method=PaymentMethod.CHECK
            if invoice.number.endswith(("2", "5", "8"))
            else PaymentMethod.CREDIT_CARD,
            paid_on=self._calendar.day(-days_ago),
            recorded_at=self._calendar.ago(days_ago),
            recorded_by=self._owner,
            is_deposit=is_deposit,
        )


def _lines(rows: tuple[tuple[str, str, str], ...]) -> tuple[LineItem, ...]:
    return tuple(LineItem(text, Decimal(quantity), Decimal(price)) for text, quantity, price in rows)
