"""Estimates and invoices: sending, expiry, deposits, conversion, payments, late fees, reminders."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from business.entities.estimates import DocumentType, EstimateStatus
from business.entities.invoices import InvoiceStatus, InvoiceTerms
from business.entities.payments import PaymentMethod, PaymentStatus
from business.errors import Conflict, InvalidTransition, NotFound, ValidationFailed
from business.money import Discount, DiscountType, LineItem, Tax, TaxType
from business.use_cases.estimates import Estimates, NewEstimate
from business.use_cases.invoices import Invoices, InvoiceView, NewInvoice
from tests.business.world import TODAY, World, days, line

D = Decimal
CASH = PaymentMethod.CASH
SENT, APPROVED = EstimateStatus.SENT, EstimateStatus.APPROVED


async def bill(world: World, amount: str = "300", *, send: bool = True, **more) -> InvoiceView:
    contact = await world.contact()
    async with world.write() as uow:
        return await Invoices(uow).create(NewInvoice(contact, (line(amount),), **more), send=send)


async def pay(world: World, invoice_id: str, amount: str, **more) -> InvoiceView:
    async with world.write() as uow:
        return await Invoices(uow).record_payment(invoice_id, D(amount), method=CASH, **more)


async def offer(
    world: World, *, deposit: str | None = None, status: EstimateStatus | None = None, **more
) -> str:
    contact = await world.contact()
    lines = (LineItem("Pipe", D(3), D("33.33"), Discount(DiscountType.PERCENTAGE, D(5))), line("200"))
    async with world.write() as uow:
        estimates = Estimates(uow)
        made = (await estimates.create(NewEstimate(contact, "Repipe", lines, **more))).estimate.id
        if status or deposit:
            await estimates.update_status(made, SENT)
        if status is APPROVED:
            await estimates.update_status(made, APPROVED, notes="by phone")
        if deposit:
            await estimates.collect_deposit(made, D(deposit))
    return made


async def test_an_invoice_is_due_after_its_net_days(world: World) -> None:
    made = await bill(world, send=False)
    assert made.invoice.number == "INV-000001"
    assert made.invoice.status is InvoiceStatus.DRAFT
    assert made.invoice.issue_date == TODAY
    assert made.invoice.due_date == TODAY + timedelta(days=30)
    assert made.contact_name == "Nora Quill"


async def test_overdue_is_derived_from_the_local_date(world: World) -> None:
    made = await bill(world, due_date=TODAY)
    async with world.read() as uow:
        assert not (await Invoices(uow).get(made.invoice.id)).is_overdue
    world.clock.advance(timedelta(hours=9))  # 05:00 UTC: tomorrow in UTC, still today in Denver
    async with world.read() as uow:
        assert not (await Invoices(uow).get(made.invoice.id)).is_overdue
    world.clock.advance(timedelta(hours=2))
    async with world.read() as uow:
        view = await Invoices(uow).get(made.invoice.id)
        pending = await Invoices(uow).pending()
    assert (view.is_overdue, view.days_overdue) == (True, 1)
    assert view.invoice.status is InvoiceStatus.SENT
    assert (pending.overdue_count, pending.overdue_due, pending.total_due) == (1, D(300), D(300))
    await pay(world, made.invoice.id, "300")
    async with world.read() as uow:
        assert not (await Invoices(uow).get(made.invoice.id)).is_overdue
        assert (await Invoices(uow).pending()).invoices == ()


async def test_drafts_are_never_overdue(world: World) -> None:
    made = await bill(world, send=False, due_date=TODAY)
    world.clock.advance(days(50))
    async with world.read() as uow:
        assert not (await Invoices(uow).get(made.invoice.id)).is_overdue
        assert (await Invoices(uow).pending()).invoices == ()


async def test_payments_move_the_status_and_never_exceed_what_is_due(world: World) -> None:
    made = (await bill(world)).invoice.id
    assert (await pay(world, made, "100.005")).amount_due == D("199.99")
    for amount in ("200", "0", "-1"):
        with pytest.raises(ValidationFailed) as caught:
            await pay(world, made, amount)
        assert caught.value.field == "amount"
    with pytest.raises(ValidationFailed) as caught:
        await pay(world, made, "1", date=TODAY + timedelta(days=1))
    assert caught.value.field == "date"
    view = await pay(world, made, "199.99")
    assert (view.invoice.status, view.amount_due, view.invoice.paid_date) == (InvoiceStatus.PAID, D(0), TODAY)
    assert [step.status for step in view.invoice.history] == ["sent", "partially_paid", "paid"]


async def test_a_draft_takes_no_payment(world: World) -> None:
    made = await bill(world, send=False)
    with pytest.raises(InvalidTransition):
        await pay(world, made.invoice.id, "10")


async def test_pending_payments_count_only_once_completed(world: World) -> None:
    made = (await bill(world)).invoice.id
    view = await pay(world, made, "200", status=PaymentStatus.PENDING)
    assert (view.invoice.status, view.amount_due) == (InvoiceStatus.SENT, D(300))
    with pytest.raises(ValidationFailed):
        await pay(world, made, "200")  # promised twice
    payment = view.invoice.payments[0].id
    async with world.write() as uow:
        view = await Invoices(uow).update_payment(made, payment, PaymentStatus.COMPLETED)
        assert (view.invoice.status, view.amount_due) == (InvoiceStatus.PARTIALLY_PAID, D(100))
        with pytest.raises(InvalidTransition):
            await Invoices(uow).update_payment(made, payment, PaymentStatus.FAILED)
        with pytest.raises(NotFound):
            await Invoices(uow).update_payment(made, "none", PaymentStatus.FAILED)


async def test_refunds_subtract_and_a_full_one_ends_the_invoice(world: World) -> None:
    made = (await bill(world)).invoice.id
    payment = (await pay(world, made, "300")).invoice.payments[0].id
    async with world.write() as uow:
        invoices = Invoices(uow)
        part = await invoices.refund(made, payment, D(50))
        assert part.invoice.payments[0].status is PaymentStatus.PARTIALLY_REFUNDED
        assert (part.invoice.status, part.amount_due) == (InvoiceStatus.PAID, D(50))
        with pytest.raises(ValidationFailed):
            await invoices.refund(made, payment, D(251))
        rest = await invoices.refund(made, payment, D(250))
    assert rest.invoice.payments[0].status is PaymentStatus.REFUNDED
    assert (rest.invoice.status, rest.amount_due) == (InvoiceStatus.REFUNDED, D(0))


async def test_a_late_fee_falls_due_after_the_days_of_grace_and_can_be_collected(world: World) -> None:
    terms = InvoiceTerms(net_days=10, late_fee_percent=D(5), grace_days=3)
    made = (await bill(world, terms=terms)).invoice.id
    world.clock.advance(days(12))
    await pay(world, made, "100")
    world.clock.advance(days(1))
    async with world.read() as uow:
        assert (await Invoices(uow).get(made)).late_fee == 0
    world.clock.advance(days(1))
    async with world.read() as uow:
        view = await Invoices(uow).get(made)
        digest = (await Invoices(uow).pending()).invoices[0]
    assert (view.late_fee, view.amount_due) == (D(10), D(210)) == (D(10), digest.amount_due(uow.today))
    assert (await pay(world, made, "200")).invoice.status is InvoiceStatus.PARTIALLY_PAID
    last = await pay(world, made, "10")
    assert (last.invoice.status, last.amount_due) == (InvoiceStatus.PAID, D(0))


async def test_the_early_discount_is_offered_within_its_days(world: World) -> None:
    terms = InvoiceTerms(early_discount_percent=D(2), discount_days=10)
    invoice = (await bill(world, terms=terms)).invoice
    assert invoice.early_discount(TODAY + timedelta(days=10)) == D(6)
    assert invoice.early_discount(TODAY + timedelta(days=11)) == 0


async def test_sending_queues_the_delivery_once_and_cancelling_needs_no_money_on_it(world: World) -> None:
    made = (await bill(world, send=False)).invoice.id
    async with world.write() as uow:
        await Invoices(uow).send(made)
        with pytest.raises(InvalidTransition):
            await Invoices(uow).send(made)
        due = await uow.outbox.due()
    assert [(message.kind, message.channel, message.recipient) for message in due] == [
        ("invoice", "email", "nora.quill@mail.example")
    ]
    assert due[0].payload["amount_due"] == "300.00"
    async with world.write() as uow:
        assert (await Invoices(uow).mark_viewed(made)).invoice.status is InvoiceStatus.VIEWED
        assert (await Invoices(uow).cancel(made)).invoice.status is InvoiceStatus.CANCELLED


async def test_reminders_are_throttled_and_only_for_debts(world: World) -> None:
    made = (await bill(world)).invoice.id
    async with world.write() as uow:
        first = await Invoices(uow).send_reminder(made)
    async with world.write() as uow:
        with pytest.raises(Conflict) as caught:
            await Invoices(uow).send_reminder(made)
        assert "next_allowed_at" in caught.value.details
    world.clock.advance(days(1))
    async with world.write() as uow:
        second = await Invoices(uow).send_reminder(made)
        assert {m.id for m in await uow.outbox.due()} >= {first.message_id, second.message_id}
    assert first.message_id != second.message_id
    assert second.view.invoice.reminders_sent == 2
    await pay(world, made, "300")
    world.clock.advance(days(2))
    async with world.write() as uow:
        with pytest.raises(InvalidTransition):
            await Invoices(uow).send_reminder(made)


async def test_an_estimate_expires_by_its_date_and_sending_renews_it(world: World) -> None:
    made = await offer(world, status=SENT)
    world.clock.advance(days(31))
    async with world.write() as uow:
        estimates = Estimates(uow)
        assert (await estimates.get(made)).status is EstimateStatus.EXPIRED
        assert await estimates.pending() == ()
        with pytest.raises(InvalidTransition) as caught:
            await estimates.update_status(made, APPROVED)
        assert caught.value.allowed == ("sent", "cancelled")
        again = await estimates.update_status(made, SENT)
    assert again.status is SENT
    assert again.estimate.valid_until == date(2026, 7, 13)
    assert [step.status for step in again.estimate.history] == ["sent", "expired", "sent"]


async def test_expiry_can_be_written_down(world: World) -> None:
    made = await offer(world, status=SENT)
    async with world.write() as uow:
        assert await Estimates(uow).expire_due() == 0
    world.clock.advance(days(31))
    async with world.write() as uow:
        assert await Estimates(uow).expire_due() == 1
        assert await Estimates(uow).expire_due() == 0
        assert (await uow.estimates.get(made)).status is EstimateStatus.EXPIRED


async def test_sending_needs_a_line(world: World) -> None:
    contact = await world.contact()
    async with world.write() as uow:
        made = await Estimates(uow).create(NewEstimate(contact, "Empty", ()))
        with pytest.raises(ValidationFailed) as caught:
            await Estimates(uow).update_status(made.estimate.id, SENT)
        assert caught.value.field == "lines"
        with pytest.raises(ValidationFailed):
            await Invoices(uow).create(NewInvoice(contact, ()))


async def test_quotes_have_numbers_of_their_own(world: World) -> None:
    contact = await world.contact()
    async with world.write() as uow:
        estimates = Estimates(uow)
        numbers = [
            (
                await estimates.create(NewEstimate(contact, "x", (line("1"),), document_type=kind))
            ).estimate.number
            for kind in (DocumentType.ESTIMATE, DocumentType.QUOTE, DocumentType.ESTIMATE, DocumentType.QUOTE)
        ]
    assert numbers == ["EST-000001", "QUO-000001", "EST-000002", "QUO-000002"]


async def test_conversion_is_idempotent_and_credits_the_collected_deposit(world: World) -> None:
    tax = Tax(TaxType.PERCENTAGE, D("8.25"))
    discount = Discount(DiscountType.FIXED_AMOUNT, D(20))
    made = await offer(world, status=APPROVED, deposit="80", tax=tax, discount=discount)
    async with world.write() as uow:
        first = await Estimates(uow).convert(made)
    async with world.write() as uow:
        again = await Estimates(uow).convert(made)
        third = await Estimates(uow).update_status(made, EstimateStatus.CONVERTED)
    assert (first.created, again.created) == (True, False)
    assert first.invoice.invoice.id == again.invoice.invoice.id == third.estimate.converted_invoice_id
    invoice = again.invoice.invoice
    async with world.read() as uow:
        estimate = await uow.estimates.get(made)
    assert estimate.status is EstimateStatus.CONVERTED
    assert (invoice.lines, invoice.tax, invoice.discount) == (estimate.lines, tax, discount)
    assert invoice.totals == estimate.totals
    assert (invoice.status, invoice.net_paid) == (InvoiceStatus.DRAFT, D(80))
    assert [(payment.status, payment.is_deposit) for payment in invoice.payments] == [
        (PaymentStatus.COMPLETED, True)
    ]
    assert again.invoice.amount_due == estimate.totals.total - 80
    async with world.write() as uow:
        assert (await Invoices(uow).send(invoice.id)).invoice.status is InvoiceStatus.PARTIALLY_PAID
        assert (
            await Estimates(uow).create(NewEstimate(invoice.contact_id, "n", (line("1"),)))
        ).estimate.number == ("EST-000002")
    async with world.read() as uow:
        assert [one.number for one in await uow.invoices.by_number("1")] == ["INV-000001"]


async def test_only_the_collected_deposit_is_credited(world: World) -> None:
    made = await offer(world, status=APPROVED)
    async with world.write() as uow:
        assert (await Estimates(uow).convert(made)).invoice.invoice.payments == ()


async def test_a_deposit_that_covers_all_is_paid_when_sent(world: World) -> None:
    made = await offer(world, status=APPROVED, deposit="294.99")
    async with world.write() as uow:
        invoice = (await Estimates(uow).convert(made)).invoice.invoice
        assert (await Invoices(uow).send(invoice.id)).invoice.status is InvoiceStatus.PAID


@pytest.mark.parametrize("status", [None, SENT])
async def test_only_approved_estimates_convert(world: World, status: EstimateStatus | None) -> None:
    made = await offer(world, status=status)
    async with world.write() as uow:
        with pytest.raises(InvalidTransition):
            await Estimates(uow).convert(made)
        assert await uow.invoices.of_estimate(made) is None


async def test_deposits_stay_within_the_total(world: World) -> None:
    made = await offer(world, status=APPROVED)
    async with world.write() as uow:
        for amount in ("295", "0"):
            with pytest.raises(ValidationFailed):
                await Estimates(uow).collect_deposit(made, D(amount))


async def test_pending_estimates_are_open_ones(world: World) -> None:
    made = await offer(world, status=SENT)
    async with world.write() as uow:
        estimates = Estimates(uow)
        assert [view.estimate.id for view in await estimates.pending()] == [made]
        await estimates.update_status(made, EstimateStatus.REJECTED, notes="too dear")
        assert await estimates.pending() == ()
        assert await estimates.of_contacts(((await uow.estimates.get(made)).contact_id,)) == ()


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("due_date", {"due_date": TODAY - timedelta(days=1)}),
        ("due_date", {"due_date": date(2090, 1, 1)}),
        ("title", {"title": "x" * 301}),
        ("discount", {"discount": Discount(DiscountType.FIXED_AMOUNT, D(301))}),
        ("amount", {"discount": Discount(DiscountType.FIXED_AMOUNT, D(300))}),
    ],
)
async def test_what_no_invoice_can_be(world: World, field: str, more: dict[str, object]) -> None:
    with pytest.raises(ValidationFailed) as caught:
        await bill(world, **more)
    assert caught.value.field == field
