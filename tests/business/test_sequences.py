"""No sequence of operations breaks an invoice, an estimate or a job: hypothesis tries many."""

from __future__ import annotations

import contextlib
import itertools
from datetime import timedelta
from decimal import Decimal

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from business.entities.documents import ClientSnapshot
from business.entities.estimates import Estimate, EstimateStatus
from business.entities.invoices import (
    INVOICE_TRANSITIONS,
    UNPAID_INVOICES,
    Invoice,
    InvoiceStatus,
    InvoiceTerms,
)
from business.entities.jobs import JOB_TRANSITIONS, Job, JobStatus
from business.entities.payments import RECEIVED, Payment, PaymentMethod, PaymentStatus
from business.errors import BusinessError
from business.money import ZERO, LineItem, cents
from tests.business.world import NOW, TODAY

CLIENT = ClientSnapshot("Nora Quill", "nora@mail.example")
shares = st.decimals(min_value="0.01", max_value="1.2", places=2)
refused = contextlib.suppress(BusinessError)


class InvoiceLife(RuleBasedStateMachine):
    """An invoice that is sent, paid, refunded and left alone in any order; time only moves forward."""

    @initialize(
        total=st.decimals(min_value="0.01", max_value=50_000, places=2),
        fee=st.decimals(min_value=0, max_value=30, places=2),
        grace=st.integers(0, 5),
        deposit=st.one_of(st.none(), st.decimals(min_value="0.01", max_value=1, places=2)),
    )
    def create(self, total: Decimal, fee: Decimal, grace: int, deposit: Decimal | None) -> None:
        self.now, self.today, self.count = NOW, TODAY, 0
        self.received = ZERO
        self.invoice = Invoice(
            "i", "INV-1", "c", CLIENT, TODAY, TODAY + timedelta(days=10), NOW, NOW, "u",
            lines=(LineItem("Labor", Decimal(1), total),),
            terms=InvoiceTerms(late_fee_percent=fee, grace_days=grace),
        )  # fmt: skip
        if deposit:
            payment = self.payment(max(cents(total * deposit), Decimal("0.01")), PaymentStatus.COMPLETED)
            self.invoice = self.invoice.with_deposit(payment, now=NOW)
            self.received += payment.amount

    def payment(self, amount: Decimal, status: PaymentStatus, back_days: int = 0) -> Payment:
        self.count += 1
        day = self.today - timedelta(days=back_days)
        return Payment(f"p{self.count}", "i", amount, PaymentMethod.CASH, day, self.now, "u", status)

    @rule(days=st.integers(1, 8))
    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)
        self.today += timedelta(days=days)

    @rule()
    def send(self) -> None:
        with refused:
            self.invoice = self.invoice.sent(now=self.now, today=self.today, by="u")

    @rule()
    def view(self) -> None:
        with refused:
            self.invoice = self.invoice.viewed(now=self.now, by="u")

    @rule()
    def cancel(self) -> None:
        with refused:
            self.invoice = self.invoice.cancelled(now=self.now, by="u")

    @rule(share=shares, back=st.integers(0, 20), completed=st.booleans())
    def pay(self, share: Decimal, back: int, completed: bool) -> None:
        amount = cents(self.invoice.amount_due(self.today) * share)
        status = PaymentStatus.COMPLETED if completed else PaymentStatus.PENDING
        with refused:
            payment = self.payment(amount, status, back)
            self.invoice = self.invoice.with_payment(payment, now=self.now, today=self.today, by="u")
            self.received += payment.net

    @precondition(lambda self: self.invoice.payments)
    @rule(data=st.data(), status=st.sampled_from(PaymentStatus))
    def move_payment(self, data: st.DataObject, status: PaymentStatus) -> None:
        payment = data.draw(st.sampled_from(self.invoice.payments))
        with refused:
            self.invoice = self.invoice.with_payment_status(
                payment.id, status, now=self.now, today=self.today, by="u"
            )
            self.received += payment.amount if status is PaymentStatus.COMPLETED else ZERO

    @precondition(lambda self: self.invoice.payments)
    @rule(data=st.data(), share=shares)
    def refund(self, data: st.DataObject, share: Decimal) -> None:
        payment = data.draw(st.sampled_from(self.invoice.payments))
        amount = cents(payment.amount * share)
        with refused:
            self.invoice = self.invoice.refunded(payment.id, amount, now=self.now, by="u")
            self.received -= amount

    @invariant()
    def money_adds_up(self) -> None:
        invoice = self.invoice
        assert invoice.net_paid == self.received >= 0
        due = invoice.amount_due(self.today)
        if INVOICE_TRANSITIONS.is_final(invoice.status):
            assert due == 0
        else:
            assert due == invoice.totals.total + invoice.late_fee(self.today) - invoice.net_paid
        assert due >= 0
        for payment in invoice.payments:
            assert 0 <= payment.refunded_amount <= payment.amount
            assert bool(payment.net) <= (payment.status in RECEIVED)

    @invariant()
    def the_status_follows_the_money(self) -> None:
        invoice, due = self.invoice, self.invoice.amount_due(self.today)
        if invoice.status in (InvoiceStatus.SENT, InvoiceStatus.VIEWED):
            assert invoice.net_paid == 0
        if invoice.status is InvoiceStatus.PARTIALLY_PAID:
            assert invoice.net_paid > 0
        if invoice.status is InvoiceStatus.PAID:
            assert invoice.paid_date is not None
        if invoice.status in (InvoiceStatus.CANCELLED, InvoiceStatus.REFUNDED):
            assert invoice.net_paid == 0
        assert invoice.is_overdue(self.today) == (
            invoice.status in UNPAID_INVOICES and invoice.due_date < self.today
        )
        assert due > 0 or invoice.status not in (InvoiceStatus.SENT, InvoiceStatus.VIEWED)

    @invariant()
    def the_history_is_a_legal_road(self) -> None:
        road = [InvoiceStatus.DRAFT, *(InvoiceStatus(step.status) for step in self.invoice.history)]
        for before, after in itertools.pairwise(road):
            assert after in INVOICE_TRANSITIONS.allowed(before)
        assert road[-1] is self.invoice.status


class EstimateLife(RuleBasedStateMachine):
    """An estimate through any wishes; conversion happens once and only from approved."""

    @initialize(total=st.decimals(min_value="0.01", max_value=50_000, places=2))
    def create(self, total: Decimal) -> None:
        self.now, self.today, self.conversions = NOW, TODAY, 0
        self.estimate = Estimate(
            "e", "EST-1", "c", CLIENT, "Repipe", TODAY + timedelta(days=30), NOW, NOW, "u",
            lines=(LineItem("Labor", Decimal(1), total),),
        )  # fmt: skip

    @rule(days=st.integers(1, 25))
    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)
        self.today += timedelta(days=days)

    @rule(status=st.sampled_from(EstimateStatus))
    def move(self, status: EstimateStatus) -> None:
        with refused:
            self.estimate = self.estimate.moved_to(status, now=self.now, today=self.today, by="u")

    @rule(share=shares)
    def deposit(self, share: Decimal) -> None:
        with refused:
            self.estimate = self.estimate.with_deposit(self.estimate.totals.total * share, self.now)

    @rule()
    def convert(self) -> None:
        with refused:
            self.estimate = self.estimate.converted("i", now=self.now, by="u")
            self.conversions += 1

    @invariant()
    def holds(self) -> None:
        estimate = self.estimate
        assert 0 <= estimate.deposit.collected_amount <= estimate.totals.total
        assert self.conversions == int(estimate.status is EstimateStatus.CONVERTED) <= 1
        assert (estimate.converted_invoice_id is not None) == bool(self.conversions)
        waits = estimate.status_on(self.today) in (EstimateStatus.SENT, EstimateStatus.VIEWED)
        assert not waits or estimate.valid_until >= self.today


class JobLife(RuleBasedStateMachine):
    """A job that is moved in time and through statuses in any order."""

    @initialize(dated=st.booleans())
    def create(self, dated: bool) -> None:
        self.now = NOW
        start = NOW + timedelta(days=1) if dated else None
        self.job = Job(
            "j", "JOB-1", "Leak", NOW, NOW, "u",
            status=JobStatus.SCHEDULED if dated else JobStatus.DRAFT,
            scheduled_start=start, scheduled_end=start and start + timedelta(hours=2),
        )  # fmt: skip
        self.road = [self.job.status]

    @rule(status=st.sampled_from(JobStatus), hours=st.integers(0, 40))
    def move(self, status: JobStatus, hours: int) -> None:
        self.now += timedelta(hours=hours)
        with refused:
            self.job = self.job.moved_to(status, self.now)
            self.road.append(status)

    @rule(days=st.integers(-3, 30))
    def reschedule(self, days: int) -> None:
        before = self.job
        with refused:
            self.job = before.rescheduled(NOW + timedelta(days=days), None, self.now)
            assert before.duration in (None, self.job.duration)
            if self.job.status is not before.status:
                self.road.append(self.job.status)

    @invariant()
    def holds(self) -> None:
        job = self.job
        assert all(
            after in JOB_TRANSITIONS.allowed(before)
            for before, after in zip(self.road, self.road[1:], strict=False)
        )
        if job.status not in (JobStatus.DRAFT, JobStatus.QUOTED, JobStatus.CANCELLED):
            assert job.scheduled_start is not None
        began = JobStatus.IN_PROGRESS in self.road
        assert (job.actual_start is not None) == began
        assert (job.actual_end is not None) == (JobStatus.COMPLETED in self.road)
        if job.actual_start and job.actual_end:
            assert job.actual_start <= job.actual_end


FAST = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestInvoiceLife = InvoiceLife.TestCase
TestInvoiceLife.settings = FAST
TestEstimateLife = EstimateLife.TestCase
TestEstimateLife.settings = FAST
TestJobLife = JobLife.TestCase
TestJobLife.settings = FAST
